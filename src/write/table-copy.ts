/**
 * Tables with chosen columns and rows, all else as it stands in the file: cards, and the bytes of every field and array.
 * Nothing is decoded but what a condition asks for.
 */
import { checkFile, checkObject, checkTable } from "../argument.js";
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { Batch, BatchOptions, SelectOptions, TableHdu } from "../hdu/table.js";
import type { Card } from "../header/card.js";
import { resolveRows } from "../table/batches.js";
import type { Column } from "../table/column.js";
import type { ListData } from "../table/data.js";
import { cardsOfColumns } from "./column-keywords.js";
import { plainImageCards } from "./compress-header.js";
import { cardsAsRead, withValue } from "./copy.js";
import { copiedHdu, hasChecksums } from "./copy-hdu.js";
import { type DataFacts, noFacts, type WritableHdu } from "./hdu.js";
import type { HeaderItem } from "./header.js";
import type { Spool } from "./spool.js";
import { packedDescriptors, type RowShape, rowsOfBatch } from "./table-rows.js";
import { restoredTable } from "./uncompress-table.js";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * A file of one table, for `fitsChunks` or `writeFits`: the header of the primary HDU, then the table with the columns and
 * rows of `options`, as it stands in the file: cards, stored bytes, keywords of the columns under their new numbers. Without
 * a selection the table is copied byte for byte (a compressed one as it was before compression). With `raw` the columns
 * lose their TSCALn, TZEROn and TNULLn, so that readers see the stored numbers. Throws as reading does.
 */
export async function* tableFileHdus(
  fits: Fits,
  table: TableHdu,
  options: BatchOptions = {},
): AsyncGenerator<WritableHdu, void, void> {
  checkFile(fits);
  checkTable(table);
  checkObject(options);
  const primary = await fits.hdu(0, options);
  if (primary.index !== table.index && primary.header.toString().startsWith("SIMPLE"))
    yield primary.shape.length === 0 ? copiedHdu(fits, primary, options) : withoutData(primary);
  yield await copiedTable(fits, table, options);
}

/** What describes pixels and their coordinates: without axes it says nothing, and fitsverify warns of it. */
const ofPixels = [
  /^(GROUPS|BSCALE|BZERO|BLANK|P(TYPE|SCAL|ZERO)\d+)$/,
  /^(WCSAXES|(CTYPE|CUNIT|CRPIX|CRVAL|CDELT|CROTA|CNAME|CRDER|CSYER|CZPHS|CPERI)\d+)[A-Z]?$/,
  /^(PC|CD|PV|PS)\d+_\d+[A-Z]?$/,
];

/** A primary HDU without its data: its other cards stay. */
function withoutData({ header }: HduLayout): WritableHdu {
  const rest = [...header].filter(({ keyword }) => !ofPixels.some((pattern) => pattern.test(keyword)));
  return {
    kind: "image",
    facts: noFacts,
    repeatable: true,
    fill: 0,
    checksum: hasChecksums(header),
    cards: (primary) => plainImageCards(rest, { bitpix: 8, shape: [], primary }),
    // biome-ignore lint/correctness/useYield: there are no data
    async *data() {
      return noFacts;
    },
  };
}

/** The table of `tableFileHdus`, as one of the HDUs of a file. */
export async function copiedTable(
  fits: Fits,
  table: TableHdu,
  options: BatchOptions = {},
): Promise<WritableHdu> {
  const { columns, rows, where, cone, limit, rowNumbers, raw } = options;
  const isWhole =
    [columns, rows, where, cone, limit, rowNumbers].every((option) => option === undefined) && !raw;
  if (isWhole || !table.header.has("NAXIS2"))
    return table.stored ? restoredTable(table, options) : copiedHdu(fits, table, options);
  return selectedTable(table, options);
}

async function selectedTable(table: TableHdu, options: BatchOptions): Promise<WritableHdu> {
  const empty = { rowNumbers: undefined, rows: { start: 0, stop: 0 } };
  const none = await table.select({ ...options, ...empty, bytes: true });
  const chosen = none.columns.map(({ column }) => table.columns[column.index]!);
  const shape = rowShape(table, chosen);
  const known = knownRows(table, options);
  const isFixed = chosen.every(({ descriptor }) => descriptor === undefined);
  return {
    kind: "table",
    ...(known !== undefined && isFixed && { facts: { ...noFacts, rows: known } }),
    repeatable: false,
    fill: shape.fill,
    checksum: hasChecksums(table.header),
    cards: (_, facts) => selectedCards(table, chosen, shape, facts, options),
    data: (spool) => selectedData(table.batches({ ...options, bytes: true }), shape, spool),
  };
}

