/**
 * What there is to say of each stamp of a Zarr array, as a Parquet table: the manifest, and the world coordinates of its header.
 */
import { type Header, open, showAddress } from "fitslice";
import type { Outcome } from "fitslice/stamps";
import { withoutSecrets } from "./manifest.js";

/** Keywords of celestial coordinates. */
const ofWcs =
  /^(WCSAXES|RADESYS|EQUINOX|LONPOLE|LATPOLE|(CTYPE|CUNIT|CRVAL|CRPIX|CDELT|CROTA)\d|(CD|PC|PV)\d_\d+|(A|B|AP|BP)_(ORDER|\d_\d))$/;

/** A column of a table of stamps. */
export interface Cells {
  readonly name: string;
  readonly format: string;
  readonly values: Float64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | Texts;
}

/** ICRS, degrees, by the numbers of the stamps. */
export interface Positions {
  readonly ra: Float64Array<ArrayBuffer>;
  readonly dec: Float64Array<ArrayBuffer>;
}

/** Texts as bytes, so that they may hold more than ASCII. */
interface Texts {
  readonly offsets: Uint32Array;
  readonly values: Uint8Array<ArrayBuffer>;
}

/** A row for each outcome, as Parquet. */
export function stampTable(
  outcomes: readonly Outcome[],
  positions: Positions,
  headers: ReadonlyMap<number, Header>,
): Promise<Uint8Array> {
  return parquetOf(stampCells(outcomes, positions, headers), outcomes.length);
}

/** The columns: a row for each outcome. */
export function stampCells(
  outcomes: readonly Outcome[],
  { ra, dec }: Positions,
  headers: ReadonlyMap<number, Header>,
): Cells[] {
  const text = (name: string, of: (outcome: Outcome) => string | undefined): Cells =>
    textCells(
      name,
      outcomes.map((outcome) => of(outcome) ?? ""),
    );
  const whole = (name: string, of: (outcome: Outcome) => number): Cells =>
    wholeCells(
      name,
      outcomes.map((outcome) => BigInt(of(outcome))),
    );
  return [
    text("name", ({ name }) => name),
    whole("row", ({ row }) => row),
    whole("idx_in_zarr", ({ number }) => number),
    { name: "ra", format: "D", values: ra },
    { name: "dec", format: "D", values: dec },
    text("status", ({ status }) => status),
    text("source", ({ source }) => source && showAddress(source)),
    whole("hdu", ({ hdu = -1 }) => hdu),
    text("reason", ({ reason, source = "" }) => reason && withoutSecrets(reason, source)),
    ...wcsCells(outcomes, headers),
  ];
}

/** Columns as Parquet. */
export async function parquetOf(cells: readonly Cells[], rowCount: number): Promise<Uint8Array> {
  const [{ fitsBytes, tableHdu }, { toParquet }] = await Promise.all([
    import("fitslice/write"),
    import("fitslice/export"),
  ]);
  const table = tableHdu({
    columns: cells.map(({ name, format }) => ({ name, format })),
    batches: [{ rowCount, columns: cells.map(({ values }) => ({ values })) }],
  });
  const fits = await open(await fitsBytes([table]));
  const parts: Uint8Array[] = [];
  for await (const part of toParquet(await fits.table())) parts.push(part);
  await fits.close();
  return Buffer.concat(parts);
}

export function wholeCells(name: string, values: readonly bigint[]): Cells {
  return { name, format: "K", values: BigInt64Array.from(values) };
}

export function numberCells(name: string, values: readonly number[]): Cells {
  return { name, format: "D", values: Float64Array.from(values) };
}

export function textCells(name: string, texts: readonly string[]): Cells {
  const cells = texts.map((text) => new TextEncoder().encode(text));
  const offsets = new Uint32Array(cells.length + 1);
  for (const [i, { length }] of cells.entries()) offsets[i + 1] = offsets[i]! + length;
  const width = cells.reduce((most, { length }) => Math.max(most, length), 1);
  return { name, format: `${width}A`, values: { offsets, values: new Uint8Array(Buffer.concat(cells)) } };
}

/** A column for each keyword that a header has: numbers, or texts. */
function wcsCells(outcomes: readonly Outcome[], headers: ReadonlyMap<number, Header>): Cells[] {
  const keywords = new Map<string, boolean>();
  for (const header of headers.values()) {
    for (const { keyword, value } of header.cards) {
      if (!ofWcs.test(keyword)) continue;
      keywords.set(keyword, (keywords.get(keyword) ?? true) && typeof value !== "string");
    }
  }
  return [...keywords].map(([keyword, isNumber]): Cells => {
    const values = outcomes.map(({ number }) => headers.get(number)?.get(keyword));
    if (!isNumber)
      return textCells(
        keyword,
        values.map((value) => (value === undefined ? "" : String(value))),
      );
    return numberCells(
      keyword,
      values.map((value) => (value === undefined ? Number.NaN : Number(value))),
    );
  });
}
