/**
 * The HDUs of a file that are no plain images. Tables and compressed images are loaded when the first of them comes.
 */
import type { Hdu } from "../fits.js";
import type { TilePool } from "../image/tile-pool.js";
import type { CompressedImage } from "./compressed-image.js";
import { type GroupsFile, groupsHdu } from "./groups.js";
import type { HduLayout } from "./hdu.js";
import type { ImageHdu } from "./image.js";
import { otherHdu } from "./other.js";

/** The file that the HDUs belong to. */
export interface SpecialFile extends GroupsFile {
  /** How many threads decode compressed images. */
  readonly workers: number | undefined;
  /** Makes an image of what is known of it. */
  image(layout: HduLayout, pixels: CompressedImage["pixels"]): ImageHdu;
}

export interface SpecialHdus {
  make(layout: HduLayout): Promise<Hdu>;
  /** Ends the workers. */
  close(): Promise<void>;
}

export function specialHdus(file: SpecialFile): SpecialHdus {
  const { run, source } = file;
  let pool: Promise<TilePool> | undefined;

  function openPool(): Promise<TilePool> {
    pool ??= import("../image/tile-pool.js").then(({ openTilePool }) => openTilePool(file.workers));
    return pool;
  }

  async function compressed(layout: HduLayout): Promise<Hdu> {
    const { compressedImage } = await import("./compressed-image.js");
    const image = compressedImage(layout, { run, size: source.size, pool: openPool });
    // Of a remote file, what decodes is loaded while the first tiles are on their way.
    if (source.speed) await image.pixels.prepare();
    // A getter: the code of tables is loaded for those who ask.
    return Object.defineProperty(file.image(image.layout, image.pixels), "table", { get: image.table });
  }

  return {
    async make(layout) {
      switch (layout.type) {
        case "COMPRESSED_IMAGE":
          return compressed(layout);
        case "BINTABLE":
        case "TABLE":
          return (await import("./table.js")).tableHdu(layout, run as never);
        case "GROUPS":
          return groupsHdu(layout, file);
        default:
          return otherHdu(layout, run);
      }
    },
    close: async () => (await pool)?.close(),
  };
}
