/**
 * The format of index files (`.fidx`), which are kept beside a FITS file: with one, opening the file needs no request, and
 * reading a part of a gzip file starts near that part.
 *
 * An index file is the eight characters "fitsidx1", the CRC-32 of all that follows, the length of a description in
 * JSON (both 32 bits, lowest byte first), the description, and packed bytes whose lengths the description tells.
 */
import { crc32 } from "../../codec/crc32.js";
import { inflate, WINDOW } from "../../codec/inflate.js";
import type { Checkpoint } from "../../codec/stream.js";
import { FitsError } from "../../errors.js";
import type { GzipIndex } from "../whole/checkpoints.js";

/** A stretch of the file and its CRC-32. */
export interface Sample {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** The identity of a file. */
export interface Identity {
  /** Bytes of the file, before decompression. */
  readonly size: number;
  /** The ETag or Last-Modified, if there was one. */
  readonly tag?: string | undefined;
  /** The first and last bytes of the file, and some from its middle. */
  readonly samples: readonly Sample[];
}

/** The header of one HDU: where it starts (in the decompressed file), and its bytes, a multiple of 2880. */
export interface IndexedHeader {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface FileIndex {
  readonly identity: Identity;
  /** The headers of all HDUs, in order. */
  readonly headers: readonly IndexedHeader[];
  /** Present for gzip files. */
  readonly gzip?: GzipIndex;
}

/** The description, as it stands in JSON. `packed` are lengths of raw DEFLATE data. */
interface Description {
  size: number;
  tag?: string;
  samples: Sample[];
  headers: { packed: number; places: [offset: number, length: number][] };
  gzip?: {
    size: number;
    checkpoints: [bit: number, offset: number, crc: number, length: number, window: number, packed: number][];
  };
}

/** DEFLATE makes at most so many bytes of one: a match of 258 bytes takes at least two bits. */
const DENSEST = 1032;

const MAGIC = "fitsidx1";
const PREAMBLE = 16;
/** Headers of all HDUs together; the largest known files have some 10 MB of them. */
const LARGEST_HEADERS = 1 << 28;

/** The bytes of an index file. */
export async function packIndex(index: FileIndex): Promise<Uint8Array<ArrayBuffer>> {
  const { identity, headers, gzip } = index;
  const packedHeaders = await deflate(join(headers.map(({ bytes }) => bytes)));
  const windows: Uint8Array[] = [];
  for (const { window } of gzip?.checkpoints ?? []) windows.push(await deflate(window));
  const description: Description = {
    size: identity.size,
    ...(identity.tag !== undefined && { tag: identity.tag }),
    samples: [...identity.samples],
    headers: {
      packed: packedHeaders.length,
      places: headers.map(({ offset, bytes }) => [offset, bytes.length]),
    },
    ...(gzip && {
      gzip: {
        size: gzip.size,
        checkpoints: gzip.checkpoints.map(({ bit, offset, crc, length, window }, i) => {
          return [bit, offset, crc, length, window.length, windows[i]!.length];
        }),
      },
    }),
  };
  const json = new TextEncoder().encode(JSON.stringify(description));
  const file = join([new Uint8Array(PREAMBLE), json, packedHeaders, ...windows]);
  file.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(file.buffer);
  view.setUint32(12, json.length, true);
  view.setUint32(8, crc32(file.subarray(12)), true);
  return file;
}

/**
 * Parses an index file. Everything is checked but whether the index belongs to a file. Throws BAD_INDEX for a damaged
 * index file, BAD_ARGUMENT for an argument that is no Uint8Array.
 *
 * @param bytes kept, not copied: they must not change
 */
export function parseIndex(bytes: Uint8Array): FileIndex {
  if (!(bytes instanceof Uint8Array))
    throw new FitsError("BAD_ARGUMENT", "index must be a Uint8Array: the bytes of an index file");
  if (latin1(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw bad("it is not one, or of another version");
  if (bytes.length < PREAMBLE) throw bad("it is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(8, true) !== crc32(bytes.subarray(12))) throw bad("it is damaged or cut off");
  const bodyAt = PREAMBLE + view.getUint32(12, true);
  if (bodyAt > bytes.length) throw bad("it is cut off");
  let description: Description;
  try {
    description = JSON.parse(new TextDecoder().decode(bytes.subarray(PREAMBLE, bodyAt))) as Description;
  } catch {
    // The parser's own message quotes the file.
    throw bad("its description is no JSON");
  }
  const body = reader(bytes.subarray(bodyAt));
  const { size, tag, samples, headers, gzip } = shape(description, "the description");
  check(tag === undefined || typeof tag === "string", "the tag");
  const identity: Identity = { size: natural(size, "the size"), tag, samples: parseSamples(samples, size) };
  const parsed = { identity, headers: parseHeaders(headers, body) };
  if (gzip === undefined) return parsed;
  return { ...parsed, gzip: parseGzip(gzip, size, body) };
}

function parseSamples(samples: unknown, size: number): Sample[] {
  return list(samples, "the samples").map((sample) => {
    const { offset, length, crc } = shape(sample as Sample, "a sample");
    natural(offset, "a sample");
    check(natural(length, "a sample") <= 1 << 16 && offset + length <= size, "a sample");
    return { offset, length, crc: natural(crc, "a sample") };
  });
}

function parseHeaders(headers: unknown, take: (length: unknown) => Uint8Array): IndexedHeader[] {
  const { packed, places } = shape(headers as Description["headers"], "the headers");
  let total = 0;
  let end = 0;
  const checked = list(places, "the headers").map((place) => {
    const [offset, length] = list(place, "the place of a header") as [number, number];
    check(natural(offset, "the place of a header") >= end, "the place of a header");
    check(natural(length, "the length of a header") > 0 && length % 2880 === 0, "the length of a header");
    total += length;
    end = offset + length;
    return { offset, length, at: total - length };
  });
  check(checked.length > 0 && total <= LARGEST_HEADERS, "the headers");
  const bytes = unpack(take(packed), total, "the headers");
  return checked.map(({ offset, length, at }) => ({ offset, bytes: bytes.subarray(at, at + length) }));
}

function parseGzip(gzip: unknown, fileSize: number, take: (length: unknown) => Uint8Array): GzipIndex {
  const { size, checkpoints } = shape(gzip as NonNullable<Description["gzip"]>, "what it says of gzip");
  check(natural(size, "the decompressed size") <= fileSize * DENSEST, "the decompressed size");
  let before = { bit: 0, offset: 0 };
  const checked = list(checkpoints, "the checkpoints").map((item): Checkpoint => {
    const [bit, offset, crc, length, windowLength, packed] = list(item, "a checkpoint").map((value) =>
      natural(value, "a checkpoint"),
    ) as [number, number, number, number, number, number];
    const rises = bit > before.bit && offset > before.offset;
    check(rises && bit < fileSize * 8 && offset <= size && windowLength <= WINDOW, "a checkpoint");
    before = { bit, offset };
    const bytes = take(packed);
    return {
      ...{ bit, offset, crc, length },
      get window() {
        return unpack(bytes, windowLength, "the window of a checkpoint");
      },
    };
  });
  return { size, checkpoints: checked };
}

/** Raw DEFLATE data that hold exactly `length` bytes. */
function unpack(packed: Uint8Array, length: number, what: string): Uint8Array {
  // A length that the packed bytes cannot hold is a lie: nothing is allocated for it.
  check(length <= packed.length * DENSEST, what);
  try {
    const bytes = inflate(packed, length);
    check(bytes.length === length, what);
    return bytes;
  } catch (cause) {
    if (cause instanceof FitsError && cause.code === "BAD_INDEX") throw cause;
    throw new FitsError("BAD_INDEX", `the index file cannot be used: ${what} cannot be unpacked`, { cause });
  }
}

/** Takes the packed bytes one after the other. */
function reader(bytes: Uint8Array): (length: unknown) => Uint8Array {
  let at = 0;
  return (length) => {
    const start = at;
    at += natural(length, "the length of packed bytes");
    check(at <= bytes.length, "the length of packed bytes");
    return bytes.subarray(start, at);
  };
}

function bad(what: string): FitsError {
  return new FitsError(
    "BAD_INDEX",
    `the index file cannot be used: ${what}; make a new one with "fitslice index"`,
  );
}

function check(holds: boolean, what: string): void {
  if (!holds) throw bad(`${what} makes no sense`);
}

function natural(value: unknown, what: string): number {
  check(Number.isSafeInteger(value) && (value as number) >= 0, what);
  return value as number;
}

function list(value: unknown, what: string): readonly unknown[] {
  check(Array.isArray(value), what);
  return value as unknown[];
}

function shape<T extends object>(value: T, what: string): T {
  check(typeof value === "object" && value !== null, what);
  return value;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
