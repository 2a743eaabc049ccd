/**
 * The sources of many files: those of one bucket share its keys, which may cost a program or a server's answer to get.
 */
import { httpSourceOver } from "../source/http.js";
import type { SourceOptions } from "../source/options.js";
import { checkScheme, resolveSource } from "../source/resolve.js";
import type { ByteSource } from "../source/source.js";
import type { S3Bucket } from "../source/stores/s3.js";

/** Buckets whose keys are kept. */
const mostBuckets = 1000;

/** Makes the source of one address after the other. */
export function sourcesOf(options: SourceOptions): (href: string) => Promise<ByteSource> {
  const buckets = new Map<string, Promise<S3Bucket>>();
  return async (href) => {
    const [, name, key] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(href) ?? [];
    if (name === undefined || key === undefined || options.fetch || options.places)
      return resolveSource(href, options);
    checkScheme("s3", href, options.schemes);
    const { encodeKey, s3Bucket } = await import("../source/stores/s3.js");
    if (encodeKey(key) === undefined) return resolveSource(href, options);
    let bucket = buckets.get(name);
    if (!bucket) {
      if (buckets.size === mostBuckets) buckets.clear();
      bucket = s3Bucket(name, options, `s3://${name}/`);
      buckets.set(name, bucket);
    }
    return httpSourceOver((await bucket).object(key), options);
  };
}
