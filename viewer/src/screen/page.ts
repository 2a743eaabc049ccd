/**
 * A page of texels: what is known of it, unit by unit, the values, and the texels that are drawn where nothing is known yet.
 */
import type { Arrays, DType } from "fitslice";
import type { PageId, Rect } from "./geometry.js";
import type { Supply } from "./supply.js";
import { pagePixels, type UnitGrid, unitsIn } from "./units.js";
import type { Origin } from "./values.js";

/** Drawn as nothing: what lies below shows through. */
export const missing = -3.4028234663852886e38;

/** Texels of one row of pixels of a supply: sums and counts of the finite pixels in each, from the texel `first` on. */
export interface BinnedRow {
  readonly first: number;
  readonly length: number;
  readonly sums: Float64Array;
  readonly counts: Uint32Array;
}

export interface Page extends PageId {
  /** Names the page and its supply. */
  readonly key: string;
  readonly supply: Supply;
  readonly width: number;
  readonly height: number;
  /** The pixels of the supply under it. */
  readonly pixels: Rect;
  /** Its units: columns and rows of the grid. */
  readonly units: Rect;
  readonly grid: UnitGrid;
  /** Texels are 2^shift x 2^shift pixels of the supply. */
  readonly shift: number;
  /** Whether each unit was read, row by row. */
  readonly read: Uint8Array;
  /** Units read that each row of texels lies in, for each column of units. */
  readonly depth: Uint32Array;
  /** Values of the image, where texels are pixels. */
  exact: Arrays[DType] | undefined;
  /** Else: means of the finite pixels that were read, from the origin, and how many these are. */
  mean: Float32Array | undefined;
  weight: Float32Array | undefined;
  /** Counts changes, for what was made of it. */
  version: number;
  /** When it was last in sight. */
  used: number;
}

export function keyOf({ level, column, row }: PageId): string {
  return `${level}/${column}/${row}`;
}

export function newPage(id: PageId, supply: Supply, grid: UnitGrid): Page {
  const pixels = pagePixels(id, supply);
  const shift = id.level - supply.base;
  const units = unitsIn(grid, pixels);
  const texels = (from: number, to: number): number => Math.ceil((to - from) / 2 ** shift);
  const height = texels(pixels.y0, pixels.y1);
  return {
    level: id.level,
    column: id.column,
    row: id.row,
    key: `${supply.base}/${keyOf(id)}`,
    supply,
    width: texels(pixels.x0, pixels.x1),
    height,
    pixels,
    units,
    grid,
    shift,
    read: new Uint8Array((units.x1 - units.x0) * (units.y1 - units.y0)),
    depth: new Uint32Array(height * (units.x1 - units.x0)),
    exact: undefined,
    mean: undefined,
    weight: undefined,
    version: 0,
    used: 0,
  };
}

export function bytesOf(page: Page): number {
  const { read, depth, exact, mean } = page;
  return read.byteLength + depth.byteLength + (exact?.byteLength ?? 0) + 2 * (mean?.byteLength ?? 0);
}

function place({ units }: Page, column: number, row: number): number {
  return (row - units.y0) * (units.x1 - units.x0) + column - units.x0;
}

/** Whether a unit of the grid was read into this page. */
export function isRead(page: Page, column: number, row: number): boolean {
  return page.read[place(page, column, row)] === 1;
}

/** Notes that a unit was read. */
export function markRead(page: Page, column: number, row: number): void {
  const at = place(page, column, row);
  if (page.read[at]) return;
  page.read[at] = 1;
  page.version++;
  const { grid, pixels, shift, height, units, depth } = page;
  const top = Math.min(pixels.y1, (row + 1) * grid.height);
  const from = Math.max(0, Math.floor((row * grid.height - pixels.y0) / 2 ** shift));
  const to = Math.min(height, Math.ceil((top - pixels.y0) / 2 ** shift));
  for (let texel = from; texel < to; texel++) depth[texel * (units.x1 - units.x0) + column - units.x0]!++;
}

