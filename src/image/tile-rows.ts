/**
 * The first step of a read: the rows of the wanted tiles, which say where their bytes lie.
 */
import type { NdArray } from "../array.js";
import type { Plan, Step } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import { cellReader, type TileCell } from "./tile-cell.js";
import type { TileGrid, TilePart } from "./tile-grid.js";
import { type Read, type Store, truncated } from "./tile-store.js";
import type { TileTable } from "./tile-table.js";

/** Tables of descriptors up to this size are read whole, once, and kept: less than one request costs. */
const smallTable = 128 * 1024;
/** Data units up to this size come whole with their descriptors. */
const smallData = 128 * 1024;
/** Guesses are requests as they stand: this long, several at a time are faster than one. */
const longestGuess = 1024 * 1024;
/** More is not guessed: beside the time that it takes, one round trip is little. */
const mostGuessed = 8 * longestGuess;
/** Rows this far apart are read in one range. */
const rowGap = 4096;

/** Goes on with the cells of `parts`, at once when they are known. */
export function withCells(
  { store, grid }: Pick<Read, "store" | "grid">,
  parts: readonly TilePart[],
  then: (wanted: TileCell[]) => Plan<NdArray>,
): Plan<NdArray> {
  const { table } = store;
  if (store.rows) return then(cellsOf(store, grid, parts, [{ first: 0, rows: store.rows }]));
  const tableBytes = table.rowBytes * table.tileCount;
  const small = tableBytes <= smallTable;
  const runs = small ? [{ first: 0, last: table.tileCount - 1 }] : rowRuns(table, parts);
  const got: RowsOf[] = [];
  const ahead = guessedRanges(store, small ? rowRuns(table, parts) : runs);
  return {
    label: `tile descriptors of ${table.label}`,
    ranges: runs.map(({ first, last }) => ({
      offset: table.dataOffset + first * table.rowBytes,
      length: (last + 1 - first) * table.rowBytes,
    })),
    ...(ahead.length > 0 && { ahead }),
    take(i, bytes) {
      const { first, last } = runs[i]!;
      const length = (last + 1 - first) * table.rowBytes;
      if (bytes.byteLength < length) {
        const at = table.dataOffset + first * table.rowBytes;
        throw truncated(table.label, "the descriptors of its tiles", at + length, at + bytes.byteLength);
      }
      // The bytes are borrowed: what is kept is a copy.
      const rows = viewOf(small ? bytes.slice() : bytes);
      got[i] = { first, rows };
      if (small) store.rows ??= rows;
    },
    next: () => then(cellsOf(store, grid, parts, got)),
  } satisfies Step<NdArray>;
}

interface RowsOf {
  /** The tile of the first row. */
  readonly first: number;
  readonly rows: DataView;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Rows of wanted tiles that lie close together, as runs. */
function rowRuns(table: TileTable, parts: readonly TilePart[]): { first: number; last: number }[] {
  const apart = Math.max(1, Math.floor(rowGap / table.rowBytes));
  const runs: { first: number; last: number }[] = [];
  for (const { tile } of parts) {
    const run = runs.at(-1);
    if (run && tile - run.last <= apart) run.last = tile;
    else runs.push({ first: tile, last: tile });
  }
  return runs;
}

function guessedRanges(
  { table, guess }: Store,
  runs: readonly { first: number; last: number }[],
): ByteRange[] {
  if (table.heapSize + table.rowBytes * table.tileCount <= smallData) {
    return [{ offset: table.heapOffset, length: table.heapSize }];
  }
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

function cellsOf(
  store: Store,
  grid: TileGrid,
  parts: readonly TilePart[],
  rows: readonly RowsOf[],
): TileCell[] {
  const { table } = store;
  const { rowBytes } = table;
  const read = cellReader(table, grid);
  const cells: TileCell[] = [];
  let run = 0;
  for (const part of parts) {
    // Runs and tiles are in the same order.
    while (run + 1 < rows.length && rows[run + 1]!.first <= part.tile) run++;
    const { first, rows: view } = rows[run]!;
    cells.push(read(view, (part.tile - first) * rowBytes, part));
  }
  if (cells.length > 0 && !store.rows) {
    store.guess.learn(cells[0]!);
    store.guess.learn(cells.at(-1)!);
  }
  return cells;
}
