/**
 * Ranges of an object over HTTP: one GET for each, checked, pinned to one version of the object, asked again where that
 * may help.
 */
import { connectionsTo } from "#http";
import { FitsError } from "../errors.js";
import { checkScheme, type HttpAccess, httpAccess, type Target } from "./http-access.js";
import { type Failed, failureOf, type Named } from "./http-errors.js";
import {
  type Answer,
  type HttpObject,
  type Outcome,
  partOf,
  type Read,
  readAnswer,
} from "./http-response.js";
import { checkSourceOptions, type SourceOptions } from "./options.js";
import { type Hide, hiding, secretsOfHeaders, secretsOfUrl } from "./redact.js";
import { OutOfPatience, pause, pauseBefore, type Watch, watch, within } from "./retry.js";
import {
  type ByteRange,
  type ByteSource,
  type GetRangeOptions,
  lifetime,
  ownSource,
  type RequestRecord,
} from "./source.js";
import { inBrowser, transportOver } from "./transport.js";

const maxAgain = 4;
/** How often a server that has sent no range yet may send all of a large object: proxies do, once in a while. */
const maxIgnored = 3;
/** A failed try that brings so many bytes, or a hundredth of the range, is progress: earlier failures are forgotten. */
const progressBytes = 16 * 1024;
const defaultTimeout = 30_000;
const defaultLeast = 240;

/**
 * The object at an http: or https: address. Nothing is asked before the first read. Reads as `ByteSource` says; a server
 * that ignores ranges is RANGE_IGNORED unless the object is small enough to keep. Throws BAD_SOURCE for an address that
 * is none, BAD_ARGUMENT for options that make no sense.
 */
export function httpSource(url: string | URL, options: SourceOptions = {}): ByteSource {
  checkSourceOptions(options);
  const access: HttpAccess = {
    ...httpAccess(url, options),
    refused: async (refusal) => (await import("./refused.js")).afterRefusal(access, refusal, options),
  };
  checkScheme(access, access.url, options.schemes);
  return httpSourceOver(access, options);
}

/** A source over HTTP, which tells how it asks. */
export interface HttpSource extends ByteSource {
  readonly access: HttpAccess;
}

