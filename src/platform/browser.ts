/**
 * What the library asks of its platform, in a browser. Same exports as node.ts; reached as `#platform`.
 */

import type { Gzip } from "../codec/gzip.js";
import { FitsError } from "../errors.js";
import type { TileWorkers } from "../image/tile-pool.js";
import type { Touch } from "../image/warmth.js";
import type { AwsDefaults, SourceOptions } from "../source/options.js";
import type { ByteSource } from "../source/source.js";

/** A browser opens no paths. */
export async function openPath(
  path: string | URL,
  _options?: Pick<SourceOptions, "pin">,
): Promise<ByteSource> {
  throw new FitsError(
    "BAD_SOURCE",
    `cannot open "${path}": a browser has no paths; give a URL, or a File from an <input>`,
  );
}

/** A browser has no environment and no ~/.aws. */
export async function awsDefaults(): Promise<AwsDefaults> {
  return {};
}

/** gzip by the library's own inflater, since a browser's works in promises only, and by the browser's deflater. */
export async function loadGzip(): Promise<Gzip> {
  return await import("./browser-gzip.js");
}

/** Workers that decode compressed tiles. */
export async function loadTileWorkers(): Promise<TileWorkers> {
  return await import("./browser-workers.js");
}

/** A page's memory is its own thread's to touch. */
export async function loadTouch(): Promise<Touch | undefined> {
  return undefined;
}
