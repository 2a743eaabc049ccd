/**
 * Compressed tables (FITS Standard 4.0, section 10.3): rows in tiles, every column of a tile compressed by itself
 * into a variable-length cell. Only the tiles and columns that are asked for are read. cfitsio's `fpack -table`.
 */
import { bigEndianToNative, bytesOf, bytesPerElement } from "../array.js";
import { isCodec, loadCodec } from "../codec/codec.js";
import type { TileDecoder } from "../codec/tile.js";
import { FitsError } from "../errors.js";
import { type Course, type Plan, together } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import { type Column, title } from "./column.js";
import type { ColumnData, Descriptors } from "./data.js";
import { columnFiller, descriptorFiller, inColumn } from "./fill.js";
import { fieldBytes, shuffledType } from "./format.js";
import type { Fields, Filler, ReadColumnsOptions } from "./gather.js";
import { byteStore, type CellStore, cellStore } from "./heap.js";
import { type CompressedTable, type TableLayout, warnBehindHeap } from "./layout.js";
import { fieldsOf, type Rows, type RowTaker, readRows, rowAt, rowSpans, rowsCount } from "./rows.js";

/** Most that any of the algorithms can make of one byte: deflate's limit. */
const mostExpansion = 1032;

/** A table, and what reading it needs beside the layout. */
export interface LoadedTable extends TableLayout {
  /** Where the file ends, where that is known to be before the data do. */
  readonly fileEnd?: number | undefined;
  /** Bytes that decoding one tile may take. */
  readonly maxTileBytes?: number | undefined;
  /** By ZCTYPn; empty for a table that is not compressed. */
  readonly decoders: ReadonlyMap<string, TileDecoder>;
}

export type LoadOptions = Pick<LoadedTable, "fileEnd" | "maxTileBytes">;

/** Loads the decoders of a compressed table. Those of a plain table are none. */
export async function loadTable(table: TableLayout, options: LoadOptions = {}): Promise<LoadedTable> {
  const names = new Set((table.compressed?.algorithms ?? []).filter(isTableCodec));
  // Descriptors of variable-length columns are gzipped as bytes, whatever the arrays are; so is text with GZIP_2.
  const { columns } = table;
  if (names.has("GZIP_2") || (table.compressed && columns.some(({ descriptor }) => descriptor)))
    names.add("GZIP_1");
  const loaded = [...names].map(async (name) => [name, await loadCodec(name)] as const);
  return { ...table, ...options, decoders: new Map(await Promise.all(loaded)) };
}

/** Whether a ZCTYPn is one that tables may have. */
function isTableCodec(name: string): boolean {
  return /^(GZIP_[12]|RICE_(1|ONE)|NOCOMPRESS)$/.test(name) && isCodec(name);
}

/** The rows asked for that lie in one tile: `count` of them from place `at`. */
interface TilePart {
  readonly tile: number;
  readonly at: number;
  readonly count: number;
}

interface Context {
  readonly table: LoadedTable;
  readonly compressed: CompressedTable;
  readonly rows: Rows;
  readonly parts: readonly TilePart[];
  readonly options: ReadColumnsOptions;
}

/** Reads columns of a compressed table for some rows: the tiles' descriptors, then the tiles, then arrays in the heap. */
export function readCompressed(
  table: LoadedTable,
  compressed: CompressedTable,
  columns: readonly Column[],
  rows: Rows,
  options: ReadColumnsOptions,
): Plan<ColumnData[]> {
  const { cells, tileRows } = compressed;
  const cellColumns = columns.map((column) => cellColumn(table, cells, column));
  return function* () {
    if (columns.length === 0) return [];
    const tiles = tilesOf(tileRows, rows);
    const found = descriptorsInProgress(cellColumns, rowsCount(tiles));
    yield* readRows(
      cells,
      `descriptors of ${columns.length === 1 ? title(columns[0]!) : `${columns.length} columns`} of ${table.label}`,
      rowSpans(cellColumns, cells.rowBytes),
      tiles,
      found.taker,
      { locates: true, fileEnd: table.fileEnd },
    );
    const context: Context = { table, compressed, rows, parts: tileParts(tileRows, rows), options };
    return yield* together(
      columns.map((column, i) => {
        const descriptors = found.of(i);
        return column.descriptor
          ? arraysPlan(context, column, descriptors)
          : fieldsPlan(context, column, descriptors);
      }),
    )();
  };
}

/** The descriptors of the tiles of some columns, under construction. */
function descriptorsInProgress(
  columns: readonly Column[],
  count: number,
): { taker: RowTaker; of(i: number): Descriptors } {
  let made: ReturnType<typeof descriptorFiller>[] | undefined;
  const fillers = (): ReturnType<typeof descriptorFiller>[] => {
    made ??= columns.map((column) => descriptorFiller(column, count));
    return made;
  };
  return {
    taker: {
      rows: (span, at, fields) => {
        for (const i of span.columns) fillers()[i]!.put(at, fieldsOf(columns[i]!, span, fields));
      },
      // A descriptor is 16 bytes at most, so no span of one is cut.
      part: () => undefined,
    },
    of: (i) => fillers()[i]!.finish(),
  };
}

