/**
 * A tile-compressed image HDU: the same as any other image, with the header that it had before it was compressed.
 */
import { loadTileWorkers } from "#platform";
import { tiledHeader } from "../image/tile-header.js";
import { type TilePool, tilePool } from "../image/tile-pool.js";
import { tiledPixels } from "../image/tiled.js";
import type { HduLayout } from "./hdu.js";
import { type ImageHdu, imageHdu, type RunPlan } from "./image.js";
import type { TableHdu } from "./table.js";

/** The file that a compressed image belongs to. */
export interface CompressedImageFile {
  run: RunPlan;
  /** Bytes of the file, where known. */
  readonly size?: number | undefined;
  /** The file's workers; without them tiles are decoded in place. */
  readonly pool?: TilePool | undefined;
}

/** A compressed image: an image, and the table that holds its tiles. */
export interface CompressedImageHdu extends ImageHdu {
  /** The table as it stands in the file, with its own header. */
  table(): Promise<TableHdu>;
}

/** The image that the table of `layout` (type COMPRESSED_IMAGE) holds. */
export function compressedImageHdu(layout: HduLayout, file: CompressedImageFile): CompressedImageHdu {
  const pixels = tiledPixels(layout, { fileSize: file.size, pool: file.pool });
  const image = imageHdu({ ...layout, header: tiledHeader(layout.header) }, pixels, file.run);
  return Object.assign(image, {
    table: async () => (await import("./table.js")).tableHdu(tableLayout(layout), file.run),
  });
}

function tableLayout(layout: HduLayout): HduLayout {
  const { header } = layout;
  const shape = [header.integer("NAXIS2") ?? 0, header.integer("NAXIS1") ?? 0];
  return { ...layout, type: "BINTABLE", bitpix: 8, shape };
}

/** Workers for the compressed images of one file, none of them started yet; close them with the file. */
export async function openTilePool(workers?: number): Promise<TilePool> {
  return tilePool(await loadTileWorkers(), workers);
}
