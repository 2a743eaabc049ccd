/** The same files in all stores that there are: fake ones, and real servers where they are installed. */
import type { OpenOptions } from "../../../src/index.js";
import { account, accountKey, hasAzurite, sasFor, startAzurite } from "../../servers/azurite.js";
import { startFtpServer } from "../../servers/ftp-server.js";
import { startGcsServer } from "../../servers/gcs-server.js";
import { startRangeServer } from "../../servers/range-server.js";
import { startS3Server } from "../../servers/s3-server.js";
import { hasSwift, startSwift } from "../../servers/swift.js";
import { hasVsftpd, startVsftpd } from "../../servers/vsftpd.js";
import { startWebHdfs } from "../../servers/webhdfs-server.js";
import { lastPart } from "./clients.js";

export type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** Where files lie. */
export interface StorePlace {
  address(name: string): string;
  readonly options: OpenOptions;
  /** Requests of a second run, whose bytes are kept. Default 1. */
  readonly again?: number;
  /** What is to be shown nowhere. */
  readonly secrets: readonly string[];
  close(): Promise<unknown>;
}

export interface EveryStore {
  readonly name: string;
  /** Of a store that is not installed: why it is left out. */
  readonly missing?: string | false;
  start(files: Files): Promise<StorePlace>;
}

/** A file that has changed in this minute is not kept. */
const old = new Date(Date.UTC(2024, 0, 1));
const token = "HUSH-token";
const signature = "HUSHsignature";
const below = (files: Files, start: string): Files =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [start + name, bytes]));

export const everyStore: readonly EveryStore[] = [
  {
    name: "HTTP, with a token and a signature in the address",
    async start(files) {
      const server = await startRangeServer({ files: below(files, "/") });
      return {
        address: (name) => `${server.url}/${name}?X-Amz-Signature=${signature}&X-Amz-Credential=AKID`,
        options: { headers: { authorization: `Bearer ${token}` } },
        secrets: [token, signature],
        close: server.close,
      };
    },
  },
  {
    name: "S3",
    async start(files) {
      const credentials = { accessKeyId: "AKID", secretAccessKey: "HUSH-key", sessionToken: token };
      const server = await startS3Server({
        buckets: { b: { objects: files } },
        accounts: [credentials],
        region: "eu-1",
      });
      return {
        address: (name) => `s3://b/${name}`,
        options: { s3: { endpoint: server.url, region: "us-east-1", credentials } },
        again: 2, // the region is another one
        secrets: ["HUSH-key", token],
        close: server.close,
      };
    },
  },
  {
    name: "S3 of Swift",
    missing: !hasSwift() && "Debian's swift-* packages are not installed",
    async start(files) {
      const swift = await startSwift();
      await swift.createBucket("images");
      for (const [name, bytes] of Object.entries(files))
        await swift.put("images", name.split("/").map(encodeURIComponent).join("/"), bytes);
      return {
        address: (name) => `s3://images/${name}`,
        options: { s3: { endpoint: swift.url, credentials: swift.owner } },
        secrets: [swift.owner.secretAccessKey],
        close: swift.close,
      };
    },
  },
  {
    name: "Google Cloud Storage",
    async start(files) {
      const server = await startGcsServer({ objects: files, tokens: new Set([token]) });
      return {
        address: (name) => `gs://closed/${name}`,
        options: { gs: { endpoint: server.url, token: async () => token } },
        secrets: [token],
        close: server.close,
      };
    },
  },
  {
    name: "Azure, with an account key",
    async start(files) {
      const server = await startRangeServer({ files: below(files, "/"), route: lastPart });
      return {
        address: (name) => `az://account/container/${name}`,
        options: { az: { endpoint: server.url, accountKey: btoa("HUSH-key") } },
        secrets: [btoa("HUSH-key"), "SharedKey account:"],
        close: server.close,
      };
    },
  },
  ...[true, false].map(
    (isSas): EveryStore => ({
      name: `Azure of Azurite, with ${isSas ? "a SAS in the address" : "an account key"}`,
      missing: !hasAzurite() && "it is not installed in out/azurite",
      async start(files) {
        const server = await startAzurite();
        await server.createContainer("files");
        for (const [name, bytes] of Object.entries(files)) await server.put("files", name, bytes);
        const sas = (name: string): string => sasFor("files", name);
        const signatures = Object.keys(files).map((name) => new URLSearchParams(sas(name)).get("sig")!);
        return {
          address: (name) => `az://${account}/files/${name}${isSas ? `?${sas(name)}` : ""}`,
          options: { az: { endpoint: server.endpoint, ...(!isSas && { accountKey }) } },
          secrets: isSas
            ? signatures.flatMap((sig) => [sig, encodeURIComponent(sig)])
            : [accountKey, `SharedKey ${account}:`],
          close: server.close,
        };
      },
    }),
  ),
  {
    name: "Hadoop",
    async start(files) {
      const server = await startWebHdfs({ files: below(files, "/d/"), tokens: { [token]: "ann" } });
      return {
        address: (name) => `webhdfs://127.0.0.1:${server.port}/d/${name}`,
        options: { webhdfs: { delegation: token } },
        secrets: [token],
        close: server.close,
      };
    },
  },
  {
    name: "FTP, with a password in the address",
    async start(files) {
      const server = await startFtpServer({ files, users: { ann: "HUSH-word" } });
      return {
        address: (name) => `ftp://ann:HUSH-word@127.0.0.1:${server.port}/${name}`,
        options: {},
        secrets: ["HUSH-word"],
        close: server.close,
      };
    },
  },
  {
    name: "FTP of vsftpd",
    missing: !hasVsftpd() && "it is not installed",
    async start(files) {
      const server = await startVsftpd();
      for (const [name, bytes] of Object.entries(files)) server.put(`/${name}`, bytes, 0o644, old);
      return {
        address: (name) => `${server.url}/${name}`,
        options: {},
        secrets: ["anonymous@"],
        close: server.close,
      };
    },
  },
  {
    name: "the second of two places of a name of MAST's",
    async start(files) {
      const server = await startRangeServer({ files: below(files, "/second/") });
      const at = ["first", "second"].map((place) => `${server.url}/${place}/$<file>?sig=${signature}`);
      return {
        address: (name) => `mast:HST/product/${name}`,
        again: 2,
        options: { places: [{ match: "mast:HST/product/(?<file>.*)", at }] },
        secrets: [signature],
        close: server.close,
      };
    },
  },
];
