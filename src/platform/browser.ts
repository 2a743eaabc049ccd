/**
 * What the library asks of its platform, in a browser. Same exports as node.ts; reached as `#platform`.
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

/** A browser opens no paths. */
export async function loadFiles(): Promise<LocalFiles | undefined> {
  return undefined;
}

/** A browser has no environment and no ~/.aws. */
export async function awsDefaults(): Promise<AwsDefaults> {
  return {};
}

/** A browser has no environment. */
export function environment(_: string): string | undefined {
  return undefined;
}

/** The identity libraries' ways are those of Node: files, and the machine. */
export async function loadIdentities(): Promise<Identities | undefined> {
  return undefined;
}

/** A browser has credentials of its own. */
export async function loadNetrc(): Promise<Netrc | undefined> {
  return undefined;
}

/** A page has no sockets. */
export async function loadFtp(): Promise<ConnectFtp | undefined> {
  return undefined;
}

/** Workers that decode compressed tiles. */
export async function loadTileWorkers(): Promise<TileWorkers> {
  return await import("./browser-workers.js");
}

/** The browser's Cache API. */
export async function loadEntryStores(): Promise<EntryStores> {
  return await import("./browser-entries.js");
}

/** SHA-256. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Drawings as pictures, by the browser. */
export async function loadRasterize(): Promise<Rasterize> {
  return (await import("./browser-raster.js")).rasterize;
}
