/**
 * Compressed tables (FITS Standard 4.0, section 10.3): rows in tiles, every column of a tile compressed by itself
 * into a variable-length cell. Only the tiles and columns that are asked for are read. cfitsio's `fpack -table`.
 */
import { allocate, bigEndianToNative, bytesOf, bytesPerElement, type DType } from "../array.js";
import { isCodec, loadCodec } from "../codec/codec.js";
import { FitsError } from "../errors.js";
import { done, type Plan, together, type WantedRange } from "../read/plan.js";
import { type Column, fieldBytes, title } from "./column.js";
import type { ColumnData } from "./data.js";
import { columnFiller, type Descriptors, descriptorFiller } from "./fill.js";
import type { Fields, Filler, FillOptions } from "./gather.js";
import { type CellStore, cellStore } from "./heap.js";
import type { CompressedTable, TableLayout } from "./layout.js";
import { fieldsOf, type Rows, readRows, rowAt, rowSpans, rowsCount } from "./rows.js";

/** Most that any of the algorithms can make of one byte: deflate's limit. */
const mostExpansion = 1032;

/** The rows asked for that lie in one tile: `count` of them from place `at`. */
interface TilePart {
  readonly tile: number;
  readonly at: number;
  readonly count: number;
}

interface Context {
  readonly table: TableLayout;
  readonly compressed: CompressedTable;
  readonly rows: Rows;
  readonly parts: readonly TilePart[];
  readonly options: FillOptions;
}

/** Reads columns of a compressed table for some rows. */
export function readCompressed(
  table: TableLayout,
  compressed: CompressedTable,
  columns: readonly Column[],
  rows: Rows,
  options: FillOptions,
): Plan<ColumnData[]> {
  const { cells } = compressed;
  const cellColumns = columns.map((column) => cellColumn(table, cells, column));
  const parts = tileParts(compressed.tileRows, rows);
  const tiles = Float64Array.from(parts, ({ tile }) => tile);
  const fillers = cellColumns.map((column) => descriptorFiller(column, tiles.length));
  const context: Context = { table, compressed, rows, parts, options };
  return readRows(
    cells,
    `tiles of ${columns.length} columns of ${table.label}`,
    rowSpans(cellColumns, cells.rowBytes),
    { list: tiles },
    (span, at, fields) => {
      for (const i of span.columns) fillers[i]!.put(at, fieldsOf(cellColumns[i]!, span, fields));
    },
    () =>
      together(
        columns.map((column, i) => {
          const descriptors = fillers[i]!.finish();
          if (column.descriptor) return readArrays(context, column, descriptors);
          return readFixed(context, column, descriptors);
        }),
      ),
  );
}

function cellColumn(table: TableLayout, cells: TableLayout, column: Column): Column {
  const cell = cells.columns[column.index];
  if (cell?.descriptor && cell.repeat === 1 && !cell.problem) return cell;
  throw new FitsError(
    "BAD_HEADER",
    `${table.label}: ${title(column)}: its compressed column holds no arrays of bytes`,
  );
}

function tileParts(tileRows: number, rows: Rows): TilePart[] {
  const parts: TilePart[] = [];
  const total = rowsCount(rows);
  for (let at = 0; at < total; ) {
    const tile = Math.floor(rowAt(rows, at) / tileRows);
    const stop = (tile + 1) * tileRows;
    let count = "list" in rows ? 1 : Math.min(total - at, stop - rowAt(rows, at));
    while ("list" in rows && at + count < total && rowAt(rows, at + count) < stop) count++;
    parts.push({ tile, at, count });
    at += count;
  }
  return parts;
}

/** Rows of a tile. */
function rowsOfTile({ table, compressed }: Context, tile: number): number {
  return Math.min(compressed.tileRows, table.rowCount - tile * compressed.tileRows);
}

