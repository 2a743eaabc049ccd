/** All that reads over HTTP, for tests of what can go wrong there: plain addresses, by both clients, and stores. */
import { httpSourceOver } from "../../../src/source/http.js";
import type { SourceOptions } from "../../../src/source/options.js";
import type { ByteSource } from "../../../src/source/source.js";
import { azureAccess } from "../../../src/source/stores/azure.js";
import { gcsAccess } from "../../../src/source/stores/gcs.js";
import { s3Source } from "../../../src/source/stores/s3.js";
import type { RangeServerOptions } from "../../servers/range-server.js";
import { clients, httpSource } from "../http-source.js";

/** The source of the last part of a path at a server, asked as the store asks. */
type SourceAt = (url: string, options?: SourceOptions) => ByteSource;

/** Has a server look for a file by the last part of its path. */
export const lastPart: NonNullable<RangeServerOptions["route"]> = (_, path) => ({
  path: path.replace(/^.*\//s, "/"),
});

function parts(url: string): { origin: string; name: string } {
  const { origin, pathname } = new URL(url);
  return { origin, name: pathname.slice(1) || "any" };
}

const gcs: SourceAt = (url, options = {}) => {
  const { origin, name } = parts(url);
  const given = { ...options, gs: { endpoint: origin, token: "HUSH-token" } };
  return httpSourceOver(gcsAccess(`gs://bucket/${name}`, given), given);
};

const azure: SourceAt = (url, options = {}) => {
  const { origin, name } = parts(url);
  const given = { ...options, az: { endpoint: origin, accountKey: btoa("HUSH-key") } };
  return httpSourceOver(azureAccess(`az://account/container/${name}`, given), given);
};

const s3: SourceAt = (url, options = {}) => {
  const { origin, name } = parts(url);
  const credentials = { accessKeyId: "AKID", secretAccessKey: "HUSH-key" };
  const given = { ...options, s3: { endpoint: origin, region: "us-east-1", credentials } };
  return soon(s3Source(`s3://bucket/${name}`, given));
};

/** A source that is on its way. */
function soon(coming: Promise<ByteSource>): ByteSource {
  let source: ByteSource | undefined;
  return {
    href: "s3:",
    get tag() {
      return source?.tag;
    },
    async getRange(range, options) {
      source = await coming;
      return source.getRange(range, options);
    },
  };
}

export const storeClients: readonly [name: string, client: SourceOptions, source: SourceAt][] = [
  ...clients.map(([name, client]): [string, SourceOptions, SourceAt] => [name, client, httpSource]),
  ["S3", {}, s3],
  ["Google Cloud Storage", {}, gcs],
  ["Azure", {}, azure],
];
