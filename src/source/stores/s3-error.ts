/**
 * What S3 means when it refuses, and what the user can do about it.
 */
import { FitsError } from "../../errors.js";
import type { Refusal } from "../http-access.js";

/** Refusals that pass, whatever their status. */
export const transientCodes: ReadonlySet<string> = new Set([
  "InternalError",
  "OperationAborted",
  "RequestTimeout",
  "ServiceUnavailable",
  "SlowDown",
  "ThrottlingException",
]);

/** The `<Code>` of an error's XML, or an empty string. */
export function errorCode({ text }: Refusal): string {
  return element(text, "Code") ?? "";
}

/** The region in which the server says the bucket is. */
export function regionIn({ status, headers, text }: Refusal): string | undefined {
  if (![301, 307, 400, 403].includes(status)) return undefined;
  const endpoint = element(text, "Endpoint") ?? headers["location"] ?? "";
  return (
    headers["x-amz-bucket-region"] ??
    element(text, "Region") ??
    /\bs3[.-]([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com/.exec(endpoint)?.[1]
  );
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
}

/** What was asked, for the message. */
export interface Asked {
  readonly href: string;
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly signed: boolean;
}

/** The error for an S3 code; undefined leaves it to the HTTP status. Nothing of the server's text gets into it. */
export function refusalError(code: string, refusal: Refusal, asked: Asked): FitsError | undefined {
  const { href, bucket, region, endpoint, signed } = asked;
  const keys = (what: string): FitsError => new FitsError("BAD_CREDENTIALS", `${href}: ${what}`);
  switch (code) {
    case "NoSuchKey":
      return new FitsError(
        "NOT_FOUND",
        `${href}: no such key in the bucket; check its spelling (case counts)`,
      );
    case "NoSuchBucket":
      return new FitsError(
        "NOT_FOUND",
        `${href}: no bucket "${bucket}"${endpoint ? " at this endpoint" : ""}; check its name`,
      );
    case "ExpiredToken":
    case "ExpiredTokenException":
    case "TokenRefreshRequired":
      return keys("the temporary credentials have expired; get new ones (for instance by aws sso login)");
    case "InvalidAccessKeyId":
      return keys(
        "the server does not know this access key id; check the keys, the profile and the endpoint",
      );
    case "InvalidToken":
      return keys("the server does not accept the session token; give the one that came with these keys");
    case "SignatureDoesNotMatch":
      return keys("the signature is wrong: the secret key does not belong to the access key id; check both");
    case "RequestTimeTooSkewed":
      return keys(`this computer's clock is off${skew(refusal)}; set it`);
    case "AuthorizationHeaderMalformed":
    case "PermanentRedirect":
      return keys(`the server wants another region than ${region} and does not say which; give the region`);
    case "InvalidObjectState":
      return new FitsError("FORBIDDEN", `${href}: the object is archived; have it restored first`);
    case "AccessDenied":
      return accessDenied(href, signed);
  }
  return refusal.status === 403 ? accessDenied(href, signed) : undefined;
}

function accessDenied(href: string, signed: boolean): FitsError {
  const advice = signed
    ? "these credentials may not read it, or there is no such key; is the bucket requester-pays (requesterPays)?"
    : "it is not public, or there is no such key; give credentials (AWS_ACCESS_KEY_ID ..., or a profile)";
  return new FitsError("FORBIDDEN", `${href}: access denied; ${advice}`);
}

function skew({ headers }: Refusal): string {
  const seconds = Math.round((Date.now() - Date.parse(headers["date"] ?? "")) / 1000);
  return Number.isNaN(seconds) ? "" : ` by ${Math.abs(seconds)} s`;
}