/** One compressed cell per tile: reads them all, hands each to `take`. */
function readTiles<T>(
  context: Context,
  column: Column,
  { counts, offsets }: Descriptors,
  take: (part: TilePart, bytes: Uint8Array) => Promise<void>,
  next: () => Plan<T>,
): Plan<T> {
  const { table, parts } = context;
  const ranges = parts.map(({ tile }, i) =>
    heapRange(context, column, `tile ${tile}`, counts[i]!, offsets[i]!),
  );
  if (ranges.length === 0) return next();
  return {
    label: `tiles of ${title(column)} of ${table.label}`,
    ranges,
    take: (i, bytes) => take(parts[i]!, bytes),
    next,
  };
}

function heapRange(
  context: Context,
  column: Column,
  where: string,
  length: number,
  offset: number,
): WantedRange {
  const { heap, label } = context.compressed.cells;
  if (length >= 0 && offset >= 0 && offset + length <= heap.length)
    return { offset: heap.offset + offset, length };
  const what = `its descriptor points to ${length} bytes at byte ${offset} of a heap of ${heap.length}`;
  throw new FitsError("BAD_DATA", `${label}: ${title(column)}, ${where}: ${what}`);
}

function readFixed(context: Context, column: Column, descriptors: Descriptors): Plan<ColumnData> {
  const { rows, options } = context;
  const count = rowsCount(rows);
  const filler = columnFiller(column, count, options);
  // A column of no width has nothing to compress, and fpack says no algorithm for it.
  if (column.width === 0) return done(filler.finish());
  const algorithm = algorithmOf(context, column);
  return readTiles(
    context,
    column,
    descriptors,
    async (part, bytes) => {
      const size = rowsOfTile(context, part.tile) * column.width;
      const where = `tile ${part.tile}`;
      const fields = await decompress(context, column, algorithm, bytes, { size, where });
      putPart(context, filler, part, fields, column.width, 0);
    },
    () => done(filler.finish()),
  );
}

/** Hands the rows of a tile that are asked for to a filler; those of the tile lie `width` bytes apart from `base` on. */
function putPart<T>(
  { compressed, rows }: Context,
  filler: Filler<T>,
  { tile, at, count }: TilePart,
  bytes: Uint8Array,
  width: number,
  base: number,
): void {
  const first = rowAt(rows, at);
  const inTile = (i: number): number => base + (rowAt(rows, at + i) - tile * compressed.tileRows) * width;
  const fields = (i: number, n: number): Fields => ({
    bytes,
    base: inTile(i),
    stride: width,
    count: n,
    row: (k) => rowAt(rows, at + i + k),
  });
  if (rowAt(rows, at + count - 1) - first === count - 1) filler.put(at, fields(0, count));
  else for (let i = 0; i < count; i++) filler.put(at + i, fields(i, 1));
}

/**
 * Variable-length columns: the tile's cell holds, gzipped, the descriptors before compression and then those (64-bit)
 * of the compressed arrays in this heap.
 */
function readArrays(context: Context, column: Column, descriptors: Descriptors): Plan<ColumnData> {
  const count = rowsCount(context.rows);
  const original = descriptorFiller(column, count);
  const compressed = descriptorFiller({ ...column, descriptor: "Q", repeat: 1, width: 16 }, count);
  return readTiles(
    context,
    column,
    descriptors,
    async (part, bytes) => {
      const tileRows = rowsOfTile(context, part.tile);
      const size = tileRows * (column.width + 16);
      const where = `tile ${part.tile}`;
      const fields = await decompress(context, column, "GZIP_1", bytes, { size, where });
      putPart(context, original, part, fields, column.width, 0);
      putPart(context, compressed, part, fields, 16, tileRows * column.width);
    },
    () => readCells(context, column, original.finish(), compressed.finish()),
  );
}

