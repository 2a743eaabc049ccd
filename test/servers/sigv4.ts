/**
 * AWS Signature Version 4 as a server checks it, written from its description and not from any signer:
 * canonical request -> string to sign -> HMAC chain (docs.aws.amazon.com, "Signature Version 4 signing process").
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A user of the test server. */
export interface Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary keys need it with every request. */
  readonly sessionToken?: string;
  /** Temporary keys that are no good any more. */
  readonly expired?: boolean;
}

/** Why a request is not accepted: the code of S3's error. `undefined` for an anonymous request. */
export type Verdict = { account: Account } | { code: string; region?: string } | undefined;

const fifteenMinutes = 15 * 60 * 1000;

/** Checks the Authorization header of a request against the accounts and the region. */
export function verify(request: IncomingMessage, accounts: readonly Account[], region: string): Verdict {
  const authorization = request.headers.authorization;
  if (authorization === undefined) return undefined;
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!match) return { code: "AuthorizationHeaderMalformed" };
  const [, id = "", day = "", scope = "", service = "", signedHeaders = "", signature = ""] = match;
  const account = accounts.find(({ accessKeyId }) => accessKeyId === id);
  if (!account) return { code: "InvalidAccessKeyId" };
  if (scope !== region || service !== "s3") return { code: "AuthorizationHeaderMalformed", region };
  const date = String(request.headers["x-amz-date"] ?? "");
  if (!date.startsWith(day) || Math.abs(parseDate(date) - Date.now()) > fifteenMinutes) {
    return { code: "RequestTimeTooSkewed" };
  }
  const names = signedHeaders.split(";");
  // Everything that decides about the answer has to be signed.
  const needed = ["host", ...Object.keys(request.headers).filter((name) => name.startsWith("x-amz-"))];
  if (!needed.every((name) => names.includes(name))) return { code: "AccessDenied" };
  const payload = request.headers["x-amz-content-sha256"];
  if (payload === undefined) return { code: "InvalidRequest" };

  const [path = "", query = ""] = (request.url ?? "").split(/\?(.*)/s, 2);
  const canonical = [
    request.method,
    path,
    query.split("&").sort().join("&"),
    ...names.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? "")
          .trim()
          .replace(/ +/g, " ")}`,
    ),
    "",
    signedHeaders,
    payload,
  ].join("\n");
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${day}/${scope}/${service}/aws4_request\n${sha256(canonical)}`;
  let key: Buffer = Buffer.from(`AWS4${account.secretAccessKey}`);
  for (const part of [day, scope, service, "aws4_request"]) key = hmac(key, part);
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex")))
    return { code: "SignatureDoesNotMatch" };
  if (!isCanonical(path)) return { code: "SignatureDoesNotMatch" };
  if (request.headers["x-amz-security-token"] !== account.sessionToken) return { code: "InvalidToken" };
  if (account.expired) return { code: "ExpiredToken" };
  return { account };
}

/** S3 signs the path it has decoded and encoded anew: only one way of writing it is right. */
export function isCanonical(path: string): boolean {
  const again = [...Buffer.from(decodeURIComponent(path))]
    .map((byte) =>
      /[A-Za-z0-9\-._~/]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : hex(byte),
    )
    .join("");
  return again === path;
}

function hex(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

function parseDate(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
