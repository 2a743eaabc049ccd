/**
 * Targets of stamps: rows of a list, under the names of columns that people use (Cutana's and astrocut's among them).
 */
import { checkFunction, checkList, checkMembers, checkNumber, checkObject } from "../argument.js";
import { FitsError, printable } from "../errors.js";
import { convertFrame } from "../wcs/frames/convert.js";
import { parsePosition } from "../wcs/position/parse.js";
import { parseSize, type Size } from "../wcs/position/size.js";
import { unitOf } from "../wcs/unit.js";
import type { List } from "./list.js";
import { checkTargetList } from "./list-text.js";

/** One stamp that is wanted. */
export interface Target {
  /** Its row in the list, from 0. */
  readonly row: number;
  /** As the list names it; else `row-000001`, counted from 1. */
  readonly name: string;
  /** ICRS, degrees. */
  readonly lon: number;
  readonly lat: number;
  /** Absent where the list has no size: the one asked for counts. */
  readonly size?: Size;
  /** Addresses of files; absent where the list has none. */
  readonly files?: readonly string[];
}

/** A row that no target can be made of, and why. */
export interface BadTarget {
  readonly row: number;
  /** Where the row stands in the list, in words: `line 7`, `row 6`. */
  readonly place?: string;
  readonly name: string;
  readonly reason: string;
}

/** A column of sizes: what one of its numbers is, in pixels or degrees. */
export interface SizeColumn {
  readonly column: string;
  readonly unit: "pixel" | "deg";
  readonly scale: number;
}

/** The columns of a list that say something of a target. */
export interface TargetColumns {
  readonly name: string | undefined;
  /** Longitude and latitude, or one column of positions. */
  readonly position: readonly [lon: string, lat: string] | readonly [position: string];
  /** What one of the column's numbers is in degrees, of each column of `position`. */
  readonly scales: readonly number[];
  readonly size: SizeColumn | undefined;
  readonly files: string | undefined;
}

const names = {
  name: [
    "name",
    "id",
    "sourceid",
    "source_id",
    "objid",
    "objectid",
    "object_id",
    "object",
    "target",
    "target_id",
    "targetid",
    "target_name",
    "designation",
    "iauname",
  ],
  lon: [
    "ra",
    "ra_deg",
    "radeg",
    "raj2000",
    "_raj2000",
    "ra_j2000",
    "alpha_j2000",
    "ra_icrs",
    "right_ascension",
    "s_ra",
    "ramean",
    "ra_obj",
    "lon",
  ],
  lat: [
    "dec",
    "dec_deg",
    "decdeg",
    "dej2000",
    "_dej2000",
    "decj2000",
    "dec_j2000",
    "delta_j2000",
    "de_icrs",
    "dec_icrs",
    "decl",
    "declination",
    "s_dec",
    "decmean",
    "dec_obj",
    "lat",
  ],
  position: ["position", "pos", "coordinates", "coordinate", "coord", "coords", "radec"],
  arcsec: ["size", "size_arcsec", "diameter_arcsec", "cutout_size", "diameter"],
  pixel: ["size_pix", "size_pixel", "size_pixels", "diameter_pixel", "diameter_pixels", "npix"],
  files: [
    "file",
    "files",
    "fits_file_paths",
    "fits_file_path",
    "file_path",
    "filename",
    "path",
    "url",
    "access_url",
    "uri",
    "source",
  ],
} as const;

/**
 * Which columns of a list hold what, by their names in any case. `unit` gives the units of columns that have one; numbers are
 * else degrees, and those of sizes as the column's name says. Throws BAD_ARGUMENT where no column holds a position, and for a
 * unit that is no angle.
 */
export function targetColumns(
  columns: readonly string[],
  unit: (column: string) => string | undefined = () => undefined,
): TargetColumns {
  checkList(columns, "the columns", "string");
  checkFunction(unit, "unit");
  const find = (known: readonly string[]): string | undefined => {
    const found = known.map((name) => columns.find((column) => column.trim().toLowerCase() === name));
    return found.find((column) => column !== undefined);
  };
  const [lon, lat, both] = [find(names.lon), find(names.lat), find(names.position)];
  const arcsec = find(names.arcsec);
  const pixel = find(names.pixel);
  const size = pixel ?? arcsec;
  const position = lon !== undefined && lat !== undefined ? ([lon, lat] as const) : both && ([both] as const);
  if (!position) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `the list of targets has no columns ra and dec; it has ${columns.slice(0, 20).join(", ") || "no columns"}`,
    );
  }
  return {
    name: find(names.name),
    position,
    scales: position.map((column) => degreesOf(column, unit(column), column === lon) ?? 1),
    size: size === undefined ? undefined : sizeColumn(size, unit(size), pixel === undefined),
    files: find(names.files),
  };
}

function sizeColumn(column: string, unit: string | undefined, isAngle: boolean): SizeColumn {
  if (/^ *(p|px|pix|pixels?) *$/i.test(unit ?? "")) return { column, unit: "pixel", scale: 1 };
  const scale = degreesOf(column, unit, false) ?? (isAngle ? 1 / 3600 : undefined);
  return scale === undefined ? { column, unit: "pixel", scale: 1 } : { column, unit: "deg", scale };
}

