/**
 * Answers over HTTP, checked against what was asked and against the answers before: a part of the object, all of it,
 * nothing of it, a redirect, a refusal. Nothing of an answer that contradicts itself counts.
 */
import { allocate } from "../array.js";
import { FitsError } from "../errors.js";
import type { TransportResponse } from "../platform/types.js";
import type { HttpAccess, Target } from "./http-access.js";
import {
  type Failed,
  fewerBytes,
  hiddenRange,
  moreBytes,
  type Named,
  otherRange,
  rangeIgnored,
  recoded,
  WrongAnswer,
} from "./http-errors.js";
import { isTransient, parseRetryAfter, pause } from "./retry.js";
import type { GetRangeOptions, RequestRecord } from "./source.js";
import { agreedVersion, type Known, type Version } from "./version.js";

/** A body of at most this is kept when a server sends the whole object in place of a range. */
export const smallBody: number = 16 * 2 ** 20;
const errorBody = 64 * 1024;
/** Milliseconds to wait for it. */
const errorPatience = 2000;

/** What is known of an object from the answers so far. */
export interface HttpObject extends Known {
  readonly access: HttpAccess;
  readonly timeout: number;
  version: Version;
  seen: number;
  /** The headers of the last answer. */
  head?: Readonly<Record<string, string>> | undefined;
  /** Where a redirect led. */
  target?: Target | undefined;
  /** All of it, when the server would send nothing less. */
  whole?: Uint8Array | undefined;
  /** True once anything was answered. */
  answered: boolean;
  rangesWork: boolean;
  /** It came whole, and turned out to be too large to keep. */
  large: boolean;
  /** An answer came from another origin, whose headers a browser hides. */
  filtered: boolean;
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
  handedOver: boolean;
  /** The next request asks for no range: its answer tells the size. */
  askSize: boolean;
  /** Where it asks for many ranges at once: how, and who reads the answer. */
  readonly many?: Many | undefined;
  readonly options: GetRangeOptions;
}

/** A question for many ranges. */
interface Many {
  /** The header Range. */
  readonly range: string;
  readAnswer(answer: Answer): Promise<Outcome | undefined>;
}

/** An answer, and the request that it belongs to. */
export interface Answer {
  readonly object: HttpObject;
  readonly read: Read;
  readonly at: Target;
  readonly entry: RequestRecord;
  readonly named: Named;
  /** The headers that `access` gave. */
  readonly sent: Readonly<Record<string, string>>;
  readonly response: TransportResponse;
  /** Hands over the body, while anybody waits for it. */
  readonly readBody: (take: (chunk: Uint8Array) => void) => Promise<void>;
  /** Learns the size from it, where that is all that was asked for. */
  readonly readSize: (answer: Answer) => Promise<void>;
}

/** What an answer leads to where that is not just bytes. */
export type Outcome =
  | { readonly redirect: string }
  /** The server will not have it: `again` where another question may help. */
  | { readonly refused: FitsError; readonly again: boolean }
  | { readonly failed: Failed };

/** Which bytes an answer holds (half-open), of how many in all. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly size?: number | undefined;
}

/** Reads an answer. Throws `WrongAnswer` for one that is not to be believed. */
export async function readAnswer(answer: Answer): Promise<Outcome | undefined> {
  switch (answer.response.status) {
    case 206:
      await readPart(answer);
      return undefined;
    case 200:
      if (isForSize(answer)) await answer.readSize(answer);
      else await readWhole(answer);
      return undefined;
    case 416:
      await readNothing(answer);
      return undefined;
    default:
      return readRefusal(answer);
  }
}

