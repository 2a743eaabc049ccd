/**
 * Every projection of FITS by its code: those of Paper II (Calabretta & Greisen 2002), HPX (Calabretta & Roukema 2007) and
 * XPH (Calabretta & Lowe 2013).
 */
import { FitsError } from "../../errors.js";
import { airy } from "./airy.js";
import { cobeCube } from "./cobe-cube.js";
import { conicEqualArea, conicEquidistant, conicOrthomorphic, conicPerspective } from "./conic.js";
import { cylindricalEqualArea, cylindricalPerspective, mercator, plateCarree } from "./cylindrical.js";
import { butterfly, healpix } from "./healpix.js";
import { type Parameters, parameter } from "./parameters.js";
import { slantPerspective, zenithalPerspective } from "./perspective.js";
import { bonne, polyconic } from "./polyconic.js";
import { zenithalPolynomial } from "./polynomial.js";
import type { Projection } from "./projection.js";
import { hammerAitoff, mollweide, parabolic, sansonFlamsteed } from "./pseudocylindrical.js";
import { slantOrthographic } from "./slant.js";
import { equalAreaCube, tangentialCube } from "./tangential-cube.js";
import { equalArea, equidistant, gnomonic, stereographic } from "./zenithal.js";

const makers: ReadonlyMap<string, (pv: Parameters) => Projection> = new Map([
  ["AZP", zenithalPerspective],
  ["SZP", slantPerspective],
  ["TAN", gnomonic],
  ["STG", stereographic],
  ["SIN", slantOrthographic],
  ["ARC", equidistant],
  ["ZPN", zenithalPolynomial],
  ["ZEA", equalArea],
  ["AIR", airy],
  ["CYP", cylindricalPerspective],
  ["CEA", cylindricalEqualArea],
  ["CAR", plateCarree],
  ["MER", mercator],
  ["SFL", sansonFlamsteed],
  ["PAR", parabolic],
  ["MOL", mollweide],
  ["AIT", hammerAitoff],
  ["COP", conicPerspective],
  ["COE", conicEqualArea],
  ["COD", conicEquidistant],
  ["COO", conicOrthomorphic],
  ["BON", bonne],
  ["PCO", polyconic],
  ["TSC", tangentialCube],
  ["CSC", cobeCube],
  ["QSC", equalAreaCube],
  ["HPX", healpix],
  ["XPH", butterfly],
]);

/** The reference point, where the header sets another than the projection's own. */
export interface ReferencePoint {
  /** PVi_1 and PVi_2 of the longitude axis: native longitude and latitude, in degrees. */
  readonly phi0?: number | undefined;
  readonly theta0?: number | undefined;
  /**
   * Is x, y = 0, 0 at that point? PVi_0 of the longitude axis is not 0. By default the plane stays where it is, as it does
   * where only one of the two coordinates is given.
   */
  readonly offset?: boolean | undefined;
}

/**
 * The projection of the code, three letters of CTYPE; undefined if there is none by that code. NCP and GLS, obsolete, are
 * the caller's: SIN with `pv[2]` = cot(CRVAL of latitude); SFL with `{ phi0: 0, theta0: CRVAL of latitude, offset: true }`.
 *
 * @param pv `pv[m]` is PVi_m of the latitude axis; undefined where the header has none
 * @throws {FitsError} BAD_HEADER where a parameter is missing or allows no map
 */
export function projectionOf(
  code: string,
  pv: Parameters,
  reference: ReferencePoint = {},
): Projection | undefined {
  const projection = makers.get(code)?.(pv);
  if (projection === undefined) return undefined;
  if (reference.phi0 === undefined && reference.theta0 === undefined) return projection;
  const phi0 = parameter(code, [reference.phi0], 0, projection.phi0);
  const theta0 = parameter(code, [reference.theta0], 0, projection.theta0);
  const whole = reference.phi0 !== undefined && reference.theta0 !== undefined;
  return reference.offset === true && whole
    ? shifted(projection, phi0, theta0)
    : { ...projection, phi0, theta0 };
}

/** The projection with its origin moved to the native point phi0, theta0. */
function shifted(projection: Projection, phi0: number, theta0: number): Projection {
  const x = Float64Array.of(phi0);
  const y = Float64Array.of(theta0);
  projection.toPlane(x, y, 1);
  const x0 = x[0]!;
  const y0 = y[0]!;
  if (Number.isNaN(x0)) {
    const point = `PVi_1, PVi_2 = ${phi0}, ${theta0}`;
    throw new FitsError(
      "BAD_HEADER",
      `projection ${projection.code} does not map its reference point, ${point}`,
    );
  }
  return {
    code: projection.code,
    phi0,
    theta0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        x[i] = x[i]! + x0;
        y[i] = y[i]! + y0;
      }
      projection.toSphere(x, y, n);
    },
    toPlane(phi, theta, n) {
      projection.toPlane(phi, theta, n);
      for (let i = 0; i < n; i++) {
        phi[i] = phi[i]! - x0;
        theta[i] = theta[i]! - y0;
      }
    },
  };
}
