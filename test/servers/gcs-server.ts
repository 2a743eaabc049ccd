/**
 * As much of Google Cloud Storage as reading needs: media of the JSON API and of its other address, tokens, requester pays, generations,
 * objects stored as gzip. Its refusals are in Google's words.
 */
import { gzipSync } from "node:zlib";
import { type RangeServer, type RangeServerOptions, type Reply, startRangeServer } from "./range-server.js";

export interface GcsServerOptions extends Omit<RangeServerOptions, "files" | "route"> {
  /** By name of the object, in the bucket "public" and, for tokens only, "closed" and "pays". */
  readonly objects: Readonly<Record<string, Uint8Array>>;
  /** Tokens that are accepted; may change while it runs. */
  readonly tokens?: Set<string>;
}

/** An object that is stored as gzip, and sent so only to those who say that they take it. */
export const gzipped = "stored-as-gzip.fits";

export async function startGcsServer({
  objects,
  tokens = new Set(),
  ...options
}: GcsServerOptions): Promise<RangeServer> {
  const files = Object.fromEntries(
    Object.entries(objects).flatMap(([name, bytes]) => [
      [`/${name}`, name === gzipped ? gzipSync(bytes) : bytes],
      [`/plain/${name}`, bytes],
    ]),
  );
  const refusal = (status: number, body: string): Reply => ({ status, body });
  return startRangeServer({
    ...options,
    files,
    route(request, path) {
      const url = new URL(request.url ?? "/", "http://any");
      const [, bucket = "", object = ""] = /^\/storage\/v1\/b\/([^/]*)\/o\/(.*)$/s.exec(path) ?? [];
      if (!bucket || url.searchParams.get("alt") !== "media") return refusal(404, "Not Found");
      const isOne = url.pathname.split("/").length === 7; // slashes of the name are encoded
      if (!isOne || !/^(public|closed|pays)$/.test(bucket))
        return refusal(404, "The specified bucket does not exist.");
      const token = request.headers.authorization?.replace("Bearer ", "");
      if (token !== undefined && !tokens.has(token)) return refusal(401, "Invalid Credentials");
      if (bucket !== "public" && token === undefined)
        return refusal(
          401,
          "Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist).",
        );
      if (bucket !== "public" && token === "stranger")
        return refusal(403, "stranger does not have storage.objects.get access to the object.");
      if (bucket === "pays" && !url.searchParams.has("userProject"))
        return refusal(400, "Bucket is a requester pays bucket but no user project provided.");
      if (!(object in objects)) return refusal(404, `No such object: ${bucket}/${object}`);
      const asIs = object !== gzipped || /\bgzip\b/.test(String(request.headers["accept-encoding"]));
      if (!asIs) delete request.headers.range; // decompressed on its way: ranges are ignored
      return { path: asIs ? `/${object}` : `/plain/${object}` };
    },
  });
}
