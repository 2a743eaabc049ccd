/**
 * Decodes GZIP_1 and GZIP_2 tiles: the big-endian elements as a gzip member, in GZIP_2 with their bytes shuffled first.
 *
 * FITS Standard 4.0, section 10.4.2. The WebAssembly kernel (wasm/gzip.ts) decodes most tiles of an image. The other
 * tiles, and all tiles where there is no WebAssembly, are inflated here: whole tiles by the platform where it can
 * (node:zlib), else by gunzip.ts; the first pixels of a large tile piece by piece by gunzip.ts.
 */
import { gunzip as platformGunzip } from "#gzip";
import { bigEndianToNative, bytesOf, bytesPerElement, elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import { gunzip, gunzipPieces } from "./gunzip.js";
import { fromBigEndian } from "./raw.js";
import { checkTileBytes, type TileData, type TileParams, tileArray } from "./tile.js";

/** Decodes a GZIP_1 tile. See `TileDecoder`. */
export function decodeGzip1(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  return decode(bytes, false, params, into);
}

/** Decodes a GZIP_2 tile. See `TileDecoder`. */
export function decodeGzip2(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  return decode(bytes, true, params, into);
}

const inflate = platformGunzip ?? gunzip;

function decode(
  bytes: Uint8Array,
  shuffled: boolean,
  params: TileParams,
  into: TileData | undefined,
): TileData {
  try {
    const part = partOf(bytes, shuffled, params);
    if (part) return decodePart(bytes, part, params, into);
    const most = mostBytes(bytes, params);
    checkTileBytes(most, params);
    return fromBigEndian(inflate(bytes, most), { shuffled, own: true }, params, into);
  } catch (cause) {
    if (cause instanceof FitsError) throw cause;
    throw new FitsError("BAD_DATA", `corrupt gzip data: ${(cause as Error).message}`, { cause });
  }
}

/** Bytes of a gzip member without contents. */
const shortestMember = 18;
/** DEFLATE makes at most so many bytes of one: a match of 258 bytes takes at least two bits. */
const densest = 1032;

/** The length of the output modulo 2^32, as the last word of a gzip member says. */
function trailerOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < shortestMember) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
}

function allPixels({ shape, tilePixels }: TileParams): number {
  return tilePixels ?? elementCount(shape);
}

/** The most bytes that a tile may inflate to: the length in the trailer where that fits the tile, else a bound. */
function mostBytes(bytes: Uint8Array, params: TileParams): number {
  const pixels = allPixels(params);
  const most = Math.min(pixels * Math.max(4, bytesPerElement(params.dtype)), bytes.length * densest);
  const told = trailerOf(bytes);
  return told !== undefined && told > 0 && told <= most && told % pixels === 0 ? told : most;
}

/** The first pixels of a tile in its output: `length` bytes at the start of each of `planes` planes. */
interface Part {
  readonly shuffled: boolean;
  /** Bytes of an element in the output. */
  readonly width: number;
  readonly planes: number;
  readonly planeBytes: number;
  readonly length: number;
}

/**
 * Tiles up to these sizes are inflated whole. The piecewise inflater takes three times as long as node:zlib for the same
 * bytes, and for GZIP_2 it must go through nearly all of them.
 */
const smallTile = { plain: 2 ** 18, shuffled: 2 ** 24 };

/**
 * The part of the output to inflate piece by piece; undefined where the tile is to be inflated whole: small tiles, a
 * quarter of the pixels or more, and tiles whose trailer does not tell the width of the elements (several gzip members).
 */
function partOf(bytes: Uint8Array, shuffled: boolean, params: TileParams): Part | undefined {
  const all = allPixels(params);
  const pixels = elementCount(params.shape);
  const width = widthOf(bytes, all, params);
  if (width === undefined || pixels === 0) return undefined;
  const whole = all * width;
  const few = pixels * 4 < all && whole > (shuffled ? smallTile.shuffled : smallTile.plain);
  // Too many bytes for one buffer: a part may need fewer, and plain bytes go straight into the caller's own memory.
  const tooMany = (pixels < all || !shuffled) && exceeds(whole, params);
  if (!few && !tooMany) return undefined;
  return shuffled
    ? { shuffled, width, planes: width, planeBytes: all, length: pixels }
    : { shuffled, width, planes: 1, planeBytes: whole, length: pixels * width };
}

function exceeds(bytes: number, params: TileParams): boolean {
  try {
    checkTileBytes(bytes, params);
    return false;
  } catch {
    return true;
  }
}

/** Bytes of an element in the output: those of `dtype`, or 4 for 8- and 16-bit integers, as cfitsio writes them. */
function widthOf(bytes: Uint8Array, pixels: number, { dtype }: TileParams): number | undefined {
  const told = trailerOf(bytes);
  const widths = dtype.startsWith("float") ? [bytesPerElement(dtype)] : [bytesPerElement(dtype), 4];
  const holds = (length: number): boolean => length <= bytes.length * densest && length % 2 ** 32 === told;
  return widths.find((width) => holds(pixels * width));
}

function decodePart(bytes: Uint8Array, part: Part, params: TileParams, into: TileData | undefined): TileData {
  const { shuffled, width, planes, length } = part;
  const { dtype, shape, maxTileBytes } = params;
  if (!shuffled && width === bytesPerElement(dtype)) {
    const out = tileArray(params, into);
    const memory = bytesOf(out);
    fill(memory, bytes, part);
    bigEndianToNative(memory, width as 1 | 2 | 4 | 8);
    return out;
  }
  const memory = tileArray(
    { dtype: "uint8", shape: [planes * length], maxTileBytes },
    undefined,
  ) as Uint8Array;
  fill(memory, bytes, part);
  return fromBigEndian(memory, { shuffled, own: true }, { dtype, shape, maxTileBytes }, into);
}

/** Inflates until `memory` holds the part, plane behind plane. */
function fill(memory: Uint8Array, bytes: Uint8Array, { planes, planeBytes, length }: Part): void {
  const stop = (planes - 1) * planeBytes + length;
  let at = 0;
  for (const piece of gunzipPieces(bytes)) {
    const end = at + piece.length;
    for (let plane = Math.floor(at / planeBytes); plane < planes && plane * planeBytes < end; plane++) {
      const first = plane * planeBytes;
      const from = Math.max(at, first);
      const to = Math.min(end, first + length);
      if (from < to) memory.set(piece.subarray(from - at, to - at), plane * length + from - first);
    }
    at = end;
    if (at >= stop) return;
  }
  throw new FitsError("BAD_DATA", `corrupt gzip data: it holds ${at} bytes, ${stop} or more are needed`);
}
