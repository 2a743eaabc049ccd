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
  /** It came whole, and turned out to be too large to keep. */
  large?: boolean;
}

/** What tells two versions of an object apart. */
export interface Version {
  size?: number | undefined;
  /** Without the W/ of a weak one: two answers with different ones are of different objects. */
  etag?: string | undefined;
  lastModified?: string | undefined;
  /** What to know the object by: a strong ETag (the same one: the same bytes; RFC 9110, 8.8.1), else lastModified. */
  tag?: string | undefined;
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
  /** The object has come whole, or a part of it, and was handed over: it cannot be asked for again. */
  handedOver?: boolean;
  /** Takes them instead, if all are for that memory. */
  readonly put?: GetRangeOptions["put"];
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
 * @param what "range", "more", "short", "ignored", or what changed
 * @param cause what the server said; of a change: before and now
 */
export function wrongAnswer(what: string, cause?: unknown): Error {
  return Object.assign(new Error(what, { cause }), { name: "WrongAnswer" });
}

/** `bytes a-b/size` or `bytes a-b/*` (RFC 9110, 14.4); undefined for anything else. */
function contentRange(header = ""): ContentRange | undefined {
  const digits = /^\s*bytes\s+(\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(header) ?? [];
  const [, start, last, size] = digits.map(Number) as [number, number, number, number];
  return start <= last && !(last >= size) ? { start, end: last + 1, size: size || undefined } : undefined;
}

/**
 * 206: the bytes asked for, or the first of them: a server may send less at a time than it is asked for (RFC 9110,
 * 14.2), and is then asked for the rest. Throws `wrongAnswer` for others.
 */
export async function readPart(
  object: HttpObject,
  read: Read,
  { headers }: TransportResponse,
  readBody: ReadBody,
  whole?: ContentRange,
): Promise<undefined> {
  const { version } = object;
  const said = headers["content-range"];
  const told = whole ?? contentRange(said);
  if (told?.start !== read.offset + read.got) throw wrongAnswer("range", said);
  pin(version, headers, told.size);
  const end = Math.min(read.end, version.size ?? told.end);
  if (told.end > end) throw wrongAnswer("range", said);
  object.rangesWork = true;
  const length = told.end - read.offset;
  const bytes = roomFor(read, end - read.offset);
  const { put } = read;
  await readBody((chunk) => {
    if (read.got + chunk.length > length) throw wrongAnswer("more");
    if (put) put(chunk, read.got);
    else bytes.set(chunk, read.got);
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
  const etag = tag?.replace("W/", "");
  const weak = tag?.[0] !== '"';
  const same = (what: string, was: unknown, is: unknown): void => {
    if (was !== undefined && is !== undefined && was !== is) throw wrongAnswer(what, [was, is]);
  };
  same("size", pinned.size, size);
  same("ETag", pinned.etag, etag);
  if (weak) same("modification time", pinned.lastModified, lastModified);
  pinned.size ??= size;
  pinned.etag ??= etag;
  pinned.lastModified ??= lastModified;
  pinned.tag ??= weak ? lastModified : tag;
}

/** The memory that a read fills. */
export function roomFor(read: Read, length: number): Uint8Array {
  if (read.bytes.length < length) {
    const before = read.bytes.subarray(0, read.got);
    read.bytes = new Uint8Array(length);
    read.bytes.set(before);
  }
  return read.bytes;
}
