/**
 * What Azure means when it refuses, and what the user can do about it.
 */
import { FitsError } from "../../errors.js";
import type { Refusal } from "../http-access.js";

/** How the request was authorized. */
export type Authorized = "sas" | "key" | "token" | "nothing";

/** What was asked, for the message. */
export interface AzureAsked {
  readonly href: string;
  readonly container: string;
  readonly account: string;
  readonly by: Authorized;
  /** When the signature ends, as it says itself: a date. */
  readonly expiry: string | undefined;
}

/** The code of a refusal: a header, or an element of the body. */
export function azureCode({ headers, text }: Refusal): string {
  return headers["x-ms-error-code"] ?? /<Code>([^<]*)<\/Code>/.exec(text)?.[1]?.trim() ?? "";
}

const advice: Record<Authorized, string> = {
  sas: "the signature (SAS) does not allow it: it needs the permission r for this blob or container",
  key: "the account key may not read it",
  token: 'this identity may not read it: it needs the role "Storage Blob Data Reader"',
  nothing:
    "it is not public, or there is no such blob; give credentials (a SAS, AZURE_STORAGE_ACCOUNT_KEY, a connection string or an identity)",
};

/** The error for a code of Azure; undefined leaves it to the HTTP status. Nothing of the server's text gets into it. */
export function azureError(
  code: string,
  { status }: Refusal,
  { href, container, account, by, expiry }: AzureAsked,
): FitsError | undefined {
  const credentials = (what: string): FitsError => new FitsError("BAD_CREDENTIALS", `${href}: ${what}`);
  const forbidden = (what: string): FitsError =>
    new FitsError("FORBIDDEN", `${href}: access denied; ${what}`);
  switch (code) {
    case "BlobNotFound":
      return new FitsError(
        "NOT_FOUND",
        `${href}: no such blob in the container; check its spelling (case counts)`,
      );
    case "ContainerNotFound":
      return new FitsError(
        "NOT_FOUND",
        `${href}: no container "${container}" in "${account}"; check its name`,
      );
    case "ResourceNotFound":
      return new FitsError(
        "NOT_FOUND",
        by === "nothing"
          ? `${href}: not found; ${advice.nothing}`
          : `${href}: not found; check the account, the container and the blob`,
      );
    case "PublicAccessNotPermitted":
    case "NoAuthenticationInformation":
      return forbidden(advice.nothing);
    case "InvalidAuthenticationInfo":
      return credentials(
        by === "token"
          ? "the server does not accept the token: it is wrong, or has expired; get another (az account get-access-token --resource https://storage.azure.com/)"
          : "the server does not understand the credentials; check them",
      );
    case "AuthenticationFailed":
      return credentials(failed(by, account, expiry));
    case "KeyBasedAuthenticationNotPermitted":
      return forbidden("the account does not allow account keys; give an identity (az.identity or az.token)");
    case "AuthorizationSourceIPMismatch":
      return forbidden("the signature (SAS) is for another IP address than this one");
    case "AuthorizationProtocolMismatch":
    case "AccountRequiresHttps":
      return forbidden("only https is allowed; change the endpoint");
    case "AccountIsDisabled":
      return forbidden("the account is disabled; ask its owner");
    case "BlobArchived":
      return new FitsError("FORBIDDEN", `${href}: the blob is archived; have it rehydrated first`);
    case "AuthorizationFailure": {
      const rules = "or the account's network rules do not let this computer in";
      if (by === "sas" || by === "key") return credentials(`${failed(by, account, expiry)}; ${rules}`);
      return forbidden(`${advice[by]}; ${rules}`);
    }
  }
  return status === 401 || status === 403 ? forbidden(advice[by]) : undefined;
}

function failed(by: Authorized, account: string, expiry: string | undefined): string {
  if (by === "sas") {
    const end = Date.parse(expiry ?? "");
    return end < Date.now()
      ? `the signature (SAS) expired at ${new Date(end).toISOString()}; get a new one`
      : "the signature (SAS) is wrong, or not valid at this time; copy it again, or get a new one";
  }
  if (by === "key")
    return `the signature is wrong: the key does not belong to the account "${account}", or this computer's clock is off; check both`;
  if (by === "token") return "the server does not accept the token: it is wrong, or has expired; get another";
  return "the server wants credentials; give a SAS, a key, a connection string or an identity";
}
