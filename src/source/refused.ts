/**
 * What to make of a refusal over HTTP, loaded when there is one: an address that has expired is asked of the user anew,
 * a token of the user's function, credentials of `.netrc`; else an error says what the status means.
 */
import { loadNetrc } from "#platform";
import { FitsError } from "../errors.js";
import { type HttpAccess, httpAccess, type Refusal, type Target } from "./http-access.js";
import type { SourceOptions } from "./options.js";
import { secretsOfUrl } from "./redact.js";
import { within } from "./retry.js";

/** An access whose address and headers may be renewed. */
export type Renewable = { -readonly [Key in keyof HttpAccess]: HttpAccess[Key] };

/** The reads that have asked for something new: each does so once. */
const asked = new WeakMap<object, "address" | "headers">();
/** New addresses on their way, for all reads in flight. */
const renewing = new WeakMap<HttpAccess, Promise<void>>();

/** What the refusal of an http: or https: address leads to; undefined leaves the error to the status. */
export async function afterRefusal(
  access: Renewable,
  refusal: Refusal,
  options: SourceOptions,
): Promise<FitsError | { again: FitsError } | undefined> {
  const { status, at, read, sent } = refusal;
  if (at.redirected) return undefined;
  const expired = expiryOf(access, refusal, options);
  if (expired && options.refresh) {
    if (at.url === access.url) {
      if (asked.has(read)) return expired;
      asked.set(read, "address");
      await renewed(access, options.refresh, options);
    }
    return { again: expired };
  }
  if (status === 401 && !asked.has(read)) {
    asked.set(read, "headers");
    const again = expired ?? statusError(status, access, at);
    if (typeof options.headers === "function") return { again };
    if (!sent["authorization"] && !isUnsafe(access.url) && (await useNetrc(access))) return { again };
  }
  return expired;
}

/** Credentials in the clear are for this machine only. */
function isUnsafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== "https:" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

/** Has what `.netrc` holds for exactly this host sent from now on; false where it holds nothing, or there is none. */
async function useNetrc(access: Renewable): Promise<boolean> {
  const found = await (await loadNetrc())?.(new URL(access.url).hostname);
  if (!found) return false;
  const { login, password } = found;
  const pair = new TextEncoder().encode(`${login}:${password}`);
  const authorization = `Basic ${btoa(String.fromCharCode(...pair))}`;
  const { headers } = access;
  access.headers = async (url) => ({ ...(await headers(url)), authorization });
  access.signed = true;
  access.secrets = [...access.secrets, password, authorization];
  return true;
}

/** Has `refresh` asked for a new address, once for all reads that wait for one. */
function renewed(
  access: Renewable,
  refresh: NonNullable<SourceOptions["refresh"]>,
  options: SourceOptions,
): Promise<void> {
  const known = renewing.get(access);
  if (known) return known;
  const work = renew(access, refresh, options).finally(() => renewing.delete(access));
  renewing.set(access, work);
  return work;
}