/** How many rows there will be, where no condition decides. */
function knownRows({ rowCount }: TableHdu, options: SelectOptions): number | undefined {
  if (options.where !== undefined || options.cone !== undefined) return undefined;
  const { rowNumbers, limit = Number.POSITIVE_INFINITY } = options;
  if (rowNumbers !== undefined) return Math.min(rowNumbers.length, limit);
  const { start, stop } = resolveRows(options.rows ?? {}, rowCount);
  return Math.min(stop - start, limit);
}

/**
 * All columns in their order (of more than 999 only those are read) lie as they do in the file. Others lie one behind the other, those of an ASCII table with a
 * space between them.
 */
function rowShape(table: TableHdu, chosen: readonly Column[]): RowShape {
  const ascii = table.type === "TABLE";
  const fill = ascii ? 32 : 0;
  const isAll = chosen.length === table.header.integer("TFIELDS");
  if (isAll && chosen.every(({ index }, i) => index === i)) {
    const fields = chosen.map((column) => ({ column, offset: column.offset }));
    return { fields, rowBytes: table.shape[1]!, fill };
  }
  let at = 0;
  const fields = chosen.map((column, i) => {
    const offset = at + (ascii && i > 0 ? 1 : 0);
    at = offset + column.width;
    return { column, offset };
  });
  return { fields, rowBytes: at, fill };
}

async function* selectedData(
  batches: AsyncIterable<Batch>,
  shape: RowShape,
  spool: () => Spool,
): AsyncGenerator<Bytes, DataFacts, void> {
  const heap = shape.fields.some(({ column }) => column.descriptor) ? spool() : undefined;
  let rows = 0;
  let heapBytes = 0;
  try {
    for await (const batch of batches) {
      const lists = batch.columns.filter((data): data is ListData => data.kind === "list");
      const places = new Map<ListData, number>();
      for (const list of lists) {
        places.set(list, heapBytes);
        heapBytes += list.values.data.length;
      }
      yield rowsOfBatch(batch, shape, (list) => packedDescriptors(list, places.get(list)!));
      for (const { values } of lists) if (values.data.length > 0) await heap?.append(values.data as Bytes);
      rows += batch.length;
    }
    if (heap) yield* heap.read();
    return { rows, heapBytes, longest: [] };
  } finally {
    await heap?.close?.();
  }
}

/** The table's cards, its sizes made those of the selection. */
function selectedCards(
  table: TableHdu,
  chosen: readonly Column[],
  shape: RowShape,
  { rows, heapBytes }: DataFacts,
  { raw = false }: SelectOptions,
): HeaderItem[] {
  const sizes: Record<string, number> = {
    NAXIS1: shape.rowBytes,
    NAXIS2: rows,
    PCOUNT: heapBytes,
    GCOUNT: 1,
    TFIELDS: chosen.length,
  };
  const fieldOf = (keyword: string): number => Number(/^TBCOL(\d+)$/.exec(keyword)?.[1] ?? 0) - 1;
  const numbers = chosen.map(({ index }) => index + 1);
  const kept = cardsOfColumns(table.header, numbers, table.columns.length).flatMap((card): Card[] => {
    const { keyword } = card;
    if (keyword === "THEAP" || (raw && /^T(SCAL|ZERO|NULL)[1-9]\d*$/.test(keyword))) return [];
    const field = shape.fields[fieldOf(keyword)];
    const value = field ? field.offset + 1 : sizes[keyword];
    delete sizes[keyword];
    return [value === undefined ? card : withValue(card, value)];
  });
  const missing = Object.entries(sizes).map(([keyword, value]) => ({ keyword, value }));
  const at = kept.findLastIndex(({ keyword }) => keyword === "NAXIS2") + 1;
  return [...cardsAsRead(kept.slice(0, at)), ...missing, ...cardsAsRead(kept.slice(at))];
}