/** How many units a row of texels lies in. */
export function unitsUnder({ pixels, shift, grid }: Page, texel: number): number {
  const from = pixels.y0 + texel * 2 ** shift;
  const to = Math.min(pixels.y1, from + 2 ** shift);
  return Math.floor((to - 1) / grid.height) - Math.floor(from / grid.height) + 1;
}

/** Which texels a column of units lies in, half-open, within the page. */
export function texelsOf({ pixels, grid, shift, width }: Page, column: number): [from: number, to: number] {
  const from = Math.max(0, Math.floor((column * grid.width - pixels.x0) / 2 ** shift));
  return [from, Math.min(width, Math.ceil(((column + 1) * grid.width - pixels.x0) / 2 ** shift))];
}

/** Puts pixels `at` to `at + count` of `data`, which begin at the pixel `[x, y]` of the supply, into a page of pixels. */
export function putPixels(
  page: Page,
  data: Arrays[DType],
  at: number,
  count: number,
  x: number,
  y: number,
): void {
  const { pixels, width, height } = page;
  page.exact ??= new (data.constructor as { new (length: number): Arrays[DType] })(width * height);
  const from = Math.max(x, pixels.x0);
  const to = Math.min(x + count, pixels.x1);
  const part = data.subarray(at + from - x, at + to - x);
  (page.exact as Float64Array).set(part as Float64Array, (y - pixels.y0) * width + from - pixels.x0);
}

/** Adds a row of pixels, binned to texels of this page's level, to the means. */
export function addRow(page: Page, bins: BinnedRow, y: number, { reference }: Origin): void {
  const { pixels, shift, width, height } = page;
  const mean = (page.mean ??= new Float32Array(width * height));
  const weight = (page.weight ??= new Float32Array(width * height));
  const left = Math.floor(pixels.x0 / 2 ** shift);
  const from = Math.max(0, bins.first - left);
  const to = Math.min(width, bins.first + bins.length - left);
  let out = Math.floor((y - pixels.y0) / 2 ** shift) * width + from;
  for (let i = from + left - bins.first; i < to + left - bins.first; i++, out++) {
    const count = bins.counts[i]!;
    if (count === 0) continue;
    const all = weight[out]! + count;
    const before = mean[out]!;
    mean[out] = before + ((bins.sums[i]! / count - reference - before) * count) / all;
    weight[out] = all;
  }
}

/** Writes `count` known texels from `at` on, as they are drawn: from the origin, NaN for no value. */
function writeTexels(
  page: Page,
  at: number,
  count: number,
  to: Float32Array,
  out: number,
  { unit, reference }: Origin,
): void {
  const { exact, mean, weight } = page;
  if (!exact) {
    for (let i = 0; i < count; i++) to[out + i] = weight?.[at + i] ? mean![at + i]! : Number.NaN;
  } else if (exact instanceof BigInt64Array || exact instanceof BigUint64Array) {
    const middle = BigInt(reference);
    for (let i = 0; i < count; i++) to[out + i] = Number(exact[at + i]! - middle);
  } else if (unit === 1 && reference === 0) to.set(exact.subarray(at, at + count), out);
  else for (let i = 0; i < count; i++) to[out + i] = exact[at + i]! * unit - reference;
}

/** The row of texels, known in this column of units, that lies nearest to `texel`, at most `reach` away; -1 for none. */
export function nearestRow(page: Page, column: number, texel: number, reach: number): number {
  const { depth, height, units } = page;
  const columns = units.x1 - units.x0;
  const known = (row: number): boolean =>
    row >= 0 && row < height && depth[row * columns + column - units.x0]! > 0;
  for (let far = 0; far <= Math.min(reach, height); far++) {
    if (known(texel - far)) return texel - far;
    if (known(texel + far)) return texel + far;
  }
  return -1;
}

