/**
 * Rows inside a circle on the sky, by distances that are exact on the sphere.
 */
import { FitsError } from "../errors.js";
import { isValid } from "./bitmap.js";
import { type Column, title } from "./column.js";
import { type Coordinates, degreesPerUnit, findCoordinates, isCoordinate } from "./coordinates.js";
import type { ColumnData, NumberData } from "./data.js";
import type { TableLayout } from "./layout.js";
import { type ColumnSelector, selectColumn } from "./names.js";
import type { Predicate } from "./predicate.js";

/** A circle on the sky: center (ICRS, in degrees) and radius in degrees. `parseCone` of `fitslice/wcs` reads one from text. */
export interface Cone {
  ra: number;
  dec: number;
  radius: number;
  /** Longitude and latitude columns; by default recognized by UCD or name. */
  columns?: readonly [longitude: ColumnSelector, latitude: ColumnSelector] | undefined;
}

const radian = Math.PI / 180;
/** The north galactic pole in ICRS, and the galactic longitude of the north celestial pole (Hipparcos, volume 1, 1.5). */
const pole = { ra: 192.85948 * radian, dec: 27.12825 * radian, longitude: 122.93192 * radian };

/** ICRS to galactic, in radians. */
function toGalactic(ra: number, dec: number): [longitude: number, latitude: number] {
  const sinLatitude =
    Math.sin(dec) * Math.sin(pole.dec) + Math.cos(dec) * Math.cos(pole.dec) * Math.cos(ra - pole.ra);
  const y = Math.cos(dec) * Math.sin(ra - pole.ra);
  const x = Math.sin(dec) * Math.cos(pole.dec) - Math.cos(dec) * Math.sin(pole.dec) * Math.cos(ra - pole.ra);
  const latitude = Math.atan2(sinLatitude, Math.hypot(x, y));
  return [pole.longitude - Math.atan2(y, x), latitude];
}

/**
 * The rows inside a circle, its edge included. Throws NO_SUCH_COLUMN where no coordinate columns are recognized,
 * WRONG_TYPE for given ones that are not angles, BAD_ARGUMENT for a circle that is none.
 */
export function conePredicate(table: Pick<TableLayout, "label" | "columns">, cone: Cone): Predicate {
  const { ra, dec, radius } = cone;
  const isCircle = Number.isFinite(ra) && Number.isFinite(dec) && Math.abs(dec) <= 90;
  if (!(isCircle && typeof radius === "number" && radius >= 0)) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `no circle at RA ${ra}, DEC ${dec} with a radius of ${radius} degrees`,
    );
  }
  if (cone.columns && (!Array.isArray(cone.columns) || cone.columns.length !== 2))
    throw new FitsError("BAD_ARGUMENT", "the columns of a cone are two: longitude and latitude");
  const { longitude, latitude, galactic } = coordinatesOf(table, cone);
  const center: [number, number] = galactic
    ? toGalactic(ra * radian, dec * radian)
    : [ra * radian, dec * radian];
  const lonUnit = degreesPerUnit(longitude)! * radian;
  const latUnit = degreesPerUnit(latitude)! * radian;
  const isInside = insideCircle(center, radius * radian);
  return {
    columns: [longitude, latitude],
    bind: (data) => {
      const lon = numbers(data[0]!);
      const lat = numbers(data[1]!);
      return (i) => isInside(lon(i) * lonUnit, lat(i) * latUnit);
    },
  };
}

function coordinatesOf(table: Pick<TableLayout, "label" | "columns">, { columns }: Cone): Coordinates {
  if (columns) {
    const [longitude, latitude] = columns.map((selector) => selectColumn(table, selector)) as [
      Column,
      Column,
    ];
    for (const column of [longitude, latitude]) {
      if (!isCoordinate(column)) {
        const what = `${column.format}${column.unit ? ` in ${column.unit}` : ""}`;
        throw new FitsError(
          "WRONG_TYPE",
          `${table.label}: ${title(column)} (${what}) is no column of angles`,
        );
      }
    }
    const { galactic } = findCoordinates([longitude, latitude]) ?? { galactic: false };
    return { longitude, latitude, galactic };
  }
  const found = findCoordinates(table.columns);
  if (found) return found;
  throw new FitsError(
    "NO_SUCH_COLUMN",
    `${table.label}: no sky coordinates recognized; say which columns they are (cone.columns, --cone-columns)`,
  );
}

/** A column as numbers, NaN where null. */
function numbers(data: ColumnData): (i: number) => number {
  const { data: values, validity } = data as NumberData;
  if (!validity) return (i) => Number(values[i]);
  return (i) => (isValid(validity, i) ? Number(values[i]) : Number.NaN);
}

/**
 * Whether a point is within `radius` of the center, by haversines, which are exact for small angles. Haversines lose digits
 * beyond 90 degrees, so for a larger radius the distance to the opposite point is tested. False for NaN.
 */
function insideCircle(
  [lon0, lat0]: readonly [number, number],
  radius: number,
): (longitude: number, latitude: number) => boolean {
  if (radius >= Math.PI) return (longitude, latitude) => longitude - longitude + latitude - latitude === 0;
  const far = radius > Math.PI / 2;
  const lonC = far ? lon0 + Math.PI : lon0;
  const latC = far ? -lat0 : lat0;
  const limit = Math.sin((far ? Math.PI - radius : radius) / 2) ** 2;
  // Room for the rounding of degrees to radians, so that a radius of 0 finds the very position.
  const slack = limit * 1e-14 + 1e-31;
  const reach = far ? Number.POSITIVE_INFINITY : radius + 1e-12;
  const cosC = Math.cos(latC);
  return (longitude, latitude) => {
    if (!(Math.abs(latitude - latC) <= reach)) return false;
    const a = Math.sin((latitude - latC) / 2);
    const b = Math.sin((longitude - lonC) / 2);
    const haversine = a * a + cosC * Math.cos(latitude) * b * b;
    return far ? haversine >= limit - slack : haversine <= limit + slack;
  };
}
