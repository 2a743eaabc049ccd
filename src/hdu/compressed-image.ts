/**
 * A tile-compressed image HDU: the same as any other image, with the header that it had before it was compressed.
 */
import { loadTileWorkers } from "#platform";
import { tiledHeader } from "../image/tile-header.js";
import { type TilePool, tilePool } from "../image/tile-pool.js";
import { tiledPixels } from "../image/tiled.js";
import type { HduLayout } from "./hdu.js";
import { type ImageHdu, imageHdu, type RunPlan } from "./image.js";

/** The file that a compressed image belongs to. */
export interface CompressedImageFile {
  run: RunPlan;
  /** Bytes of the file, where known. */
  readonly size?: number | undefined;
  /** The file's workers; without them tiles are decoded in place. */
  readonly pool?: TilePool | undefined;
}

/** The image that the table of `layout` (type COMPRESSED_IMAGE) holds. */
export function compressedImageHdu(layout: HduLayout, file: CompressedImageFile): ImageHdu {
  const pixels = tiledPixels(layout, { fileSize: file.size, pool: file.pool });
  return imageHdu({ ...layout, header: tiledHeader(layout.header) }, pixels, file.run);
}

/** Workers for the compressed images of one file, none of them started yet; close them with the file. */
export async function openTilePool(workers?: number): Promise<TilePool> {
  return tilePool(await loadTileWorkers(), workers);
}
