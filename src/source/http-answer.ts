/**
 * Answers over HTTP that are no part of the object: all of it, nothing of it, a redirect, a refusal.
 */
import { FitsError } from "../errors.js";
import type { HttpAccess, Target } from "./http.js";
import type { ContentRange, HttpObject, Read, ReadBody } from "./http-part.js";
import type { HttpTrouble } from "./http-trouble.js";
import { rangeIgnored, recoded } from "./http-wrong.js";
import { showHeaders, showUrl } from "./redact.js";
import { isTransient, parseRetryAfter, pause } from "./retry.js";
import { type ByteRange, checkRange, type GetRangeOptions, type RequestRecord } from "./source.js";
import type { TransportResponse } from "./transport.js";

/** A body of at most this is kept when a server sends the whole object in place of a range. */
const smallBody = 16 * 2 ** 20;
const errorBody = 64 * 1024;
/** Milliseconds to wait for it. */
const errorPatience = 2000;

/** An answer, and the request that it belongs to. */
export interface Answered {
  readonly object: HttpObject;
  readonly at: Target;
  readonly read: Read;
  readonly entry: RequestRecord;
  /** The headers that `access` gave. */
  readonly sent: Readonly<Record<string, string>>;
  readonly response: TransportResponse;
  readonly readBody: ReadBody;
  /** Those of http-part.ts. */
  readPart(
    object: HttpObject,
    read: Read,
    response: TransportResponse,
    readBody: ReadBody,
    told?: ContentRange,
  ): Promise<undefined>;
  pin(object: HttpObject["version"], headers: TransportResponse["headers"], size: number | undefined): void;
  wrongAnswer(what: string, said?: unknown): Error;
}

/** Adds to `entry` which headers went and came, without secrets. */
export function addHeaders(
  entry: RequestRecord,
  headers: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
  came: Readonly<Record<string, string>>,
): void {
  entry.requestHeaders = showHeaders(headers, own);
  entry.responseHeaders = showHeaders(came);
}

/** Reads an answer that is not, or not plainly, a part from where it was asked for. */
export async function answer(answered: Answered): Promise<HttpTrouble | undefined> {
  const { object, at, response } = answered;
  switch (response.status) {
    case 206:
      await readOddPart(answered);
      break;
    case 200:
      await readWhole(answered);
      break;
    case 416:
      await readNothing(answered);
      break;
    default:
      return refusal(answered);
  }
  // A browser followed a redirect.
  const { url } = response;
  if (url !== at.url) {
    const bare = at.bare || new URL(url).origin !== new URL(at.url).origin;
    object.target = { url, shown: showUrl(url), redirected: true, bare };
  }
  return undefined;
}

/** A part with something to it: its encoding, or headers that a browser hides. */
async function readOddPart(answered: Answered): Promise<void> {
  const { object, read, response, readBody, readPart } = answered;
  const { headers } = response;
  checkPartEncoding(answered);
  if (!response.filtered || headers["content-range"]) return readPart(object, read, response, readBody);
  // Behind CORS a server may hide Content-Range; the body's length then has to vouch for the range.
  const start = read.offset + read.got;
  if (bodyLength(response) === read.end - start)
    return readPart(object, read, response, readBody, { start, end: read.end });
  throw new FitsError(
    "BAD_RANGE",
    `${object.access.href}: the server hides Content-Range from this page; it must send "Access-Control-Expose-Headers: Content-Range, ETag"`,
  );
}

/**
 * A part of an object that is stored compressed (`.fits.gz`, mostly) is a part of its compressed bytes, as long as the
 * client leaves them so. A part that was compressed by itself is nothing: its length gives it away.
 */
function checkPartEncoding({ object, response }: Answered): void {
  const { headers, raw } = response;
  const encoding = encodingOf(response);
  if (encoding === "identity") return;
  const [, start, last] = /(\d+)-(\d+)\//.exec(headers["content-range"] ?? "") ?? [];
  if (!raw || bodyLength(response) !== Number(last) - Number(start) + 1)
    throw recoded(object.access.href, encoding);
}

/** 200: the whole object, worth keeping when it is small or was asked for. */
async function readWhole(answered: Answered): Promise<void> {
  const { object, read, response, readBody, pin, wrongAnswer } = answered;
  const { access, version } = object;
  const { headers } = response;
  const encoding = encodingOf(response);
  // Whole files that are compressed with gzip are understood.
  if (response.raw && !/^(identity|(x-)?gzip)$/.test(encoding)) throw recoded(access.href, encoding);
  if (read.options.whole) return handOver(answered, read.options.whole);
  const size = bodyLength(response);
  const wanted = read.offset === 0 && size !== undefined && read.end >= size;
  const limit = wanted ? size : smallBody;
  // A proxy may send 200 once in a while where ranges work.
  const sure = !object.rangesWork && headers["accept-ranges"] === "none";
  const refused = sure ? rangeIgnored(access.href) : wrongAnswer("ignored");
  if ((size ?? version.size ?? (object.large ? Infinity : 0)) > limit) throw refused;
  pin(version, headers, size);
  const chunks: Uint8Array[] = [];
  let length = 0;
  await readBody((chunk) => {
    length += chunk.length;
    if (length > limit) {
      object.large = true;
      throw refused;
    }
    chunks.push(chunk);
  });
  if (size !== undefined && length < size) throw wrongAnswer("short", size);
  pin(version, headers, length);
  object.whole = joined(chunks, length);
  const { offset, end, options } = read;
  read.bytes = partOf(object, { offset, length: end - offset }, options.into);
  read.got = read.bytes.length;
  read.put?.(read.bytes, 0);
}

