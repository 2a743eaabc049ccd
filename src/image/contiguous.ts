/**
 * Plans for arrays that lie uncompressed in the file: which byte ranges a section needs, and how they become pixels.
 */
import {
  type Arrays,
  allocate,
  bigEndianToNative,
  bytesOf,
  bytesPerElement,
  type DType,
  elementCount,
  ndarray,
} from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import { done, type Plan, type WantedRange } from "../read/old-plan.js";
import { gather, type Line, storedLine } from "./gather.js";
import type { PixelOptions, Pixels } from "./pixels.js";
import { type Box, boxEnd, planRuns, type Run, sectionBox } from "./runs.js";
import {
  dtypeOfBitpix,
  flipSigns,
  isUnscaled,
  physicalDtype,
  type Scaling,
  scalingOf,
  unscaled,
} from "./scale.js";

/** Ranges of at least this many bytes offer memory of the result to be read into. */
const worthReadingInPlace = 2 ** 20;
/**
 * Most ranges in one step. Only selections of scattered pixels by the hundred thousand have more: they take another
 * step, and so another wave, which costs nothing beside so many requests, and never hold millions of objects.
 */
const mostRanges = 1 << 15;
/**
 * Most bytes in one step, or a little more: where a source does not tell its size, a header that describes what no
 * file holds is found out before requests for all of it are planned.
 */
const mostBytes = 2 ** 30;

/**
 * The pixels of an uncompressed image HDU. `fileSize` is the size of the file, where known. A header with a scaling
 * that makes no sense throws (WRONG_TYPE) when the scaling is first asked for: raw pixels stay readable.
 */
export function contiguousPixels(layout: HduLayout, fileSize?: number): Pixels {
  const { shape } = layout;
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  let scaling: Scaling | undefined;
  const pixels: Pixels = {
    shape,
    rawDtype,
    get scaling() {
      return (scaling ??= scalingOf(layout.header, rawDtype));
    },
    plan(section, options) {
      const scaling = options.raw ? unscaled : pixels.scaling;
      return stridedPlan({
        label: hduLabel(layout),
        what: "section of",
        box: sectionBox(section, shape, bytesPerElement(rawDtype), layout.dataOffset),
        rawDtype,
        dtype: physicalDtype(rawDtype, scaling),
        scaling,
        count: elementCount(section.shape),
        fileSize,
        options,
        finish: (data) => ndarray(data, section.shape),
      });
    },
  };
  return pixels;
}

/** A strided read: a box of stored elements, gathered into an array of `count` elements. */
export interface StridedRead<T> {
  readonly label: string;
  /** What is read of it: `"section of"`. */
  readonly what: string;
  readonly box: Box;
  readonly rawDtype: DType;
  /** Of the result: what `physicalDtype` says of `scaling`, or float64. */
  readonly dtype: DType;
  readonly scaling: Scaling;
  readonly count: number;
  readonly fileSize: number | undefined;
  readonly options: PixelOptions;
  finish(data: Arrays[DType]): T;
}

/**
 * Plans a strided read. One step (another only beyond 32768 ranges or 1 GiB), whose ranges are the runs of wanted elements: runs
 * less than 4 KiB apart are read as one, long ones as touching ranges of up to 4 MiB. The result is allocated when the
 * first bytes are about to be read. Throws TRUNCATED where the file is known to end before the box does, TOO_LARGE for
 * a box beyond any file.
 */
export function stridedPlan<T>(read: StridedRead<T>): Plan<T> {
  const { label, box, rawDtype, dtype, scaling, count, options } = read;
  if (count === 0) return done(read.finish(allocate(dtype, 0)));
  const end = boxEnd(box);
  const checkEnd = (fileEnd: number, needed: number): void => {
    if (needed <= fileEnd) return;
    throw new FitsError(
      "TRUNCATED",
      `${label}: the file ends at byte ${fileEnd}, this needs byte ${end}; it is cut short or its header wrong`,
    );
  };
  checkEnd(read.fileSize ?? Infinity, end);
  const runs = planRuns(box);
  const kept = dtype === rawDtype && isUnscaled(scaling);
  // Of the other types only the unsigned conventions keep the bits, save one.
  const flip = !kept && dtype !== "float64";
  const stored = storedLine(rawDtype, flip);
  let line = kept || flip ? stored : undefined;
  const inPlace = runs.contiguous && (kept || flip);
  let result: Arrays[DType] | undefined;
  const memory = (): Arrays[DType] => (result ??= (options.allocate ?? allocate)(dtype, count));

  /** A range; a long one may be read into its place in the result. */
  function wanted(i: number): WantedRange {
    const { offset, length, at, count } = runs.run(i);
    if (!inPlace || length < worthReadingInPlace) return { offset, length };
    return {
      offset,
      length,
      get into() {
        return bytesOf(memory(), at, count);
      },
    };
  }

  function take(run: Run, bytes: Uint8Array, line: Line): void {
    checkEnd(run.offset + bytes.byteLength, run.offset + run.length);
    const out = memory();
    if (!inPlace || bytes.buffer !== out.buffer) gather(bytes, runs.axesOf(run), out, run.at, line);
    else {
      // Only the order of the bytes is to be changed.
      bigEndianToNative(bytes as Uint8Array<ArrayBuffer>, bytesPerElement(dtype));
      if (flip) flipSigns(out, run.at, 1, run.count);
    }
  }

  async function takeScaled(run: Run, bytes: Uint8Array): Promise<void> {
    const { scaledLine } = await import("./scaled.js");
    take(run, bytes, (line ??= scaledLine(rawDtype, scaling, stored)));
  }

  const perStep = Math.min(mostRanges, Math.ceil(mostBytes / runs.run(0).length));

  function stepFrom(first: number): Plan<T> {
    if (first >= runs.length) return done(read.finish(memory()));
    const length = Math.min(runs.length - first, perStep);
    return {
      label: `${read.what} ${label}`,
      ranges: Array.from({ length }, (_, i) => wanted(first + i)),
      keep: options.keep,
      passing: true,
      take(i, bytes) {
        const run = runs.run(first + i);
        return line ? take(run, bytes, line) : takeScaled(run, bytes);
      },
      next: () => stepFrom(first + length),
    };
  }
  return stepFrom(0);
}
