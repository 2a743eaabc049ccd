/**
 * The bodies of HTTP answers to a range: a part, the whole object, or nothing of it. Each is checked against what was
 * asked before a byte of it counts.
 */
import { FitsError } from "../errors.js";
import { contentLength, parseContentRange, pin, type Version } from "./answer.js";
import type { GetRangeOptions } from "./source.js";
import type { TransportResponse } from "./transport.js";

/** A body of at most this is kept when a server sends the whole object in place of a range. */
const smallBody = 16 * 2 ** 20;
const errorBody = 64 * 1024;
/** What is known of an object from the answers so far. */
export interface HttpObject {
  readonly href: string;
  readonly version: Version;
  /** All of it, when the server would send nothing less. */
  whole: Uint8Array | undefined;
  /** True once a range was answered with a range. */
  rangesWork: boolean;
}

/** One call of getRange on its way. */
export interface Read {
  readonly offset: number;
  /** Half-open; cut to the object's end as soon as that is known. */
  end: number;
  /** Bytes in hand, from `offset` on. */
  got: number;
  bytes: Uint8Array | undefined;
  readonly options: GetRangeOptions;
}

/** Hands over an answer's body, while anybody waits for it. */
export type ReadBody = (take: (chunk: Uint8Array) => void) => Promise<void>;

/** A FitsError that another try may mend. */
export class Transient extends Error {
  readonly error: FitsError;
  constructor(error: FitsError) {
    super(error.message);
    this.error = error;
  }
}

/** 206: exactly the bytes asked for, or as many of them as the object has. */
export async function readPart(
  object: HttpObject,
  read: Read,
  response: TransportResponse,
  readBody: ReadBody,
): Promise<void> {
  const { href, version } = object;
  const { headers, filtered } = response;
  const asked = { start: read.offset + read.got, end: read.end };
  const told = parseContentRange(headers["content-range"]);
  const length = contentLength(headers);
  // Behind CORS a server may hide the header; the body's length then has to vouch for the range.
  const hidden = filtered && headers["content-range"] === undefined;
  if (hidden && length !== asked.end - asked.start) {
    throw new FitsError(
      "BAD_RANGE",
      `${href}: the server hides Content-Range from this page; it must send "Access-Control-Expose-Headers: Content-Range, ETag"`,
    );
  }
  if (!hidden && told?.start !== asked.start) throw badRange(href, headers["content-range"], asked);
  pin(version, headers, told?.size, href);
  if (version.size !== undefined) read.end = Math.min(read.end, version.size);
  const end = told?.end ?? asked.end;
  const exact = version.size === undefined ? end <= asked.end : end === read.end;
  if (!exact) throw badRange(href, headers["content-range"], asked);
  object.rangesWork = true;
  const bytes = bufferFor(read, end);
  await readBody((chunk) => {
    const at = read.got;
    if (at + chunk.length > end - read.offset) throw badRange(href, "more bytes than that", asked);
    bytes.set(chunk, at);
    read.got += chunk.length;
  });
  if (read.got < end - read.offset) throw shortRead(href, read.offset + read.got, end);
}

/** 200: the whole object, worth keeping when it is small or was asked for. */
export async function readWhole(
  object: HttpObject,
  read: Read,
  response: TransportResponse,
  readBody: ReadBody,
): Promise<void> {
  const { href, version } = object;
  const { headers } = response;
  const size = contentLength(headers);
  const wanted = read.offset === 0 && size !== undefined && read.end >= size;
  const limit = wanted ? size : smallBody;
  const ignored = new FitsError(
    "RANGE_IGNORED",
    `${href}: the server ignores range requests and the object is too large to read whole; download it, or use another server`,
  );
  const refusal = object.rangesWork ? new Transient(ignored) : ignored; // a proxy may send 200 once in a while
  if (size !== undefined && size > limit) throw refusal;
  pin(version, headers, size, href);
  const chunks: Uint8Array[] = [];
  let length = 0;
  await readBody((chunk) => {
    length += chunk.length;
    if (length > limit) throw refusal;
    chunks.push(chunk);
  });
  if (size !== undefined && length < size) throw shortRead(href, length, size);
  pin(version, headers, length, href);
  object.whole = joined(chunks, length);
}

/** 416: nothing of the range lies within the object. */
export async function readNothing(
  object: HttpObject,
  read: Read,
  response: TransportResponse,
  readBody: ReadBody,
): Promise<void> {
  const { href, version } = object;
  const { headers } = response;
  await textOf(readBody); // leaves the connection fit for the next request
  const start = read.offset + read.got;
  const size = parseContentRange(headers["content-range"])?.size ?? (start === 0 ? 0 : version.size);
  pin(version, headers, size, href);
  if (size !== undefined && size > start) throw badRange(href, "status 416", { start, end: read.end });
  read.end = start;
}

function badRange(href: string, told: string | undefined, asked: { start: number; end: number }): Transient {
  const message = `${href}: asked for bytes ${asked.start}-${asked.end - 1}, the server sent ${told ?? "no Content-Range"}`;
  return new Transient(new FitsError("BAD_RANGE", `${message}; a proxy or the server is at fault`));
}

function shortRead(href: string, at: number, end: number): Transient {
  return new Transient(
    new FitsError("SHORT_READ", `${href}: the answer ended at byte ${at} instead of ${end}; try again`),
  );
}

/** The memory that a read fills, with room up to `end`: the caller's own where it is large enough. */
export function bufferFor(read: Read, end: number): Uint8Array {
  const length = end - read.offset;
  const { into } = read.options;
  if (into && into.length >= length) {
    if (read.bytes && read.bytes !== into) into.set(read.bytes.subarray(0, read.got));
    read.bytes = into;
  } else if (!read.bytes || read.bytes.length < length) {
    read.bytes = resized(read.bytes?.subarray(0, read.got), length);
  }
  return read.bytes;
}

function resized(old: Uint8Array | undefined, length: number): Uint8Array {
  try {
    const bytes = new Uint8Array(length);
    if (old) bytes.set(old);
    return bytes;
  } catch (cause) {
    throw new FitsError("TOO_LARGE", `cannot hold ${length} bytes in memory at once; read a smaller part`, {
      cause,
    });
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** What an error's body says, as far as it is of a sensible length. */
export async function textOf(readBody: ReadBody): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  try {
    await readBody((chunk) => {
      text += decoder.decode(chunk, { stream: true });
      if ((length += chunk.length) > errorBody) throw new Error("long enough");
    });
  } catch {
    // The status says it all.
  }
  return text;
}
