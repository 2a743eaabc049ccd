/**
 * A tile-compressed image HDU: the same as any other image, with the header that it had before it was compressed.
 */
import { tiledHeader } from "../image/tile-header.js";
import type { TilePool } from "../image/tile-pool.js";
import { type TiledPixels, tiledPixels } from "../image/tiled.js";
import type { HduLayout } from "./hdu.js";
import type { RunPlan } from "./image.js";
import type { TableHdu } from "./table.js";

/** The file that a compressed image belongs to. */
export interface CompressedImageFile {
  run: RunPlan;
  /** Bytes of the file, where known. */
  readonly size?: number | undefined;
  /** Opens the file's workers; without them tiles are decoded in place. */
  readonly pool?: (() => Promise<TilePool>) | undefined;
}

/** What the image is made of that the table of `layout` (type COMPRESSED_IMAGE) holds. */
export interface CompressedImage {
  /** With the header that the image had before it was compressed. */
  readonly layout: HduLayout;
  readonly pixels: TiledPixels;
  /** The table as it stands in the file, with its own header. */
  table(): Promise<TableHdu>;
}

export function compressedImage(layout: HduLayout, file: CompressedImageFile): CompressedImage {
  return {
    layout: { ...layout, header: tiledHeader(layout.header) },
    pixels: tiledPixels(layout, { fileSize: file.size, pool: file.pool }),
    table: async () => (await import("./table.js")).tableHdu(tableLayout(layout), file.run as never),
  };
}

function tableLayout(layout: HduLayout): HduLayout {
  const { header } = layout;
  const shape = [header.integer("NAXIS2") ?? 0, header.integer("NAXIS1") ?? 0];
  return { ...layout, type: "BINTABLE", bitpix: 8, shape };
}
