/**
 * What to do where a server's certificate is refused.
 */
import { FitsError } from "../errors.js";

/** OpenSSL's and Node's codes. */
const unknown =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;
const others: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired; tell its operator, or set this computer's clock right",
  CERT_NOT_YET_VALID: "is not valid yet; set this computer's clock right",
  ERR_TLS_CERT_ALTNAME_INVALID: "is for another host; check the address",
};

/** `cause`, which a connection to `host` met with; of a certificate that was refused NETWORK, which says what to do. */
export function orUntrusted(cause: unknown, host: string): unknown {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  if (typeof code !== "string") return cause;
  const what = unknown.test(code)
    ? "is signed by nobody who is trusted here; have NODE_EXTRA_CA_CERTS name a file with the certificate of the authority"
    : others[code];
  if (what === undefined) return cause;
  const message = `${host}: the server's certificate ${what}`.replace(/;/, ` (${code});`);
  return new FitsError("NETWORK", message, { cause });
}
