/**
 * Where the pole of a map's native coordinates lies on the sky: FITS Paper II, sections 2.4 and 2.5.
 */
import { FitsError } from "../errors.js";
import { acosd, atan2d, cosd, sind } from "./degrees.js";

/** The celestial part of a header, in degrees. */
export interface PoleOptions {
  /** CRVAL of longitude and latitude: the reference point on the sky. */
  readonly lon0: number;
  readonly lat0: number;
  /** The reference point in native coordinates, as the projection has it. */
  readonly phi0: number;
  readonly theta0: number;
  /** LONPOLE: native longitude of the celestial pole; by default (or 999) phi0, or phi0 + 180 if lat0 < theta0. */
  readonly lonpole?: number | undefined;
  /** LATPOLE, which chooses between two solutions; by default (or 999) 90: the northern one. */
  readonly latpole?: number | undefined;
}

/** The native pole, in degrees. */
export interface CelestialPole {
  /** Its celestial longitude, of the same sign as lon0. */
  readonly lon: number;
  /** Its celestial latitude: LATPOLE as resolved. */
  readonly lat: number;
  /** The native longitude of the celestial pole: LONPOLE as given, or resolved to -180 to 180. */
  readonly phi: number;
}

/** How far rounding may carry sines beyond 1 and latitudes, in degrees, beyond 90. */
const slack = 1e-10;

/** @throws {FitsError} BAD_HEADER where no pole fits the values, or a value is no finite number */
export function celestialPole(options: PoleOptions): CelestialPole {
  const { lon0, lat0, phi0, theta0 } = options;
  const phi = given(options.lonpole) ?? turned(phi0 + (lat0 < theta0 ? 180 : 0));
  const latpole = given(options.latpole) ?? 90;
  for (const [name, value] of Object.entries({ lon0, lat0, phi0, theta0, phi, latpole })) {
    if (!Number.isFinite(value)) throw noPole(options, `${names[name]} is not a finite number`);
  }
  if (theta0 === 90) {
    return { lon: lon0, lat: withinPoles(lat0, () => noPole(options, "the latitude is beyond a pole")), phi };
  }
  const lat = poleLatitude(options, phi, latpole);
  return { lon: likeSigned(poleLongitude(options, phi, lat), lon0), lat, phi };
}

/** A value of the header; 999 is an old way to write none. */
function given(value: number | undefined): number | undefined {
  return value === 999 ? undefined : value;
}

const names: Readonly<Record<string, string>> = {
  lon0: "CRVAL of longitude",
  lat0: "CRVAL of latitude",
  phi0: "the native longitude of the reference point",
  theta0: "the native latitude of the reference point",
  phi: "LONPOLE",
  latpole: "LATPOLE",
};

/** Paper II, eq. 8: two solutions, of which the one nearer to LATPOLE is taken if it is a latitude. */
function poleLatitude(options: PoleOptions, phi: number, latpole: number): number {
  const { lat0, phi0, theta0 } = options;
  let middle = theta0;
  let half = 90 - lat0;
  if (phi !== phi0) {
    const x = cosd(theta0) * cosd(phi - phi0);
    const y = sind(theta0);
    const length = Math.sqrt(x * x + y * y);
    if (length === 0) {
      if (sind(lat0) !== 0) {
        throw noPole(options, "with LONPOLE at a right angle to the reference point, its latitude must be 0");
      }
      return withinPoles(latpole, () => noPole(options, "LATPOLE is beyond a pole"));
    }
    const ratio = sind(lat0) / length;
    if (Math.abs(ratio) - 1 >= slack) throw noPole(options, "LONPOLE does not fit CRVAL");
    middle = atan2d(y, x);
    half = acosd(Math.max(-1, Math.min(1, ratio)));
  }
  const one = turned(middle + half);
  const other = turned(middle - half);
  const oneIsNearer = Math.abs(latpole - one) < Math.abs(latpole - other);
  const [near, far] = oneIsNearer ? [one, other] : [other, one];
  const taken = Math.abs(near) < 90 + slack ? near : far;
  return withinPoles(taken, () => noPole(options, "LONPOLE does not fit CRVAL"));
}

/** Paper II, eqs. 9 and 10, and the special cases of section 2.4. */
function poleLongitude(options: PoleOptions, phi: number, lat: number): number {
  const { lon0, lat0, phi0, theta0 } = options;
  const cosine = cosd(lat0);
  const product = cosd(lat) * cosine;
  if (Math.abs(product) < slack) {
    if (Math.abs(cosine) < slack) return lon0;
    return lat > 0 ? lon0 + phi - phi0 - 180 : lon0 - phi + phi0;
  }
  const x = (sind(theta0) - sind(lat) * sind(lat0)) / product;
  const y = phi === phi0 ? 0 : (sind(phi - phi0) * cosd(theta0)) / cosine;
  if (x === 0 && y === 0) throw noPole(options, "LONPOLE and LATPOLE do not fit CRVAL");
  return lon0 - atan2d(y, x);
}

/** A latitude that may lie beyond a pole by error of rounding. */
function withinPoles(lat: number, error: () => FitsError): number {
  if (!(Math.abs(lat) < 90 + slack)) throw error();
  return Math.max(-90, Math.min(90, lat));
}

/** An angle brought into -180 to 180. */
function turned(angle: number): number {
  const rest = angle % 360;
  if (rest > 180) return rest - 360;
  return rest < -180 ? rest + 360 : rest;
}

/** A longitude from 0 to 360, or from -360 to 0 if `like` is negative. */
function likeSigned(lon: number, like: number): number {
  const rest = lon % 360;
  if (like >= 0) return rest < 0 ? rest + 360 : rest;
  return rest > 0 ? rest - 360 : rest;
}

function noPole(options: PoleOptions, why: string): FitsError {
  const { lon0, lat0, phi0, theta0, lonpole, latpole } = options;
  const given = `CRVAL ${lon0}, ${lat0}, LONPOLE ${lonpole ?? "by default"}, LATPOLE ${latpole ?? "by default"}`;
  return new FitsError(
    "BAD_HEADER",
    `no celestial pole for ${given} and the native reference point ${phi0}, ${theta0}: ${why}`,
  );
}