function cellColumn(table: TableLayout, cells: TableLayout, column: Column): Column {
  const cell = cells.columns[column.index];
  if (cell?.descriptor && cell.repeat === 1 && !cell.problem) return cell;
  throw new FitsError(
    "BAD_HEADER",
    `${table.label}: ${title(column)}: its compressed column holds no arrays of bytes`,
  );
}

/** The tiles that the rows lie in. */
function tilesOf(tileRows: number, rows: Rows): Rows {
  const tile = (i: number): number => Math.floor(rowAt(rows, i) / tileRows);
  const count = rowsCount(rows);
  if (!("list" in rows)) return count === 0 ? rows : { start: tile(0), stop: tile(count - 1) + 1 };
  return { list: Float64Array.from(new Set(rows.list.map((row) => Math.floor(row / tileRows)))) };
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

/** Reads one compressed cell for each tile, and hands it to `take`. */
function* readTiles(
  context: Context,
  column: Column,
  { counts, offsets }: Descriptors,
  take: (part: TilePart, bytes: Uint8Array) => void,
): Course<void> {
  const { table, parts, options } = context;
  const ranges = parts.map(({ tile }, i) =>
    heapRange(context, column, tileName(context, tile), counts[i]!, offsets[i]!),
  );
  if (ranges.length === 0) return;
  yield {
    label: `tiles of ${title(column)} of ${table.label}`,
    ranges,
    more: column.descriptor !== undefined || options.more === true,
    take: (i, bytes) => {
      const part = parts[i]!;
      if (bytes.length < ranges[i]!.length) throw endsInCell(context, column, tileName(context, part.tile));
      take(part, bytes);
    },
  };
}

/** How messages name a tile. */
function tileName(context: Context, tile: number): string {
  const first = tile * context.compressed.tileRows;
  return `tile ${tile} (rows ${first} to ${first + rowsOfTile(context, tile) - 1})`;
}

function heapRange(
  context: Context,
  column: Column,
  where: string,
  length: number,
  offset: number,
): ByteRange {
  const { heap, label } = context.compressed.cells;
  const { fileEnd = Number.POSITIVE_INFINITY } = context.table;
  if (!(length >= 0 && offset >= 0 && offset + length <= heap.length)) {
    const what = `its descriptor points to ${length} bytes at byte ${offset} of a heap of ${heap.length}`;
    throw new FitsError("BAD_DATA", `${label}: ${title(column)}, ${where}: ${what}`);
  }
  if (heap.offset + offset + length > fileEnd) throw endsInCell(context, column, where);
  if (length > 0) warnBehindHeap(context.table, offset + length);
  return { offset: heap.offset + offset, length };
}

function endsInCell({ table }: Context, column: Column, where: string): FitsError {
  return new FitsError("TRUNCATED", `${table.label}: ${title(column)}, ${where}: the file ends in the heap`);
}

/** A column of fields: each tile's cell holds the fields of its rows, one after the other. */
function fieldsPlan(context: Context, column: Column, descriptors: Descriptors): Plan<ColumnData> {
  const { table, rows, options } = context;
  return function* () {
    let made: Filler<ColumnData> | undefined;
    const filler = (): Filler<ColumnData> => {
      made ??= columnFiller(column, rowsCount(rows), options);
      return made;
    };
    // A column of no width has nothing to compress, and fpack says no algorithm for it.
    if (column.width > 0) {
      const algorithm = algorithmOf(context, column);
      const { heap } = context.compressed.cells;
      checkExpansion(table, column, "its tiles", rowsCount(rows) * column.width, heap.length);
      yield* readTiles(context, column, descriptors, (part, bytes) => {
        const { tile, at, count } = part;
        const size = rowsOfTile(context, tile) * column.width;
        // A tile is decoded no further than the last row that is asked for.
        const last = rowAt(rows, at + count - 1) - tile * context.compressed.tileRows;
        const wanted = (last + 1) * column.width;
        const where = tileName(context, tile);
        const fields = decompress(context, column, algorithm, bytes, { size, wanted, where });
        inColumn(table, column, () => putPart(context, filler(), part, fields, column.width, 0));
      });
    }
    return inColumn(table, column, () => filler().finish());
  };
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
 * A variable-length column: each tile's cell holds, gzipped, the descriptors before compression and then those (64-bit)
 * of the compressed arrays in this heap.
 */
function arraysPlan(context: Context, column: Column, descriptors: Descriptors): Plan<ColumnData> {
  const count = rowsCount(context.rows);
  return function* () {
    let made: { original: Filler<Descriptors>; compressed: Filler<Descriptors> } | undefined;
    const fillers = (): NonNullable<typeof made> => {
      made ??= {
        original: descriptorFiller(column, count),
        compressed: descriptorFiller({ ...column, descriptor: "Q", repeat: 1, width: 16 }, count),
      };
      return made;
    };
    const take = (part: TilePart, bytes: Uint8Array): void => {
      const tileRows = rowsOfTile(context, part.tile);
      const size = tileRows * (column.width + 16);
      const where = tileName(context, part.tile);
      const fields = decompress(context, column, "GZIP_1", bytes, { size, where });
      putPart(context, fillers().original, part, fields, column.width, 0);
      putPart(context, fillers().compressed, part, fields, 16, tileRows * column.width);
    };
    // Rows of a column of no width (`0PJ`) have no descriptors.
    if (column.width > 0) yield* readTiles(context, column, descriptors, take);
    const { original, compressed } = fillers();
    return yield* readCells(context, column, original.finish(), compressed.finish());
  };
}

/** Reads the arrays of a variable-length column, each compressed by itself. */
function* readCells(
  context: Context,
  column: Column,
  original: Descriptors,
  compressed: Descriptors,
): Course<ColumnData> {
  const { rows, options, table } = context;
  // fpack names no algorithm for a column of no width.
  const algorithm = column.width > 0 ? algorithmOf(context, column) : "";
  const ranges: ByteRange[] = [];
  const cells: number[] = [];
  const sizes = new Float64Array(original.counts.length);
  for (let i = 0; i < compressed.counts.length; i++) {
    const where = `row ${rowAt(rows, i)}`;
    const size = fieldBytes(column.code, original.counts[i]!);
    const range = heapRange(context, column, where, compressed.counts[i]!, compressed.offsets[i]!);
    checkExpansion(table, column, where, size, range.length);
    if (size === 0) continue;
    sizes[i] = size;
    ranges.push(range);
    cells.push(i);
  }
  let made: CellStore | undefined;
  const store = (): CellStore => {
    made ??= options.bytes
      ? byteStore(table, column, original, sizes)
      : cellStore(table, column, original.counts);
    return made;
  };
  if (ranges.length > 0) {
    yield {
      label: `arrays of ${title(column)} of ${table.label}`,
      ranges,
      take: (r, bytes) => {
        const cell = cells[r]!;
        const size = sizes[cell]!;
        const where = `row ${rowAt(rows, cell)}`;
        if (bytes.length < ranges[r]!.length) throw endsInCell(context, column, where);
        // cfitsio leaves an array as it is where compression would make it no shorter.
        const isPlain = bytes.length === size;
        const array = isPlain ? bytes : decompress(context, column, algorithm, bytes, { size, where });
        store().put(cell, 0, array);
      },
    };
  }
  return inColumn(table, column, () => store().finish(options.raw ?? false));
}

function algorithmOf({ table, compressed }: Context, column: Column): string {
  const algorithm = compressed.algorithms[column.index]!;
  if (isTableCodec(algorithm)) return algorithm;
  const what = `ZCTYP${column.index + 1} '${algorithm}' is no compression algorithm of tables`;
  throw new FitsError("UNSUPPORTED", `${table.label}: ${title(column)}: ${what}`);
}

function checkExpansion(
  table: TableLayout,
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
  /** Bytes before compression. */
  readonly size: number;
  /** How many of them are wanted, from the first on. Default: all. */
  readonly wanted?: number;
  readonly where: string;
}

/** The big-endian bytes that `bytes` were made of: the first `wanted` of them. */
function decompress(
  { table }: Context,
  column: Column,
  algorithm: string,
  bytes: Uint8Array,
  { size, wanted = size, where }: Expected,
): Uint8Array {
  checkExpansion(table, column, where, size, bytes.length);
  if (size === 0) return new Uint8Array(0);
  const shuffled = algorithm === "GZIP_2" ? shuffledType(column) : undefined;
  // The other algorithms know bytes alone.
  const dtype = algorithm.startsWith("RICE") ? column.stored : (shuffled ?? "uint8");
  const width = bytesPerElement(dtype);
  const decode = table.decoders.get(algorithm === "GZIP_2" && !shuffled ? "GZIP_1" : algorithm)!;
  try {
    const data = decode(bytes, {
      dtype,
      shape: [wanted / width],
      tilePixels: size / width,
      bytePix: width,
      blockSize: 32,
      maxTileBytes: table.maxTileBytes,
    });
    const out = bytesOf(data);
    bigEndianToNative(out, width);
    return out;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = `${table.label}: ${title(column)}, ${where}, ${algorithm}: ${why}`;
    throw new FitsError(cause instanceof FitsError ? cause.code : "BAD_DATA", what, { cause });
  }
}
