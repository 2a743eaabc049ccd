/**
 * From the layout of an HDU to the HDU. Modules that only some files need are loaded here, when the first such HDU
 * comes: tables, random groups, and the tiles of compressed images with their decoders.
 */
import { contiguousPixels } from "../image/contiguous.js";
import type { TilePool } from "../image/tiles/pool.js";
import type { Budget } from "../read/session.js";
import type { GroupsHdu } from "./groups.js";
import type { HduLayout, RunPlan } from "./hdu.js";
import { type ImageHdu, imageHdu } from "./image.js";
import { type OtherHdu, otherHdu } from "./other.js";
import type { TableHdu } from "./table.js";

/** An HDU; `kind` tells which. A compressed image is an image. */
export type Hdu = ImageHdu | TableHdu | GroupsHdu | OtherHdu;

/** The file that HDUs belong to. */
export interface HduFile {
  readonly run: RunPlan;
  readonly source: { readonly size?: number | undefined };
  /** Where decoded tiles that are kept count. */
  readonly memory: Budget;
  /** Bytes that the decoding of one tile may take. */
  readonly maxTileBytes?: number | undefined;
  /** The session's workers. */
  pool(): Promise<TilePool>;
}

/** The HDU that `layout` describes. */
export async function makeHdu(layout: HduLayout, file: HduFile): Promise<Hdu> {
  switch (layout.type) {
    case "PRIMARY":
    case "IMAGE":
      return imageHdu(layout, contiguousPixels(layout, file.source.size), file.run);
    case "COMPRESSED_IMAGE":
      return compressedImage(layout, file);
    case "BINTABLE":
    case "TABLE":
      return makeTable(layout, file);
    case "GROUPS":
      return (await import("./groups.js")).groupsHdu(layout, file);
    default:
      return otherHdu(layout, file.run);
  }
}

async function makeTable(layout: HduLayout, { run, maxTileBytes }: HduFile): Promise<TableHdu> {
  const { tableHdu } = await import("./table.js");
  return tableHdu(layout, run, { maxTileBytes });
}

/** A tile-compressed image: the same as any other image, with the header that it had before it was compressed. */
async function compressedImage(layout: HduLayout, file: HduFile): Promise<ImageHdu> {
  const [{ loadTiledPixels }, { tiledHeader }, pool] = await Promise.all([
    import("../image/tiles/plan.js"),
    import("../image/tiles/header.js"),
    // Without workers the calling thread decodes.
    file.pool().catch(() => undefined),
  ]);
  const { memory, maxTileBytes } = file;
  const pixels = await loadTiledPixels(layout, { fileSize: file.source.size, memory, pool, maxTileBytes });
  let table: Promise<TableHdu> | undefined;
  const tableOnce = (): Promise<TableHdu> => {
    if (table) return table;
    const made = makeTable(tableLayout(layout), file);
    table = made;
    made.catch(() => {
      table = undefined;
    });
    return made;
  };
  return imageHdu({ ...layout, header: tiledHeader(layout.header) }, pixels, file.run, tableOnce);
}

/** The table that holds a compressed image. */
function tableLayout(layout: HduLayout): HduLayout {
  const { header } = layout;
  const shape = [header.integer("NAXIS2") ?? 0, header.integer("NAXIS1") ?? 0];
  return { ...layout, type: "BINTABLE", bitpix: 8, shape };
}
