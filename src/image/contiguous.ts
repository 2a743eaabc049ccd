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
  type NdArray,
  ndarray,
  viewAs,
} from "../array.js";
import { FitsError } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import { done, type Plan, type Step, type WantedRange } from "../read/plan.js";
import { type Gather, gatherer } from "./gather.js";
import type { PixelOptions, Pixels } from "./pixels.js";
import { type Axis, type Box, boxEnd, planRuns, type RunPlan, sectionBox } from "./runs.js";
import {
  dtypeOfBitpix,
  flipSigns,
  isUnscaled,
  physicalDtype,
  pixelCopy,
  type Scaling,
  scalingOf,
  unscaled,
} from "./scale.js";
import type { ResolvedSection } from "./section.js";

/** Ranges of at least this many bytes offer memory of the result to be read into. */
const worthReadingInPlace = 64 * 1024;
/**
 * Most ranges in one step. Only selections of scattered pixels by the hundred thousand have more: they take another
 * step, and so another wave, which costs nothing beside so many requests, and never hold millions of objects.
 */
const mostRanges = 1 << 17;

/** What is known of an uncompressed array in a file. */
export interface StoredArray {
  /** What it is, for errors and profiles: `"HDU 1 (SCI)"`. */
  readonly label: string;
  readonly dataOffset: number;
  /** Slowest axis first. */
  readonly shape: readonly number[];
  readonly rawDtype: DType;
  readonly scaling: Scaling;
  /** Bytes of the whole file, where known: what a hostile header asks for beyond is refused before it is allocated. */
  readonly fileSize?: number | undefined;
}

/**
 * The pixels of an uncompressed image HDU. `fileSize` is the size of the file, where known. A header with a scaling
 * that makes no sense throws (WRONG_TYPE) when the scaling is first asked for: raw pixels stay readable.
 */
export function contiguousPixels(layout: HduLayout, fileSize?: number): Pixels {
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  let scaling: Scaling | undefined;
  const stored: StoredArray = {
    label: hduLabel(layout),
    dataOffset: layout.dataOffset,
    shape: layout.shape,
    rawDtype,
    get scaling() {
      scaling ??= scalingOf(layout.header, rawDtype);
      return scaling;
    },
    fileSize,
  };
  return {
    shape: layout.shape,
    rawDtype,
    get scaling() {
      return stored.scaling;
    },
    plan: (section, options) => sectionPlan(stored, section, options),
  };
}

/** How errors and profiles call an HDU: `"HDU 1 (SCI)"`. */
export function hduLabel({ index, name }: { readonly index: number; readonly name: string }): string {
  return name === "" ? `HDU ${index}` : `HDU ${index} (${name})`;
}

/**
 * Plans a section of an uncompressed array. One step (another only beyond 131072 ranges), whose ranges are the runs
 * of wanted pixels: runs less than 4 KiB apart are read as one, long ones as touching ranges of up to 4 MiB. The
 * result is allocated when the first bytes are about to be read.
 */
