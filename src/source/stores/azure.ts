/**
 * Blobs of Azure: `az://account/container/blob`, `abfss://container@account.dfs.core.windows.net/blob` (by the blob service), and
 * https: addresses with or without a signature.
 */
import { loadIdentities } from "#platform";
import { FitsError } from "../../errors.js";
import type { Transport } from "../../platform/types.js";
import { httpSource, httpSourceOver } from "../http.js";
import { type HttpAccess, httpAccess } from "../http-access.js";
import type { SourceOptions } from "../options.js";
import { secretsOfUrl } from "../redact.js";
import type { ByteSource } from "../source.js";
import { inBrowser } from "../transport.js";
import { type AzureAddress, type AzureCredentials, azureCredentials, parseAzure } from "./azure-account.js";
import { type Authorized, azureCode, azureError } from "./azure-error.js";
import { azureSigner } from "./azure-sign.js";
import { checkToken, type Keyring, keyring } from "./keyring.js";

const version = "2023-11-03";
/** Signatures of so many requests are remembered, to be hidden wherever a server repeats them. */
const mostSignatures = 64;

/** The source of a blob. Throws as `azureAccess` does. */
export function azureSource(address: string | URL, options: SourceOptions): ByteSource {
  return httpSourceOver(azureAccess(address, options), options);
}

/** The source at an https: address of Azure. What names no blob, or more than a blob and its signature, is asked as it stands. */
export function azureHttpsSource(address: string | URL, options: SourceOptions): ByteSource {
  const isBlob = /^https:\/\/[^/@?#]+\/[^/?#]+\/[^?#]+(\?(.*&)?sig=.*)?$/is.test(String(address));
  return isBlob ? azureSource(address, options) : httpSource(address, options);
}

/**
 * How a blob is asked; `shared` are the tokens of other blobs of the account. Throws BAD_SOURCE for an address that names no
 * blob, BAD_CREDENTIALS for credentials that are none.
 */
export function azureAccess(
  address: string | URL,
  options: SourceOptions,
  shared?: Keyring<string>,
): HttpAccess {
  const blob = parseAzure(address);
  const credentials = azureCredentials(blob, options.az ?? {});
  const base = httpAccess(blobUrl(blob, credentials), options);
  const isHttps = /^https:/i.test(blob.href);
  const href = isHttps ? base.href : blob.href;
  const by = authorizedBy(credentials);
  const { account, container } = blob;
  const signer = by === "key" ? azureSigner(account, credentials.accountKey!, href) : undefined;
  const tokens = shared ?? tokensFor(href, credentials, options);
  const secrets = [...base.secrets, credentials.accountKey ?? "", ...secretsOfUrl(base.url)];
  const signatures: string[] = [];
  const sentWith = new WeakMap<object, object>();
  // In a page a header of this kind makes a browser ask the server first, which not all accounts allow.
  const versioned = !(inBrowser && isHttps && (by === "sas" || by === "nothing"));

  return {
    ...{ href, shown: base.shown, url: base.url, signed: by !== "nothing" || base.signed },
    get secrets() {
      return [...secrets, ...signatures];
    },
    async headers(to, write) {
      const asked = tokens.get();
      const token = await asked;
      const sent = {
        ...write?.headers,
        ...(await base.headers(to)),
        ...(versioned && { "x-ms-version": version }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      sentWith.set(sent, asked);
      return sent;
    },
    refused(refusal) {
      const code = azureCode(refusal);
      const expiry = new URL(base.url).searchParams.get("se") ?? undefined;
      const error = azureError(code, refusal, { href, container, account, by, expiry });
      const asked = sentWith.get(refusal.sent);
      if (refusal.status === 401 && by === "token" && asked && tokens.renew(asked, refusal.read))
        return { again: error };
      return error;
    },
    transport: (over) => (signer ? signing(over) : over),
  };

  /** Signs what is sent to the account: the range is a part of what is signed. */
  function signing(over: Transport): Transport {
    return async (url, { headers, signal, write }) => {
      if (!("x-ms-version" in headers)) return over(url, { headers, signal }); // elsewhere, by a redirect
      const dated = { ...headers, "x-ms-date": new Date().toUTCString() };
      const authorization = await signer!.sign(url, dated, write);
      signatures.push(authorization, authorization.replace(/^.*:/, ""));
      signatures.splice(0, signatures.length - mostSignatures);
      return over(url, { headers: { ...dated, authorization }, signal });
    };
  }
}

/** Tokens that the blobs of an account share. Throws as `azureAccess`. */
export function azureTokens(address: string, options: SourceOptions): Keyring<string> {
  const blob = parseAzure(address);
  return tokensFor(blob.href, azureCredentials(blob, options.az ?? {}), options);
}

function tokensFor(href: string, credentials: AzureCredentials, { timeout }: SourceOptions): Keyring<string> {
  const from =
    authorizedBy(credentials) === "token" ? (credentials.token ?? (() => identityToken(href))) : undefined;
  return keyring(from, { href, timeout, check: checkToken });
}

function authorizedBy({ sas, accountKey, token, identity }: AzureCredentials): Authorized {
  if (sas) return "sas";
  if (accountKey) return "key";
  return token !== undefined || identity ? "token" : "nothing";
}

async function identityToken(href: string): Promise<string | undefined> {
  const identities = await loadIdentities();
  if (identities) return identities.azureToken(href);
  throw new FitsError(
    "UNSUPPORTED",
    `${href}: a page cannot use az.identity; give az.token, a function that gets a token`,
  );
}

function blobUrl(
  { account, container, blob, base }: AzureAddress,
  { endpoint, sas }: AzureCredentials,
): string {
  const at = endpoint ?? base ?? `https://${account}.blob.core.windows.net`;
  if (!/^https?:\/\//i.test(at) || !URL.canParse(at) || new URL(at).search) {
    throw new FitsError(
      "BAD_SOURCE",
      "the endpoint of Azure is no http: or https: URL; check az.endpoint, AZURE_STORAGE_ENDPOINT and the connection string",
    );
  }
  const path = blob.split("/").map(encoded).join("/");
  return `${at.replace(/\/+$/, "")}/${container}/${path}${sas ? `?${sas.replace(/^\?/, "")}` : ""}`;
}

function encoded(part: string): string {
  try {
    return encodeURIComponent(part);
  } catch {
    throw new FitsError("BAD_SOURCE", "the name of the blob is not valid Unicode; check its spelling");
  }
}
