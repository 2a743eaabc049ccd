/**
 * More than extremes and mean: median, percentiles, sigma clipping and histograms of images and columns; where NaN are.
 */
import { checkArgument, checkImage, checkObject, checkTable, checkText } from "../argument.js";
import type { Arrays, DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { SectionOptions } from "../hdu/hdu.js";
import type { ImageHdu } from "../hdu/image.js";
import type { SelectOptions, TableHdu } from "../hdu/table.js";
import {
  type Blocks,
  type Clipped,
  distributionOf,
  mostHeld,
  percentilesOf,
  sigmaClipped,
} from "../image/distribution.js";
import type { AxisSelector, Selection } from "../image/section.js";
import { type Statistics, statisticsPass } from "../image/stats.js";
import { isValid } from "../table/bitmap.js";
import type { Column } from "../table/column.js";
import type { ColumnData } from "../table/data.js";
import { type ColumnSelector, selectColumn } from "../table/names.js";

/** What to find out; nothing by default. */
export interface DistributionWishes {
  /** From 0 to 100. */
  readonly percentiles?: readonly number[] | undefined;
  readonly median?: boolean | undefined;
  /** Sigma clipping at 3 standard deviations, at most 5 times, around the median. */
  readonly clipped?: boolean | undefined;
  /** Bins of a histogram from the least value to the greatest. */
  readonly histogram?: number | undefined;
}

/** Figures of the finite values; NaN where there is none. */
export interface DistributionFigures {
  /** In the order of the percentiles wanted. */
  readonly percentiles?: readonly number[];
  readonly median?: number;
  readonly clipped?: Clipped;
  /** Equal bins as numpy's: half-open, the last one closed. */
  readonly histogram?: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}

/** With the figures of `ImageHdu.stats`, by the same reading. */
export interface AllFigures extends DistributionFigures {
  readonly statistics: Statistics;
}

const mostBins = 1_000_000;
const mostPercentiles = 100;

/**
 * Order statistics of an image or a section: exact, whatever the size. Of up to 2^24 pixels, which are held sorted, the image is read
 * once; of more once for the count and then 2 times (float32, integers of up to 16 bits; others 4 times) for all percentiles and the
 * median together, 3 (5) times for each step of clipping, and once for the histogram. 64-bit integers count as float64. Throws BAD_ARGUMENT for
 * wishes that make no sense, and as reading does.
 */
export async function imageDistribution(
  image: ImageHdu,
  selection: Selection | undefined,
  wishes: DistributionWishes,
  options: SectionOptions = {},
): Promise<AllFigures> {
  checkImage(image);
  checkObject(wishes, "wishes");
  checkObject(options);
  const { shape } = image.resolve(selection);
  const dtype = options.raw ? image.rawDtype : image.dtype;
  const blocks: Blocks = async function* () {
    for await (const { data } of image.bands(selection, options)) yield data;
  };
  return figuresOf(blocks, dtype, shape, wishes);
}

/** The same of a column of numbers: of its values that are neither null nor NaN, all elements of vectors and lists. Throws WRONG_TYPE for others. */
export async function columnDistribution(
  table: TableHdu,
  selector: ColumnSelector,
  wishes: DistributionWishes,
  options: Omit<SelectOptions, "columns"> = {},
): Promise<AllFigures> {
  checkTable(table);
  const isSelector = typeof selector === "string" || typeof selector === "number";
  checkArgument(isSelector, "the column", "a name or an index", selector);
  checkObject(wishes, "wishes");
  checkObject(options);
  const column = selectColumn({ ...table, label: table.name }, selector);
  if (!isNumeric(column))
    throw new FitsError("WRONG_TYPE", `column '${column.name}' has no numbers in an order`);
  // Where a value may be null, NaN says so, which integers do not have.
  const dtype = column.null === undefined && !column.text ? (column.dtype as DType) : "float64";
  const blocks: Blocks = async function* () {
    for await (const batch of table.batches({ ...options, columns: [column.index] }))
      yield numbersOf(batch.columns[0]!, dtype);
  };
  return figuresOf(blocks, dtype, [table.rowCount, ...column.shape], wishes);
}

/** Whether the values of a column are numbers that have an order. */
export function isNumeric(column: Pick<Column, "dtype">): boolean {
  checkObject(column, "column");
  const { dtype } = column;
  checkText(dtype, "column.dtype");
  return dtype !== "string" && dtype !== "bool" && !dtype.startsWith("complex");
}

function numbersOf(column: ColumnData, dtype: DType): Arrays[DType] {
  const data = column.kind === "list" ? column.values : column;
  if (data.kind !== "number") return new Float64Array(0);
  const { validity, data: values } = data;
  if (dtype === data.dtype) return values;
  if (!validity) return Float64Array.from(values as ArrayLike<number>, Number);
  return Float64Array.from(values as ArrayLike<number>, (value, i) =>
    isValid(validity, i) ? Number(value) : Number.NaN,
  );
}

async function figuresOf(
  source: Blocks,
  dtype: DType,
  shape: readonly number[],
  wishes: DistributionWishes,
): Promise<AllFigures> {
  const { percentiles = [], median = false, clipped = false, histogram } = wishes;
  if (percentiles.length > mostPercentiles || !percentiles.every((percent) => percent >= 0 && percent <= 100))
    throw new FitsError("BAD_ARGUMENT", `percentiles are up to ${mostPercentiles} numbers from 0 to 100`);
  const isCount = histogram === undefined || (Number.isInteger(histogram) && histogram > 0);
  if (!isCount || (histogram ?? 0) > mostBins)
    throw new FitsError("BAD_ARGUMENT", `a histogram has 1 to ${mostBins} bins, not ${histogram}`);
  const pass = statisticsPass(dtype);
  let isFirst = true;
  const distribution = await distributionOf(async function* () {
    const wasFirst = isFirst;
    isFirst = false;
    for await (const block of source()) {
      if (wasFirst) pass.add(block);
      yield block;
    }
  }, mostHeld);
  const percents = [...percentiles, ...(median ? [50] : [])];
  const values = percents.length > 0 ? await percentilesOf(distribution, percents) : [];
  return {
    statistics: pass.finish(shape),
    ...(median && { median: values.at(-1)! }),
    ...(wishes.percentiles && { percentiles: values.slice(0, percentiles.length) }),
    ...(clipped && { clipped: await sigmaClipped(distribution) }),
    ...(histogram !== undefined && { histogram: await distribution.histogram(histogram) }),
  };
}

/** Where NaN are on the last two axes. */
export interface NanMap {
  readonly nan: number;
  /** The smallest box that holds all of them, in the result of the section, half-open; absent where there is none. */
  readonly box?: {
    readonly start: readonly [y: number, x: number];
    readonly stop: readonly [y: number, x: number];
  };
  /** Shares of NaN, from 0 to 1, in cells of a coarse grid: [y][x], the first row of the section first. */
  readonly shares: readonly (readonly number[])[];
}

/**
 * Where the NaN of an image or a section lie: of cubes all planes together. One pass. `size` is the most cells of the grid,
 * [y, x]; default 24 rows of 64.
 */
export async function nanMap(
  image: ImageHdu,
  selection?: Selection,
  options: SectionOptions & { readonly size?: readonly [y: number, x: number] | undefined } = {},
): Promise<NanMap> {
  checkImage(image);
  checkObject(options);
  const { size: [mostRows, mostColumns] = [24, 64], ...reading } = options;
  for (const most of [mostRows, mostColumns])
    if (!(Number.isInteger(most) && most > 0 && most <= 4096))
      throw new FitsError("BAD_ARGUMENT", `a map has 1 to 4096 cells along an axis, not ${most}`);
  const { shape } = image.resolve(selection);
  const width = shape.at(-1) ?? 1;
  const height = shape.at(-2) ?? 1;
  const [rows, columns] = [Math.min(height, mostRows), Math.min(width, mostColumns)];
  const counts = new Float64Array(rows * columns);
  const box = { top: height, left: width, bottom: -1, right: -1 };
  let nan = 0;
  for await (const band of image.bands(selection, reading)) {
    const { data, start } = band;
    const own = { width: band.shape.at(-1) ?? 1, height: band.shape.at(-2) ?? 1 };
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    for (let i = 0; i < data.length; i++) {
      if (!Number.isNaN(data[i])) continue;
      nan++;
      const x = (start.at(-1) ?? 0) + (i % own.width);
      const y = (start.at(-2) ?? 0) + (Math.floor(i / own.width) % own.height);
      counts[Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width)]!++;
      box.top = Math.min(box.top, y);
      box.left = Math.min(box.left, x);
      box.bottom = Math.max(box.bottom, y);
      box.right = Math.max(box.right, x);
    }
  }
  const planes = shape.slice(0, -2).reduce((n, length) => n * length, 1);
  const shares = Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => {
      const cell = extent(r, rows, height) * extent(c, columns, width) * planes;
      return cell > 0 ? counts[r * columns + c]! / cell : 0;
    }),
  );
  if (nan === 0) return { nan, shares };
  return { nan, box: { start: [box.top, box.left], stop: [box.bottom + 1, box.right + 1] }, shares };
}

