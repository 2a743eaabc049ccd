/**
 * The rows of the table of tiles: which of them a section needs, and what each says of its tile: where its bytes lie,
 * and how they are to be scaled.
 */
import { allocate } from "../../array.js";
import { FitsError } from "../../errors.js";
import type { Course } from "../../read/plan.js";
import type { ByteRange } from "../../source/source.js";
import { gridTile, type TileGrid, tileMeasure } from "./grid.js";
import type { HeapGuess } from "./guess.js";
import type { DescriptorField, TileNumber, TileTable } from "./table.js";
import {
  type CellColumn,
  cellColumns,
  codecOf,
  isRice,
  lengthAt,
  newTasks,
  offsetAt,
  setCell,
  setMeasure,
  type TileCell,
  type TileTasks,
  tileAt,
} from "./tasks.js";

/** How errors call a tile. */
export function tileLabel(table: TileTable, tile: number): string {
  return `${table.label}, tile ${tile} of ${table.tileCount} (${table.coding.algorithm})`;
}

/** The error for a file that ends before something that it needs. */
export function truncated(label: string, what: string, needed: number, fileEnd: number): FitsError {
  return new FitsError(
    "TRUNCATED",
    `${label}: the file ends at byte ${fileEnd}, before byte ${needed} that ${what} needs; the file is cut short or its header wrong`,
  );
}

/** Tables of descriptors up to this size are read whole: that takes less time than one request. */
const smallTable = 128 * 1024;
/** Data units up to this size come whole with their descriptors. */
const smallData = 128 * 1024;
/** Bytes of one guess, which is sent as one request: several of this length are faster than one long request. */
const longestGuess = 1024 * 1024;
/** Most bytes guessed: reading more takes so long that a round trip is little beside it. */
const mostGuessed = 8 * longestGuess;
/** Rows this far apart are read in one range. */
const rowGap = 4096;

/** Rows that have been read, one behind the other from that of tile `first` on. */
export interface TileRows {
  readonly first: number;
  readonly view: DataView;
}

/** Whether all rows of a table are read when any is. */
export function isSmallTable({ rowBytes, tileCount }: TileTable): boolean {
  return rowBytes * tileCount <= smallTable;
}

/**
 * Reads the rows of these tiles of the grid (a small table whole), with guesses at where the tiles themselves lie.
 * Answers with copies, in the order of the tiles.
 */
export function* readRows(
  table: TileTable,
  grid: TileGrid,
  wanted: readonly number[],
  guess: HeapGuess,
): Course<TileRows[]> {
  const isSmall = isSmallTable(table);
  // Where much of the heap is wanted, nothing is guessed.
  const guesses = (wanted.length / table.tileCount) * table.heapSize <= mostGuessed;
  const wantedRuns = isSmall && !guesses ? [] : rowRuns(table, grid, wanted);
  const runs = isSmall ? [{ first: 0, last: table.tileCount - 1 }] : wantedRuns;
  const ahead = guesses ? guessedRanges(table, guess, wantedRuns) : [];
  const ranges = runs.map(({ first, last }) => ({
    offset: table.dataOffset + first * table.rowBytes,
    length: (last + 1 - first) * table.rowBytes,
  }));
  const rows: TileRows[] = [];
  yield {
    label: `tile descriptors of ${table.label}`,
    ranges,
    locates: true,
    ...(ahead.length > 0 && { ahead }),
    take(i, bytes) {
      const { offset, length } = ranges[i]!;
      if (bytes.byteLength < length) {
        const what = "the descriptors of its tiles";
        throw truncated(table.label, what, offset + length, offset + bytes.byteLength);
      }
      // The bytes are borrowed. (`slice` of a Buffer would not copy them.)
      const copy = allocate("uint8", length);
      copy.set(bytes);
      rows[i] = { first: runs[i]!.first, view: new DataView(copy.buffer) };
    },
  };
  return rows;
}

/** Rows of wanted tiles that lie close together, as runs. */
function rowRuns(
  table: TileTable,
  grid: TileGrid,
  wanted: readonly number[],
): { first: number; last: number }[] {
  const apart = Math.max(1, Math.floor(rowGap / table.rowBytes));
  const runs: { first: number; last: number }[] = [];
  for (const i of wanted) {
    const tile = gridTile(grid, i);
    const run = runs.at(-1);
    if (run && tile - run.last <= apart) run.last = tile;
    else runs.push({ first: tile, last: tile });
  }
  return runs;
}

