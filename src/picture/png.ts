/**
 * PNG files, written as their rows come (PNG specification, third edition: W3C 2025). The platform's own deflate does
 * the work, in Node and in browsers.
 */
import { checkMembers } from "../argument.js";
import { crc32 } from "../codec/crc32.js";
import { FitsError } from "../errors.js";
import type { Picture } from "./render.js";

/** What the bytes of a PNG's pixels are: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA; 16-bit values high byte first. */
export interface PngHead {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly depth: 8 | 16;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Color types by the number of channels. */
const colorTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
/** Most that the specification allows, and as many as browsers and libraries read. */
const longestSide = 2 ** 31 - 1;
/** IDAT chunks are about this long. */
const chunkLength = 65536;

/**
 * A PNG file, piece by piece. `rows` gives its rows from the top down, whole rows in each piece, without filter bytes.
 * Holds one piece and what the deflate of the platform holds. Throws BAD_ARGUMENT for a picture that no PNG can hold,
 * and what `rows` throws.
 */
export async function* pngStream(
  head: PngHead,
  rows: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  const { width, height, channels, depth } = head;
  if (Math.max(width, height) > longestSide)
    throw new FitsError(
      "BAD_ARGUMENT",
      `a PNG is at most ${longestSide} pixels long, not ${width} x ${height}; bin it`,
    );
  yield signature;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = depth;
  header[9] = colorTypes[channels];
  yield chunk("IHDR", header);
  for await (const data of gathered(
    deflated(filtered(rows, width * channels * (depth / 8), channels * (depth / 8))),
  ))
    yield chunk("IDAT", data);
  yield chunk("IEND", new Uint8Array(0));
}

/** The picture as a PNG file: 8 bits of one channel where all its pixels are gray, of three otherwise; alpha where it has any. */
export async function encodePng(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  checkMembers(picture, ["width", "height", "rgb"], "a picture", "{ width, height, rgb }");
  const { width, height, rgb, alpha } = picture;
  if (rgb?.length !== 3 * width * height || (alpha && alpha.length !== width * height))
    throw new FitsError(
      "BAD_ARGUMENT",
      "a picture has { width, height, rgb }, three bytes a pixel, as render makes it",
    );
  const isGray = rgb.every((level, i) => level === rgb[i - (i % 3)]);
  const colors = isGray ? 1 : 3;
  const channels = (colors + (alpha ? 1 : 0)) as PngHead["channels"];
  const rows = async function* (): AsyncGenerator<Uint8Array> {
    for (let y = 0; y < height; y++) {
      const row = new Uint8Array(width * channels);
      for (let x = 0; x < width; x++) {
        const pixel = y * width + x;
        for (let c = 0; c < colors; c++) row[x * channels + c] = rgb[3 * pixel + c]!;
        if (alpha) row[x * channels + colors] = alpha[pixel]!;
      }
      yield row;
    }
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of pngStream({ width, height, channels, depth: 8 }, rows())) pieces.push(piece);
  return joined(pieces);
}

/**
 * Rows with the filter byte in front. All rows have the filter Sub, the difference to the pixel before: of the filters
 * that need no second look at the data, on sky with noise and stars about as good as the best for each row.
 */
async function* filtered(
  rows: AsyncIterable<Uint8Array>,
  rowLength: number,
  pixelLength: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of rows) {
    const count = piece.length / rowLength;
    const length = count * (rowLength + 1);
    const memory = new Uint8Array(length); // a stream may look at a piece after it has asked for the next one
    for (let row = 0, from = 0, to = 0; row < count; row++) {
      memory[to++] = 1;
      for (let i = 0; i < rowLength; i++, from++, to++)
        memory[to] = i < pixelLength ? piece[from]! : piece[from]! - piece[from - pixelLength]!;
    }
    yield memory;
  }
}

/** The zlib stream of the pieces. */
async function* deflated(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new CompressionStream("deflate");
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let stopped = false;
  const feed = async (): Promise<void> => {
    for await (const piece of pieces) {
      if (stopped) return;
      await writer.write(piece);
    }
    await writer.close();
  };
  const fed = feed().catch(async (error: unknown) => {
    await writer.abort(error).catch(() => undefined);
    throw error;
  });
  fed.catch(() => undefined);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    await fed;
  } finally {
    stopped = true;
    await reader.cancel().catch(() => undefined);
  }
}

/** The same bytes in pieces of about `chunkLength`. */
async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < chunkLength) continue;
    yield joined(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield joined(waiting);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Length, type, data, and the CRC of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
