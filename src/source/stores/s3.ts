/**
 * Objects of S3 and of servers compatible with it: `s3://bucket/key` over HTTP, signed when there are keys.
 */

import { AwsV4Signer } from "aws4fetch";
import { awsDefaults } from "#platform";
import { FitsError } from "../../errors.js";
import type { S3Credentials } from "../../platform/types.js";
import { httpSourceOver } from "../http.js";
import type { HttpAccess, Refusal, WriteRequest } from "../http-access.js";
import type { SourceOptions } from "../options.js";
import { decode, showUrl } from "../redact.js";
import type { ByteSource } from "../source.js";
import { inBrowser } from "../transport.js";
import { keyring } from "./keyring.js";
import { errorCode, refusalError, regionIn, transientCodes } from "./s3-error.js";

/** Regions that servers named, by bucket's address: later sources need not ask the wrong one first. */
const learnedRegions = new Map<string, string>();

const reading = { method: "GET", headers: {} } as const;

export interface S3Address {
  readonly bucket: string;
  /** Not encoded. */
  readonly key: string;
}

/** The source of the object at `s3://bucket/key`. Throws as `s3Access` does. */
export async function s3Source(address: string | URL, options: SourceOptions): Promise<ByteSource> {
  const overFetch = options.fetch !== undefined || inBrowser;
  return httpSourceOver(await s3Access(address, options, overFetch), options);
}

/**
 * How the object at `s3://bucket/key` is asked. A string's key is taken as it stands (`%20` is three characters of it); a URL
 * object's is decoded. Nothing is asked until the first read. Throws BAD_SOURCE for an address without bucket or key.
 */
export async function s3Access(
  url: string | URL,
  options: SourceOptions,
  overFetch: boolean,
): Promise<HttpAccess> {
  const { bucket, key } = parseS3(url);
  const href = hrefOf(bucket, key);
  const access = (await s3Bucket(bucket, options, href)).object(key);
  if (overFetch && new URL(access.url).href !== access.url) {
    throw new FitsError(
      "BAD_SOURCE",
      `${href}: fetch cannot ask for a key with "." or ".." between slashes; rename the object`,
    );
  }
  return access;
}

/** A bucket: all that is asked of it is signed with the same keys, for the same region. */
export interface S3Bucket {
  /** The object of a key, which is not encoded. */
  object(key: string): HttpAccess;
  /** The bucket itself, asked with an encoded `query`; `href` is what messages call it. */
  asked(query: string, href: string): HttpAccess;
}

/** How the bucket of this name is asked; messages about its keys and region name `href`. Nothing is asked yet. */
export async function s3Bucket(bucket: string, options: SourceOptions, href: string): Promise<S3Bucket> {
  if (!/^[\w.:-]+$/.test(bucket)) {
    throw new FitsError("BAD_SOURCE", `"${bucket}" is not the name of a bucket; write s3://bucket/key`);
  }
  const given = options.s3 ?? {};
  const found = await awsDefaults({ profile: given.awsProfile });
  const endpoint = given.endpoint ?? found.endpoint;
  const place = `${endpoint ?? ""} ${bucket}`;
  let region =
    checkedRegion(given.region, href) ??
    learnedRegions.get(place) ??
    checkedRegion(found.region, href) ??
    "us-east-1";
  const from = given.anonymous ? undefined : (given.credentials ?? found.credentials);
  const keys = keyring<S3Credentials>(from, { href, timeout: options.timeout, check: checkCredentials });
  let signed = false;
  const signingKeys = new Map<string, ArrayBuffer>();
  /** What each request was sent with: several may be on their way when another region is named, or keys have expired. */
  const sentWith = new WeakMap<object, { region: string; keys: object }>();

  async function headersFor(
    url: string,
    href: string,
    { method, headers }: Pick<WriteRequest, "headers"> & { method: string },
  ): Promise<Record<string, string>> {
    const own: Record<string, string> = {
      ...headers,
      ...(given.requesterPays && { "x-amz-request-payer": "requester" }),
    };
    const asked = keys.get();
    const credentials = await asked;
    const meant = { region, keys: asked };
    signed = credentials !== undefined;
    if (credentials) {
      const signer = new AwsV4Signer({
        ...{ url, headers: own, method, service: "s3", region, cache: signingKeys },
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        ...(credentials.sessionToken && { sessionToken: credentials.sessionToken }),
      });
      await sign(signer, url, own, href);
    }
    sentWith.set(own, meant);
    return own;
  }

  /** What to make of a refusal; `listing` where the bucket itself was asked. */
  function refused(
    refusal: Refusal,
    href: string,
    listing: boolean,
  ): ReturnType<NonNullable<HttpAccess["refused"]>> {
    const code = errorCode(refusal);
    const error = refusalError(code, refusal, { href, bucket, region, endpoint, signed, listing });
    const meant = sentWith.get(refusal.sent);
    const right = safeRegion(regionIn(refusal));
    if (right && right !== meant?.region) {
      region = right;
      learnedRegions.set(place, right);
      return { again: error };
    }
    if (transientCodes.has(code)) return "retry";
    if (/^Expired|^TokenRefresh/.test(code) && meant && keys.renew(meant.keys, refusal.read))
      return { again: error };
    return error;
  }

  function access(key: string, href: string, query?: string): HttpAccess {
    const address = { bucket, key };
    const addressNow = (): string => {
      const url = endpoint
        ? endpointUrl(endpoint, address, given.forcePathStyle)
        : awsUrl(region, address, given.forcePathStyle);
      return query === undefined ? url : `${url}?${query}`;
    };
    return {
      href,
      secrets: [],
      get signed() {
        return signed;
      },
      get url() {
        return addressNow();
      },
      get shown() {
        return showUrl(addressNow());
      },
      headers: (url, write) => headersFor(url, href, write ?? reading),
      refused: (refusal) => refused(refusal, href, query !== undefined),
    };
  }
  return {
    object: (key) => access(key, hrefOf(bucket, key)),
    asked: (query, href) => access("", href, query),
  };
}