function readCells(
  context: Context,
  column: Column,
  original: Descriptors,
  compressed: Descriptors,
): Plan<ColumnData> {
  const { rows, options, table } = context;
  const algorithm = algorithmOf(context, column);
  const ranges: WantedRange[] = [];
  const cells: number[] = [];
  for (let i = 0; i < compressed.counts.length; i++) {
    const where = `row ${rowAt(rows, i)}`;
    const size = fieldBytes(column.code, original.counts[i]!);
    const range = heapRange(context, column, where, compressed.counts[i]!, compressed.offsets[i]!);
    checkExpansion(context, column, where, size, range.length);
    if (size === 0) continue;
    ranges.push(range);
    cells.push(i);
  }
  const store: CellStore = cellStore(table, column, original.counts);
  if (ranges.length === 0) return done(store.finish(options.raw ?? false));
  return {
    label: `arrays of ${title(column)} of ${table.label}`,
    ranges,
    take: async (r, bytes) => {
      const cell = cells[r]!;
      const size = fieldBytes(column.code, original.counts[cell]!);
      const where = `row ${rowAt(rows, cell)}`;
      // cfitsio leaves an array as it is where compression would make it no shorter.
      const raw = bytes.length === size;
      store.put(cell, raw ? bytes : await decompress(context, column, algorithm, bytes, { size, where }), 0);
    },
    next: () => done(store.finish(options.raw ?? false)),
  };
}

function algorithmOf({ table, compressed }: Context, column: Column): string {
  const algorithm = compressed.algorithms[column.index]!;
  if (/^(GZIP_[12]|RICE_(1|ONE)|NOCOMPRESS)$/.test(algorithm) && isCodec(algorithm)) return algorithm;
  const what = `ZCTYP${column.index + 1} '${algorithm}' is no compression algorithm of tables`;
  throw new FitsError("UNSUPPORTED", `${table.label}: ${title(column)}: ${what}`);
}

function checkExpansion(
  { table }: Context,
  column: Column,
  where: string,
  size: number,
  length: number,
): void {
  if (size >= 0 && size <= length * mostExpansion) return;
  const what = `${length} compressed bytes cannot hold ${size}`;
  throw new FitsError("BAD_DATA", `${table.label}: ${title(column)}, ${where}: ${what}`);
}

interface Expected {
  readonly size: number;
  readonly where: string;
}

/** The big-endian bytes that `bytes` were made of: `size` of them. */
async function decompress(
  context: Context,
  column: Column,
  algorithm: string,
  bytes: Uint8Array,
  { size, where }: Expected,
): Promise<Uint8Array> {
  checkExpansion(context, column, where, size, bytes.length);
  if (size === 0) return new Uint8Array(0);
  const element = bytesPerElement(column.stored);
  const isRice = algorithm.startsWith("RICE");
  const dtype: DType = isRice ? column.stored : "uint8";
  const decode = await loadCodec(algorithm === "GZIP_2" ? "GZIP_1" : algorithm);
  try {
    const data = decode(bytes, {
      dtype,
      shape: [isRice ? size / element : size],
      bytePix: element,
      blockSize: 32,
    });
    const out = bytesOf(data);
    if (isRice) bigEndianToNative(out, element);
    return algorithm === "GZIP_2" && isShuffled(column) ? unshuffle(out, element) : out;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = `${context.table.label}: ${title(column)}, ${where}, ${algorithm}: ${why}`;
    throw new FitsError(cause instanceof FitsError ? cause.code : "BAD_DATA", what, { cause });
  }
}

/** cfitsio shuffles numbers only, and leaves complex ones as they are, though it says GZIP_2 of them too. */
function isShuffled({ code }: Column): boolean {
  return "IJKED".includes(code);
}

/** Undoes GZIP_2's order: all first bytes, then all second ones, and so on. */
function unshuffle(bytes: Uint8Array, size: number): Uint8Array {
  const out = allocate("uint8", bytes.length);
  const count = bytes.length / size;
  for (let plane = 0, from = 0; plane < size; plane++) {
    for (let to = plane, i = 0; i < count; i++, to += size) out[to] = bytes[from++]!;
  }
  return out;
}
