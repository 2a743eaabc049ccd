/**
 * The WCS of an HDU in an open file, with the tables that its header asks for.
 */

import { checkObject } from "../argument.js";
import type { NdArray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits, HduSelector } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { Batch, TableHdu } from "../hdu/table.js";
import type { Header } from "../header/header.js";
import type { ReadOptions } from "../read/options.js";
import { type Plan, together } from "../read/plan.js";
import type { TabData, TabRequest } from "./axes/tab.js";
import { type LookupUse, lookupsOf } from "./distortions/lookup-keywords.js";
import { lookupShape, lookupTable } from "./distortions/lookup-table.js";
import { selectWcs, type WcsSelection, type WcsTables, wcsOf } from "./make.js";
import { type ReadTab, tabsOf } from "./other-axes.js";
import type { Wcs } from "./wcs.js";

export interface ReadWcsOptions extends ReadOptions, WcsSelection {}

/**
 * The WCS of an HDU: reads the tables that its header asks for (CPDIS, D2IM, `-TAB`), all of them in one wave once their
 * HDUs are found; without such tables it reads nothing but headers. A table that is not in the file is left out, with a
 * warning. Throws as `wcsOf` does, and as reads do.
 *
 * @param hdu an HDU of `fits`, or what names one
 */
export async function readWcs(
  fits: Fits,
  hdu: HduLayout | HduSelector,
  options: ReadWcsOptions = {},
): Promise<Wcs> {
  checkObject(options);
  if (typeof fits?.hdu !== "function")
    throw new FitsError(
      "BAD_ARGUMENT",
      'readWcs takes an open file and an HDU of it: readWcs(fits, "SCI"); wcsOf takes a header',
    );
  const { alternate, column, columns, ...reading } = options;
  const selection: WcsSelection = { alternate, column, columns };
  const layout = isLayout(hdu) ? hdu : await fits.hdu(hdu, reading);
  const { header } = layout;
  try {
    const tables = await readTables(fits, header, selection, reading);
    return wcsOf(header, { ...selection, tables });
  } catch (error) {
    if (!(error instanceof FitsError) || error.code !== "BAD_HEADER") throw error;
    throw new FitsError(error.code, `WCS of ${hduLabel(layout)}: ${error.message}`, { cause: error });
  }
}

function isLayout(hdu: HduLayout | HduSelector): hdu is HduLayout {
  return "header" in Object(hdu);
}

/** The tables that the header asks for and the file has. */
async function readTables(
  fits: Fits,
  header: Header,
  selection: WcsSelection,
  reading: ReadOptions,
): Promise<WcsTables> {
  const { place, keywords, axes } = selectWcs(header, selection);
  const isOther = (axis: number): boolean => axis !== axes?.lon && axis !== axes?.lat;
  const uses = axes && place.kind === "image" ? lookupsOf(header, keywords.alternate, []) : [];
  const requests = tabsOf(keywords, isOther);
  if (uses.length === 0 && requests.length === 0) return {};
  const [images, arrays] = await Promise.all([
    Promise.all(uses.map((use) => lookupPlan(fits, use, reading))),
    Promise.all(requests.map((request) => tabPlan(fits, request, reading))),
  ]);
  const [pixels, rows] = await fits.run(
    together([together(images.flatMap(planOf)), together(arrays.flatMap(planOf))]),
    reading,
  );
  return {
    lookups: images
      .filter((image) => image !== undefined)
      .map(({ use, header: of }, i) => ({ use, table: lookupTable(of, pixels[i]!) })),
    tabs: arrays
      .filter((array) => array !== undefined)
      .map(({ request }, i): ReadTab => ({ request, data: tabData(request, rows[i]!) })),
  };
}

function planOf<T>(item: { readonly plan: Plan<T> } | undefined): Plan<T>[] {
  return item ? [item.plan] : [];
}

interface LookupPlan {
  readonly use: LookupUse;
  readonly header: Header;
  readonly plan: Plan<NdArray>;
}

/** The plan of a lookup table's pixels; undefined where the file has no such image. */
async function lookupPlan(fits: Fits, use: LookupUse, reading: ReadOptions): Promise<LookupPlan | undefined> {
  const image = await unlessAbsent(fits.image([use.extname, use.extver], reading));
  if (!image) return undefined;
  // Refuses sizes that no table has before anything is allocated.
  lookupShape(image.header);
  return { use, header: image.header, plan: image.plan() };
}

interface TabPlan {
  readonly request: TabRequest;
  readonly plan: Plan<Batch>;
}

async function tabPlan(fits: Fits, request: TabRequest, reading: ReadOptions): Promise<TabPlan | undefined> {
  const table: TableHdu | undefined = await unlessAbsent(
    fits.table([request.extname, request.extver], reading),
  );
  if (!table) return undefined;
  return { request, plan: table.plan({ columns: columnsOf(request), rows: { start: 0, stop: 1 } }) };
}

function columnsOf({ coordinates, axes }: TabRequest): string[] {
  return [...new Set([coordinates, ...axes.flatMap(({ index }) => index ?? [])])];
}

/** What an HDU of the file gives, or undefined where there is no such HDU. */
export async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof FitsError && error.code === "NO_SUCH_HDU") return undefined;
    throw error;
  }
}

/** The first row of the table. Throws BAD_DATA for cells that hold no numbers. */
function tabData(request: TabRequest, batch: Batch): TabData {
  const cell = (name: string): { values: Float64Array; shape: readonly number[] } => {
    const column = batch.column(name);
    const problem = `table ${request.extname}, column ${name}`;
    if (batch.length === 0) throw new FitsError("BAD_DATA", `${problem}: the table of -TAB axes has no row`);
    if (
      column.kind === "number" &&
      !(column.data instanceof BigInt64Array || column.data instanceof BigUint64Array)
    )
      return { values: Float64Array.from(column.data), shape: column.shape.slice(1) };
    throw new FitsError(
      "BAD_DATA",
      `${problem}: the coordinates of -TAB axes are numbers in cells of fixed length`,
    );
  };
  const { values, shape } = cell(request.coordinates);
  return {
    coordinates: values,
    shape,
    indexes: request.axes.map(({ index }) => (index === undefined ? undefined : cell(index).values)),
  };
}
