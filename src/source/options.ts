/**
 * The options of every kind of source, and what is wrong with those that make no sense.
 */
import { FitsError } from "../errors.js";
import type { S3Credentials } from "../platform/types.js";
import type { LastingCache } from "./lasting/cache.js";
import type { FetchLike } from "./transport.js";

/**
 * How `s3://bucket/key` is reached. Credentials are looked for in this order: `anonymous`, `credentials`, the
 * environment (`AWS_ACCESS_KEY_ID` ...) unless `awsProfile` is given, the profile in `~/.aws`; when nothing is found
 * the request is anonymous.
 */
export interface S3Options {
  /** Default: `AWS_REGION`, the profile's region, `us-east-1`; a server that names another is believed. */
  readonly region?: string | undefined;
  /** Base address of an S3-compatible server. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile's, AWS. */
  readonly endpoint?: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true with an endpoint or a dot in the bucket. */
  readonly forcePathStyle?: boolean | undefined;
  /**
   * Keys, or a function that gets them. It is called with the first read, and again, once for all reads in flight, when
   * the keys were refused as expired. It has `timeout` milliseconds.
   */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined;
  /** Name of a profile in `~/.aws/config` and `~/.aws/credentials`. Default: `AWS_PROFILE`, `default`. */
  readonly awsProfile?: string | undefined;
  /** Do not sign, whatever keys there are. */
  readonly anonymous?: boolean | undefined;
  /** Agree to pay for the requests, where the bucket's owner does not. */
  readonly requesterPays?: boolean | undefined;
}

/** Headers of requests: a plain object, a `Headers`, or pairs of name and value. */
export type HeaderValues =
  | Readonly<Record<string, string>>
  | Headers
  | readonly (readonly [string, string])[];

/** Headers of requests, or a function that is called for each request: for tokens that are renewed. */
export type HeadersOption = HeaderValues | (() => HeaderValues | Promise<HeaderValues>);

/**
 * What must stay the same while an object is read: `"etag"` its ETag, or Last-Modified where it has none, and its size
 * (of a local file the time of its last change, and its size); `"size"` its size; `"none"` nothing.
 */
export type Pin = (typeof pins)[number];

/** The kinds of address: a local path is a `"file"`. */
export type Scheme = (typeof schemeNames)[number];

/** Where the files of some names lie. Plain data, so that rules can come from a JSON file. */
export interface PlaceRule {
  /** A regular expression that a whole name matches: `archive:(?<night>\\d{8})/(?<file>.*)`. */
  readonly match: string;
  /**
   * Addresses, the fastest first; `$<night>` is what the group of that name matched, `$0` the whole name. Behind a `?`
   * it is encoded as a query needs it.
   */
  readonly at: readonly string[];
}

/** Options of a source; which count depends on its kind. */
export interface SourceOptions {
  /**
   * Sent with every HTTP request to the origin that was asked, never to another one that it redirects to. A function
   * is called for each request, and has `timeout` milliseconds.
   */
  readonly headers?: HeadersOption | undefined;
  /** Used in place of the platform's own HTTP client. */
  readonly fetch?: FetchLike | undefined;
  /** How often a failed HTTP request is sent again. Default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds of silence after which an HTTP request counts as failed. Default 30000. */
  readonly timeout?: number | undefined;
  /**
   * An HTTP answer with fewer bytes per second than this over `timeout` milliseconds counts as failed, too; what came
   * is kept. Default 240. 0 waits for as long as something comes.
   */
  readonly minBytesPerSecond?: number | undefined;
  /**
   * What must stay the same from one read to the next; if it does not, reads fail with SOURCE_CHANGED. Default
   * `"etag"`. Several mirrors behind one name may need `"size"`.
   */
  readonly pin?: Pin | undefined;
  /**
   * Kinds of address that may be opened. A service that opens what its users type gives `["https"]`: all others are
   * BAD_SOURCE then, local paths and redirects to them as well. Default: all.
   */
  readonly schemes?: readonly Scheme[] | undefined;
  /** Where bytes that come over a network are kept for later processes. Default: nowhere. */
  readonly cache?: LastingCache | undefined;
  /** Which object of a store (anything with zarrita's `getRange(key, range)`). */
  readonly key?: string | undefined;
  readonly s3?: S3Options | undefined;
  /**
   * Where files of some names lie: a name is looked for in these rules first, then in those of MAST. The fastest place is
   * asked first, the next one where the file is not there.
   */
  readonly places?: readonly PlaceRule[] | undefined;
}

const pins = ["etag", "size", "none"] as const;
const schemeNames = ["http", "https", "s3", "mast", "file", "blob", "data"] as const;

/** Timers take no more. */
const mostMilliseconds = 2 ** 31 - 2;

/** Throws BAD_ARGUMENT for options of the wrong type, and for numbers that make no sense. */
export function checkSourceOptions(options: SourceOptions): void {
  const { headers, fetch, key, s3, pin, schemes } = options;
  checkNumber("retries", options.retries, 0);
  checkNumber("timeout", options.timeout, 1);
  checkNumber("minBytesPerSecond", options.minBytesPerSecond, 0);
  check(fetch, typeof fetch === "function", "fetch must be a function like the global fetch");
  check(
    headers,
    typeof headers === "function" || isHeaders(headers),
    'headers must be a plain object of strings, { "X-Name": "value" }, a Headers, pairs of strings, or a function that gives one of these',
  );
  check(key, typeof key === "string", "key must be a string: which object of the store is meant");
  check(s3, isRecord(s3), 's3 must be an object of options, as in { region: "us-west-2" }');
  check(pin, isOneOf(pins, pin), `pin must be "${pins.join('", "')}", not ${String(pin)}`);
  check(
    schemes,
    Array.isArray(schemes) && schemes.every((scheme) => isOneOf(schemeNames, scheme)),
    `schemes must be an array of ${schemeNames.join(", ")}`,
  );
}

/** Whether `value` can be taken for headers: their names and values are looked at when they are used. */
export function isHeaders(value: unknown): value is HeaderValues {
  if (Array.isArray(value))
    return value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isString));
  if (isRecord(value)) return Object.values(value).every(isString);
  // The name `Headers` comes last: at its first use Node loads an HTTP client, which takes 15 ms.
  return typeof value === "object" && value instanceof Headers;
}

/** Names and values of headers, however they are given. */
export function headerPairs(values: HeaderValues): [name: string, value: string][] {
  const isIterable = Symbol.iterator in values;
  return [...(isIterable ? (values as Iterable<[string, string]>) : Object.entries(values))];
}

function checkNumber(name: string, value: number | undefined, least: number): void {
  const fits = Number.isFinite(value) && value! >= least && value! <= mostMilliseconds;
  check(
    value,
    fits,
    `${name} must be a number from ${least} to ${mostMilliseconds}, not ${typeof value === "string" ? JSON.stringify(value) : String(value)}`,
  );
}

function check(value: unknown, fits: boolean, message: string): void {
  if (value !== undefined && !fits) throw new FitsError("BAD_ARGUMENT", message);
}

function isOneOf(all: readonly string[], value: unknown): boolean {
  return isString(value) && all.includes(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** Neither an array nor a `Map`: those have no entries of their own. */
function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}
