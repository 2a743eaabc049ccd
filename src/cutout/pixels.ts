/**
 * The pixels of a cutout: read from the image, with what lies outside it filled.
 */
import { type Arrays, allocate, type DType, elementCount, type NdArray, ndarray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { ImageHdu } from "../hdu/image.js";
import { isUnscaled, scalingOf } from "../image/scale.js";
import type { FittedGrid } from "./grid.js";

/** What pixels outside the image are filled with, as it is stored, and as it reads. */
export interface Fill {
  readonly stored: number | bigint;
  readonly physical: number | bigint;
}

/**
 * The fill of an image: `value`, a physical one, else NaN, which integers store as BLANK. Throws BAD_ARGUMENT where integers
 * have no BLANK, and for a value that the image's type cannot store.
 */
export function fillOf(image: ImageHdu, value: number | bigint | undefined): Fill {
  const { header, rawDtype, dtype } = image;
  const label = hduLabel(image);
  const { bscale, bzero, blank } = scalingOf(header, rawDtype, label);
  const isFloat = rawDtype.startsWith("float");
  if (value !== undefined && typeof value !== "number" && typeof value !== "bigint")
    throw new FitsError("BAD_ARGUMENT", `a fill is a number, not ${JSON.stringify(value)}`);
  const isUndefined = value === undefined || Number.isNaN(value);
  if (isFloat) {
    const physical = isUndefined ? Number.NaN : Number(value);
    return { physical, stored: (physical - bzero) / bscale };
  }
  if (isUndefined) {
    if (blank !== undefined && inRange(blank, rawDtype))
      return { physical: Number.NaN, stored: typed(blank, rawDtype) };
    throw new FitsError(
      "BAD_ARGUMENT",
      `${label}: the cutout reaches beyond the image, and its ${dtype} pixels have no NaN (and no BLANK); give a fill value, such as 0, or the mode trim`,
    );
  }
  const stored = bscale === 1 ? wholeStored(value, bzero) : Math.round((Number(value) - bzero) / bscale);
  const back = typeof stored === "bigint" ? undefined : stored * bscale + bzero;
  const isExact = back === undefined || Math.abs(back - Number(value)) <= 1e-9 * Math.abs(bscale);
  if (!isExact || !Number.isInteger(Number(stored)) || !inRange(BigInt(stored), rawDtype))
    throw new FitsError(
      "BAD_ARGUMENT",
      `${label}: ${value} cannot be stored in its ${dtype} pixels; give another fill value`,
    );
  const physical = dtype === "int64" || dtype === "uint64" ? BigInt(value) : Number(value);
  return { stored: typed(BigInt(stored), rawDtype), physical };
}

/** Without a scale: exact also where a float is not. */
function wholeStored(value: number | bigint, bzero: number): number | bigint {
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  return isWhole && Number.isInteger(bzero) ? BigInt(value) - BigInt(bzero) : Number(value) - bzero;
}

const bits: Partial<Record<DType, bigint>> = { int16: 16n, int32: 32n, int64: 64n };

/** Whether a stored integer type holds a number: unsigned bytes, or signed integers. */
function inRange(value: bigint, dtype: DType): boolean {
  const width = bits[dtype];
  if (width === undefined) return value >= 0n && value <= 255n;
  return value === BigInt.asIntN(Number(width), value);
}

function typed(value: bigint, dtype: DType): number | bigint {
  return dtype === "int64" || dtype === "uint64" ? value : Number(value);
}

/** Pixels that were read, with what lies outside the image filled: stored or physical ones (`raw`). */
export function filled(
  part: NdArray,
  { grid, place, status }: FittedGrid,
  raw: boolean,
  fill: Fill | undefined,
): NdArray {
  if (!fill || status === "whole") return part;
  return embedded(part, grid.count, place, raw ? fill.stored : fill.physical);
}

/** Throws TOO_LARGE for a cutout that is to be filled and that no memory holds, before anything is read. */
export function checkFilled({ grid }: FittedGrid): void {
  if (elementCount(grid.count) <= 2 ** 32) return;
  throw new FitsError(
    "TOO_LARGE",
    `a cutout of shape [${grid.count.join(", ")}] is too large to be filled in memory; make it smaller, or use the mode trim`,
  );
}

/** Whether the physical values of an image are others than the stored ones. */
export function isScaled(image: ImageHdu): boolean {
  return !isUnscaled(scalingOf(image.header, image.rawDtype, hduLabel(image)));
}

/** An array of `shape` with `part` in it at `place`, and `fill` around it. */
function embedded(
  part: NdArray,
  shape: readonly number[],
  place: readonly number[],
  fill: number | bigint,
): NdArray {
  const out: Arrays[DType] = allocate(part.dtype, elementCount(shape));
  out.fill(fill as never);
  const last = shape.length - 1;
  const row = part.shape[last]!;
  let from = 0;
  const walk = (axis: number, at: number): void => {
    const first = at * shape[axis]! + place[axis]!;
    if (axis === last) {
      out.set(part.data.subarray(from, from + row) as never, first);
      from += row;
      return;
    }
    for (let i = 0; i < part.shape[axis]!; i++) walk(axis + 1, first + i);
  };
  walk(0, 0);
  return ndarray(out, shape);
}
