/**
 * Into which chunks an array is cut whose elements lie uncompressed in a file, so that each chunk is one range of bytes: a
 * reference can point at it.
 */
import { FitsError } from "../errors.js";
import type { ByteRange } from "../source/source.js";
import { chunkCounts } from "./chunks.js";

/** An array as it lies in a file, in C order without gaps; its shape is slowest axis first. */
export interface PlainArray {
  /** What errors call it. */
  readonly label: string;
  readonly shape: readonly number[];
  readonly itemBytes: number;
  /** Of the first element in the file. */
  readonly offset: number;
  /** Bytes behind the array that the last chunk may take from the file, into whatever follows there. */
  readonly spare: number;
}

/** What the size of chunks depends on. */
export interface ChunkLimits {
  /** Most bytes of a chunk, unless one element has more. */
  readonly mostBytes: number;
  /**
   * An axis along which other arrays follow: chunks end where each of them ends. `length` is a divisor of the length of
   * each.
   */
  readonly along?: { readonly axis: number; readonly length: number } | undefined;
}

/** A chunk this much smaller than the largest one allowed is still worth a request. */
const leastPart = 1 / 8;
/** Most chunks of one array: a reference takes a hundred bytes of memory in its reader. */
const mostChunks = 2 ** 20;

/**
 * The shape of the chunks: some whole rows (or planes, or pixels of one row, if a row is too large), so many that they divide
 * their axis and take between an eighth of `mostBytes` and `mostBytes`. Where no number does, the last chunk of the array
 * reaches over its end, into bytes that no reader shows, as far as the file has them: a chunk must be full for most
 * readers. Else chunks get smaller until they fit. Throws TOO_LARGE for more chunks than a reader can list.
 */
export function referenceChunks(array: PlainArray, limits: ChunkLimits): number[] {
  const { shape, itemBytes } = array;
  const { along, mostBytes } = limits;
  if (shape.length === 0 || shape.includes(0)) return shape.map((length) => Math.max(1, length));
  // Beyond an axis along which arrays follow each other, a chunk would reach into the next array.
  const first = along && along.length < shape[along.axis]! ? along.axis : 0;
  let axis = shape.length - 1;
  let step = itemBytes;
  while (axis > first && step * shape[axis]! <= mostBytes) step *= shape[axis--]!;
  const isJoined = along?.axis === axis;
  const length = isJoined ? along.length : shape[axis]!;
  const chunk = shape.map((length, i) => (i < axis ? 1 : length));
  chunk[axis] = rowsOf(length, step, mostBytes, (rows) => !isJoined && fits(array, axis, rows, step));
  const count = chunkCounts(shape, chunk).reduce((n, along) => n * along, 1);
  if (count > mostChunks)
    throw new FitsError(
      "TOO_LARGE",
      `${array.label}: ${count} chunks of shape (${chunk.join(", ")}) are too many references; make chunks larger`,
    );
  return chunk;
}

/** How many of `length` rows of `step` bytes a chunk holds. */
function rowsOf(
  length: number,
  step: number,
  mostBytes: number,
  mayReach: (rows: number) => boolean,
): number {
  const most = Math.min(length, Math.max(1, Math.floor(mostBytes / step)));
  let divisor = most;
  while (length % divisor !== 0) divisor--;
  if (divisor === length || divisor * step >= mostBytes * leastPart) return divisor;
  // As many chunks, but of equal size: less is read in vain.
  let rows = Math.ceil(length / Math.ceil(length / most));
  while (rows > divisor && !mayReach(rows)) rows--;
  return Math.max(rows, divisor);
}

/** Whether the file has the bytes that the last chunk of `rows` rows takes from behind the array. */
function fits({ shape, spare }: PlainArray, axis: number, rows: number, step: number): boolean {
  return (Math.ceil(shape[axis]! / rows) * rows - shape[axis]!) * step <= spare;
}

/** The bytes of the chunk at `index`, its place in the grid of chunks, slowest axis first. */
export function chunkRange(
  { shape, itemBytes, offset }: PlainArray,
  chunkShape: readonly number[],
  index: readonly number[],
): ByteRange {
  let at = 0;
  let length = itemBytes;
  for (const [axis, extent] of shape.entries()) {
    at = at * extent + index[axis]! * chunkShape[axis]!;
    length *= chunkShape[axis]!;
  }
  return { offset: offset + at * itemBytes, length };
}
