/**
 * Ranges of an object over HTTP: one GET for each, checked, retried, pinned to one version of the object.
 */
import { transport as platformTransport } from "#platform";
import { FitsError } from "../errors.js";
import { statusError } from "./answer.js";
import {
  bufferFor,
  type HttpObject,
  type Read,
  type ReadBody,
  readNothing,
  readPart,
  readWhole,
  Transient,
  textOf,
} from "./http-body.js";
import type { SourceOptions } from "./options.js";
import { decode, isSecretHeader, showHeaders, showUrl } from "./redact.js";
import { isTransient, parseRetryAfter, pause, pauseBefore, type Watch, watch } from "./retry.js";
import {
  type ByteRange,
  type ByteSource,
  checkRange,
  type GetRangeOptions,
  type RequestRecord,
} from "./source.js";
import { fetchTransport, inBrowser, type Transport, type TransportResponse } from "./transport.js";

/** How an address is asked: what s3.ts puts in place of a plain URL. */
export interface HttpAccess {
  /** Fit to be shown. */
  readonly href: string;
  /** Where to ask; may change after a refusal. */
  readonly url: string;
  /** True where `headers` carry credentials. */
  readonly signed: boolean;
  /** Headers for a request to `url` or to a redirect within its origin. */
  headers(url: string): Promise<Record<string, string>> | Record<string, string>;
  /** What to make of a refusal: ask again at once, retry like a passing fault, or an error that says more than the status. */
  refused?(refusal: Refusal): "again" | "retry" | FitsError | undefined;
}

/** An answer that is neither bytes nor a plain redirect. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, or its beginning. */
  readonly text: string;
  /** What `headers()` gave for the request that was refused. */
  readonly sent: Readonly<Record<string, string>>;
}

const maxRedirects = 10;
const bodies: Readonly<Record<number, typeof readPart>> = { 200: readWhole, 206: readPart, 416: readNothing };
const maxAgain = 4;

/** Where to ask; `bare` once a redirect has left the origin: nothing of the user's is sent there, nor after. */
interface Target {
  readonly url: string;
  readonly bare: boolean;
}

/** What one request came to. `failed` may be tried again. */
type Outcome = "done" | { redirect: string } | { refused: number; again: boolean; error: FitsError } | Failed;
interface Failed {
  failed: FitsError;
  after?: number | undefined;
}

/**
 * The object at an http: or https: address. `user:password@` in it is sent as Basic credentials. Reads as
 * `ByteSource` says; a server that ignores ranges is RANGE_IGNORED unless the object is small enough to keep.
 */
export function httpSource(url: string | URL, options: SourceOptions = {}): ByteSource {
  const address = new URL(url);
  const own = userHeaders(address, options.headers);
  address.username = "";
  address.password = "";
  address.hash = "";
  const access: HttpAccess = {
    href: showUrl(address.href),
    url: address.href,
    signed: Object.keys(own).some(isSecretHeader),
    headers: () => own,
  };
  return httpSourceOver(access, options);
}

