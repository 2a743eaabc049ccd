/**
 * The first step of a read: the rows of the wanted tiles, which say where their bytes lie.
 */
import type { NdArray } from "../array.js";
import type { Plan, Step } from "../read/old-plan.js";
import type { ByteRange } from "../source/source.js";
import { cellReader } from "./tile-cell.js";
import { gridTile, type TileGrid, tileMeasure } from "./tile-grid.js";
import type { TilesStep } from "./tile-step.js";
import { type Read, type Store, truncated } from "./tile-store.js";
import type { TileTable } from "./tile-table.js";
import { field, newTasks, type TileTasks } from "./tile-tasks.js";

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

/** Goes on with the cells of these tiles of the grid: at once, while planning, when they are known. */
export function withCells(
  { store, grid }: Pick<Read, "store" | "grid">,
  wanted: readonly number[],
  tiles: TilesStep,
): Plan<NdArray> {
  const { table } = store;
  if (wanted.length === 0) return tiles.plan(newTasks(0, grid.axes.length));
  if (store.rows) return tiles.plan(tasksOf(store, grid, wanted, [{ first: 0, rows: store.rows }]));
  const tableBytes = table.rowBytes * table.tileCount;
  const small = tableBytes <= smallTable;
  // The heap is not guessed at where much of it is wanted.
  const guesses = (wanted.length / table.tileCount) * table.heapSize <= mostGuessed;
  const wantedRuns = small && !guesses ? [] : rowRuns(table, grid, wanted);
  const runs = small ? [{ first: 0, last: table.tileCount - 1 }] : wantedRuns;
  const got: RowsOf[] = [];
  const ahead = guesses ? guessedRanges(store, wantedRuns) : [];
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
      tiles.begin();
    },
    next: () => tiles.plan(tasksOf(store, grid, wanted, got)),
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

function tasksOf(
  store: Store,
  grid: TileGrid,
  wanted: readonly number[],
  rows: readonly RowsOf[],
): TileTasks {
  const { table, guess } = store;
  const { rowBytes } = table;
  const read = cellReader(table);
  const measure = tileMeasure(grid);
  const tasks = newTasks(wanted.length, grid.axes.length);
  const { numbers, width } = tasks;
  let run = 0;
  for (let i = 0, task = 0; i < wanted.length; i++, task += width) {
    const pixels = measure(wanted[i]!, numbers, task);
    const tile = numbers[task + field.tile]!;
    // Runs and tiles are in the same order.
    while (run + 1 < rows.length && rows[run + 1]!.first <= tile) run++;
    const { first, rows: view } = rows[run]!;
    read(view, (tile - first) * rowBytes, pixels, numbers, task);
  }
  if (wanted.length > 0 && !store.rows) {
    for (const at of [0, (wanted.length - 1) * width]) {
      const { tile, offset, length } = field;
      guess.learn(numbers[at + tile]!, numbers[at + offset]!, numbers[at + length]!);
    }
  }
  return tasks;
}
