/**
 * Whose blobs are asked for, and with which credentials: addresses of Azure, connection strings, the environment.
 */
import { environment } from "#platform";
import { FitsError } from "../../errors.js";
import type { AzureOptions, TokenOption } from "../options.js";
import { decode, showNoUrl } from "../redact.js";

/** A blob. */
export interface AzureAddress {
  /** What the user calls it, without a signature. */
  readonly href: string;
  readonly account: string;
  readonly container: string;
  /** Not encoded. */
  readonly blob: string;
  /** Base address of the account, where the address tells. */
  readonly base?: string | undefined;
  /** A signature that came with the address. */
  readonly sas?: string | undefined;
}

/** How requests are authorized; nothing of it: they are anonymous. */
export interface AzureCredentials {
  readonly sas?: string | undefined;
  readonly accountKey?: string | undefined;
  readonly token?: TokenOption | undefined;
  readonly identity?: boolean | undefined;
  readonly endpoint?: string | undefined;
}

/** Hosts that are Microsoft's: tokens and signatures of the environment are sent to no others. */
const hosts =
  /^([a-z0-9-]+)\.(?:blob|dfs)\.(core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)|storage\.azure\.net)$/i;

/** The account of the emulator Azurite, whose key is known to everybody. */
const development =
  "AccountName=devstoreaccount1;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;AccountKey=" +
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/**
 * What an address names. A string's name of the blob is taken as it stands, but for a signature (`?sv=...&sig=...`) behind it; a URL
 * object's is decoded. Throws BAD_SOURCE for an address that names no blob.
 */
export function parseAzure(address: string | URL): AzureAddress {
  const [text, sas] = split(String(address));
  const [, scheme = "", rest = ""] = /^(az|abfss?|https):\/\/(.*)$/is.exec(text) ?? [];
  const isUrl = address instanceof URL || scheme === "https";
  const forms = "write az://account/container/blob or abfss://container@account.dfs.core.windows.net/blob";
  const wrong = (what: string): FitsError =>
    new FitsError("BAD_SOURCE", `"${showNoUrl(text)}" ${what}; ${forms}`);
  const parts = /^([^/]*)\/?([^/]*)\/?(.*)$/s.exec(rest) ?? [];
  const [, authority = "", first = "", more = ""] = parts;
  let found: Pick<AzureAddress, "account" | "container" | "blob" | "base">;
  if (scheme.toLowerCase() === "az") found = { account: authority, container: first, blob: more };
  else {
    const [, before, host = ""] = /^(?:([^@]*)@)?(.*)$/s.exec(authority) ?? [];
    const [, account = "", domain] = hosts.exec(host) ?? [];
    if (account === "") throw wrong("names no host of Azure");
    const base = `https://${account}.blob.${domain}`;
    const path = rest.slice(authority.length + 1);
    found = isHttps(scheme)
      ? { account, base, container: first, blob: more }
      : { account, base, container: before ?? "", blob: path };
  }
  const blob = isUrl ? decode(found.blob) : found.blob;
  if (!found.account || !found.container || !blob) throw wrong("names no blob");
  if (!/^[a-z0-9-]{1,63}$/.test(found.account)) throw wrong("names no account");
  if (!/^(\$root|\$web|[a-z0-9-]{1,63})$/.test(found.container)) throw wrong("names no container");
  if (blob.split("/").some((part) => part === "." || part === ".."))
    throw wrong('cannot be asked for over HTTP, because of "." or ".." between slashes');
  return { ...found, blob, sas, href: text.replace(/\p{Cc}/gu, encodeURIComponent) };
}

function isHttps(scheme: string): boolean {
  return scheme.toLowerCase() === "https";
}

/** The address, and the signature behind it. */
function split(address: string): [text: string, sas: string | undefined] {
  const at = /\?(?=(?:.*&)?sig=)/s.exec(address)?.index ?? -1;
  return at < 0 ? [address, undefined] : [address.slice(0, at), address.slice(at + 1).replace(/#.*$/s, "")];
}

/** The credentials of one account: of the options, else of the environment. Throws BAD_CREDENTIALS. */
export function azureCredentials(
  { account, sas, href }: AzureAddress,
  given: AzureOptions,
): AzureCredentials {
  const wrong = (what: string): FitsError => new FitsError("BAD_CREDENTIALS", `${href}: ${what}`);
  const said = given.connectionString ?? environment("AZURE_STORAGE_CONNECTION_STRING");
  const pairs = said === undefined ? undefined : parseConnection(said);
  if (given.connectionString !== undefined && pairs?.account !== account) {
    throw wrong(
      pairs
        ? `the connection string is of the account "${pairs.account}"; give that of "${account}"`
        : "the connection string has no AccountName; copy it again from the portal",
    );
  }
  const connection = pairs?.account === account ? pairs : undefined;
  const endpoint = given.endpoint ?? connection?.endpoint ?? environment("AZURE_STORAGE_ENDPOINT");
  if (given.anonymous) return { endpoint };
  if (sas) return { endpoint, sas };
  const { accountKey, token, identity } = given;
  const own = { accountKey, token, identity, sas: given.sas };
  if (Object.values(own).some(Boolean)) return { endpoint, ...own };
  if (connection) return { ...connection, endpoint };
  const named = environment("AZURE_STORAGE_ACCOUNT_NAME") ?? environment("AZURE_STORAGE_ACCOUNT");
  if (named !== undefined && named !== account) return { endpoint };
  const fromEnvironment = {
    sas: environment("AZURE_STORAGE_SAS_TOKEN"),
    accountKey: environment("AZURE_STORAGE_ACCOUNT_KEY") ?? environment("AZURE_STORAGE_KEY"),
    identity: Boolean(environment("AZURE_TENANT_ID") && environment("AZURE_CLIENT_ID")),
  };
  return { endpoint, ...fromEnvironment };
}

/** The parts of a connection string: `AccountName=...;AccountKey=...;BlobEndpoint=...`. */
function parseConnection(text: string): (AzureCredentials & { account: string }) | undefined {
  const whole = /UseDevelopmentStorage=true/i.test(text) ? development : text;
  const pairs = new Map(
    whole.split(";").map((pair) => {
      const [name = "", value = ""] = pair.split(/=(.*)/s, 2);
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
  const account = pairs.get("accountname") ?? hosts.exec(hostOf(pairs.get("blobendpoint")))?.[1];
  if (!account) return undefined;
  const protocol = pairs.get("defaultendpointsprotocol") ?? "https";
  const suffix = pairs.get("endpointsuffix");
  const endpoint =
    pairs.get("blobendpoint") ?? (suffix ? `${protocol}://${account}.blob.${suffix}` : undefined);
  return {
    ...{ account, endpoint },
    ...{ accountKey: pairs.get("accountkey"), sas: pairs.get("sharedaccesssignature") },
  };
}

function hostOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : "";
}