/** The object that `access` leads to. */
export function httpSourceOver(access: HttpAccess, options: SourceOptions = {}): HttpSource {
  const { href } = access;
  const { retries = 5, timeout = defaultTimeout, minBytesPerSecond: least = defaultLeast } = options;
  const over = transportOver(options.fetch, options.http2);
  const transport = access.transport?.(over) ?? over;
  const life = lifetime(href);
  const object: HttpObject = {
    ...{ access, pin: options.pin ?? "etag", timeout, version: {}, seen: 0 },
    ...{ answered: false, rangesWork: false, large: false, filtered: false },
  };
  /** What was sent last: a server may repeat it later. */
  let lastSecrets: readonly string[] = [];

  async function getRange(range: ByteRange, given: GetRangeOptions = {}): Promise<Uint8Array> {
    life.check(range, given.signal);
    const { offset, length } = range;
    const end = offset + length;
    if (object.whole) return partOf(object.whole, { offset, end, options: given });
    // Memory for another range than this is of no use.
    const bytes = given.into?.length === length ? given.into : new Uint8Array(0);
    const read: Read = {
      ...{ offset, end, got: 0, bytes, options: given },
      ...{ handedOver: false, askSize: false },
    };
    if (missing(read) > 0) await persist(read);
    return read.bytes.length === read.got ? read.bytes : read.bytes.subarray(0, read.got);
  }

  /** Bytes that the read still lacks. */
  function missing(read: Read): number {
    const { size = Infinity } = object.version;
    read.end = Math.max(read.offset, Math.min(read.end, size));
    return read.end - read.offset - read.got;
  }

  /** Asks until the read has all its bytes. */
  async function persist(read: Read): Promise<void> {
    const start = performance.now();
    let failures = 0;
    let ignored = 0;
    let sizeAsked = false;
    for (let before = 0; ; before = read.got) {
      const failed = await follow(read);
      if ((!failed || failed.passing) && missing(read) === 0) return; // all bytes may have come before the connection broke
      // A server may send less at a time than it is asked for, and connections may break.
      const got = read.got - before;
      const goesOn = got >= Math.min(progressBytes, (read.end - read.offset) / 100);
      if (got > 0 && (!failed || (goesOn && failed.error.code !== "TIMEOUT"))) {
        failures = 0;
        checkRate(read, performance.now() - start);
      }
      if (!failed) continue; // the size was learned, or a part came
      if (failed.askSize && !sizeAsked) {
        read.askSize = sizeAsked = true;
        continue;
      }
      sizeAsked = false;
      if (!failed.passing || read.handedOver || failures >= retries) throw failed.error;
      const rangeless = failed.error.code === "RANGE_IGNORED" && !object.rangesWork;
      if (rangeless && ignored++ === maxIgnored) throw failed.error;
      const milliseconds = pauseBefore(rangeless ? 0 : failures, failed.after);
      await life.during(pause(milliseconds, read.options.signal), read.options.signal);
      failures++;
    }
  }

  /** Throws TIMEOUT where all answers together bring less than any one may. */
  function checkRate({ got }: Read, milliseconds: number): void {
    const rate = (got / milliseconds) * 1000;
    if (milliseconds > timeout && rate < least)
      throw failureOf(new OutOfPatience(rate), named({}), { answered: true, timeout }).error;
  }

  /** One try: a request, and the redirects and repeated questions that it leads to. */
  async function follow(read: Read): Promise<Failed | undefined> {
    let at: Target = object.target ?? access;
    let remembered = at.redirected ? at : undefined;
    let hops = 0;
    let again = 0;
    for (;;) {
      const outcome = await request({ ...at }, read); // an address may be renewed meanwhile
      if (!outcome) {
        if (hops > 0) object.target = at;
        return undefined;
      }
      if ("failed" in outcome) {
        if (object.target === remembered) object.target = undefined;
        return outcome.failed;
      }
      if ("redirect" in outcome) {
        at = await redirected({ ...at, hops: hops++ }, outcome.redirect);
      } else if (remembered) {
        // The address that the redirect gave has expired: the original address is asked for a new one.
        if (object.target === remembered) object.target = undefined;
        remembered = undefined;
        at = access;
      } else if (outcome.again && again++ < maxAgain) at = access;
      else throw outcome.refused;
    }
  }

  async function redirected(from: Target, location: string): Promise<Target> {
    const { targetOf } = await import("./redirect.js");
    return targetOf(from, location, { access, schemes: options.schemes, hide: named({}).hide });
  }

  /** Whom errors are about, when these headers were sent. */
  function named(sent: Readonly<Record<string, string>>, url = access.url): Named {
    let hide: Hide | undefined;
    const hides = (): Hide =>
      hiding([...access.secrets, ...lastSecrets, ...secretsOfHeaders(sent), ...secretsOfUrl(url)]);
    return { href, hide: (text) => (hide ??= hides())(text) };
  }

  /** One request for what is missing, and what it met with. */
  async function request(at: Target, read: Read): Promise<Outcome | undefined> {
    const { signal, record } = read.options;
    const offset = read.offset + read.got;
    const sent = at.bare ? {} : await headersFor(at.url, signal);
    if (!at.bare) lastSecrets = secretsOfHeaders(sent);
    const now = performance.now();
    const entry: RequestRecord = {
      ...{ offset, length: 0, requested: read.end - offset },
      ...{ start: now, firstByte: now, end: now, url: at.shown, status: 0 },
    };
    const guard = watch({ signals: [signal, life.signal], timeout, least });
    try {
      const outcome = await exchange(at, read, sent, guard, entry);
      if (outcome && "refused" in outcome) entry.failure = outcome.refused.message;
      if (outcome && "failed" in outcome) entry.failure = outcome.failed.error.message;
      return outcome;
    } catch (cause) {
      for (const ended of [signal, life.signal]) {
        if (!ended?.aborted) continue;
        entry.failure = "aborted";
        throw ended.reason;
      }
      const failed = failureOf(
        cause instanceof FitsError ? cause : (guard.signal.reason ?? cause),
        named(sent, at.url),
        { answered: object.answered, timeout },
      );
      entry.failure = failed.error.message;
      return { failed };
    } finally {
      guard.end();
      read.askSize = false;
      entry.end = performance.now();
      record?.(entry);
    }
  }

  /** The headers of `access`. Functions of the user's may never answer. */
  function headersFor(url: string, signal: AbortSignal | undefined): Promise<Record<string, string>> {
    const headers = access.headers(url);
    if (!(headers instanceof Promise)) return Promise.resolve(headers);
    const late = (): Error =>
      new FitsError(
        "TIMEOUT",
        `${href}: the function that gives headers or credentials did not answer for ${timeout / 1000} s; allow a longer timeout`,
      );
    return life.during(within(headers, timeout, late), signal);
  }

  /** Sends one request and reads its answer. */
  async function exchange(
    at: Target,
    read: Read,
    sent: Readonly<Record<string, string>>,
    guard: Watch,
    entry: RequestRecord,
  ): Promise<Outcome | undefined> {
    const range = { range: read.many?.range ?? `bytes=${entry.offset}-${read.end - 1}` };
    const headers = { "accept-encoding": "identity", ...sent, ...(!read.askSize && range) };
    guard.signal.throwIfAborted();
    const response = await guard.over(transport(at.url, { headers, signal: guard.signal }));
    try {
      guard.alive(0);
      object.answered = true;
      entry.firstByte = performance.now();
      entry.status = response.status;
      object.head = response.headers;
      const about = named(sent, at.url);
      if (read.options.headers) {
        const { noteHeaders } = await import("./shown-headers.js");
        noteHeaders(entry, { headers, own: sent, answer: response.headers }, about.hide);
      }
      const arrived = response.url === at.url ? at : await redirected(at, response.url);
      /** Counts what comes; nothing is handed on once the watch has ended the request. */
      const readBody = (take: (chunk: Uint8Array) => void): Promise<void> =>
        guard.over(
          response.read((chunk) => {
            guard.alive(chunk.length);
            entry.length += chunk.length;
            take(chunk);
          }),
        );
      const answer = { object, read, at, entry, named: about, sent, response, readBody, readSize };
      // A function of the user's may be asked for a new address meanwhile.
      const outcome = await life.during((read.many?.readAnswer ?? readAnswer)(answer), read.options.signal);
      // A browser followed a redirect.
      if (!outcome && arrived !== at) object.target = arrived;
      return outcome;
    } finally {
      response.cancel();
    }
  }

  return ownSource({
    href,
    access,
    get size() {
      return object.version.size;
    },
    get tag() {
      return object.version.tag;
    },
    get connections() {
      return connectionsTo(access.url, options.http2);
    },
    get warnings() {
      return warningsOf(object);
    },
    getRange,
    ...(asksForMany(href) && {
      manyRanges: async () => (await import("./multipart.js")).manyRanges({ object, follow, life, retries }),
    }),
    async close() {
      object.whole = undefined;
      life.close();
    },
  });
}

async function readSize(answer: Answer): Promise<void> {
  await (await import("./size-answer.js")).readSize(answer);
}

/** Stores have schemes of their own, and take one range; a browser would ask another origin for leave first. */
function asksForMany(href: string): boolean {
  return href.startsWith(inBrowser ? `${location.origin}/` : "http");
}

/** What should be known of an object that is read by ranges. */
function warningsOf({ access, version, rangesWork, filtered, pin }: HttpObject): string[] {
  if (!rangesWork || pin !== "etag" || version.etag || version.lastModified) return [];
  const who = filtered ? "the server hides ETag from this page" : "the server sends no ETag";
  return [`${access.href}: ${who}: a change of the file between two reads would go unnoticed`];
}
