/**
 * The options of every kind of source, and what is wrong with those that make no sense.
 */
import { checkLeast, checkObject, checkOptional } from "../argument.js";
import type { S3Credentials } from "../platform/types.js";
import type { LastingCache } from "./lasting/cache.js";
import type { ByteSource } from "./source.js";
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

/** A bearer token, or a function that gets one: with the first read, and again when the server says that it has expired. */
export type TokenOption = string | (() => string | Promise<string>);

/**
 * How `gs://bucket/object` is reached. Credentials are looked for in this order: `anonymous`, `token`, Google's
 * application-default credentials where GOOGLE_APPLICATION_CREDENTIALS or gcloud's file is there; when nothing is found the
 * request is anonymous. Addresses `https://storage.googleapis.com/bucket/object` are sent `token` only.
 */
export interface GcsOptions {
  /** Send no credentials, whatever there are. */
  readonly anonymous?: boolean | undefined;
  /** An OAuth 2.0 access token, as `gcloud auth print-access-token` prints. */
  readonly token?: TokenOption | undefined;
  /** Use application-default credentials in any case: a machine of Google's asks its metadata service. */
  readonly applicationDefault?: boolean | undefined;
  /** The project that pays for the requests, where the bucket's owner does not. */
  readonly userProject?: string | undefined;
  /** Base address of a server compatible with it. Default: `STORAGE_EMULATOR_HOST`, Google. */
  readonly endpoint?: string | undefined;
}

/**
 * How blobs of Azure are reached: `az://account/container/blob`, `abfss://container@account.dfs.core.windows.net/blob`,
 * `https://account.blob.core.windows.net/container/blob`. Credentials are looked for in this order: `anonymous`, a SAS in
 * the address, `sas`, `accountKey`, `token`, `connectionString`, `identity`, the environment (`AZURE_STORAGE_CONNECTION_STRING`,
 * `AZURE_STORAGE_SAS_TOKEN`, `AZURE_STORAGE_ACCOUNT_KEY`, as long as `AZURE_STORAGE_ACCOUNT_NAME` is this account; an
 * identity where `AZURE_TENANT_ID` and `AZURE_CLIENT_ID` are set); when nothing is found the request is anonymous.
 */
export interface AzureOptions {
  /** Send no credentials, whatever there are. */
  readonly anonymous?: boolean | undefined;
  /** A shared access signature: the query of a signed URL, with or without `?`. */
  readonly sas?: string | undefined;
  /** A key of the storage account, in base64. Requests are signed with the key, which is never sent. */
  readonly accountKey?: string | undefined;
  /** A token of Microsoft Entra for `https://storage.azure.com/`. */
  readonly token?: TokenOption | undefined;
  /** The connection string of the account, as the portal shows. */
  readonly connectionString?: string | undefined;
  /** Get tokens by DefaultAzureCredential of the package `@azure/identity`, which is to be installed beside fitslice. */
  readonly identity?: boolean | undefined;
  /** Base address of the account at another server, `http://127.0.0.1:10000/devstoreaccount1`. Default: `AZURE_STORAGE_ENDPOINT`, Azure. */
  readonly endpoint?: string | undefined;
}

/** How `webhdfs://namenode:9870/path` and `swebhdfs://` are reached. */
export interface WebHdfsOptions {
  /** Who asks, where the server believes that. Default: the user in the address, `HADOOP_USER_NAME`, nobody. */
  readonly user?: string | undefined;
  /** A delegation token, as `hdfs fetchdt` gets: for servers that want Kerberos. */
  readonly delegation?: string | undefined;
}

/** How `ftp://host/path` and `ftps://` (TLS) are reached. Default: as anonymous. `user:password@` in the address comes first. */
export interface FtpOptions {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
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

/** The kinds of address, and those that `registerSource` adds: a local path is a `"file"`. */
export type Scheme =
  | "http"
  | "https"
  | "s3"
  | "gs"
  | "az"
  | "webhdfs"
  | "ftp"
  | "mast"
  | "file"
  | "blob"
  | "data"
  | (string & {});

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
  /**
   * Gives a new address of the same object when the one given has expired, as presigned ones do. Called with the address
   * that was refused, once for all reads in flight; has `timeout` milliseconds.
   */
  readonly refresh?:
    | ((url: string, options: { signal: AbortSignal }) => string | Promise<string>)
    | undefined;
  /** Used in place of the platform's own HTTP client. */
  readonly fetch?: FetchLike | undefined;
  /**
   * In Node: HTTP/2 with https: servers that speak it, all requests to a host over one connection. No effect behind a proxy, with `fetch`, and in
   * browsers, which choose by themselves. Default false: HTTP/1.1.
   */
  readonly http2?: boolean | undefined;
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
  readonly gs?: GcsOptions | undefined;
  readonly az?: AzureOptions | undefined;
  readonly webhdfs?: WebHdfsOptions | undefined;
  readonly ftp?: FtpOptions | undefined;
  /**
   * Where files of some names lie: a name is looked for in these rules first, then in those of MAST. The fastest place is
   * asked first, the next one where the file is not there.
   */
  readonly places?: readonly PlaceRule[] | undefined;
}

/** Options of `resolveSource`: the signal ends what it reads itself, the body of a Response or a blob: URL. */
export interface ResolveOptions extends SourceOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the source of an address, as it was given. Nothing need be asked before the first read; `options` are those of
 * `open`.
 */
export type SourceFactory<Source = ByteSource> = (
  address: string | URL,
  options: ResolveOptions,
) => Source | Promise<Source>;

const pins = ["etag", "size", "none"] as const;

/** Throws BAD_ARGUMENT for options of the wrong type, and for numbers that make no sense. */
export function checkSourceOptions(options: SourceOptions): void {
  checkObject(options);
  const { headers, refresh, fetch, key, s3, pin, schemes, retries, timeout, minBytesPerSecond } = options;
  checkLeast({ retries, minBytesPerSecond }, 0);
  checkLeast({ timeout }, 1);
  // Timers take no more.
  checkOptional({ timeout }, "below 2 ** 31", (value) => value < 2 ** 31 - 1);
  checkOptional({ fetch, refresh }, "a function", isFunction);
  checkOptional(
    { headers },
    "an object of strings, a Headers, pairs, or a function",
    (value) => isFunction(value) || isHeaders(value),
  );
  checkOptional({ key }, "a string", isString);
  checkOptional({ s3 }, "an object", isRecord);
  checkOptional({ pin }, `"${pins.join('", "')}"`, (value) => pins.includes(value));
  checkOptional(
    { schemes },
    'an array of names, as ["https"]',
    (value) => Array.isArray(value) && value.every((one) => isString(one) && /^[a-z][a-z0-9+.-]+$/.test(one)),
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

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** Neither an array nor a `Map`: those have no entries of their own. */
function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}