/** Gives the caller the whole object as it comes. */
async function handOver(
  { object, read, response, readBody, pin, wrongAnswer }: Answered,
  whole: NonNullable<GetRangeOptions["whole"]>,
): Promise<void> {
  const { version } = object;
  const size = bodyLength(response);
  pin(version, response.headers, size);
  let length = 0;
  await readBody((chunk) => {
    length += chunk.length;
    if (size !== undefined && length > size) throw wrongAnswer("more");
    read.handedOver = true;
    whole(chunk, size);
  });
  if (size !== undefined && length < size) throw wrongAnswer("short", size);
  pin(version, response.headers, length);
  read.end = read.offset;
  read.got = 0;
}

/** The part of an object that is in memory. Throws BAD_ARGUMENT for a range that is none. */
export function partOf(
  { access, whole = new Uint8Array(0) }: HttpObject,
  range: ByteRange,
  into: Uint8Array | undefined,
): Uint8Array {
  checkRange(range, access.href);
  const bytes = whole.subarray(range.offset, range.offset + range.length);
  if (!into || into.length < bytes.length) return bytes;
  into.set(bytes);
  return into.subarray(0, bytes.length);
}

/** 416: nothing of the range lies within the object. */
async function readNothing({ object, read, response, readBody, pin, wrongAnswer }: Answered): Promise<void> {
  const { version } = object;
  const { headers } = response;
  await textOf(readBody); // leaves the connection fit for the next request
  const start = read.offset + read.got;
  const told = /^\s*bytes\s+\*\/(\d+)\s*$/i.exec(headers["content-range"] ?? "")?.[1];
  const size = told ? Number(told) : start === 0 ? 0 : version.size;
  pin(version, headers, size);
  if (size !== undefined && size > start) throw wrongAnswer("range", "status 416");
  read.end = start;
}

async function refusal({ object, at, entry, sent, response, readBody }: Answered): Promise<HttpTrouble> {
  const { status, headers } = response;
  const { access } = object;
  const text = await textOf(readBody);
  const said = at.bare ? undefined : access.refused?.({ status, headers, text, sent });
  const { location } = headers;
  if (!said && location && [301, 302, 303, 307, 308].includes(status))
    return { redirect: location, from: at };
  const again = typeof said === "object" && "again" in said;
  const told = again ? said.again : said;
  const error = told instanceof FitsError ? told : statusError(status, access, at);
  entry.failure = error.message;
  if (said === "retry" || (!said && isTransient(status)))
    return { failed: error, passing: true, after: parseRetryAfter(headers["retry-after"]) };
  return { refused: error, again };
}

/** The error for a status that no retry will mend. */
function statusError(status: number, { href, signed }: HttpAccess, { bare, url }: Target): FitsError {
  if (signed && bare && (status === 401 || status === 403)) {
    return new FitsError(
      status === 401 ? "BAD_CREDENTIALS" : "FORBIDDEN",
      `${href}: redirects to ${new URL(url).origin}, which refuses (${status}) and is not sent credentials meant for another host; if they are meant for it, too, give its address`,
    );
  }
  if (status === 401) {
    const advice = signed
      ? "check the credentials given"
      : "give credentials: an Authorization header or user:password@ in the URL";
    return new FitsError("BAD_CREDENTIALS", `${href}: the server wants other credentials (401); ${advice}`);
  }
  if (status === 403) {
    const advice = signed
      ? "these credentials may not read it"
      : "it is not public: give credentials, or check the address";
    return new FitsError("FORBIDDEN", `${href}: the server refuses (403); ${advice}`);
  }
  if (status === 404 || status === 410) {
    return new FitsError("NOT_FOUND", `${href}: nothing there (${status}); check the address`);
  }
  return new FitsError("HTTP", `${href}: the server answered with status ${status}`);
}

/** How the body is compressed, `identity` where it is not. */
function encodingOf({ headers }: TransportResponse): string {
  return headers["content-encoding"]?.trim().toLowerCase() || "identity";
}

/** Content-Length, where it is given and counts the bytes of the body as it is read. */
function bodyLength(response: TransportResponse): number | undefined {
  const length = response.headers["content-length"];
  const counts = response.raw || encodingOf(response) === "identity";
  return counts && /^\d+$/.test(length ?? "") ? Number(length) : undefined;
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

/** What an error's body says, as far as it comes soon and is of a sensible length. */
async function textOf(readBody: ReadBody): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  const body = readBody((chunk) => {
    text += decoder.decode(chunk, { stream: true });
    if ((length += chunk.length) > errorBody) throw new Error("long enough");
  });
  // The status says it all: what breaks off, or does not come, is not missed.
  const enough = new AbortController();
  await Promise.race([body.catch(() => {}), pause(errorPatience, enough.signal).catch(() => {})]);
  enough.abort();
  return text;
}
