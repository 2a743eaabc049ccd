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
import type { Course, Plan, Step } from "../read/plan.js";
import { gather, type Line, scaledLine, storedLine } from "./gather.js";
import type { ImageLayout, PixelOptions, Pixels } from "./pixels.js";
import { type Box, boxEnd, planRuns, type Run, type Runs, sectionBox } from "./runs.js";
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
 * Most ranges in one step, so that millions of objects never exist at once. Only selections of scattered pixels by the
 * hundred thousand have more; they take another step, and so another wave, which costs nothing beside so many requests.
 */
const mostRanges = 1 << 15;
/**
 * Most bytes in one step, or a little more: where a source does not tell its size, a header that claims more data than
 * the file has is found out before requests for all of them are planned.
 */
const mostBytes = 2 ** 30;

/**
 * The pixels of an uncompressed image HDU. `fileSize` is the size of the file, where known. A header with a scaling
 * that makes no sense throws (BAD_HEADER) when the scaling is first asked for: raw pixels stay readable.
 */
export function contiguousPixels(layout: ImageLayout, fileSize?: number): Pixels {
  const { shape } = layout;
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  let scaling: Scaling | undefined;
  const pixels: Pixels = {
    shape,
    rawDtype,
    get scaling() {
      return (scaling ??= scalingOf(layout.header, rawDtype, hduLabel(layout)));
    },
    plan(section, options) {
      const scaling = options.raw ? unscaled : pixels.scaling;
      const box = sectionBox(section, shape, bytesPerElement(rawDtype), layout.dataOffset);
      const data = stridedPlan({
        label: hduLabel(layout),
        what: "section of",
        box,
        rawDtype,
        dtype: physicalDtype(rawDtype, scaling),
        scaling,
        count: elementCount(section.shape),
        fileSize,
        options,
      });
      return function* () {
        return ndarray(yield* data(), section.shape);
      };
    },
  };
  return pixels;
}

/** A strided read: a box of stored elements, gathered into an array of `count` elements. */
export interface StridedRead {
  readonly label: string;
  /** What is read of the HDU: `"section of"`. */
  readonly what: string;
  readonly box: Box;
  readonly rawDtype: DType;
  /** Of the result: what `physicalDtype` says of `scaling`, or float64. */
  readonly dtype: DType;
  readonly scaling: Scaling;
  readonly count: number;
  readonly fileSize: number | undefined;
  readonly options: PixelOptions;
}

/**
 * Plans a strided read. One step (another only beyond 32768 ranges or 1 GiB), whose ranges are the runs of wanted
 * elements: runs less than 4 KiB apart are read as one, long ones as touching ranges of up to 4 MiB, straight into the
 * result where the elements lie there as in the file. The result is allocated when the first bytes are about to be read.
 * Throws TRUNCATED where the file is known to end before the box does.
 */
export function stridedPlan(read: StridedRead): Plan<Arrays[DType]> {
  const { box, count, dtype, fileSize = Infinity } = read;
  if (count > 0) checkEnd(read, fileSize, boxEnd(box));
  return function* () {
    if (count === 0) return allocate(dtype, 0);
    return yield* stridedCourse(read, planRuns(box));
  };
}

function* stridedCourse(read: StridedRead, runs: Runs): Course<Arrays[DType]> {
  const { label, rawDtype, dtype, scaling, count, options } = read;
  const isKept = dtype === rawDtype && isUnscaled(scaling);
  // Of the other types only the unsigned conventions keep the bits, save one.
  const flips = !isKept && dtype !== "float64";
  const stored = storedLine(rawDtype, flips);
  const line: Line = isKept || flips ? stored : scaledLine(rawDtype, scaling, stored);
  const isInPlace = runs.contiguous && (isKept || flips);
  let result: Arrays[DType] | undefined;
  const memory = (): Arrays[DType] => (result ??= (options.allocate ?? allocate)(dtype, count));

  function take(run: Run, bytes: Uint8Array): void {
    checkEnd(read, run.offset + bytes.byteLength, run.offset + run.length);
    const out = memory();
    if (bytes.buffer !== out.buffer) {
      gather(bytes, runs.axesOf(run), out, run.at, line);
      return;
    }
    // The bytes are in their place: only their order is to be changed.
    bigEndianToNative(bytes as Uint8Array<ArrayBuffer>, bytesPerElement(dtype));
    if (flips) flipSigns(out, run.at, 1, run.count);
  }

  const perStep = Math.min(mostRanges, Math.ceil(mostBytes / runs.run(0).length));
  for (let first = 0; first < runs.length; first += perStep) {
    const some = Array.from({ length: Math.min(runs.length - first, perStep) }, (_, i) =>
      runs.run(first + i),
    );
    yield {
      label: `${read.what} ${label}`,
      ranges: some,
      keep: options.keep,
      ...(isInPlace && some[0]!.length >= worthReadingInPlace && intoResult(some, memory)),
      take: (i, bytes) => take(some[i]!, bytes),
    };
  }
  return memory();
}

/** Ranges read straight into their places in the result. */
function intoResult(runs: readonly Run[], memory: () => Arrays[DType]): Pick<Step, "into"> {
  return {
    into(i) {
      const { at, count } = runs[i]!;
      return bytesOf(memory(), at, count);
    },
  };
}

function checkEnd({ label, box }: StridedRead, fileEnd: number, needed: number): void {
  if (needed <= fileEnd) return;
  throw new FitsError(
    "TRUNCATED",
    `${label}: the file ends at byte ${fileEnd}, this needs byte ${boxEnd(box)}; it is cut short or its header wrong`,
  );
}