/** What one of a unit is in degrees; hours are those of a longitude. */
function degreesOf(column: string, unit: string | undefined, isLongitude: boolean): number | undefined {
  const text = unit?.trim() ?? "";
  // Units of text, as VizieR gives them: the text says the same.
  if (text === "" || /^"?[hd]+ ?:/i.test(text)) return undefined;
  if (isLongitude && /^(hourangle|hours?)$/i.test(text)) return 15;
  const { dimension, scale } = unitOf(text) ?? {};
  if (dimension === "angle") return scale;
  if (isLongitude && dimension === "time") return scale! / 240;
  throw new FitsError(
    "BAD_ARGUMENT",
    `the column ${column} of the list of targets is in '${printable(text)}', which is no angle; give degrees`,
  );
}

/** The target that a row is, or why it is none. `get` gives the row's value of a column. */
export function targetOf(
  row: number,
  columns: TargetColumns,
  get: (column: string) => unknown,
): Target | BadTarget {
  checkNumber(row, "the row");
  checkMembers(columns, ["position", "scales"], "the columns", "what targetColumns gives");
  checkFunction(get, "get");
  const given = columns.name === undefined ? "" : textOf(get(columns.name));
  const name = given || `row-${String(row + 1).padStart(6, "0")}`;
  try {
    const [lon, lat] = positionOf(columns.position.map(get), columns.scales);
    const size = columns.size && sizeOf(get(columns.size.column), columns.size);
    const files = columns.files === undefined ? [] : filesOf(get(columns.files));
    return { row, name, lon, lat, ...(size && { size }), ...(files.length > 0 && { files }) };
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    return { row, name, reason: error.message };
  }
}

/** The columns of a list that targets are made of, for `parseList`. Throws BAD_ARGUMENT where no column holds a position. */
export function usefulColumns(columns: readonly string[]): string[] {
  const { name, position, size, files } = targetColumns(columns);
  return [name, ...position, size?.column, files].filter((column) => column !== undefined);
}

/** The targets of a list, row by row, each made when it is asked for. Throws BAD_ARGUMENT where no column holds a position. */
export function targetsIn(list: List): Iterable<Target | BadTarget> {
  checkTargetList(list);
  const columns = targetColumns(list.columns, list.unit);
  return {
    *[Symbol.iterator]() {
      for (let row = 0; row < list.length; row++) {
        const target = targetOf(row, columns, (column) => list.value(row, column));
        yield isTarget(target) ? target : { ...target, place: placeOf(list, row) };
      }
    },
  };
}

/** Where a row of a list stands, in words. */
export function placeOf(list: List, row: number): string {
  return list.place?.(row) ?? `row ${row + 1}`;
}

export function isTarget(target: Target | BadTarget): target is Target {
  checkObject(target, "a target");
  return !("reason" in target);
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";

function textOf(value: unknown): string {
  return isEmpty(value) ? "" : String(value).trim();
}

/** Numbers are in the units of their columns; text is whatever a person may write. ICRS, degrees. */
function positionOf(values: readonly unknown[], scales: readonly number[]): [lon: number, lat: number] {
  if (values.some(isEmpty)) throw new FitsError("BAD_ARGUMENT", "the row has no position");
  const numbers = values.map((value) =>
    typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value),
  );
  if (values.length === 2 && numbers.every((value) => !Number.isNaN(value))) {
    const [lon, lat] = numbers.map((value, i) => value * scales[i]!) as [number, number];
    if (Number.isFinite(lon) && Math.abs(lat) <= 90) return [((lon % 360) + 360) % 360, lat];
    throw new FitsError("BAD_ARGUMENT", `no position on the sky: ${lon} ${lat}`);
  }
  if (values.some((value) => typeof value === "number" && !Number.isFinite(value)))
    throw new FitsError("BAD_ARGUMENT", "the row has no position");
  const { lon, lat, frame } = parsePosition(values.map(textOf).join(" "));
  if (!frame || frame.name === "icrs") return [lon, lat];
  const icrs = convertFrame(Float64Array.of(lon), Float64Array.of(lat), frame, { name: "icrs" });
  return [icrs.lon[0]!, icrs.lat[0]!];
}

function sizeOf(value: unknown, { unit, scale }: SizeColumn): Size | undefined {
  if (isEmpty(value)) return undefined;
  const size = Number(value);
  if (Number.isNaN(size) && typeof value === "string") return parseSize(value);
  if (!(size > 0) || !Number.isFinite(size)) throw new FitsError("BAD_ARGUMENT", `no size: ${textOf(value)}`);
  const side = size * scale;
  return { height: side, width: side, unit };
}

/** One address, a list of them, or a list as JSON or Python writes it. */
function filesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(textOf).filter((file) => file !== "");
  const text = textOf(value);
  if (!/^\[.*\]$/s.test(text)) return text === "" ? [] : [text];
  const quoted = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g)];
  const files = quoted.map(([, double, single]) => (double ?? single!).replace(/\\(.)/g, "$1"));
  if (files.length > 0 || text.slice(1, -1).trim() === "") return files;
  return text
    .slice(1, -1)
    .split(",")
    .map((file) => file.trim())
    .filter((file) => file !== "");
}
