/**
 * What the library asks of its platform, in a browser. Same exports as node.ts; reached as `#platform`.
 */

import { FitsError } from "../errors.js";
import type { TileWorkers } from "../image/tiles/pool.js";
import type { AwsDefaults } from "../source/options.js";
import type { ByteSource } from "../source/source.js";

/** A browser opens no paths. */
export async function openPath(path: string | URL): Promise<ByteSource> {
  throw new FitsError(
    "BAD_SOURCE",
    `cannot open "${path}": a browser has no paths; give a URL, or a File from an <input>`,
  );
}

/** A browser has no environment and no ~/.aws. */
export async function awsDefaults(): Promise<AwsDefaults> {
  return {};
}

/** Workers that decode compressed tiles. */
export async function loadTileWorkers(): Promise<TileWorkers> {
  return await import("./browser-workers.js");
}
