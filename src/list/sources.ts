/**
 * The sources of many files: those of one bucket share its keys and tokens, which may cost a program or a server's answer to
 * get.
 */
import { httpSourceOver } from "../source/http.js";
import type { HttpAccess } from "../source/http-access.js";
import type { SourceOptions } from "../source/options.js";
import { checkScheme, resolveSource } from "../source/resolve.js";
import type { ByteSource } from "../source/source.js";

/** How an object is asked by its address. */
type AccessOf = (href: string) => HttpAccess;

/** Buckets whose keys are kept. */
const mostBuckets = 1000;

/** Makes the source of one address after the other. */
export function sourcesOf(options: SourceOptions): (href: string) => Promise<ByteSource> {
  const buckets = new Map<string, Promise<AccessOf>>();
  return async (href) => {
    const root = /^(s3:\/\/[^/]+|gs:\/\/[^/]+|az:\/\/[^/]+\/[^/]+|abfss?:\/\/[^/]+)\/(?=.)/is.exec(href)?.[0];
    if (root === undefined || options.fetch || options.places || /\?.*sig=/s.test(href))
      return resolveSource(href, options);
    const scheme = root.slice(0, root.indexOf(":")).toLowerCase();
    checkScheme(scheme, href, options.schemes);
    let bucket = buckets.get(root);
    if (!bucket) {
      if (buckets.size === mostBuckets) buckets.clear();
      bucket = bucketOf(scheme, root, options);
      buckets.set(root, bucket);
    }
    return httpSourceOver((await bucket)(href), options);
  };
}

/** How the objects of a bucket are asked, whose addresses begin with `root`. */
async function bucketOf(scheme: string, root: string, options: SourceOptions): Promise<AccessOf> {
  switch (scheme) {
    case "s3": {
      const { parseS3, s3Bucket } = await import("../source/stores/s3.js");
      const bucket = await s3Bucket(root.slice(5, -1), options, root);
      return (href) => bucket.object(parseS3(href).key);
    }
    case "gs": {
      const { gcsAccess, gcsTokens } = await import("../source/stores/gcs.js");
      const shared = gcsTokens(root, options);
      return (href) => gcsAccess(href, options, { shared });
    }
    default: {
      const { azureAccess, azureTokens } = await import("../source/stores/azure.js");
      const shared = azureTokens(`${root}*`, options);
      return (href) => azureAccess(href, options, shared);
    }
  }
}