/** `bytes a-b/size` or `bytes a-b/*` (RFC 9110, 14.4); undefined for anything else. */
export function contentRange(header = ""): ContentRange | undefined {
  const digits = /^\s*bytes\s+(\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(header) ?? [];
  const [, start, last, size] = digits.map(Number) as [number, number, number, number];
  return start <= last && !(last >= size) ? { start, end: last + 1, size: size || undefined } : undefined;
}

/**
 * 206: the bytes asked for, or the first of them: a server may send less at a time than it is asked for (RFC 9110,
 * 14.2), and is then asked for the rest. An answer that ends before its own Content-Range does, and not because the
 * connection broke, was made by somebody who does not know what the bytes are.
 */
async function readPart(answer: Answer): Promise<void> {
  const { object, read, entry, named, response, readBody } = answer;
  const said = response.headers["content-range"];
  const start = read.offset + read.got;
  const told = said === undefined ? placeOf(answer) : contentRange(said);
  if (told?.start !== start || told.end > read.end || read.askSize)
    throw new WrongAnswer(otherRange(named, entry, said));
  checkPartLength(answer, told);
  const version = agreed(answer, told.size);
  const end = Math.min(read.end, version.size ?? told.end);
  if (told.end > end) throw new WrongAnswer(otherRange(named, entry, said));
  const length = told.end - start;
  const bytes = roomFor(read, end - read.offset);
  let came = 0;
  const keep = (): void => {
    object.version = agreed(answer, told.size); // another answer may have come meanwhile
    object.rangesWork = true;
    read.got += came;
    object.seen = Math.max(object.seen, start + came);
  };
  try {
    await readBody((chunk) => {
      if (came + chunk.length > length) throw new WrongAnswer(moreBytes(named, entry));
      bytes.set(chunk, read.got + came);
      came += chunk.length;
    });
    if (came < length) throw new WrongAnswer(fewerBytes(named, start + came, told.end));
  } catch (error) {
    // The connection broke. Where a Content-Length promised the range, the bytes before the break are bytes of the range.
    // Without a Content-Length they may be a complete page under a false Content-Range: only a full range counts then.
    const isVouched = bodyLength(response) !== undefined || came === length;
    if (came > 0 && isVouched && !(error instanceof WrongAnswer) && !(error instanceof FitsError)) keep();
    throw error;
  }
  keep();
}

/** Where a part belongs whose Content-Range a browser hides: its length has to vouch for that. */
function placeOf({ object, read, named, response }: Answer): ContentRange | undefined {
  if (!response.filtered) return undefined;
  const start = read.offset + read.got;
  const length = bodyLength(response);
  if (length === read.end - start && !read.askSize) return { start, end: read.end };
  const sizeKnown = object.version.size !== undefined || read.askSize;
  throw new WrongAnswer(hiddenRange(named.href), { passing: !sizeKnown, askSize: !sizeKnown });
}

/**
 * Throws where a part is not as long as it says. A part of an object that is stored compressed (`.fits.gz`, mostly) is
 * a part of its compressed bytes, as long as the client leaves them so. A part that was compressed by itself is
 * nothing: its length gives it away.
 */
function checkPartLength({ entry, named, response }: Answer, { start, end }: ContentRange): void {
  const encoding = encodingOf(response);
  const length = bodyLength(response);
  const differs = length !== undefined && length !== end - start;
  if (encoding !== "identity" && (!response.raw || length === undefined || differs))
    throw new WrongAnswer(recoded(named, encoding), { passing: false });
  if (differs)
    throw new WrongAnswer(
      length < end - start ? fewerBytes(named, start + length, end) : moreBytes(named, entry),
    );
}

/** 200: the whole object, worth keeping when it is small or was asked for. */
async function readWhole(answer: Answer): Promise<void> {
  const { object, read, named, response, readBody } = answer;
  const { headers } = response;
  const encoding = encodingOf(response);
  // Whole files that are compressed with gzip are understood.
  if (response.raw && !/^(identity|(x-)?gzip)$/.test(encoding))
    throw new WrongAnswer(recoded(named, encoding), { passing: false });
  if (read.options.whole) return handOver(answer, read.options.whole);
  const size = bodyLength(response);
  const wanted = read.offset === 0 && size !== undefined && read.end >= size;
  const limit = wanted ? size : smallBody;
  // A proxy may send 200 once in a while where ranges work.
  const sure = !object.rangesWork && headers["accept-ranges"] === "none";
  const refused = new WrongAnswer(rangeIgnored(named.href), { passing: !sure });
  if ((size ?? object.version.size ?? (object.large ? Infinity : 0)) > limit) throw refused;
  agreed(answer, size);
  const chunks: Uint8Array[] = [];
  let length = 0;
  await readBody((chunk) => {
    length += chunk.length;
    if (length > limit) {
      object.large ||= size === undefined;
      throw refused;
    }
    chunks.push(chunk);
  });
  if (size !== undefined && length < size) throw new WrongAnswer(fewerBytes(named, length, size));
  object.version = agreed(answer, length);
  object.whole = joined(chunks, length);
  read.bytes = partOf(object.whole, read);
  read.got = read.bytes.length;
}

/** Gives the caller the whole object as it comes. */
async function handOver(answer: Answer, whole: NonNullable<GetRangeOptions["whole"]>): Promise<void> {
  const { object, read, entry, named, response, readBody } = answer;
  const size = bodyLength(response);
  agreed(answer, size);
  let length = 0;
  await readBody((chunk) => {
    length += chunk.length;
    if (size !== undefined && length > size) throw new WrongAnswer(moreBytes(named, entry));
    read.handedOver = true;
    whole(chunk, size);
  });
  if (size !== undefined && length < size) throw new WrongAnswer(fewerBytes(named, length, size));
  object.version = agreed(answer, length);
  read.end = read.offset;
  read.got = 0;
}

/** The part of a whole object that a read wants. */
export function partOf(
  whole: Uint8Array,
  { offset, end, options }: Pick<Read, "offset" | "end" | "options">,
): Uint8Array {
  const bytes = whole.subarray(offset, end);
  const { into } = options;
  if (!into || into.length < bytes.length) return bytes;
  into.set(bytes);
  return into.subarray(0, bytes.length);
}

/**
 * 416: nothing of the range lies within the object, which is to be believed only with the size of the object: an answer
 * without one is asked for the size.
 */
async function readNothing(answer: Answer): Promise<void> {
  const { object, read, entry, named, response } = answer;
  await textOf(answer); // leaves the connection fit for the next request
  const start = read.offset + read.got;
  const told = /^\s*bytes\s+\*\/(\d+)\s*$/i.exec(response.headers["content-range"] ?? "")?.[1];
  const size = told === undefined ? undefined : Number(told);
  const wrong = otherRange(named, entry, "status 416");
  if (size === undefined || read.askSize)
    throw new WrongAnswer(wrong, { askSize: object.version.size === undefined });
  const version = agreed(answer, size);
  if (size > start) throw new WrongAnswer(wrong);
  object.version = version;
  read.end = start;
}

/** Whether an answer to a request without a range is of use for its size only. */
function isForSize({ read, response }: Answer): boolean {
  if (!read.askSize) return false;
  const size = bodyLength(response);
  return !read.options.whole && !(size !== undefined && read.offset === 0 && read.end >= size);
}

/** What is known of the object's version when this answer is believed. */
export function agreed({ object, read, named, response }: Answer, size: number | undefined): Version {
  object.filtered ||= response.filtered;
  return agreedVersion(object, response, size, { named, sizeAsked: read.askSize });
}

export async function readRefusal(answer: Answer): Promise<Outcome> {
  const { object, read, at, sent, response } = answer;
  const { status, headers } = response;
  const { access } = object;
  const text = await textOf(answer);
  const refusal = { status, headers, text, sent, at, read, worked: object.rangesWork };
  const said = at.bare ? undefined : await access.refused?.(refusal);
  const { location } = headers;
  if (!said && location && [301, 302, 303, 307, 308].includes(status)) return { redirect: location };
  const again = typeof said === "object" && "again" in said;
  const told = again ? said.again : said;
  const error =
    told instanceof FitsError ? told : (await import("./refused.js")).statusError(status, access, at);
  if (said === "retry" || (!said && isTransient(status)))
    return { failed: { error, passing: true, after: parseRetryAfter(headers["retry-after"]) } };
  return { refused: error, again };
}

/** The memory that a read fills. */
function roomFor(read: Read, length: number): Uint8Array {
  if (read.bytes.length < length) {
    const before = read.bytes.subarray(0, read.got);
    read.bytes = allocate("uint8", length);
    read.bytes.set(before);
  }
  return read.bytes;
}

/** How the body is compressed, `identity` where it is not. */
export function encodingOf({ headers }: TransportResponse): string {
  return headers["content-encoding"]?.trim().toLowerCase() || "identity";
}

/** Content-Length, where it is given and counts the bytes of the body as it is read. */
export function bodyLength(response: TransportResponse): number | undefined {
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
async function textOf({ object, readBody }: Answer): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  const body = readBody((chunk) => {
    text += decoder.decode(chunk, { stream: true });
    if ((length += chunk.length) > errorBody) throw new Error("long enough");
  });
  // The status alone decides; the text only helps the message, so an error page that breaks off does no harm.
  const enough = new AbortController();
  const patience = pause(Math.min(errorPatience, object.timeout / 2), enough.signal);
  await Promise.race([body.catch(() => {}), patience.catch(() => {})]);
  enough.abort();
  return text;
}
