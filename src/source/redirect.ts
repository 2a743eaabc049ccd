/**
 * Where redirects lead, and what is sent there: nothing of the user's to another origin. Loaded with the first redirect.
 */
import { FitsError } from "../errors.js";
import { checkScheme, type HttpAccess, type Target } from "./http-access.js";
import type { Scheme } from "./options.js";
import { type Hide, showUrl } from "./redact.js";

const mostHops = 10;

/** What a redirect is judged by. */
export interface Redirecting {
  readonly access: HttpAccess;
  readonly schemes: readonly Scheme[] | undefined;
  readonly hide: Hide;
}

/** Where a redirect from `from` leads. Throws HTTP for the eleventh and for one to no address of HTTP, FORBIDDEN from https to http with credentials, BAD_SOURCE. */
export function targetOf(from: Target, location: string, { access, schemes, hide }: Redirecting): Target {
  const { href, signed, url } = access;
  const { hops = 0 } = from;
  if (hops >= mostHops)
    throw new FitsError("HTTP", `${href}: more than ${mostHops} redirects; check the address`);
  const to = URL.canParse(location, from.url) ? new URL(location, from.url) : undefined;
  if (!to || !/^https?:$/.test(to.protocol))
    throw new FitsError("HTTP", `${href}: redirects to an address that is not HTTP; check the address`);
  const { origin } = new URL(url);
  if (signed && origin.startsWith("https:") && to.protocol === "http:") {
    throw new FitsError(
      "FORBIDDEN",
      `${href}: redirects from https to http, where credentials are not safe; ask without them`,
    );
  }
  checkScheme(access, to.href, schemes);
  to.username = "";
  to.password = "";
  to.hash = ""; // is no part of a request
  const bare = from.bare || to.origin !== origin;
  return { url: to.href, shown: hide(showUrl(to.href)), redirected: true, bare };
}