async function renew(
  access: Renewable,
  refresh: NonNullable<SourceOptions["refresh"]>,
  options: SourceOptions,
): Promise<void> {
  const { href, url } = access;
  const { timeout = 30_000 } = options;
  const late = (): Error =>
    new FitsError(
      "TIMEOUT",
      `${href}: the function "refresh" did not answer for ${timeout / 1000} s; see why, or allow a longer timeout`,
    );
  const stop = new AbortController();
  let given: unknown;
  try {
    given = await within(Promise.resolve(refresh(url, { signal: stop.signal })), timeout, late);
  } catch (cause) {
    stop.abort();
    if (cause instanceof FitsError) throw cause;
    throw new FitsError(
      "EXPIRED",
      `${href}: the address has expired, and the function "refresh" failed; see the cause`,
      {
        cause,
      },
    );
  }
  if (typeof given !== "string" || !URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new FitsError(
      "BAD_ARGUMENT",
      `${href}: the function "refresh" must give an http: or https: address`,
    );
  const fresh = httpAccess(given);
  const { origin, protocol } = new URL(fresh.url);
  if (options.schemes && !options.schemes.some((scheme) => `${scheme}:` === protocol))
    throw new FitsError(
      "BAD_SOURCE",
      `${href}: the function "refresh" gave an address of a kind that is not allowed here`,
    );
  if (access.signed && origin !== new URL(url).origin)
    throw new FitsError(
      "BAD_SOURCE",
      `${href}: the function "refresh" gave an address of another host, which is not sent the headers; give one of the same host`,
    );
  // An answer to a request for the old address may repeat that one.
  access.secrets = [...fresh.secrets, ...secretsOfUrl(url)];
  access.url = fresh.url;
  access.shown = fresh.shown;
}

/** The error for an address or for credentials that have expired; undefined where there is no sign of that. */
function expiryOf(access: HttpAccess, refusal: Refusal, { headers }: SourceOptions): FitsError | undefined {
  const { status, text, worked, at } = refusal;
  if (![400, 401, 403, 410].includes(status)) return undefined;
  const says = /expired|not valid in the specified time frame/i.test(text);
  const isSigned = secretsOfUrl(at.url).some((secret) => secret !== "");
  const isOver = isSigned && expiresAt(at.url) < Date.now();
  // Without credentials nothing of the user's has expired, whatever the page says.
  if (!isSigned && !access.signed) return undefined;
  const changed = worked && (status === 401 || status === 403);
  if (!says && !isOver && !changed) return undefined;
  const what = isSigned ? "the signed address has expired" : "the credentials have expired";
  const since = says || isOver ? what : `${what}, or was withdrawn: it worked before`;
  const advice = isSigned
    ? "get a new one; a program can give the option refresh"
    : typeof headers === "function"
      ? 'the function "headers" gave no better ones'
      : "give new ones; a program can give a function as the option headers";
  return new FitsError("EXPIRED", `${access.href}: ${since} (${status}); ${advice}`);
}

/** When an address says that it expires: S3 and GCS (V4, V2), CloudFront, Azure. Infinity where it does not say. */
function expiresAt(url: string): number {
  const of: Record<string, string> = {};
  for (const [name, value] of new URL(url).searchParams) of[name.toLowerCase()] = value;
  for (const by of ["x-amz", "x-goog"]) {
    const [, y, mo, d, h, mi, s] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(of[`${by}-date`] ?? "") ?? [];
    const begin = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
    if (!Number.isNaN(begin)) return begin + Number(of[`${by}-expires`]) * 1000;
  }
  const at = /^\d+$/.test(of["expires"] ?? "") ? Number(of["expires"]) * 1000 : Date.parse(of["se"] ?? "");
  return Number.isNaN(at) ? Infinity : at;
}

/** The error for a status that no retry will mend. */
export function statusError(
  status: number,
  { href, signed }: Pick<HttpAccess, "href" | "signed">,
  { bare, shown }: Target,
): FitsError {
  if (signed && bare && (status === 401 || status === 403)) {
    const origin = /^[a-z]+:\/\/[^/?#]*/i.exec(shown)?.[0] ?? "another host";
    return new FitsError(
      status === 401 ? "BAD_CREDENTIALS" : "FORBIDDEN",
      `${href}: redirects to ${origin}, which refuses (${status}) and is not sent credentials meant for another host; if they are meant for it, too, give its address`,
    );
  }
  switch (status) {
    case 401: {
      const advice = signed
        ? "check the credentials given"
        : "give credentials: an Authorization header or user:password@ in the URL";
      return new FitsError("BAD_CREDENTIALS", `${href}: the server wants other credentials (401); ${advice}`);
    }
    case 403: {
      const advice = signed
        ? "these credentials may not read it"
        : "it is not public: give credentials, or check the address";
      return new FitsError("FORBIDDEN", `${href}: the server refuses (403); ${advice}`);
    }
    case 404:
    case 410:
      return new FitsError("NOT_FOUND", `${href}: nothing there (${status}); check the address`);
    case 407:
      return new FitsError(
        "BAD_CREDENTIALS",
        `${href}: the proxy wants credentials (407); put user:password@ into HTTPS_PROXY or HTTP_PROXY`,
      );
    default:
      return new FitsError("HTTP", `${href}: the server answered with status ${status}`);
  }
}