/** How many pixels are in a cell of an axis. */
function extent(cell: number, cells: number, length: number): number {
  return Math.ceil(((cell + 1) * length) / cells) - Math.ceil((cell * length) / cells);
}

/** More planes than that are no list that anybody reads. */
const mostPlanes = 100_000;

/** The planes of a section, on its last two axes: where each stands on the others, and its selection. Throws BAD_ARGUMENT for fewer than three axes. */
export function planesOf(
  image: ImageHdu,
  selection?: Selection,
): { readonly index: readonly number[]; readonly selection: Selection }[] {
  checkImage(image);
  const { start, count, step, dropped } = image.resolve(selection);
  const kept = dropped.flatMap((isDropped, axis) => (isDropped ? [] : [axis]));
  if (kept.length < 3)
    throw new FitsError("BAD_ARGUMENT", `planes are of cubes, and this has ${kept.length} axes`);
  const across = kept.slice(0, -2);
  const planes = across.reduce((n, axis) => n * count[axis]!, 1);
  if (planes > mostPlanes)
    throw new FitsError("TOO_LARGE", `${planes} planes; choose up to ${mostPlanes} of them by a section`);
  const whole = (axis: number): AxisSelector => {
    const end = start[axis]! + count[axis]! * step[axis]!;
    return [start[axis]!, end < 0 ? null : end, step[axis]!];
  };
  return Array.from({ length: planes }, (_, plane) => {
    let rest = plane;
    const index: number[] = [];
    for (const axis of [...across].reverse()) {
      index.unshift(start[axis]! + (rest % count[axis]!) * step[axis]!);
      rest = Math.floor(rest / count[axis]!);
    }
    const selectors = start.map((first, axis): AxisSelector => {
      if (dropped[axis]) return first;
      const at = across.indexOf(axis);
      return at >= 0 ? index[at]! : whole(axis);
    });
    return { index, selection: selectors };
  });
}