/** The address of an object as messages show it. */
function hrefOf(bucket: string, key: string): string {
  return `s3://${bucket}/${key.replace(/\p{Cc}/gu, encodeURIComponent)}`;
}

/** What an address names. Throws BAD_SOURCE for one without bucket or key. */
export function parseS3(url: string | URL): S3Address {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(String(url)) ?? [];
  if (!bucket || !key) throw new FitsError("BAD_SOURCE", `"${url}" names no object; write s3://bucket/key`);
  const address = { bucket, key: url instanceof URL ? decode(key) : key };
  if (encodeKey(address.key) === undefined) {
    throw new FitsError("BAD_SOURCE", `"${url}": the key is not valid Unicode; check its spelling`);
  }
  return address;
}

/** A region that may stand in a host name: one is taken from a server's answer. */
function safeRegion(region: string | undefined): string | undefined {
  return region !== undefined && /^[a-z0-9-]{1,40}$/i.test(region) ? region : undefined;
}

/** A region that somebody chose: it goes into a host name and a header. */
function checkedRegion(region: string | undefined, href: string): string | undefined {
  if (region === undefined || safeRegion(region)) return region;
  throw new FitsError(
    "BAD_CREDENTIALS",
    `${href}: the region is no name of letters, digits and hyphens; check the option s3.region, AWS_REGION and the profile`,
  );
}

/** Signs, and adds to `own` what the signer says. */
async function sign(
  signer: AwsV4Signer,
  url: string,
  own: Record<string, string>,
  href: string,
): Promise<void> {
  if (!globalThis.crypto?.subtle) {
    throw new FitsError(
      "UNSUPPORTED",
      `${href}: a page can only sign requests when it was served over https; use { anonymous: true }`,
    );
  }
  // The path as it goes out: the signer would resolve its dots, and take a plus for a space.
  const [path = ""] = url.slice(url.indexOf("/", url.indexOf("//") + 2)).split(/[?#]/, 1);
  signer.encodedPath = path;
  const signed = await signer.sign();
  signed.headers.forEach((value, name) => {
    own[name] = value;
  });
}

/** Throws BAD_CREDENTIALS for keys that cannot be signed with, or not be sent; shows none of them. */
function checkCredentials({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials, href: string): void {
  if (!accessKeyId || !secretAccessKey) {
    throw new FitsError("BAD_CREDENTIALS", `${href}: credentials need both accessKeyId and secretAccessKey`);
  }
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken })) {
    if (value === undefined || value === null || (typeof value === "string" && /^[!-~]*$/.test(value)))
      continue;
    throw new FitsError(
      "BAD_CREDENTIALS",
      `${href}: ${name} is no key: it holds a space, a line break or another character that no key has; copy it again`,
    );
  }
}

/**
 * `key` as S3 wants it in a path: UTF-8, everything but letters, digits, `-._~` and `/` percent-encoded. Undefined
 * when it is no valid Unicode.
 */
export function encodeKey(key: string): string | undefined {
  try {
    return encodeURIComponent(key)
      .replaceAll("%2F", "/")
      .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch {
    return undefined;
  }
}

/** The object's address at AWS. Buckets that cannot be part of a certified host name go into the path. */
export function awsUrl(region: string, { bucket, key }: S3Address, forcePathStyle?: boolean): string {
  const host = `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  return styled("https:", host, bucket, key, forcePathStyle ?? !/^[a-z0-9-]+$/.test(bucket));
}

/** The object's address at another server, which may lie below a path of its own. */
export function endpointUrl(endpoint: string, { bucket, key }: S3Address, forcePathStyle = true): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new FitsError(
      "BAD_SOURCE",
      "the S3 endpoint is not an http: or https: URL; check the option, or AWS_ENDPOINT_URL",
    );
  }
  const { protocol, host, pathname } = new URL(address);
  return styled(protocol, host + pathname.replace(/\/+$/, ""), bucket, key, forcePathStyle);
}

function styled(protocol: string, host: string, bucket: string, key: string, pathStyle: boolean): string {
  const path = encodeKey(key) ?? "";
  return pathStyle
    ? `${protocol}//${host}/${encodeKey(bucket)}/${path}`
    : `${protocol}//${bucket}.${host}/${path}`;
}
