/**
 * How an address is asked over HTTP: where, with which headers, and what may be shown of that.
 */
import { checkArgument } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Transport } from "../platform/types.js";
import {
  type HeadersOption,
  type HeaderValues,
  headerPairs,
  isHeaders,
  type Scheme,
  type SourceOptions,
} from "./options.js";
import { decode, isSecretHeader, secretsOfUrl, showNoUrl, showUrl } from "./redact.js";

/** How an address is asked, and how it is shown. */
export interface HttpAccess {
  /** Fit to be shown: what the user calls it, and where to ask, without secrets. */
  readonly href: string;
  readonly shown: string;
  /** Where to ask; may change after a refusal. */
  readonly url: string;
  /** True where `headers` carry credentials. */
  readonly signed: boolean;
  /** What must not be shown besides the headers' values. */
  readonly secrets: readonly string[];
  /**
   * Headers for a request to `url` or to a redirect within its origin; names in lower case. `write` is what a request says that
   * does not read: its own headers come with the answer.
   */
  headers(url: string, write?: WriteRequest): Promise<Record<string, string>> | Record<string, string>;
  /**
   * What to make of a refusal: retry like a passing fault, an error that says more than the status, or ask again at
   * once, with the error for when that is of no use.
   */
  refused?(refusal: Refusal): Refused | Promise<Refused>;
  /** Where requests or answers need more than headers: sends by `over`, asks and answers as HTTP does. */
  transport?(over: Transport): Transport;
}

/** A request that changes what is in a store. */
export interface WriteRequest {
  readonly method: "PUT" | "POST" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
}

type Refused = "retry" | Error | { again: Error | undefined } | undefined;

/** An answer that is neither bytes nor a plain redirect. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, or its beginning. */
  readonly text: string;
  /** What `headers()` gave for the request that was refused. */
  readonly sent: Readonly<Record<string, string>>;
  /** Where it was asked. */
  readonly at: Target;
  /** The read that it belongs to. */
  readonly read: object;
  /** Other ranges of the object have come. */
  readonly worked: boolean;
}

/** Where to ask. */
export interface Target {
  readonly url: string;
  /** `url`, fit to be shown. */
  readonly shown: string;
  /** A redirect led here; else it is the front door. */
  readonly redirected?: boolean | undefined;
  /** A redirect has left the origin: nothing of the user's is sent here, nor after. */
  readonly bare?: boolean | undefined;
  /** Redirects that led here. */
  readonly hops?: number | undefined;
}

/** Headers by which clients agree with servers on how bytes are sent: nobody else can know them. */
const reserved: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "if-range",
  "keep-alive",
  "range",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * How to ask an http: or https: address. `user:password@` in it is sent as Basic credentials. Throws BAD_SOURCE for a
 * URL that is none, BAD_ARGUMENT for a header that HTTP does not allow.
 */
export function httpAccess(url: string | URL, { headers }: SourceOptions = {}): HttpAccess {
  const text = String(url);
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new FitsError("BAD_SOURCE", `"${showNoUrl(text)}" is not a valid URL of HTTP; check its spelling`);
  const address = new URL(text);
  const basic = basicCredentials(address);
  const withBasic = (values: HeaderValues | undefined): Record<string, string> => ({
    ...basic,
    ...checkedHeaders(values),
  });
  const secrets = secretsOfUrl(text);
  address.username = "";
  address.password = "";
  address.hash = "";
  const shown = showUrl(address.href);
  const asks = typeof headers === "function";
  const own = asks ? {} : withBasic(headers);
  return {
    ...{ href: shown, shown, url: address.href, secrets },
    signed: asks || Object.keys(own).some(isSecretHeader),
    headers: asks ? async () => withBasic(await called(headers, shown)) : () => own,
  };
}

function basicCredentials({ username, password }: URL): Record<string, string> {
  if (!username && !password) return {};
  const pair = new TextEncoder().encode(`${decode(username)}:${decode(password)}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...pair))}` };
}

async function called(headers: Exclude<HeadersOption, HeaderValues>, href: string): Promise<HeaderValues> {
  let values: unknown;
  try {
    values = await headers();
  } catch (cause) {
    throw new FitsError("BAD_CREDENTIALS", `${href}: the function "headers" failed; see the cause`, {
      cause,
    });
  }
  checkArgument(isHeaders(values), `${href}: the answer of headers`, "an object of strings", values);
  return values as HeaderValues;
}

/** Headers by name in lower case. Throws BAD_ARGUMENT for one that is not for users to send; shows no value. */
function checkedHeaders(values: HeaderValues = {}): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [given, value] of headerPairs(values)) {
    const name = given.toLowerCase();
    // A client's own error would show the value.
    const isName = /^[\w!#$%&'*+.^`|~-]+$/.test(name);
    if (!isName || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      const shown = given.replace(/[^ -~]/g, "?");
      const what = isName ? `no such value of the header "${shown}"` : `no header of the name "${shown}"`;
      throw new FitsError("BAD_ARGUMENT", `HTTP allows ${what}; check the option headers`);
    }
    if (reserved.has(name)) {
      throw new FitsError("BAD_ARGUMENT", `the header "${name}" is fitslice's own; leave it out of headers`);
    }
    own[name] = own[name] === undefined ? value : `${own[name]}, ${value}`;
  }
  return own;
}

/** Throws BAD_SOURCE for an address of a kind that was not allowed, be it by a redirect. */
export function checkScheme(access: HttpAccess, url: string, schemes: readonly Scheme[] | undefined): void {
  const { protocol } = new URL(url);
  const own = !/^https?:/.test(access.href); // where an s3: address leads is nobody else's business
  if (!schemes || own || schemes.some((scheme) => `${scheme}:` === protocol)) return;
  throw new FitsError(
    "BAD_SOURCE",
    `${access.href}: "${protocol}" is not of an allowed kind; give one of ${schemes.join(", ")}`,
  );
}
