/**
 * The tables that cutouts need for their world coordinates, as HDUs beside them.
 */
import { elementCount, type NdArray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import type { ReadOptions } from "../read/options.js";
import { together } from "../read/plan.js";
import { unlessAbsent } from "../wcs/read.js";
import { toBigEndian } from "../write/bigendian.js";
import { asStored } from "../write/compress-file.js";
import { plainImageCards } from "../write/compress-header.js";
import { copiedHdu } from "../write/copy-hdu.js";
import { type DataFacts, noFacts, type WritableHdu } from "../write/hdu.js";
import type { Edits } from "./edits.js";
import { fitsAxes, type Grid } from "./grid.js";
import { type LookupReference, lookupReferences, movedTable, renumber, tabReferences } from "./lookup.js";

/** An image, and the grid of its pixels, or blocks of pixels, that becomes another image. */
export interface GriddedImage {
  readonly image: ImageHdu;
  readonly grid: Grid;
}

/**
 * The tables of all cuts, read in one wave; notes in `edits` how the images refer to them.
 *
 * @param firstVersion EXTVER of the first lookup table of each name, in a file that has others
 */
export async function movedTables(
  fits: Fits | undefined,
  cuts: readonly GriddedImage[],
  edits: readonly Edits[],
  reading: ReadOptions,
  firstVersion = 1,
): Promise<WritableHdu[]> {
  const wanted = cuts.flatMap((cut, i) =>
    lookupReferences(cut.image.header).map((reference) => ({ cut, edits: edits[i]!, reference })),
  );
  const tabs = cuts.flatMap(({ image }) => tabReferences(image.header));
  if (wanted.length + tabs.length === 0) return [];
  if (!fits)
    throw new FitsError(
      "BAD_ARGUMENT",
      `${hduLabel(cuts[0]!.image)}: its coordinates need tables of the file; give the file, and the HDU as an option`,
    );
  const found = await Promise.all(
    wanted.map(async (one) => ({ ...one, table: await tableImage(fits, one.reference, reading) })),
  );
  const present = found.flatMap((one) => (one.table ? [{ ...one, table: one.table }] : []));
  const arrays = await fits.run(
    together(present.map(({ table }) => table.plan(undefined, { raw: true }))),
    reading,
  );
  const numbers = new Map<string, number>();
  const shared = new Map<string, number>();
  const moved = present.flatMap(({ cut, edits: own, reference, table }, i) => {
    const axes = fitsAxes(cut.grid);
    // SCI, ERR and DQ of one chip share their tables.
    const { name, axis, along } = reference;
    const key = JSON.stringify([table.index, axis, along, axes.map(({ start, step }) => [start, step])]);
    const held = shared.get(key);
    const ver = held ?? (numbers.get(name) ?? firstVersion - 1) + 1;
    renumber(reference, ver, own);
    if (held !== undefined) return [];
    numbers.set(name, ver);
    shared.set(key, ver);
    return [tableHdu(table, movedTable(table.header, arrays[i] as NdArray, reference, ver, axes))];
  });
  const unique = new Map(tabs.map((tab) => [`${tab.name},${tab.ver}`, tab]));
  const copies = await Promise.all(
    [...unique.values()].map(async ({ name, ver }) => {
      const table = await unlessAbsent(fits.hdu([name, ver], reading));
      return table && copiedHdu(fits, await asStored(table), reading);
    }),
  );
  return [...moved, ...copies.filter((copy) => copy !== undefined)];
}

/** Most pixels of a lookup table: those of Hubble have thousands. */
const mostTablePixels = 2 ** 26;

async function tableImage(
  fits: Fits,
  { name, ver }: LookupReference,
  reading: ReadOptions,
): Promise<ImageHdu | undefined> {
  const table = await unlessAbsent(fits.image([name, ver], reading));
  if (!table || elementCount(table.shape) <= mostTablePixels) return table;
  throw new FitsError(
    "TOO_LARGE",
    `${hduLabel(table)}: a lookup table of shape [${table.shape.join(", ")}] is too large`,
  );
}

function tableHdu(table: ImageHdu, { cards, data }: ReturnType<typeof movedTable>): WritableHdu {
  const bitpix = data.dtype === table.rawDtype ? table.bitpix : data.dtype === "float32" ? -32 : -64;
  return {
    kind: "image",
    facts: noFacts,
    repeatable: true,
    fill: 0,
    cards: (primary) => plainImageCards(cards, { bitpix, shape: data.shape, primary }),
    async *data(): AsyncGenerator<Uint8Array<ArrayBuffer>, DataFacts, void> {
      yield toBigEndian(data.data, data.dtype, 0, data.data.length);
      return noFacts;
    },
  };
}
