/**
 * Ranges of an object over HTTP: one GET for each, checked, pinned to one version of the object. What else may happen
 * than an answer with the bytes asked for is http-trouble.ts's business, which is loaded when it does.
 */
import { transport as platformTransport } from "#http";
import {
  type HttpObject,
  pin,
  type Read,
  type ReadBody,
  readPart,
  roomFor,
  wrongAnswer,
} from "./http-part.js";
import type { HttpTrouble } from "./http-trouble.js";
import type { SourceOptions } from "./options.js";
import type { ByteRange, ByteSource, GetRangeOptions, RequestRecord } from "./source.js";
import { fetchTransport, inBrowser } from "./transport.js";
import { type Watch, watch } from "./watch.js";

/** How an address is asked, and how it is shown. */
export interface HttpAccess {
  /** Fit to be shown: what the user calls it, and where to ask, without secrets. */
  readonly href: string;
  readonly shown: string;
  /** Where to ask; may change after a refusal. */
  readonly url: string;
  /** True where `headers` carry credentials. */
  readonly signed: boolean;
  /** Headers for a request to `url` or to a redirect within its origin. */
  headers(url: string): Promise<Record<string, string>> | Record<string, string>;
  /**
   * What to make of a refusal: retry like a passing fault, an error that says more than the status, or ask again at
   * once, with the error for when that is of no use.
   */
  refused?(refusal: Refusal): "retry" | Error | { again: Error | undefined } | undefined;
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

/** Where to ask. */
export interface Target {
  readonly url: string;
  /** `url`, fit to be shown. */
  readonly shown: string;
  /** A redirect led here; else it is the front door. */
  readonly redirected?: boolean;
  /** A redirect has left the origin: nothing of the user's is sent here, nor after. */
  readonly bare?: boolean;
}

const trouble = (): Promise<typeof import("./http-trouble.js")> => import("./http-trouble.js");

/**
 * The object that `access` leads to. Reads as `ByteSource` says; a server that ignores ranges is RANGE_IGNORED unless
 * the object is small enough to keep.
 */
export function httpSourceOver(access: HttpAccess, options: SourceOptions = {}): ByteSource {
  const { href } = access;
  const { retries = 5, timeout = 30_000 } = options;
  const transport = options.fetch ? fetchTransport(options.fetch) : platformTransport;
  const object: HttpObject = { access, version: {}, inBrowser, retries, timeout };

  async function getRange(range: ByteRange, given: GetRangeOptions = {}): Promise<Uint8Array> {
    const { offset, length } = range;
    given.signal?.throwIfAborted();
    if (object.whole) return (await trouble()).partOf(object, range, given.into);
    // Memory for another range than this is of no use.
    const { into = new Uint8Array(0), put } = given.into?.length === length ? given : {};
    const read: Read = { offset, end: offset + length, got: 0, bytes: into, put, options: given };
    if (missing(read) > 0) {
      const at = object.target ?? access;
      const met = await request(at, read);
      if (met || missing(read) > 0) {
        const { persist } = await trouble();
        await persist({ object, read, request, missing: () => missing(read) }, { at, met });
      }
    }
    const { bytes, got } = read;
    return bytes.length === got ? bytes : bytes.subarray(0, got);
  }

  /** Bytes that the read still lacks. */
  function missing(read: Read): number {
    const { size = Infinity } = object.version;
    read.end = Math.max(read.offset, Math.min(read.end, size));
    return read.end - read.offset - read.got;
  }

  /** One request for what is missing. Answers with what it met with, if it was not just that. */
  async function request({ url, shown, bare = false }: Target, read: Read): Promise<HttpTrouble | undefined> {
    const { signal, record } = read.options;
    const offset = read.offset + read.got;
    const now = performance.now();
    const entry: RequestRecord = {
      offset,
      length: 0,
      requested: read.end - offset,
      start: now,
      firstByte: now,
      end: now,
      url: shown,
      status: 0,
    };
    const guard = watch(signal, timeout);
    try {
      return await guard.over(exchange({ url, shown, bare }, read, guard, entry));
    } catch (cause) {
      if (signal?.aborted) {
        entry.failure = "aborted";
        throw signal.reason;
      }
      return (await trouble()).troubleOf(guard.signal.reason ?? cause, object, entry);
    } finally {
      guard.end();
      entry.end = performance.now();
      record?.(entry);
    }
  }

  /** Sends one request and reads its answer. */
  async function exchange(
    at: Target,
    read: Read,
    guard: Watch,
    entry: RequestRecord,
  ): Promise<HttpTrouble | undefined> {
    const sent = at.bare ? {} : await access.headers(at.url);
    const headers = {
      "accept-encoding": "identity",
      ...sent,
      range: `bytes=${entry.offset}-${read.end - 1}`,
    };
    guard.alive();
    // Loaded while the answer is on its way.
    const recording = read.options.headers && trouble();
    const response = await transport(at.url, {
      headers,
      signal: guard.signal,
      room: () => object.version.size && !read.put && roomFor(read, entry.requested),
    });
    try {
      guard.alive();
      object.answered = true;
      entry.firstByte = performance.now();
      entry.status = response.status;
      if (recording) (await recording).addHeaders(entry, headers, sent, response.headers);
      /** Counts what comes; nothing is handed on once the watch has ended the request. */
      const readBody: ReadBody = (take) =>
        response.read((chunk) => {
          guard.alive();
          entry.length += chunk.length;
          take(chunk);
        });
      const { status, url, headers: came } = response;
      if (status === 206 && url === at.url && came["content-range"] && !came["content-encoding"])
        return await readPart(object, read, response, readBody);
      const { answer } = await trouble();
      return await answer({ object, at, read, entry, sent, response, readBody, readPart, pin, wrongAnswer });
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
      return object.version.tag;
    },
    getRange,
  };
}