export function sectionPlan(
  stored: StoredArray,
  section: ResolvedSection,
  options: PixelOptions,
): Plan<NdArray> {
  const { rawDtype } = stored;
  const scaling = options.raw ? unscaled : stored.scaling;
  const dtype = physicalDtype(rawDtype, scaling);
  const count = elementCount(section.shape);
  if (count === 0) return done(ndarray(allocate(dtype, 0), section.shape));
  const box = sectionBox(section, stored.shape, bytesPerElement(rawDtype), stored.dataOffset);
  return stridedPlan({
    label: stored.label,
    what: "section of",
    box,
    rawDtype,
    dtype,
    scaling,
    count,
    fileSize: stored.fileSize,
    options,
    finish: (data) => ndarray(data, section.shape),
  });
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

/** What the steps of one read share. */
interface Work {
  /** The result's array, made when it is first asked for. */
  memory(): Arrays[DType];
  gather: Gather;
}

/** Plans a strided read. Throws TRUNCATED where the file is known to end before the box does. */
export function stridedPlan<T>(read: StridedRead<T>): Plan<T> {
  const end = boxEnd(read.box);
  if (read.fileSize !== undefined && end > read.fileSize) throw truncated(read, read.fileSize);
  if (!Number.isSafeInteger(end) || !Number.isSafeInteger(read.count)) {
    throw new FitsError("TOO_LARGE", `${read.label}: the header describes more data than any file holds`);
  }
  const runs = planRuns(read.box);
  const kept = read.dtype === read.rawDtype && isUnscaled(read.scaling);
  const copy = kept ? undefined : pixelCopy(read.rawDtype, read.dtype, read.scaling);
  const gather = gatherer(read.rawDtype, copy);
  let result: Arrays[DType] | undefined;
  const memory = (): Arrays[DType] => {
    result ??= resultMemory(read);
    return result;
  };
  return nextStep(read, runs, 0, { memory, gather });
}

function nextStep<T>(read: StridedRead<T>, runs: RunPlan, first: number, work: Work): Plan<T> {
  const { memory, gather } = work;
  if (first >= runs.length) return done(read.finish(memory()));
  const last = Math.min(runs.length, first + mostRanges);
  const direct = directMode(read, runs);
  const ranges: WantedRange[] = [];
  for (let i = first; i < last; i++) ranges.push(wantedRange(runs, i, direct, memory));
  return {
    label: `${read.what} ${read.label}`,
    ranges,
    keep: read.options.keep,
    take: (i, bytes) => {
      const run = runs.run(first + i);
      if (bytes.byteLength < run.length) throw truncated(read, run.offset + bytes.byteLength);
      const out = memory();
      if (direct && bytes.buffer === out.buffer) takeInPlace(out, run.at, run.count, bytes, direct.flip);
      else gather(bytes, axesOf(runs, run.count), out, run.at);
    },
    next: () => nextStep(read, runs, last, work),
  } satisfies Step<T>;
}

/** Whether ranges lie in the file as they do in the result (save for byte order), and whether signs change. */
function directMode<T>(read: StridedRead<T>, runs: RunPlan): { flip: boolean } | undefined {
  const { dtype, rawDtype, scaling } = read;
  const { axes, size } = runs.box;
  const axis = axes[runs.inner];
  if (!axis || runs.inner !== axes.length - 1 || axis.stride !== size || axis.out !== 1) return undefined;
  if (dtype === rawDtype) return isUnscaled(scaling) ? { flip: false } : undefined;
  // Of the other types only the unsigned conventions keep the bits, save one.
  return dtype === "float64" ? undefined : { flip: true };
}

function wantedRange(
  runs: RunPlan,
  i: number,
  direct: { flip: boolean } | undefined,
  memory: () => Arrays[DType],
): WantedRange {
  const { offset, length, at } = runs.run(i);
  if (!direct || length < worthReadingInPlace) return { offset, length };
  let into: Uint8Array<ArrayBuffer> | undefined;
  return {
    offset,
    length,
    get into(): Uint8Array<ArrayBuffer> {
      into ??= bytesOf(memory()).subarray(at * runs.box.size, at * runs.box.size + length);
      return into;
    },
  };
}

/** The bytes were read into their places in the result: only their order is to be changed. */
function takeInPlace(out: Arrays[DType], at: number, count: number, bytes: Uint8Array, flip: boolean): void {
  bigEndianToNative(bytes as Uint8Array<ArrayBuffer>, out.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8);
  if (flip) flipSigns(out, at, 1, count);
}

/** The axes inside a range that holds `count` places of the first of them. */
function axesOf(runs: RunPlan, count: number): Axis[] {
  const [cut, ...rest] = runs.box.axes.slice(runs.inner);
  return cut ? [{ ...cut, count }, ...rest] : [];
}

function resultMemory<T>({ dtype, count, options }: StridedRead<T>): Arrays[DType] {
  const bytes = count * bytesPerElement(dtype);
  const { memory } = options;
  if (memory && memory.byteLength >= bytes) return viewAs(new Uint8Array(memory, 0, bytes), dtype);
  return allocate(dtype, count);
}

function truncated<T>({ label, box }: StridedRead<T>, fileEnd: number): FitsError {
  return new FitsError(
    "TRUNCATED",
    `${label}: the file ends at byte ${fileEnd}, before byte ${boxEnd(box)} that this needs (data start at or before byte ${box.offset}); the file is cut short or its header wrong`,
  );
}
