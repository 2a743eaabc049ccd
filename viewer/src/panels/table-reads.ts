/** What the table panel reads beside the rows in sight: rows that pass a condition, pairs of columns. */
import {
  type Batch,
  type Column,
  type Coordinates,
  degreesPerUnit,
  type RowSlice,
  type TableHdu,
} from "fitslice";
import type { SkyPoints } from "../points.js";

/** Rows that pass a condition, as far as they were found. */
export interface FoundRows {
  readonly batches: readonly Batch[];
  /** Of each batch how many rows the ones before have. */
  readonly starts: readonly number[];
  readonly count: number;
  /** Rows of the table that were looked at. */
  readonly looked: number;
  /** Whether all rows were looked at. */
  readonly isWhole: boolean;
}

/** Bytes of rows that are held. */
const mostBytes = 64e6;
const mostFound = 50_000;

/** Most bytes of one read that the file's cache keeps, and of a table that is read so that it keeps all: half of the cache. */
const keptRead = 4 * 1024 * 1024;
const keptTable = 64e6;

/**
 * Bytes of a batch: of a table that the file's cache can hold, so few that the cache keeps each one. The next condition, or the
 * next plot, then reads what was not read.
 */
export function batchBytesOf({ dataSize }: TableHdu): { readonly batchBytes?: number } {
  return dataSize <= keptTable ? { batchBytes: keptRead } : {};
}

/** Streams the rows that pass, each time with all that were found so far; ends when enough were found. */
export async function* findRows(
  table: TableHdu,
  columns: readonly Column[],
  where: string,
  signal: AbortSignal,
): AsyncGenerator<FoundRows, void> {
  const batches: Batch[] = [];
  const starts: number[] = [];
  let count = 0;
  let looked = 0;
  const limit = Math.max(1, Math.min(mostFound, Math.floor(mostBytes / rowBytesOf(columns))));
  const indices = columns.map(({ index }) => index);
  const options = { columns: indices, where, limit, signal, ...batchBytesOf(table) };
  for await (const batch of table.batches(options)) {
    batches.push(batch);
    starts.push(count);
    count += batch.length;
    looked = batch.stop;
    yield { batches: [...batches], starts: [...starts], count, looked, isWhole: false };
  }
  const isWhole = count < limit;
  yield { batches, starts, count, looked: isWhole ? table.rowCount : looked, isWhole };
}

/** Row `n` of those that were found. */
export function foundRow(
  { batches, starts, count }: FoundRows,
  n: number,
): { readonly batch: Batch; readonly i: number } | undefined {
  if (n < 0 || n >= count) return undefined;
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= n) low = middle;
    else high = middle - 1;
  }
  return { batch: batches[low]!, i: n - starts[low]! };
}

/** Bytes of the columns in one row, arrays of variable length aside. */
export function rowBytesOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) || 1;
}

/** Most rows of a plot, or of positions on the picture. */
export const mostPlotted = 100_000;
const stretches = 50;

/** Rows of which a plot is made: of a table that the file's cache can hold, cut so that the cache keeps them. */
function plottedRows({ rowCount, shape, dataSize }: TableHdu): RowSlice[] {
  const slices = sampledRows(rowCount);
  if (dataSize > keptTable) return slices;
  const most = Math.max(1, Math.floor(keptRead / Math.max(1, shape[1] ?? 1)));
  return slices.flatMap(({ start, stop }) =>
    Array.from({ length: Math.max(1, Math.ceil((stop - start) / most)) }, (_, i) => ({
      start: start + i * most,
      stop: Math.min(stop, start + (i + 1) * most),
    })),
  );
}

/** All rows, or `most` of them in stretches at equal distances. */
export function sampledRows(rowCount: number, most: number = mostPlotted): { start: number; stop: number }[] {
  if (rowCount <= most) return [{ start: 0, stop: rowCount }];
  const length = Math.floor(most / stretches);
  return Array.from({ length: stretches }, (_, i) => {
    const start = Math.floor((i * (rowCount - length)) / (stretches - 1));
    return { start, stop: start + length };
  });
}

/** The plans that `readPair` runs. */
export function pairPlans(
  table: TableHdu,
  pair: readonly [Column, Column],
  where: string | undefined,
): ReturnType<TableHdu["plan"]>[] {
  const columns = pair.map(({ index }) => index);
  return plottedRows(table).map((rows) => table.plan({ columns, rows, where }));
}

/** Values of two columns of numbers, NaN where null, of all rows or of a sample. */
export async function readPair(
  table: TableHdu,
  pair: readonly [Column, Column],
  { where, signal }: { readonly where: string | undefined; readonly signal: AbortSignal },
): Promise<readonly [Float64Array, Float64Array]> {
  const columns = pair.map(({ index }) => index);
  const parts = await Promise.all(
    plottedRows(table).map((rows) => table.select({ columns, rows, where, signal })),
  );
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const values = [new Float64Array(length), new Float64Array(length)] as const;
  let at = 0;
  for (const part of parts) {
    for (const [c, column] of pair.entries()) {
      const data = part.column(column);
      for (let i = 0; i < part.length; i++) values[c]![at + i] = numberOf(data.get(i));
    }
    at += part.length;
  }
  return values;
}

/** A cell as a number; of an array of one its element. NaN for null. */
function numberOf(cell: unknown): number {
  const scalar = Array.isArray(cell) && cell.length === 1 ? cell[0] : cell;
  return typeof scalar === "number" || typeof scalar === "bigint" ? Number(scalar) : Number.NaN;
}

/** The positions of rows, in degrees. */
export async function readPositions(
  table: TableHdu,
  { longitude, latitude, galactic }: Coordinates,
  options: { readonly where: string | undefined; readonly signal: AbortSignal },
): Promise<SkyPoints> {
  const [lon, lat] = await readPair(table, [longitude, latitude], options);
  return pointsOf({ longitude, latitude, galactic }, lon, lat);
}

/** The position of one row. */
export async function readPosition(
  table: TableHdu,
  coordinates: Coordinates,
  row: number,
  signal: AbortSignal,
): Promise<SkyPoints> {
  const { longitude, latitude } = coordinates;
  const rows = { start: row, stop: row + 1 };
  const batch = await table.select({ columns: [longitude.index, latitude.index], rows, signal });
  const [lon, lat] = [longitude, latitude].map((column) =>
    Float64Array.of(numberOf(batch.column(column).get(0))),
  );
  return pointsOf(coordinates, lon!, lat!);
}

function pointsOf(
  { longitude, latitude, galactic }: Coordinates,
  lon: Float64Array,
  lat: Float64Array,
): SkyPoints {
  const [lonUnit, latUnit] = [degreesPerUnit(longitude) ?? 1, degreesPerUnit(latitude) ?? 1];
  return {
    name: "table",
    frame: galactic ? "galactic" : "icrs",
    lon: lon.map((value) => value * lonUnit),
    lat: lat.map((value) => value * latUnit),
  };
}
