/**
 * Units of reading: a page is known unit by unit. Where pixels lie in rows, a unit is a row (or a row of tiles) as wide as
 * a page; where they lie in square tiles, a tile. Pure.
 */
import { type PageId, pageSide, type Rect } from "./geometry.js";
import type { Supply } from "./supply.js";

/** A grid of units over the pixels of a supply. */
export interface UnitGrid {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  /** Units are square tiles, which are read one by one, rather than rows. */
  readonly tiles: boolean;
}

/** Units of a row that lie side by side: columns half-open. */
export interface Run {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

export function unitGrid(supply: Supply, level: number): UnitGrid {
  const { tile } = supply;
  const tiles = tile !== undefined && tile.height > 1 && tile.width < supply.width;
  const width = tiles ? tile.width : pageSide * 2 ** (level - supply.base);
  const height = tile?.height ?? 1;
  return {
    width,
    height,
    columns: Math.ceil(supply.width / width),
    rows: Math.ceil(supply.height / height),
    tiles,
  };
}

/** The units that a rectangle of the supply touches: columns and rows, half-open. */
export function unitsIn(grid: UnitGrid, { x0, y0, x1, y1 }: Rect): Rect {
  return {
    x0: Math.floor(x0 / grid.width),
    y0: Math.floor(y0 / grid.height),
    x1: Math.ceil(x1 / grid.width),
    y1: Math.ceil(y1 / grid.height),
  };
}

/** The pixels of the supply in a rectangle of units. */
export function pixelsOf(
  grid: UnitGrid,
  units: Rect,
  { width, height }: Pick<Supply, "width" | "height">,
): Rect {
  return {
    x0: units.x0 * grid.width,
    y0: units.y0 * grid.height,
    x1: Math.min(width, units.x1 * grid.width),
    y1: Math.min(height, units.y1 * grid.height),
  };
}

/** The pixels of the supply under a page. */
export function pagePixels({ level, column, row }: PageId, { base, width, height }: Supply): Rect {
  const side = pageSide * 2 ** (level - base);
  return {
    x0: column * side,
    y0: row * side,
    x1: Math.min(width, (column + 1) * side),
    y1: Math.min(height, (row + 1) * side),
  };
}
