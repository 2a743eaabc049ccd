/**
 * Tables of footprints: made of files, put in order, written as tables, and read back.
 */

import { checkFile, checkList, checkObject, checkText } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Fits } from "../fits.js";
import type { ReadOptions } from "../read/options.js";
import { wcsOf } from "../wcs/index.js";
import { fitsBytes } from "../write/fits.js";
import { tableHdu } from "../write/table.js";
import type { FootprintRow } from "./choose.js";
import { type Footprint, footprintOf } from "./footprint.js";
import type { List } from "./list.js";
import { checkTargetList } from "./list-text.js";
import { placeOf } from "./targets.js";

/** What the headers of a file say. */
export interface FileFootprints {
  readonly footprints: readonly Footprint[];
  /** Images that have a footprint as it seems, but none that could be found, and why. */
  readonly warnings: readonly string[];
}

const noPolygon =
  "no polygon says where the image lies: parts of it are not on the sky, or it is more than 90 degrees wide; name the file in the list of targets";

/** Images that are tables of distortions, whatever coordinates they have. */
const lookups = /^(WCSDVARR|D2IMARR)$/;

/**
 * The footprints of all images of a file that lie on the sky, from its headers alone (distortions by tables are left out:
 * those of Hubble move a corner by less than a pixel).
 *
 * @param url where the file is, as the table is to say it
 */
export async function footprintsOf(
  fits: Fits,
  url: string,
  options: ReadOptions = {},
): Promise<FileFootprints> {
  checkFile(fits);
  checkText(url, "the address of the file");
  checkObject(options);
  const footprints: Footprint[] = [];
  const warnings: string[] = [];
  for await (const hdu of fits.iterate(options)) {
    if (hdu.kind !== "image" || hdu.shape.length < 2 || hdu.shape.includes(0) || lookups.test(hdu.name))
      continue;
    try {
      const { celestial } = wcsOf(hdu.header, { tables: {} });
      const footprint = celestial && footprintOf(hdu, celestial, url);
      if (footprint) footprints.push(footprint);
      else if (celestial) warnings.push(`HDU ${hdu.index}: ${noPolygon}`);
    } catch (error) {
      if (!(error instanceof FitsError)) throw error;
      warnings.push(`HDU ${hdu.index}: ${error.message}`);
    }
  }
  return { footprints, warnings };
}

/** By place on the sky; HDUs of one place in the order of their files. */
export function sortFootprints(footprints: readonly Footprint[]): Footprint[] {
  checkList(footprints, "the footprints", "object");
  const order = (a: Footprint, b: Footprint): number =>
    a._healpix_29 < b._healpix_29 ? -1 : a._healpix_29 > b._healpix_29 ? 1 : 0;
  return [...footprints].sort((a, b) => order(a, b) || compare(a.access_url, b.access_url) || a.hdu - b.hdu);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const units: Readonly<Record<string, string>> = { s_ra: "deg", s_dec: "deg", s_fov: "deg", scale: "arcsec" };

/** The footprints, sorted, as a FITS file with one table; `fitslice/export` makes other formats of the table. */
export function footprintBytes(footprints: readonly Footprint[]): Promise<Uint8Array<ArrayBuffer>> {
  const rows = sortFootprints(footprints);
  const text = (name: "access_url" | "extname" | "s_region"): [string, string, Uint8Array<ArrayBuffer>[]] => {
    const cells = rows.map((row) => new TextEncoder().encode(row[name]));
    return [name, `${cells.reduce((most, { length }) => Math.max(most, length), 1)}A`, cells];
  };
  const real = (name: "s_ra" | "s_dec" | "s_fov" | "scale"): [string, string, Float64Array<ArrayBuffer>] => [
    name,
    "D",
    Float64Array.from(rows, (row) => row[name]),
  ];
  const whole = (name: "hdu" | "naxis1" | "naxis2"): [string, string, BigInt64Array<ArrayBuffer>] => [
    name,
    "K",
    BigInt64Array.from(rows, (row) => BigInt(row[name])),
  ];
  const columns = [
    ["_healpix_29", "K", BigInt64Array.from(rows, (row) => row._healpix_29)] as const,
    text("access_url"),
    whole("hdu"),
    text("extname"),
    real("s_ra"),
    real("s_dec"),
    real("s_fov"),
    text("s_region"),
    whole("naxis1"),
    whole("naxis2"),
    real("scale"),
  ];
  const table = tableHdu({
    name: "FOOTPRINTS",
    columns: columns.map(([name, format]) => ({
      name,
      format,
      ...(units[name] !== undefined && { unit: units[name] }),
    })),
    batches: [
      {
        rowCount: rows.length,
        columns: columns.map(([, , values]) => ({ values: Array.isArray(values) ? joined(values) : values })),
      },
    ],
  });
  return fitsBytes([table]);
}

/** Texts as bytes and offsets. */
function joined(cells: readonly Uint8Array[]): { offsets: Uint32Array; values: Uint8Array<ArrayBuffer> } {
  const offsets = new Uint32Array(cells.length + 1);
  for (const [i, { length }] of cells.entries()) offsets[i + 1] = offsets[i]! + length;
  const values = new Uint8Array(offsets.at(-1)!);
  for (const [i, cell] of cells.entries()) values.set(cell, offsets[i]!);
  return { offsets, values };
}

/** The columns that choosing a file needs. */
const needed = ["access_url", "s_region", "hdu", "extname", "scale"] as const;

/** Which columns of a table of footprints are of use, for `parseList`. */
export function footprintColumns(columns: readonly string[]): string[] {
  checkList(columns, "the columns", "string");
  return columns.filter((column) => (needed as readonly string[]).includes(column.toLowerCase()));
}

/** A row of a table of footprints, as it was read. */
export interface ListedFootprint extends FootprintRow {
  readonly extname: string;
}

/**
 * The footprints in a list: `access_url` and `s_region`, and where they are there, `hdu`, `extname` and `scale`, as ObsCore
 * tables of others have them, too. Throws BAD_ARGUMENT for a list without these columns, or a row without an address.
 */
export function footprintsIn(list: List): ListedFootprint[] {
  checkTargetList(list);
  const find = (name: string): string | undefined => list.columns.find((one) => one.toLowerCase() === name);
  const [url, region, hdu, extname, scale] = needed.map(find);
  if (url === undefined || region === undefined)
    throw new FitsError(
      "BAD_ARGUMENT",
      `a table of footprints has the columns access_url and s_region; this one has ${list.columns.slice(0, 20).join(", ")}`,
    );
  const number = (row: number, column: string | undefined): number | undefined => {
    const value = column === undefined ? undefined : list.value(row, column);
    const given = value === undefined || value === null || value === "" ? Number.NaN : Number(value);
    return Number.isFinite(given) ? given : undefined;
  };
  return Array.from({ length: list.length }, (_, row): ListedFootprint => {
    const address = String(list.value(row, url) ?? "").trim();
    if (address === "")
      throw new FitsError("BAD_ARGUMENT", `${placeOf(list, row)} of the footprints has no access_url`);
    const index = number(row, hdu);
    return {
      access_url: address,
      s_region: String(list.value(row, region) ?? ""),
      extname: extname === undefined ? "" : String(list.value(row, extname) ?? "").trim(),
      hdu: Number.isInteger(index) ? index : undefined,
      scale: number(row, scale),
    };
  });
}
