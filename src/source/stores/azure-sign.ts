/**
 * Requests for blobs, signed with an account key (the scheme SharedKey of Azure's blob service).
 */
import { FitsError } from "../../errors.js";

interface Written {
  readonly method: string;
  readonly length: number;
}

/** Signs requests of one account. */
export interface AzureSigner {
  /**
   * The value of the header Authorization for a request to `url` with these headers, all of those that will be sent: a GET, or what
   * `write` says, with a body of that many bytes.
   */
  sign(url: string, headers: Readonly<Record<string, string>>, write?: Written): Promise<string>;
}

/** A signer with the key, in base64, of an account. Throws BAD_CREDENTIALS for a key that is none, and shows nothing of it. */
export function azureSigner(account: string, accountKey: string, href: string): AzureSigner {
  let key: Promise<CryptoKey> | undefined;
  const bytes = keyBytes(accountKey, href);
  return {
    async sign(url, headers, write) {
      key ??= importKey(bytes, href);
      const text = new TextEncoder().encode(textToSign(account, url, headers, write));
      const mac = new Uint8Array(await crypto.subtle.sign("HMAC", await key, text));
      return `SharedKey ${account}:${btoa(String.fromCharCode(...mac))}`;
    },
  };
}

function keyBytes(accountKey: string, href: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = Uint8Array.from(atob(accountKey), (character) => character.charCodeAt(0));
    if (bytes.length > 0) return bytes;
  } catch {}
  throw new FitsError(
    "BAD_CREDENTIALS",
    `${href}: the account key is not base64; copy it again from the portal`,
  );
}

async function importKey(bytes: Uint8Array<ArrayBuffer>, href: string): Promise<CryptoKey> {
  if (!globalThis.crypto?.subtle) {
    throw new FitsError(
      "UNSUPPORTED",
      `${href}: a page can only sign requests when it was served over https; use a SAS`,
    );
  }
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/**
 * The lines that are signed: method, eleven headers (of which requests here have the length and type of the body, If-None-Match and Range), headers that begin with `x-ms-`,
 * and the resource: account, path as it is sent, parameters sorted by name.
 */
function textToSign(
  account: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  { method, length }: Written = { method: "GET", length: 0 },
): string {
  const { pathname, searchParams } = new URL(url);
  const ms = Object.keys(headers)
    .filter((name) => name.startsWith("x-ms-"))
    .sort()
    .map((name) => `${name}:${headers[name]!.trim()}`);
  const parameters = [...searchParams].map(([name, value]) => `${name.toLowerCase()}:${value}`).sort();
  const body = ["", "", length > 0 ? String(length) : "", "", headers["content-type"] ?? "", ""];
  const conditions = ["", "", headers["if-none-match"] ?? "", ""];
  return [
    method,
    ...body,
    ...conditions,
    headers["range"] ?? "",
    ...ms,
    `/${account}${pathname}`,
    ...parameters,
  ].join("\n");
}
