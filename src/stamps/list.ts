/**
 * Lists that people have: CSV and its relatives, VOTable, Parquet, FITS tables. A list is columns of values, whatever it was.
 */
import { checkBytes, checkObject, checkOptional } from "../argument.js";
import { FitsError } from "../errors.js";
import type { HduSelector } from "../fits.js";
import { open } from "../open.js";
import { type List, textList } from "./list-text.js";
import { isVotable, votableList } from "./list-votable.js";

export type { List };

/**
 * Reads a list, whose bytes tell what it is: Parquet, FITS, VOTable (TABLEDATA), or text with a line of names (comma, semicolon, tab, bar or
 * blanks between fields; lines that begin with `#` are comments, as in ECSV).
 *
 * `wanted` says which columns are of use (others are not decoded; default: all), `hdu` which table of a FITS file (default: the
 * first one). `onRows` is told how many rows of a text were read so far: all of them are read before other work gets its turn. Throws BAD_ARGUMENT for what is none of these or has no rows, and as `open` does.
 */
export async function parseList(
  bytes: Uint8Array<ArrayBuffer>,
  options: {
    wanted?: (columns: readonly string[]) => readonly string[];
    hdu?: HduSelector;
    onRows?: (count: number) => void;
  } = {},
): Promise<List> {
  checkBytes(bytes, "a list");
  checkObject(options);
  const { wanted, hdu, onRows } = options;
  checkOptional({ wanted, onRows }, "a function", (value) => typeof value === "function");
  const list = await listOf(bytes, wanted ?? ((columns) => columns), hdu, onRows);
  if (list.length === 0) throw new FitsError("BAD_ARGUMENT", "the list has no rows");
  return list;
}

function listOf(
  bytes: Uint8Array<ArrayBuffer>,
  wanted: (columns: readonly string[]) => readonly string[],
  hdu: HduSelector | undefined,
  onRows: ((count: number) => void) | undefined,
): Promise<List> {
  const begins = (text: string): boolean => [...text].every((char, i) => bytes[i] === char.charCodeAt(0));
  if (begins("PAR1")) return parquetList(bytes, wanted);
  // Files compressed as a whole are those of FITS.
  if (begins("SIMPLE  =") || begins("\x1f\x8b") || begins("BZh") || begins("\x1f\x9d") || hdu !== undefined)
    return fitsList(bytes, wanted, hdu);
  const text = new TextDecoder().decode(bytes);
  return isVotable(text) ? votableList(text) : textList(text, onRows);
}

async function parquetList(
  bytes: Uint8Array<ArrayBuffer>,
  wanted: (columns: readonly string[]) => readonly string[],
): Promise<List> {
  const [{ parquetMetadata, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  try {
    const { buffer: whole, byteOffset, byteLength } = bytes;
    const file = byteLength === whole.byteLength ? whole : whole.slice(byteOffset, byteOffset + byteLength);
    const metadata = parquetMetadata(file);
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    const read = [...wanted(columns)];
    const rows =
      read.length === 0 ? [] : await parquetReadObjects({ file, metadata, columns: read, compressors });
    return { columns, length: rows.length, value: (row, column) => rows[row]?.[column] };
  } catch (cause) {
    if (cause instanceof FitsError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FitsError("BAD_ARGUMENT", `the Parquet file cannot be read: ${why}`, { cause });
  }
}

async function fitsList(
  bytes: Uint8Array<ArrayBuffer>,
  wanted: (columns: readonly string[]) => readonly string[],
  hdu: HduSelector | undefined,
): Promise<List> {
  const fits = await open(bytes);
  try {
    const table = await fits.table(hdu);
    const columns = table.columns.map(({ name }) => name);
    const batch = await table.select({ columns: [...wanted(columns)] });
    return {
      columns,
      length: batch.length,
      value: (row, column) => batch.column(column).get(row),
      unit: (column) => table.columns.find(({ name }) => name === column)?.unit,
    };
  } finally {
    await fits.close();
  }
}
