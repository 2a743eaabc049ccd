/**
 * TPD, the template polynomial of FITS WCS Paper IV (draft of 2004), as a distortion of intermediate pixel coordinates:
 * CQDISi = 'TPD' and the records DQi. astropy and wcslib write headers of TNX, ZPX and DSS plates so.
 */
import { FitsError } from "../../errors.js";
import { type Header, showValue } from "../../header/header.js";
import { coefficient } from "./coefficient.js";
import type { Distortion } from "./distortion.js";
import { distortionOf, type Term } from "./plane-map.js";
import { addCoefficient, polynomialTerm } from "./polynomial.js";
import { monomials, radialTerm } from "./template-polynomial.js";

export interface SequentOptions {
  /** `" "`, or `"A"` to `"Z"`. */
  readonly alternate: string;
  /** Numbers of the world axes of longitude and latitude, 1-based. */
  readonly axes: readonly [lon: number, lat: number];
  /** What one intermediate pixel coordinate is in degrees: CDELT of longitude and latitude, or 1 of a header with CD. */
  readonly scale: readonly [lon: number, lat: number];
}

/**
 * The distortion by CQDISi of intermediate world coordinates in degrees: x of longitude, y of latitude; `undefined` where the
 * header has none. Kinds other than TPD are ignored with a warning. Throws BAD_HEADER for records that make no sense, or
 * refer to other axes. The inverse is good to 1e-12 degree.
 */
export function sequentDistortion(
  header: Header,
  options: SequentOptions,
  warnings: string[],
): Distortion | undefined {
  const terms = ([0, 1] as const).map((into) => axisTerms(header, into, options, warnings));
  if (terms.every((found) => found === undefined)) return undefined;
  const all = terms.flatMap((found, into) => found ?? [identity(into as 0 | 1)]);
  return distortionOf("TPD", { displaces: false, terms: all }, { lastStep: 1e-12 });
}

function axisTerms(
  header: Header,
  into: 0 | 1,
  { alternate, axes, scale }: SequentOptions,
  warnings: string[],
): Term[] | undefined {
  const suffix = `${axes[into]}${alternate.trim()}`;
  const type = header.get(`CQDIS${suffix}`);
  if (type === undefined || type === null || type === "") return undefined;
  if (typeof type !== "string" || type.trim().toUpperCase() !== "TPD") {
    warnings.push(
      `CQDIS${suffix} is ${showValue(type)}: only TPD is known there, so this distortion is ignored`,
    );
    return undefined;
  }
  const field = (name: string): number | undefined => coefficient(header, `DQ${suffix}.${name}`);
  const aux = auxiliaries(`DQ${suffix}`, field, axes, scale);
  const powers: number[][] = [];
  const radial = [0, 0, 0, 0, 0];
  for (const [m, monomial] of monomials.entries()) {
    const value = field(`TPD.FWD.${m}`) ?? 0;
    if ("radial" in monomial) radial[(monomial.radial - 1) / 2] = value;
    else addCoefficient(powers, monomial.p, monomial.q, value);
  }
  const inner = [polynomialTerm(powers, []) ?? [], radialTerm(0, radial) ?? []].flat();
  const outer = inner.map((term) => throughAuxiliaries(term, into, aux, scale[into]));
  return (field("DOCORR") ?? 1) === 0 ? outer : [identity(into), ...outer];
}

/** The two variables of the polynomial, each `c + a x + b y` of the plane in degrees. */
type Auxiliaries = readonly [Linear, Linear];
type Linear = readonly [c: number, a: number, b: number];

/** AUX.k.COEFF.j of the variables that AXIS.j, OFFSET.j and SCALE.j name; without them the variables themselves. */
function auxiliaries(
  record: string,
  field: (name: string) => number | undefined,
  axes: readonly [number, number],
  scale: readonly [number, number],
): Auxiliaries {
  const inputs = ([1, 2] as const).map((j): Linear => {
    const axis = axes.indexOf(field(`AXIS.${j}`) ?? axes[j - 1]!);
    if (axis < 0) throw odd(record, `AXIS.${j} is no axis of the sky`);
    const factor = field(`SCALE.${j}`) ?? 1;
    const slope = factor / scale[axis]!;
    return [-(field(`OFFSET.${j}`) ?? 0) * factor, axis === 0 ? slope : 0, axis === 1 ? slope : 0];
  });
  return ([1, 2] as const).map((k): Linear => {
    for (const j of [0, 1, 2]) {
      if ((field(`AUX.${k}.POWER.${j}`) ?? 1) !== 1) throw odd(record, `AUX.${k}.POWER.${j} is not 1`);
    }
    const weights = ([1, 2] as const).map((j) => field(`AUX.${k}.COEFF.${j}`) ?? (j === k ? 1 : 0));
    const sum = (at: 0 | 1 | 2): number => weights[0]! * inputs[0]![at] + weights[1]! * inputs[1]![at];
    return [(field(`AUX.${k}.COEFF.0`) ?? 0) + sum(0), sum(1), sum(2)];
  }) as unknown as Auxiliaries;
}

function odd(record: string, why: string): FitsError {
  return new FitsError("BAD_HEADER", `the distortion TPD of ${record} cannot be used: ${why}`);
}

/** What a term makes of the auxiliary variables (as its x), in degrees, into one coordinate of the plane. */
function throughAuxiliaries(term: Term, into: 0 | 1, [first, second]: Auxiliaries, scale: number): Term {
  const [c1, a1, b1] = first;
  const [c2, a2, b2] = second;
  const inner = new Float64Array(6);
  return {
    add(x, y, out) {
      inner.fill(0);
      term.add(c1 + a1 * x + b1 * y, c2 + a2 * x + b2 * y, inner);
      out[into]! += scale * inner[0]!;
    },
    addWithSlopes(x, y, out) {
      inner.fill(0);
      term.addWithSlopes(c1 + a1 * x + b1 * y, c2 + a2 * x + b2 * y, inner);
      out[into]! += scale * inner[0]!;
      out[2 + 2 * into]! += scale * (inner[2]! * a1 + inner[3]! * a2);
      out[3 + 2 * into]! += scale * (inner[2]! * b1 + inner[3]! * b2);
    },
  };
}

/** The coordinate as it is. */
function identity(into: 0 | 1): Term {
  return {
    add(x, y, out) {
      out[into]! += into === 0 ? x : y;
    },
    addWithSlopes(x, y, out) {
      out[into]! += into === 0 ? x : y;
      out[2 + 3 * into]! += 1;
    },
  };
}
