/**
 * The answer that is hoped for: a part of the object, checked against what was asked before a byte of it counts.
 */
import type { HttpAccess, Target } from "./http.js";
import type { GetRangeOptions } from "./source.js";
import type { TransportResponse } from "./transport.js";

/** What is known of an object from the answers so far. */
export interface HttpObject {
  readonly access: HttpAccess;
  readonly version: Version;
  readonly inBrowser: boolean;
  readonly retries: number;
  readonly timeout: number;
  /** Where a redirect led. */
  target?: Target | undefined;
  /** All of it, when the server would send nothing less. */
  whole?: Uint8Array;
  /** True once anything was answered, and once a range was answered with a range. */
  answered?: boolean;
  rangesWork?: boolean;
}

/** What tells two versions of an object apart. */
export interface Version {
  size?: number | undefined;
  /** A strong ETag: two answers with the same one are the same byte for byte (RFC 9110, 8.8.1). */
  etag?: string | undefined;
  lastModified?: string | undefined;
}

/** One call of getRange on its way. */
export interface Read {
  readonly offset: number;
  /** Half-open; cut to the object's end as soon as that is known. */
  end: number;
  /** Bytes in hand, from `offset` on. */
  got: number;
  /** They are at its beginning: the caller's own memory, as long as it is large enough. */
  bytes: Uint8Array;
  readonly options: GetRangeOptions;
}

/** Hands over an answer's body, while anybody waits for it. */
export type ReadBody = (take: (chunk: Uint8Array) => void) => Promise<void>;

/** Which bytes an answer holds (half-open), of how many in all. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly size?: number | undefined;
}

/**
 * An answer that contradicts the question, or the answers before: http-trouble.ts says so in words.
 *
 * @param what "range", "short", or what changed
 * @param cause what the server said
 */
export function wrongAnswer(what: string, cause?: unknown): Error {
  return Object.assign(new Error(what, { cause }), { name: "WrongAnswer" });
}

/** `bytes a-b/size` or `bytes a-b/*` (RFC 9110, 14.4); undefined for anything else. */
function contentRange(header = ""): ContentRange | undefined {
  const digits = /^\s*bytes\s+(\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(header);
  if (!digits) return undefined;
  const [start, last, size] = digits.slice(1).map(Number) as [number, number, number];
  const told = { start, end: last + 1, size: size >= 0 ? size : undefined };
  return start <= last && !(last >= size) ? told : undefined;
}

/** 206: exactly the bytes asked for, or as many of them as the object has. Throws `wrongAnswer` for others. */
export async function readPart(
  object: HttpObject,
  read: Read,
  { headers }: TransportResponse,
  readBody: ReadBody,
  told: ContentRange | undefined = contentRange(headers["content-range"]),
): Promise<undefined> {
  const { version } = object;
  const said = headers["content-range"];
  if (told?.start !== read.offset + read.got) throw wrongAnswer("range", said);
  pin(version, headers, told.size);
  if (version.size !== undefined) read.end = Math.min(read.end, version.size);
  if (version.size === undefined ? told.end > read.end : told.end !== read.end)
    throw wrongAnswer("range", said);
  object.rangesWork = true;
  const length = told.end - read.offset;
  const bytes = roomFor(read, length);
  await readBody((chunk) => {
    if (read.got + chunk.length > length) throw wrongAnswer("range", "more bytes than that");
    bytes.set(chunk, read.got);
    read.got += chunk.length;
  });
  if (read.got < length) throw wrongAnswer("short", told.end);
}

/**
 * Remembers in `pinned` what an answer tells of the object's version. Throws `wrongAnswer` when it contradicts what was
 * told before. Headers are compared here, not by If-Match: a browser would have to ask for leave to send that.
 */
export function pin(
  pinned: Version,
  headers: Readonly<Record<string, string>>,
  size: number | undefined,
): void {
  const { etag: tag, "last-modified": lastModified } = headers;
  const etag = tag?.startsWith('"') ? tag : undefined;
  const same = (what: string, was: unknown, is: unknown): void => {
    if (was !== undefined && is !== undefined && was !== is)
      throw wrongAnswer(`its ${what} was ${was} and is ${is}`);
  };
  same("size", pinned.size, size);
  same("ETag", pinned.etag, etag);
  if (!etag && !pinned.etag) same("modification time", pinned.lastModified, lastModified);
  pinned.size ??= size;
  pinned.etag ??= etag;
  pinned.lastModified ??= lastModified;
}

/** The memory that a read fills. */
function roomFor(read: Read, length: number): Uint8Array {
  if (read.bytes.length < length) {
    const before = read.bytes.subarray(0, read.got);
    read.bytes = new Uint8Array(length);
    read.bytes.set(before);
  }
  return read.bytes;
}
