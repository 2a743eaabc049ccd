/**
 * What may happen over HTTP besides an answer with the bytes asked for: redirects, refusals, faults that pass, answers
 * that are wrong. Says what to do about each, and asks again where that may help.
 */
import { FitsError } from "../errors.js";
import type { Target } from "./http.js";
import type { HttpObject, Read } from "./http-part.js";
import { wrong } from "./http-wrong.js";
import { showUrl } from "./redact.js";
import { pause, pauseBefore } from "./retry.js";
import type { RequestRecord } from "./source.js";

export { addHeaders, answer, partOf } from "./http-answer.js";

/** What a request met with. */
export type HttpTrouble = Redirect | Refused | Failed;

export interface Redirect {
  readonly redirect: string;
  readonly from: Target;
}

/** The server will not have it: `again` where another question may help. */
export interface Refused {
  readonly refused: FitsError;
  readonly again: boolean;
}

/** `passing` where the same request may go well later, not before `after` milliseconds. */
export interface Failed {
  readonly failed: FitsError;
  readonly passing: boolean;
  readonly after?: number | undefined;
  /** What came with this answer is not to be believed. */
  readonly discard?: boolean;
}

/** A read on its way, and how to ask for what it lacks. */
export interface Persistent {
  readonly object: HttpObject;
  readonly read: Read;
  request(at: Target, read: Read): Promise<HttpTrouble | undefined>;
  /** Bytes still missing. */
  missing(): number;
}

/** A request that was made, and what it met with. */
interface Asked {
  readonly at: Target;
  readonly met: HttpTrouble | undefined;
}

const maxRedirects = 10;
const maxAgain = 4;
/** How often a server that has sent no range yet may send all of a large object: proxies do, once in a while. */
const maxIgnored = 3;

/** Asks on, after a first request, until the read has all its bytes. */
export async function persist(reading: Persistent, first: Asked): Promise<void> {
  const { object, read } = reading;
  let asked: Asked | undefined = first;
  let failures = 0;
  let ignored = 0;
  for (let before = 0; ; before = read.got, asked = undefined) {
    const failed = await follow(reading, asked);
    if (failed?.discard) read.got = before;
    if ((!failed || failed.passing) && reading.missing() === 0) return; // perhaps all had come before it failed
    if (!failed) {
      failures = 0; // a server may send less at a time than it is asked for
      continue;
    }
    if (!failed.passing || read.handedOver || failures >= object.retries) throw failed.failed;
    const rangeless = failed.failed.code === "RANGE_IGNORED" && !object.rangesWork;
    if (rangeless && ignored++ === maxIgnored) throw failed.failed;
    await pause(pauseBefore(rangeless ? 0 : failures, failed.after), read.options.signal);
    failures++;
  }
}

/** One try: a request, unless it was `asked` already, and the redirects and repeated questions that it leads to. */
async function follow(reading: Persistent, asked?: Asked): Promise<Failed | undefined> {
  const { object, read, request } = reading;
  const { access } = object;
  let at: Target = asked?.at ?? object.target ?? access;
  let remembered = at.redirected ? at : undefined;
  let hops = 0;
  let again = 0;
  for (let met = asked ? asked.met : await request(at, read); ; met = await request(at, read)) {
    if (!met) {
      if (hops > 0) object.target = at;
      return undefined;
    }
    if ("failed" in met) {
      if (object.target === remembered) object.target = undefined;
      return met;
    }
    if ("redirect" in met) {
      if (hops++ === maxRedirects) {
        throw new FitsError("HTTP", `${access.href}: more than ${maxRedirects} redirects; check the address`);
      }
      at = redirected(object, met);
    } else if (remembered) {
      // What the redirect led to has expired: ask at the front door.
      if (object.target === remembered) object.target = undefined;
      remembered = undefined;
      at = access;
    } else if (met.again && again++ < maxAgain) at = access;
    else throw met.refused;
  }
}

function redirected({ access }: HttpObject, { from, redirect }: Redirect): Target {
  const to = URL.canParse(redirect, from.url) ? new URL(redirect, from.url) : undefined;
  if (!to || !/^https?:$/.test(to.protocol)) {
    throw new FitsError(
      "HTTP",
      `${access.href}: redirects to an address that is not HTTP; check the address`,
    );
  }
  const { origin } = new URL(access.url);
  if (access.signed && origin.startsWith("https:") && to.protocol === "http:") {
    throw new FitsError(
      "FORBIDDEN",
      `${access.href}: redirects from https to http, where credentials are not safe; ask the address without them`,
    );
  }
  to.username = "";
  to.password = "";
  to.hash = ""; // is no part of a request
  const bare = from.bare || to.origin !== origin;
  return { url: to.href, shown: showUrl(to.href), redirected: true, bare };
}

/** What to make of what a request threw; told in `entry`, too. */
export function troubleOf(cause: unknown, object: HttpObject, entry: RequestRecord): Failed {
  const failed = failureOf(cause, object, entry);
  entry.failure = failed.failed.message;
  return failed;
}

function failureOf(cause: unknown, object: HttpObject, entry: RequestRecord): Failed {
  const { href } = object.access;
  if (cause instanceof FitsError) return { failed: cause, passing: false };
  const { name, message = "", code = causeOf(cause)?.code } = cause as Error & { code?: string };
  if (name === "WrongAnswer") {
    const failed = wrong(message, causeOf(cause), href, entry);
    return { failed, passing: failed.code !== "SOURCE_CHANGED", discard: message === "more" };
  }
  if (message === "silence") {
    const seconds = object.timeout / 1000;
    const text = `${href}: silence for ${seconds} s; try again, or allow a longer timeout`;
    return { failed: new FitsError("TIMEOUT", text), passing: true };
  }
  if (cause instanceof RangeError && code === undefined) {
    const text = `cannot hold ${entry.requested} bytes in memory at once; read a smaller part`;
    return { failed: new FitsError("TOO_LARGE", text, { cause }), passing: false };
  }
  const shown = message.replace(/https?:\/\/[^\s"']+/g, showUrl);
  const what = `${object.answered ? "the connection broke" : "no answer"} (${code ?? shown})`;
  const advice = `check the address and the network${object.inBrowser ? ", and that the server allows this page (CORS)" : ""}`;
  const failed = new FitsError("NETWORK", `${href}: ${what}; ${advice}`, shown === message ? { cause } : {});
  // A name or port that never answered will not begin to within seconds.
  const hopeless = /ENOTFOUND|ECONNREFUSED|ERR_INVALID|CERT|TLS|SELF_SIGNED|UNABLE_TO/.test(String(code));
  return { failed, passing: object.answered === true || !hopeless };
}

/** Node's fetch tells why in the cause of its error. */
function causeOf(error: unknown): { code?: string } | undefined {
  return (error as { cause?: { code?: string } }).cause;
}
