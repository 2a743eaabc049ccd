/**
 * GZIP_1 and GZIP_2: a tile's big-endian elements as a gzip member, in GZIP_2 with their bytes shuffled first.
 *
 * FITS Standard 4.0, section 10.4.2. The inflating itself is the platform's: node:zlib or, in a browser, gunzip.ts.
 */
import { loadGzip } from "#platform";
import { bigEndianToNative, bytesPerElement, elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import type { TileData, TileDecoder, TileParams } from "./codec.js";
import { fromBigEndian } from "./raw.js";
import { unshuffle } from "./unshuffle.js";

/** What a platform does of gzip. */
export interface Gzip {
  /** The output of a gzip file; throws when it is corrupt, cut off or longer than `maxLength` bytes. */
  gunzip(bytes: Uint8Array, maxLength: number): Uint8Array;
  /** The same beside the calling thread, where the platform has threads for it. */
  gunzipAway?(bytes: Uint8Array, maxLength: number): Promise<Uint8Array>;
  /** `bytes` as one gzip member. */
  gzip(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The decoder of GZIP_1 tiles. */
export async function loadGzip1(): Promise<TileDecoder> {
  return decoder(await loadGzip(), false);
}

/** The decoder of GZIP_2 tiles. */
export async function loadGzip2(): Promise<TileDecoder> {
  return decoder(await loadGzip(), true);
}

function decoder({ gunzip, gunzipAway }: Gzip, shuffled: boolean): TileDecoder {
  const decode = (bytes: Uint8Array, params: TileParams, into?: TileData): TileData => {
    let inflated: Uint8Array;
    try {
      inflated = gunzip(bytes, lengthOf(bytes, params));
    } catch (cause) {
      if (cause instanceof FitsError) throw cause;
      throw new FitsError("BAD_DATA", `corrupt gzip data: ${(cause as Error).message}`, { cause });
    }
    return fromBigEndian(inflated, { shuffled, own: true }, params, into);
  };
  /** The decoder of cells that have been inflated, to `all`; undefined where that is not what they say. */
  const knowing = (cells: readonly Uint8Array[], all: Uint8Array): TileDecoder | undefined => {
    const lengths = cells.map(saidLength);
    if (all.length !== lengths.reduce((sum, length) => sum + length, 0)) return undefined;
    let outputs: Map<number, Uint8Array> | undefined;
    const decodeKnown: TileDecoder = (bytes, params, into) => {
      outputs ??= outputsOf(cells, lengths, all);
      const inflated = outputs.get(bytes.byteOffset);
      // It is overwritten now, and good for once.
      outputs.delete(bytes.byteOffset);
      if (!inflated || inflated.length !== lengthOf(bytes, params)) return decode(bytes, params, into);
      return fromBigEndian(inflated, { shuffled, own: true }, params, into);
    };
    const native = (width: 1 | 2 | 4 | 8): Uint8Array<ArrayBuffer> => {
      const bytes = new Uint8Array(all.buffer as ArrayBuffer, all.byteOffset, all.length);
      if (shuffled) return unshuffled(bytes, lengths, width);
      bigEndianToNative(bytes, width);
      return bytes;
    };
    return Object.assign(decodeKnown, { elements: { lengths, native } });
  };
  const together = (cells: readonly Uint8Array[]): TileDecoder | undefined => {
    const joint = jointMember(cells);
    try {
      return joint && knowing(cells, gunzip(joint.bytes, joint.length));
    } catch {
      return undefined;
    }
  };
  if (!gunzipAway) return Object.assign(decode, { together });
  const away = async (cells: readonly Uint8Array[]): Promise<TileDecoder | undefined> => {
    const joint = jointMember(cells);
    const all = joint && (await gunzipAway(joint.bytes, joint.length).catch(() => undefined));
    return all && knowing(cells, all);
  };
  return Object.assign(decode, { together, away });
}

/** Room for the elements of cells that are unshuffled together, used again for the next ones. */
let room = new Uint8Array(0);

function unshuffled(
  bytes: Uint8Array,
  lengths: readonly number[],
  width: 1 | 2 | 4 | 8,
): Uint8Array<ArrayBuffer> {
  if (room.length < bytes.length) room = new Uint8Array(bytes.length);
  let at = 0;
  for (const length of lengths) {
    unshuffle(bytes.subarray(at, at + length), room.subarray(at, at + length), width);
    at += length;
  }
  return room.subarray(0, bytes.length);
}

/** Most output of cells that are inflated together. */
const mostTogether = 8 * 1024 * 1024;

/**
 * Neighboring cells as one gzip file of many members, and the length of its output: starting to inflate takes as long as
 * inflating some kilobytes, and tiles are hardly longer.
 */
function jointMember(cells: readonly Uint8Array[]): { bytes: Uint8Array; length: number } | undefined {
  const [first] = cells;
  if (!first || cells.some(({ length }) => length < shortestMember)) return undefined;
  const length = cells.reduce((sum, cell) => sum + saidLength(cell), 0);
  if (length > mostTogether) return undefined;
  const bytes = cells.reduce((sum, cell) => sum + cell.length, 0);
  return { bytes: new Uint8Array(first.buffer, first.byteOffset, bytes), length };
}

/** What each cell holds, by its byte offset. */
function outputsOf(
  cells: readonly Uint8Array[],
  lengths: readonly number[],
  all: Uint8Array,
): Map<number, Uint8Array> {
  let at = 0;
  return new Map(
    cells.map(({ byteOffset }, i) => [byteOffset, all.subarray(at, (at += lengths[i]!))] as const),
  );
}

const shortestMember = 18;

/** The length of its output that a gzip member ends with, modulo 2^32. */
function saidLength(bytes: Uint8Array): number {
  const end = bytes.length;
  return (bytes[end - 4]! | (bytes[end - 3]! << 8) | (bytes[end - 2]! << 16) | (bytes[end - 1]! << 24)) >>> 0;
}

/** How many bytes the tile may inflate to: what the member's last word says where that fits the tile, else at most. */
function lengthOf(bytes: Uint8Array, { dtype, shape }: TileParams): number {
  const pixels = elementCount(shape);
  const most = pixels * Math.max(4, bytesPerElement(dtype));
  if (bytes.length < shortestMember) return most;
  const said = saidLength(bytes);
  return said > 0 && said <= most && said % pixels === 0 ? said : most;
}
