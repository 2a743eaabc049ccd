/**
 * Distortions that are looked up in a table: bilinear interpolation between the pixels of an image extension (FITS WCS
 * Paper IV, draft of 2004, section 3.4).
 */
import type { NdArray } from "../../array.js";
import { FitsError } from "../../errors.js";
import type { Header } from "../../header/header.js";
import { coefficient } from "./coefficient.js";
import type { LookupUse } from "./lookup-keywords.js";
import type { Displacement } from "./pixel.js";
import type { Term } from "./plane-map.js";

/** A table of displacements, and where its pixels lie in the image; pairs are of the table's NAXIS1 and NAXIS2. */
export interface LookupTable {
  /** Displacements in pixels, NAXIS1 fastest. */
  readonly data: Float32Array;
  /** C order: NAXIS2, NAXIS1; NAXIS2 of a table with one axis is 1. */
  readonly shape: readonly [number, number];
  readonly crpix: readonly [number, number];
  readonly crval: readonly [number, number];
  readonly cdelt: readonly [number, number];
}

/** More values than the largest image has; every known table is far smaller. */
const mostValues = 2 ** 28;

/**
 * The shape of the table that an image HDU holds, from its header alone: to be asked before its pixels are read. Throws
 * BAD_HEADER for anything but one or two axes with pixels, and for more than 2^28 of these.
 */
export function lookupShape(header: Header): [number, number] {
  const axes = coefficient(header, "NAXIS");
  if (axes !== 1 && axes !== 2) {
    throw unusable(header, `it has ${axes ?? "no"} axes, not 1 or 2`);
  }
  const nx = coefficient(header, "NAXIS1") ?? 0;
  const ny = axes === 2 ? (coefficient(header, "NAXIS2") ?? 0) : 1;
  const isCount = [nx, ny].every((n) => Number.isSafeInteger(n) && n > 0);
  if (!isCount || nx * ny > mostValues) throw unusable(header, `it has ${nx} x ${ny} values`);
  return [ny, nx];
}

/**
 * The table that an image HDU holds. Its values are rounded to float32, as astropy does. CRPIX and CRVAL are 0 and CDELT
 * is 1 unless given. Throws BAD_HEADER for a table that cannot be used.
 *
 * @param pixels physical values (BSCALE and BZERO applied) of the whole image
 */
export function lookupTable(header: Header, pixels: Pick<NdArray, "data" | "shape">): LookupTable {
  const shape = lookupShape(header);
  const [ny, nx] = shape;
  const { data } = pixels;
  if (data.length !== nx * ny || data instanceof BigInt64Array || data instanceof BigUint64Array) {
    throw unusable(header, `its pixels do not fill ${nx} x ${ny} numbers`);
  }
  const pair = (keyword: string, absent: number): [number, number] => [
    coefficient(header, `${keyword}1`) ?? absent,
    coefficient(header, `${keyword}2`) ?? absent,
  ];
  const cdelt = pair("CDELT", 1);
  if (cdelt.includes(0)) throw unusable(header, "its CDELT is 0");
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return { data: values, shape, crpix: pair("CRPIX", 0), crval: pair("CRVAL", 0), cdelt };
}

function unusable(header: Header, why: string): FitsError {
  const name = [header.get("EXTNAME") ?? "(no EXTNAME)", header.get("EXTVER") ?? 1].map(String).join(" ");
  return new FitsError(
    "BAD_HEADER",
    `the distortion table ${name} cannot be used: ${why}; turn distortions off, or mend the table`,
  );
}

/** The displacement of lookup tables of one kind; `undefined` without any. */
export function lookupDisplacement(
  kind: LookupUse["kind"],
  tables: readonly { readonly use: LookupUse; readonly table: LookupTable }[],
): Displacement | undefined {
  const terms = tables
    .filter(({ use }) => use.kind === kind)
    .map(({ use, table }) => lookupTerm(table, use.axis === 1 ? 0 : 1, use.inputs));
  return terms.length > 0 ? { kind, isSmooth: false, terms } : undefined;
}

/**
 * Adds the value of a table to a coordinate. The place in the table is `(pixel - CRVAL) / CDELT + CRPIX - 1`, 0-based, held
 * within the table. (astropy before 6.1 takes 1 / CDELT for the 1: its issue 13456.)
 *
 * @param inputs which pixel axes, 1 or 2, the axes of the table stand for
 */
function lookupTerm(table: LookupTable, into: 0 | 1, inputs: readonly [1 | 2, 1 | 2]): Term {
  const { data } = table;
  const [ny, nx] = table.shape;
  const [slopeS, slopeT] = [1 / table.cdelt[0], 1 / table.cdelt[1]];
  const [zeroS, zeroT] = ([0, 1] as const).map((k) => table.crpix[k] - 1) as [number, number];
  const [crvalS, crvalT] = table.crval;
  const [cdeltS, cdeltT] = table.cdelt;
  const sOfX = inputs[0] === 1;
  const tOfX = inputs[1] === 1;
  const bySOut = 2 + 2 * into + (sOfX ? 0 : 1);
  const byTOut = 2 + 2 * into + (tOfX ? 0 : 1);
  const lastS = nx - 1;
  const lastT = ny - 1;
  const stepS = nx > 1 ? 1 : 0;
  const stepT = ny > 1 ? nx : 0;

  const place = (pixel: number, crval: number, cdelt: number, zero: number, last: number): number =>
    Math.min(Math.max((pixel - crval) / cdelt + zero, 0), last);

  return {
    add(x, y, out) {
      const s = place(sOfX ? x : y, crvalS, cdeltS, zeroS, lastS);
      const t = place(tOfX ? x : y, crvalT, cdeltT, zeroT, lastT);
      const i = s < lastS ? Math.floor(s) : Math.max(lastS - 1, 0);
      const j = t < lastT ? Math.floor(t) : Math.max(lastT - 1, 0);
      const fs = s - i;
      const ft = t - j;
      const at = j * nx + i;
      const low = (1 - fs) * data[at]! + fs * data[at + stepS]!;
      const high = (1 - fs) * data[at + stepT]! + fs * data[at + stepS + stepT]!;
      out[into]! += (1 - ft) * low + ft * high;
    },
    addWithSlopes(x, y, out) {
      const s = place(sOfX ? x : y, crvalS, cdeltS, zeroS, lastS);
      const t = place(tOfX ? x : y, crvalT, cdeltT, zeroT, lastT);
      const i = s < lastS ? Math.floor(s) : Math.max(lastS - 1, 0);
      const j = t < lastT ? Math.floor(t) : Math.max(lastT - 1, 0);
      const fs = s - i;
      const ft = t - j;
      const at = j * nx + i;
      const a = data[at]!;
      const b = data[at + stepS]!;
      const c = data[at + stepT]!;
      const d = data[at + stepS + stepT]!;
      out[into]! += (1 - ft) * ((1 - fs) * a + fs * b) + ft * ((1 - fs) * c + fs * d);
      // Beyond its edges the table goes on as a constant.
      if (s > 0 && s < lastS) out[bySOut]! += ((1 - ft) * (b - a) + ft * (d - c)) * slopeS;
      if (t > 0 && t < lastT) out[byTOut]! += ((1 - fs) * (c - a) + fs * (d - b)) * slopeT;
    },
  };
}
