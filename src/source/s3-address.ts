/**
 * Where a bucket's objects are asked for: host, path, and how a key is written in it.
 */
import { FitsError } from "../errors.js";

export interface S3Address {
  readonly bucket: string;
  /** Not encoded. */
  readonly key: string;
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