/** The object that `access` leads to. */
export function httpSourceOver(access: HttpAccess, options: SourceOptions = {}): ByteSource {
  const { href } = access;
  const { retries = 5, timeout = 30_000 } = options;
  const transport: Transport = options.fetch ? fetchTransport(options.fetch) : platformTransport;
  const object: HttpObject = { href, version: {}, whole: undefined, rangesWork: false };
  let target: Target | undefined;
  let answered = false;

  async function getRange(range: ByteRange, given: GetRangeOptions = {}): Promise<Uint8Array> {
    checkRange(range, href);
    given.signal?.throwIfAborted();
    const { offset, length } = range;
    const read: Read = { offset, end: offset + length, got: 0, bytes: undefined, options: given };
    for (let failures = 0; !finish(read); ) {
      const outcome = await follow(read);
      if (outcome === "done") continue;
      const { failed, after } = outcome;
      if (failures >= retries) throw failed;
      await pause(pauseBefore(failures++, after), given.signal);
    }
    const { bytes = new Uint8Array(0), got } = read;
    return bytes.length === got ? bytes : bytes.subarray(0, got);
  }

  /** True when the read has all its bytes, be it from the whole object in memory. */
  function finish(read: Read): boolean {
    const { version, whole } = object;
    if (version.size !== undefined) read.end = Math.max(read.offset, Math.min(read.end, version.size));
    if (whole) {
      const bytes = whole.subarray(read.offset, read.end);
      if (read.options.into) bufferFor(read, read.end).set(bytes);
      else read.bytes = bytes;
      read.got = bytes.length;
    }
    return read.got === read.end - read.offset;
  }

  /** One try: a request, and the redirects and repeated questions that its answer leads to. */
  async function follow(read: Read): Promise<"done" | Failed> {
    let remembered = target;
    let at = remembered ?? { url: access.url, bare: false };
    let again = 0;
    for (let hops = 0; hops <= maxRedirects; ) {
      const outcome = await request(at, read);
      if (outcome === "done") {
        if (hops > 0) target = at;
        return outcome;
      }
      if ("failed" in outcome) {
        if (target === remembered) target = undefined;
        return outcome;
      }
      if ("redirect" in outcome) {
        at = redirected(at, outcome.redirect);
        hops++;
      } else if (remembered) {
        // What the redirect led to has expired: ask at the front door.
        if (target === remembered) target = undefined;
        remembered = undefined;
        at = { url: access.url, bare: false };
      } else if (outcome.again && again++ < maxAgain) {
        at = { url: access.url, bare: false };
      } else throw outcome.error;
    }
    throw new FitsError("HTTP", `${href}: more than ${maxRedirects} redirects; check the address`);
  }

  function redirected(from: Target, location: string): Target {
    const to = URL.canParse(location, from.url) ? new URL(location, from.url) : undefined;
    if (!to || !/^https?:$/.test(to.protocol)) {
      throw new FitsError("HTTP", `${href}: redirects to an address that is not HTTP; check the address`);
    }
    const origin = new URL(access.url).origin;
    if (access.signed && origin.startsWith("https:") && to.protocol === "http:") {
      throw new FitsError(
        "FORBIDDEN",
        `${href}: redirects from https to http, where credentials are not safe; ask the address without them`,
      );
    }
    to.username = "";
    to.password = "";
    return { url: to.href, bare: from.bare || to.origin !== origin };
  }

  async function request(at: Target, read: Read): Promise<Outcome> {
    const { signal, record } = read.options;
    const offset = read.offset + read.got;
    const now = performance.now();
    const entry: RequestRecord = {
      ...{ offset, length: 0, requested: read.end - offset },
      ...{ start: now, firstByte: now, end: now, url: showUrl(at.url), status: 0 },
    };
    const guard = watch(signal, timeout);
    try {
      const outcome = await guard.over(exchange(at, read, guard, entry));
      const failure = typeof outcome === "object" && "redirect" in outcome ? undefined : reasonOf(outcome);
      if (failure) entry.failure = failure;
      return outcome;
    } catch (cause) {
      if (signal?.aborted) {
        entry.failure = "aborted";
        throw signal.reason;
      }
      const failure = guard.silent ? silence() : failureOf(cause);
      entry.failure = failure.error.message;
      if (!(failure instanceof Transient)) throw failure.error;
      return { failed: failure.error };
    } finally {
      guard.end();
      entry.end = performance.now();
      record?.(entry);
    }
  }

  function silence(): Transient {
    const message = `${href}: silence for ${timeout / 1000} s; try again, or allow a longer timeout`;
    return new Transient(new FitsError("TIMEOUT", message));
  }

  function failureOf(cause: unknown): Transient | { error: FitsError } {
    if (cause instanceof Transient) return cause;
    if (cause instanceof FitsError) return { error: cause };
    const { message = "", code = fetchCode(cause) } = cause as { message?: string; code?: unknown };
    const shown = message.replace(/https?:\/\/[^\s"']+/g, showUrl);
    const what = `${answered ? "the connection broke" : "no answer"} (${code ?? shown})`;
    const advice = `check the address and the network${inBrowser ? ", and that the server allows this page (CORS)" : ""}`;
    const error = new FitsError("NETWORK", `${href}: ${what}; ${advice}`, shown === message ? { cause } : {});
    // A name or port that never answered will not begin to within seconds.
    const hopeless =
      !answered && /ENOTFOUND|ECONNREFUSED|ERR_INVALID|CERT|TLS|SELF_SIGNED|UNABLE_TO/.test(String(code));
    return hopeless ? { error } : new Transient(error);
  }

  /** Sends one request and reads its answer. */
  async function exchange(at: Target, read: Read, guard: Watch, entry: RequestRecord): Promise<Outcome> {
    const own = at.bare ? {} : await access.headers(at.url);
    const headers = { "accept-encoding": "identity", ...own, range: `bytes=${entry.offset}-${read.end - 1}` };
    const { record } = read.options;
    if (record) entry.requestHeaders = showHeaders(headers, own);
    guard.signal.throwIfAborted();
    const response = await transport(at.url, { headers, signal: guard.signal });
    if (guard.signal.aborted) {
      response.cancel();
      throw guard.signal.reason;
    }
    guard.alive();
    answered = true;
    entry.firstByte = performance.now();
    entry.status = response.status;
    if (record) entry.responseHeaders = showHeaders(response.headers);
    /** Counts what comes; nothing is handed on once the watch has ended the request. */
    const readBody: ReadBody = (take) =>
      response.read((chunk) => {
        if (guard.signal.aborted) throw guard.signal.reason;
        guard.alive();
        entry.length += chunk.length;
        take(chunk);
      });
    const outcome = await answer(at, read, own, response, readBody);
    if (outcome === "done" && response.url !== at.url) {
      target = {
        url: response.url,
        bare: at.bare || new URL(response.url).origin !== new URL(at.url).origin,
      };
    }
    return outcome;
  }

  async function answer(
    at: Target,
    read: Read,
    sent: Record<string, string>,
    response: TransportResponse,
    readBody: ReadBody,
  ): Promise<Outcome> {
    const { status, headers } = response;
    try {
      const readRange = bodies[status];
      if (readRange) {
        await readRange(object, read, response, readBody);
        return "done";
      }
      const text = await textOf(readBody);
      const said = at.bare ? undefined : access.refused?.({ status, headers, text, sent });
      const location = headers["location"];
      if (!said && location && [301, 302, 303, 307, 308].includes(status)) return { redirect: location };
      const error = said instanceof FitsError ? said : statusError(status, href, access.signed && !at.bare);
      if (said === "retry" || (!said && isTransient(status))) {
        return { failed: error, after: parseRetryAfter(headers["retry-after"]) };
      }
      return { refused: status, again: said === "again", error };
    } finally {
      response.cancel();
    }
  }

  return {
    href,
    get size() {
      return object.version.size;
    },
    get tag() {
      return object.version.etag ?? object.version.lastModified;
    },
    getRange,
  };
}

function reasonOf(outcome: Exclude<Outcome, { redirect: string }>): string | undefined {
  if (outcome === "done") return undefined;
  return "failed" in outcome ? outcome.failed.message : outcome.error.message;
}

/** Node's fetch tells why in the cause of its error. */
function fetchCode(error: unknown): unknown {
  return (error as { cause?: { code?: unknown } }).cause?.code;
}

/** The user's headers with names in lower case, and Basic credentials from the address. */
function userHeaders(address: URL, headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // A client's own error would show the value.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `HTTP allows no header "${name}" of that value; check the option headers`,
      );
    }
    own[name.toLowerCase()] = value;
  }
  if (address.username || address.password) {
    const pair = `${decode(address.username)}:${decode(address.password)}`;
    own["authorization"] ??= `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
  }
  return own;
}
