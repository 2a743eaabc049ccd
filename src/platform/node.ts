/**
 * What the library asks of its platform, in Node. Same exports as browser.ts; reached as `#platform`. Everything is
 * loaded at its first use: start-up is a good part of the time of one cutout.
 */
import type {
  AwsDefaults,
  ConnectFtp,
  EntryStores,
  Identities,
  LocalFiles,
  Netrc,
  Rasterize,
  TileWorkers,
} from "./types.js";

/** The local disk. */
export async function loadFiles(): Promise<LocalFiles | undefined> {
  return await import("./node-file.js");
}

/** Region, endpoint and credentials from the environment and `~/.aws`. */
export async function awsDefaults(options: { profile?: string | undefined } = {}): Promise<AwsDefaults> {
  return (await import("./node-aws.js")).awsDefaults(options);
}

/** A variable of the environment; undefined where it is empty. */
export function environment(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** The identity libraries of Google and Microsoft. */
export async function loadIdentities(): Promise<Identities | undefined> {
  return await import("./node-identity.js");
}

/** Credentials of `~/.netrc`. */
export async function loadNetrc(): Promise<Netrc | undefined> {
  return (await import("./node-netrc.js")).netrc;
}

/** Connections to FTP servers. */
export async function loadFtp(): Promise<ConnectFtp | undefined> {
  return (await import("./node-ftp.js")).connectFtp;
}

/** Worker threads that decode compressed tiles. */
export async function loadTileWorkers(): Promise<TileWorkers> {
  return await import("./node-workers.js");
}

/** Folders of entries. */
export async function loadEntryStores(): Promise<EntryStores> {
  return await import("./node-entries.js");
}

let nodeCrypto: typeof import("node:crypto") | undefined;

/** SHA-256. (Web Crypto takes each hash to another thread: of small texts that costs ten times as much.) */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  nodeCrypto ??= await import("node:crypto");
  return nodeCrypto.createHash("sha256").update(bytes).digest();
}

/** Drawings as pictures, by optional packages. */
export async function loadRasterize(): Promise<Rasterize> {
  return (await import("./node-raster.js")).rasterize;
}
