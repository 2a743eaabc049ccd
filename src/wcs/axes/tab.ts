/**
 * Axes whose coordinates are listed in a table: `-TAB` (Paper III, section 6). Which columns are needed, and the
 * transform they give.
 */
import { FitsError, printable } from "../../errors.js";
import type { AxisTransform } from "./axis.js";
import { gridOf, interpolate, type TabGrid } from "./tab-grid.js";
import { type IndexVector, readIndex } from "./tab-index.js";
import { type Locate, locator } from "./tab-search.js";

/** What a header says of a `-TAB` axis. */
export interface TabKeywords {
  /** World axis, 0-based. */
  readonly axis: number;
  readonly ctype: string;
  readonly crval: number;
  /** PVi_m and PSi_m, by m. */
  readonly pv: ReadonlyMap<number, number>;
  readonly ps: ReadonlyMap<number, string>;
}

/** One coordinate array and its index vectors: cells of row 1 of a binary table. */
export interface TabRequest {
  /** EXTNAME, EXTVER and EXTLEVEL of the table. */
  readonly extname: string;
  readonly extver: number;
  readonly extlevel: number;
  /** TTYPE of the coordinate array. */
  readonly coordinates: string;
  /** The axes that share it, by their place m in it. */
  readonly axes: readonly TabRequestAxis[];
}

export interface TabRequestAxis {
  /** World axis, 0-based. */
  readonly axis: number;
  readonly ctype: string;
  readonly crval: number;
  /** TTYPE of the index vector; undefined where there is none. */
  readonly index: string | undefined;
}

/** What the table holds. */
export interface TabData {
  /** The coordinate array. */
  readonly coordinates: Float64Array;
  /** Its shape in C order: TDIM reversed, `[K_M ... K_2, K_1, M]`; of one axis also `[K]`. */
  readonly shape: readonly number[];
  /** Index vectors in the order of `request.axes`; undefined where there is none. */
  readonly indexes: readonly (Float64Array | undefined)[];
}

/**
 * The table cells that `-TAB` axes need, one request for each coordinate array. Throws BAD_HEADER where the keywords
 * contradict one another.
 */
export function tabRequests(axes: readonly TabKeywords[]): TabRequest[] {
  const groups = new Map<string, TabKeywords[]>();
  for (const keywords of axes) {
    const key = JSON.stringify([...placeOf(keywords)]);
    groups.set(key, [...(groups.get(key) ?? []), keywords]);
  }
  return [...groups.values()].map((group) => {
    const [extname, extver, extlevel, coordinates] = placeOf(group[0]!);
    return { extname, extver, extlevel, coordinates, axes: inPlaces(group) };
  });
}

function placeOf({ axis, pv, ps }: TabKeywords): [string, number, number, string] {
  const extname = ps.get(0)?.trim();
  const coordinates = ps.get(1)?.trim();
  const number = axis + 1;
  if (!extname || !coordinates) {
    throw new FitsError(
      "BAD_HEADER",
      `axis ${number} is -TAB, but its table is not named: PS${number}_0 must hold the EXTNAME, PS${number}_1 the column`,
    );
  }
  return [extname, pv.get(1) ?? 1, pv.get(2) ?? 1, coordinates];
}

/** The axes of one array, each at its place m. */
function inPlaces(group: readonly TabKeywords[]): TabRequestAxis[] {
  const places: TabRequestAxis[] = [];
  for (const { axis, ctype, crval, pv, ps } of group) {
    const m = pv.get(3) ?? 1;
    if (!Number.isInteger(m) || m < 1 || m > group.length || places[m - 1]) {
      throw new FitsError(
        "BAD_HEADER",
        `PV${axis + 1}_3 = ${m}: the ${group.length} axes of one -TAB array must have the places 1 to ${group.length}, each once`,
      );
    }
    places[m - 1] = { axis, ctype, crval, index: ps.get(2)?.trim() || undefined };
  }
  return places;
}

/**
 * The transform of the axes of one coordinate array. Coordinates are interpolated between the places of the array
 * linearly, and extrapolated by half a place. Throws BAD_DATA where the arrays do not fit one another.
 */
export function tabAxis(request: TabRequest, data: TabData): AxisTransform {
  const where = `table ${printable(request.extname)}, column ${printable(request.coordinates)}`;
  const grid = gridOf(data.coordinates, data.shape, request.axes.length, where);
  const indexes = request.axes.map(({ index }, m) =>
    readIndex(data.indexes[m], grid.lengths[m]!, `table ${printable(request.extname)}, column ${index}`),
  );
  const crvals = request.axes.map(({ crval }) => crval);
  const locate = locator(grid);
  return {
    axes: request.axes.map(({ axis }) => axis),
    toWorld: (values, n) => toWorld(values, n, grid, indexes, crvals),
    toIntermediate: (values, n) => toIntermediate(values, n, locate, indexes, crvals),
  };
}

function toWorld(
  values: readonly Float64Array[],
  n: number,
  grid: TabGrid,
  indexes: readonly IndexVector[],
  crvals: readonly number[],
): void {
  const place = new Float64Array(crvals.length);
  const world = new Float64Array(crvals.length);
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < crvals.length; m++) place[m] = indexes[m]!.place(crvals[m]! + values[m]![i]!);
    interpolate(grid, place, world);
    for (let m = 0; m < crvals.length; m++) values[m]![i] = world[m]!;
  }
}

function toIntermediate(
  values: readonly Float64Array[],
  n: number,
  locate: Locate,
  indexes: readonly IndexVector[],
  crvals: readonly number[],
): void {
  const place = new Float64Array(crvals.length);
  const world = new Float64Array(crvals.length);
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < crvals.length; m++) world[m] = values[m]![i]!;
    locate(world, place);
    for (let m = 0; m < crvals.length; m++) values[m]![i] = indexes[m]!.index(place[m]!) - crvals[m]!;
  }
}