/** The tile that was read, nearest to this one, at most `reach` tiles away along each axis; undefined for none. */
export function nearestTile(
  page: Page,
  column: number,
  row: number,
  reach: number,
): { column: number; row: number } | undefined {
  const { units } = page;
  let best: { column: number; row: number } | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let y = Math.max(units.y0, row - reach); y < Math.min(units.y1, row + reach + 1); y++)
    for (let x = Math.max(units.x0, column - reach); x < Math.min(units.x1, column + reach + 1); x++) {
      const far = (x - column) ** 2 + (y - row) ** 2;
      if (far >= least || !isRead(page, x, y)) continue;
      least = far;
      best = { column: x, row: y };
    }
  return best;
}

/**
 * Writes the texels to draw, the lowest row first: known ones, and in place of others the nearest known row, or the median of
 * the nearest known tile, within `reach` (rows of texels, or tiles); else `missing`.
 */
export function drawTexels(page: Page, to: Float32Array, origin: Origin, reach: number): void {
  const { width, height, units, grid } = page;
  for (let column = units.x0, before = 0; column < units.x1; column++) {
    const [first, end] = texelsOf(page, column);
    // A texel may be of two tiles: it stays as it is, where the second one is not known.
    const from = Math.max(first, before);
    before = end;
    let last = -2;
    for (let row = 0; row < height; row++) {
      const source = nearestRow(page, column, row, grid.tiles ? 0 : reach);
      const out = row * width;
      if (source < 0) to.fill(missing, out + from, out + end);
      else if (source === last && source !== row)
        to.copyWithin(out + from, out - width + from, out - width + end);
      else writeTexels(page, source * width + from, end - from, to, out + from, origin);
      last = source;
    }
  }
  if (grid.tiles && reach > 0) fillTiles(page, to, reach);
}

/** Texels of a tile whose middle value is found. */
const mostSorted = 256;

/** Fills tiles that were not read with the median of the nearest one that was: a star of one is no star of the other. */
function fillTiles(page: Page, to: Float32Array, reach: number): void {
  const { units, width } = page;
  const middles = new Map<number, number>();
  const middleOf = (column: number, row: number): number => {
    const key = place(page, column, row);
    let middle = middles.get(key);
    if (middle === undefined) middles.set(key, (middle = tileMiddle(page, to, column, row)));
    return middle;
  };
  for (let row = units.y0; row < units.y1; row++)
    for (let column = units.x0; column < units.x1; column++) {
      if (isRead(page, column, row)) continue;
      const near = nearestTile(page, column, row, reach);
      if (!near) continue;
      const middle = middleOf(near.column, near.row);
      const [x0, x1] = texelsOf(page, column);
      const [y0, y1] = rowsOf(page, row);
      for (let y = y0; y < y1; y++)
        for (let x = x0; x < x1; x++) if (to[y * width + x] === missing) to[y * width + x] = middle;
    }
}

/** Which rows of texels a row of units lies in, half-open, within the page. */
export function rowsOf({ pixels, grid, shift, height }: Page, row: number): [from: number, to: number] {
  const from = Math.max(0, Math.floor((row * grid.height - pixels.y0) / 2 ** shift));
  return [from, Math.min(height, Math.ceil(((row + 1) * grid.height - pixels.y0) / 2 ** shift))];
}

function tileMiddle(page: Page, shown: Float32Array, column: number, row: number): number {
  const [x0, x1] = texelsOf(page, column);
  const [y0, y1] = rowsOf(page, row);
  const step = Math.ceil(Math.sqrt(((x1 - x0) * (y1 - y0)) / mostSorted));
  const values: number[] = [];
  for (let y = y0; y < y1; y += step)
    for (let x = x0; x < x1; x += step) {
      const value = shown[y * page.width + x]!;
      if (Number.isFinite(value) && value !== missing) values.push(value);
    }
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? Number.NaN;
}
