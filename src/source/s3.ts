/**
 * Objects of S3 and of servers compatible with it: `s3://bucket/key` over HTTP, signed when there are keys.
 */

import type { AwsV4Signer } from "aws4fetch";
import { awsDefaults } from "#platform";
import { FitsError } from "../errors.js";
import type { HttpAccess, Refusal } from "./http.js";
import type { AwsDefaults, S3Credentials, SourceOptions } from "./options.js";
import { decode, showUrl } from "./redact.js";
import { awsUrl, encodeKey, endpointUrl, type S3Address } from "./s3-address.js";
import { errorCode, refusalError, regionIn, transientCodes } from "./s3-error.js";

/** Regions that servers named, by bucket's address: later sources need not ask the wrong one first. */
const learnedRegions = new Map<string, string>();

/**
 * The object at `s3://bucket/key`. A string's key is taken as it stands (`%20` is three characters of it); a URL
 * object's is decoded. Nothing is asked until the first read. Throws BAD_SOURCE for an address without bucket or key.
 */
export async function s3Access(
  url: string | URL,
  options: SourceOptions,
  overFetch: boolean,
): Promise<HttpAccess> {
  const address = parse(url);
  const given = options.s3 ?? {};
  const found = await awsDefaults({ profile: given.profile });
  const endpoint = given.endpoint ?? found.endpoint;
  const href = `s3://${address.bucket}/${address.key}`;
  const place = `${endpoint ?? ""} ${address.bucket}`;
  let region =
    safeRegion(given.region) ?? learnedRegions.get(place) ?? safeRegion(found.region) ?? "us-east-1";
  const keys = keyring(given.anonymous ? undefined : (given.credentials ?? found.credentials), href);
  const signed = (await keys.get()) !== undefined;
  const signingKeys = new Map<string, ArrayBuffer>();
  /** The region that each request was meant for: several may be on their way when another one is named. */
  const regions = new WeakMap<object, string>();

  const addressNow = (): string =>
    endpoint
      ? endpointUrl(endpoint, address, given.forcePathStyle)
      : awsUrl(region, address, given.forcePathStyle);
  if (overFetch && new URL(addressNow()).href !== addressNow()) {
    throw new FitsError(
      "BAD_SOURCE",
      `${href}: fetch cannot ask for a key with "." or ".." between slashes; rename the object`,
    );
  }

  async function headers(url: string): Promise<Record<string, string>> {
    const own: Record<string, string> = given.requesterPays ? { "x-amz-request-payer": "requester" } : {};
    const credentials = await keys.get();
    if (credentials) {
      const { AwsV4Signer } = await import("aws4fetch");
      const signer = new AwsV4Signer({
        ...{ url, headers: own, method: "GET", service: "s3", region, cache: signingKeys },
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        ...(credentials.sessionToken && { sessionToken: credentials.sessionToken }),
      });
      await sign(signer, url, own, href);
    }
    regions.set(own, region);
    return own;
  }

  function refused(refusal: Refusal): ReturnType<NonNullable<HttpAccess["refused"]>> {
    const code = errorCode(refusal);
    const error = refusalError(code, refusal, { href, bucket: address.bucket, region, endpoint, signed });
    const right = safeRegion(regionIn(refusal));
    if (right && right !== regions.get(refusal.sent)) {
      region = right;
      learnedRegions.set(place, right);
      return { again: error };
    }
    if (transientCodes.has(code)) return "retry";
    if (/^Expired|^TokenRefresh/.test(code) && keys.renew()) return { again: error };
    return error;
  }

  return {
    href,
    signed,
    get url() {
      return addressNow();
    },
    get shown() {
      return showUrl(addressNow());
    },
    headers,
    refused,
  };
}

function parse(url: string | URL): S3Address {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(String(url)) ?? [];
  if (!bucket || !key) throw new FitsError("BAD_SOURCE", `"${url}" names no object; write s3://bucket/key`);
  if (!/^[\w.:-]+$/.test(bucket)) {
    throw new FitsError("BAD_SOURCE", `"${bucket}" is not the name of a bucket; write s3://bucket/key`);
  }
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
  signer.encodedPath = url.slice(url.indexOf("/", url.indexOf("//") + 2));
  const signed = await signer.sign();
  signed.headers.forEach((value, name) => {
    own[name] = value;
  });
}

interface Keyring {
  get(): Promise<S3Credentials | undefined>;
  /** Forgets the keys; false when there is no way to get others. */
  renew(): boolean;
}

function keyring(from: S3Credentials | AwsDefaults["credentials"] | undefined, href: string): Keyring {
  let keys: Promise<S3Credentials | undefined> | undefined;
  const load = async (): Promise<S3Credentials | undefined> => {
    const loaded = typeof from === "function" ? await from() : from;
    if (loaded && !(loaded.accessKeyId && loaded.secretAccessKey)) {
      throw new FitsError(
        "BAD_CREDENTIALS",
        `${href}: credentials need both accessKeyId and secretAccessKey`,
      );
    }
    return loaded;
  };
  return {
    get: () => {
      keys ??= load().catch((error: unknown) => {
        keys = undefined;
        throw error;
      });
      return keys;
    },
    renew: () => {
      keys = undefined;
      return typeof from === "function";
    },
  };
}
