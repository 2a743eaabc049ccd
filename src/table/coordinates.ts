/**
 * Which columns of a table are positions on the sky, by UCD, name and unit.
 */
import { checkList, checkObject } from "../argument.js";
import type { Column } from "./column.js";

interface Frame {
  readonly galactic: boolean;
  /** UCDs of longitude and latitude (UCD1+ and the old ones), by their beginning. */
  readonly ucds: readonly (readonly [RegExp, RegExp])[];
  readonly names: readonly (readonly [string, string])[];
}

const frames: readonly Frame[] = [
  {
    galactic: false,
    ucds: [
      [/^pos\.eq\.ra;.*meta\.main/i, /^pos\.eq\.dec;.*meta\.main/i],
      [/^pos_eq_ra_main/i, /^pos_eq_dec_main/i],
      [/^pos\.eq\.ra(;|$)/i, /^pos\.eq\.dec(;|$)/i],
    ],
    names: [
      ["ra", "dec"],
      ["ra_icrs", "de_icrs"],
      ["ra_icrs", "dec_icrs"],
      ["raj2000", "dej2000"],
      ["raj2000", "decj2000"],
      ["_raj2000", "_dej2000"],
      ["_ra", "_de"],
      ["_ra_icrs", "_de_icrs"],
      ["ra_j2000", "dec_j2000"],
      ["ra2000", "dec2000"],
      ["ra_deg", "dec_deg"],
      ["radeg", "decdeg"],
      ["radeg", "dedeg"],
      ["alpha_j2000", "delta_j2000"],
      ["alphawin_j2000", "deltawin_j2000"],
      ["ramean", "decmean"],
      ["right_ascension", "declination"],
      ["alpha", "delta"],
    ],
  },
  {
    galactic: true,
    ucds: [[/^pos\.galactic\.lon(;|$)/i, /^pos\.galactic\.lat(;|$)/i]],
    names: [
      ["glon", "glat"],
      ["_glon", "_glat"],
      ["gal_lon", "gal_lat"],
      ["l", "b"],
    ],
  },
];

/** Columns of positions on the sky. */
export interface Coordinates {
  readonly longitude: Column;
  readonly latitude: Column;
  /** Galactic coordinates; else equatorial ones. */
  readonly galactic: boolean;
}

/**
 * The coordinate columns of a table: equatorial ones before galactic ones, UCDs before names. Undefined where there are none.
 */
export function findCoordinates(columns: readonly Column[]): Coordinates | undefined {
  checkList(columns, "columns", "object");
  const usable = columns.filter(isCoordinate);
  for (const { galactic, ucds, names } of frames) {
    const pairs = [
      ...ucds.map(([lon, lat]) => [
        usable.find(({ ucd }) => ucd !== undefined && lon.test(ucd)),
        usable.find(({ ucd }) => ucd !== undefined && lat.test(ucd)),
      ]),
      ...names.map((pair) => pair.map((wanted) => usable.find(({ name }) => name.toLowerCase() === wanted))),
    ];
    for (const [longitude, latitude] of pairs)
      if (longitude && latitude) return { longitude, latitude, galactic };
  }
  return undefined;
}

/** Numbers in a unit of angle, or in none: `ra` in pixels is no coordinate. */
export function isCoordinate(column: Column): boolean {
  const number = /^(float|u?int)/.test(column.dtype);
  const scalar = !column.descriptor && column.shape.every((axis) => axis === 1);
  return number && scalar && !column.problem && !column.rawOnly && degreesPerUnit(column) !== undefined;
}

/** Degrees of the unit of a column of angles; a column without a unit is in degrees. Undefined for other units. */
export function degreesPerUnit(column: Pick<Column, "unit">): number | undefined {
  checkObject(column, "column");
  const { unit } = column;
  const name = unit?.toLowerCase().replace(/s$/, "") ?? "deg";
  if (/^(deg|degree|d|°|deg\.?|degree_(j2000|icr))$/.test(name)) return 1;
  if (/^rad(ian)?$/.test(name)) return 180 / Math.PI;
  if (/^(h|hr|hour|hourangle|h:m:s)$/.test(name)) return 15;
  if (/^(arcsec(ond)?)$/.test(name)) return 1 / 3600;
  if (/^(arcmin(ute)?)$/.test(name)) return 1 / 60;
  if (/^mas$/.test(unit?.toLowerCase() ?? "")) return 1 / 3_600_000;
  return undefined;
}