function guessedRanges(
  table: TileTable,
  guess: HeapGuess,
  runs: readonly { first: number; last: number }[],
): ByteRange[] {
  if (table.heapSize + table.rowBytes * table.tileCount <= smallData)
    return [{ offset: table.heapOffset, length: table.heapSize }];
  const ranges = runs.flatMap(({ first, last }) => guess.range(first, last) ?? []);
  const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
  return bytes > mostGuessed ? [] : ranges.flatMap(inParts);
}

function inParts({ offset, length }: ByteRange): ByteRange[] {
  const parts: ByteRange[] = [];
  for (let at = 0; at < length; at += longestGuess) {
    parts.push({ offset: offset + at, length: Math.min(longestGuess, length - at) });
  }
  return parts;
}

/** The tasks of these tiles of the grid, by their rows. Throws BAD_DATA as `cellReader` does. */
export function tasksOf(
  table: TileTable,
  grid: TileGrid,
  wanted: readonly number[],
  rows: readonly TileRows[],
): TileTasks {
  const readCell = cellReader(table);
  const measure = tileMeasure(grid);
  const tasks = newTasks(wanted.length, grid.axes.length);
  let run = 0;
  for (let i = 0; i < wanted.length; i++) {
    const taken = measure(wanted[i]!);
    const { tile, pixels } = taken;
    // Runs and tiles are in the same order.
    while (run + 1 < rows.length && rows[run + 1]!.first <= tile) run++;
    const { first, view } = rows[run]!;
    const cell = readCell(view, (tile - first) * table.rowBytes, tile, pixels);
    if (!endsEarly(table, cell.column, pixels)) taken.needed = pixels;
    setMeasure(tasks, i, taken);
    setCell(tasks, i, cell);
  }
  return tasks;
}

/** Tells the guess where tiles lie that were read. */
export function learnFrom(guess: HeapGuess, tasks: TileTasks): void {
  if (tasks.count === 0) return;
  for (const i of [0, tasks.count - 1]) guess.learn(tileAt(tasks, i), offsetAt(tasks, i), lengthAt(tasks, i));
}

/** Pixels of a tile beyond which no more of them are decoded than wanted: no kernel takes such tiles. */
const largeTile = 2 ** 22;

/**
 * Whether the decoding of a tile ends with the last pixel that is wanted. RICE always ends there: of a row, in the
 * middle on average. The decoders of other large tiles end there, too; the kernels, which decode small tiles, want them
 * whole.
 */
function endsEarly({ coding }: TileTable, column: number, pixels: number): boolean {
  return pixels > largeTile || (cellColumns[column] === "COMPRESSED_DATA" && isRice(coding));
}

/** Reads what the row at byte `row` says of a tile of so many `pixels` in all: into the same object for all tiles. */
type CellReader = (rows: DataView, row: number, tile: number, pixels: number) => TileCell;

/**
 * A reader of the rows of a table. It throws BAD_DATA for a descriptor that points out of the heap, or to bytes that
 * cannot be this tile's. Thousands of tiles come one after the other, before code is compiled: what is the same for all
 * tiles is looked up here, and no object is made for a tile.
 */
