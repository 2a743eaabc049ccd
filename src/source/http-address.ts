/**
 * HTTP addresses with something to them: credentials, parameters, headers to send along.
 */
import { FitsError } from "../errors.js";
import type { HttpAccess } from "./http.js";
import type { SourceOptions } from "./options.js";
import { decode, isSecretHeader, showNoUrl, showUrl } from "./redact.js";

/**
 * How to ask an http: or https: address. `user:password@` in it is sent as Basic credentials. Throws BAD_SOURCE for a
 * URL that is none, BAD_ARGUMENT for a header that HTTP does not allow.
 */
export function httpAccess(url: string | URL, { headers }: SourceOptions = {}): HttpAccess {
  if (!URL.canParse(url))
    throw new FitsError("BAD_SOURCE", `"${showNoUrl(String(url))}" is not a valid URL; check its spelling`);
  const address = new URL(url);
  const own = userHeaders(address, headers);
  address.username = "";
  address.password = "";
  address.hash = "";
  const shown = showUrl(address.href);
  return {
    ...{ href: shown, shown, url: address.href },
    signed: Object.keys(own).some(isSecretHeader),
    headers: () => own,
  };
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
