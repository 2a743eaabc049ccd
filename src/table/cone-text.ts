/**
 * Circles on the sky as people write them.
 */
import { FitsError } from "../errors.js";
import type { ColumnSelector } from "./names.js";

/** A circle on the sky: center (ICRS, in degrees) and radius in degrees. */
export interface Cone {
  ra: number;
  dec: number;
  radius: number;
  /** Longitude and latitude columns; by default recognized by UCD or name. */
  columns?: readonly [longitude: ColumnSelector, latitude: ColumnSelector] | undefined;
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  d: 1,
  deg: 1,
  "°": 1,
  "'": 1 / 60,
  m: 1 / 60,
  arcmin: 1 / 60,
  '"': 1 / 3600,
  s: 1 / 3600,
  arcsec: 1 / 3600,
  rad: 180 / Math.PI,
};

/**
 * `RA DEC RADIUS`: degrees, or RA as h:m:s and DEC as d:m:s; the radius in degrees or with a unit: `5'`, `30"`,
 * `5arcmin`, `0.1deg`. Throws BAD_ARGUMENT.
 */
export function parseCone(text: string): Cone {
  const parts = text.trim().split(/[\s,]+/);
  const radius = /^([\d.]+(?:e[+-]?\d+)?)\s*(\D*)$/i.exec(parts.slice(2).join(""));
  const unit = radius ? units[radius[2]!.toLowerCase()] : undefined;
  const ra = sexagesimal(parts[0] ?? "", 15);
  const dec = sexagesimal(parts[1] ?? "", 1);
  if (ra === undefined || dec === undefined || unit === undefined || !radius) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `cone '${text}' is not RA DEC RADIUS, such as 10.68 41.27 5' or 0:42:44 41:16:9 0.1`,
    );
  }
  return { ra, dec, radius: Number(radius[1]) * unit };
}

function sexagesimal(text: string, perUnit: number): number | undefined {
  const match = /^([+-]?)(\d+):(\d+)(?::(\d+(?:\.\d*)?))?$/.exec(text);
  if (!match) return text === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
  const [, sign, whole, minutes, seconds = "0"] = match;
  const value = (Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600) * perUnit;
  return sign === "-" ? -value : value;
}