function cellReader(table: TileTable): CellReader {
  const { scale, zero, blank, mask } = table;
  const columns = cellColumns.flatMap((column, number) => {
    const descriptor = table.cells[column];
    return descriptor ? [{ column, number, descriptor, ...boundsOf(table, column) }] : [];
  });
  const cell: TileCell = {
    column: 0,
    offset: 0,
    length: 0,
    scale: 1,
    zero: 0,
    blank: Number.NaN,
    maskOffset: 0,
    maskLength: 0,
  };
  return (rows, row, tile, pixels) => {
    for (let c = 0; c < columns.length; c++) {
      const { column, number, descriptor, perByte, least } = columns[c]!;
      const length = cellLength(rows, row, descriptor);
      if (length === 0) continue;
      cell.offset = cellOffset(table, tile, rows, row, column, descriptor, length);
      const most = Math.min(mostPixels, Math.max(least, (length + 64) * perByte));
      if (pixels > most || length > 65536 + pixels * 32) implausible(table, tile, column, length, pixels);
      cell.column = number;
      cell.length = length;
      if (scale) cell.scale = numberAt(scale, rows, row);
      if (zero) cell.zero = numberAt(zero, rows, row);
      if (blank) cell.blank = numberAt(blank, rows, row);
      if (mask) {
        cell.maskLength = cellLength(rows, row, mask.field);
        if (cell.maskLength !== 0)
          cell.maskOffset = cellOffset(
            table,
            tile,
            rows,
            row,
            "NULL_PIXEL_MASK",
            mask.field,
            cell.maskLength,
          );
      }
      return cell;
    }
    throw new FitsError(
      "BAD_DATA",
      `${tileLabel(table, tile)}: the tile has no data in any column; the file is damaged`,
    );
  };
}

/** Bytes of a cell, by its descriptor in the row that begins at byte `row`. */
function cellLength(rows: DataView, row: number, { offset, wide, elementBytes }: DescriptorField): number {
  return (wide ? Number(rows.getBigInt64(row + offset)) : rows.getInt32(row + offset)) * elementBytes;
}

/** Where the bytes of a cell are in the file. */
function cellOffset(
  table: TileTable,
  tile: number,
  rows: DataView,
  row: number,
  column: string,
  { offset, wide, elementBytes }: DescriptorField,
  length: number,
): number {
  const at = row + offset;
  // The Standard has signed offsets; heaps between 2 and 4 GB are written with unsigned ones all the same.
  const start = wide ? Number(rows.getBigInt64(at + 8)) : rows.getUint32(at + 4);
  if (length >= 0 && start >= 0 && start + length <= table.heapSize) return table.heapOffset + start;
  throw new FitsError(
    "BAD_DATA",
    `${tileLabel(table, tile)}: its descriptor in ${column} says ${length / elementBytes} elements at byte ${start}, but the heap has ${table.heapSize} bytes`,
  );
}

/**
 * Most pixels that a byte can hold: a deflate match of 258 bytes takes at least 2 bits, a PLIO run of 4095 pixels 16.
 */
const densest: Readonly<Record<string, number>> = {
  RICE_1: 8 * 1024,
  RICE_ONE: 8 * 1024,
  GZIP_1: 1040,
  GZIP_2: 1040,
  PLIO_1: 2048,
  NOCOMPRESS: 1,
};
/** An empty tile takes HCOMPRESS a few bytes, whatever its size: any bytes may hold so many pixels. */
const emptyPixels = 2 ** 24;
/** Pixels that a byte of a larger tile can hold: a plane of empty quadrants takes a bit for thousands of them. */
const densestHcompress = 4096;
const mostPixels = 2 ** 30;

/**
 * How many pixels a tile may have for each byte of a column, and how many at least, however few bytes it takes. A tile
 * that its bytes cannot hold is refused before any room is made for it (the header's shape is wrong), and so are bytes
 * that no such tile needs (the descriptor is wrong: decoding would read the heap again for every tile).
 */
function boundsOf({ coding }: TileTable, column: CellColumn): { perByte: number; least: number } {
  const codec = codecOf(coding, column);
  return { perByte: densest[codec] ?? densestHcompress, least: codec === "HCOMPRESS_1" ? emptyPixels : 0 };
}

function implausible(table: TileTable, tile: number, column: string, length: number, pixels: number): never {
  throw new FitsError(
    "BAD_DATA",
    `${tileLabel(table, tile)}: ${length} bytes in ${column} cannot be its ${pixels} pixels; the descriptor or the header is wrong`,
  );
}

function numberAt(number: TileNumber, rows: DataView, row: number): number {
  if ("value" in number) return number.value;
  const at = row + number.offset;
  switch (number.code) {
    case "E":
      return rows.getFloat32(at);
    case "D":
      return rows.getFloat64(at);
    case "B":
      return rows.getUint8(at);
    case "I":
      return rows.getInt16(at);
    case "J":
      return rows.getInt32(at);
    case "K":
      return Number(rows.getBigInt64(at));
  }
}
