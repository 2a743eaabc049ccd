/**
 * The filters of SODA 1.0 (section 3.3), as plain data: shapes on the sky in ICRS degrees, intervals, polarizations.
 */
import { usage } from "./refusal.js";

/** A place on the sky. Longitudes are from 0 to 360; a range ends above 360 where it goes over 0. */
export type Shape =
  | { readonly kind: "circle"; readonly lon: number; readonly lat: number; readonly radius: number }
  | { readonly kind: "polygon"; readonly corners: readonly (readonly [lon: number, lat: number])[] }
  | { readonly kind: "range"; readonly lon: Interval; readonly lat: Interval };

/** Both ends belong to it; they may be infinite. */
export type Interval = readonly [low: number, high: number];

/** Most corners of a polygon. */
const mostCorners = 1000;

/** `CIRCLE`: longitude, latitude, radius. */
export function circleIn(text: string): Shape {
  const [lon = 0, lat = 0, radius = 0] = numbersIn(text, "CIRCLE", 3);
  if (!(radius > 0 && radius <= 180)) throw usage("CIRCLE has a radius above 0, and of 180 degrees at most");
  const [own] = pointIn(lon, lat, "CIRCLE");
  return { kind: "circle", lon: own, lat, radius };
}

/** `POLYGON`: longitudes and latitudes of at least three corners; sides are great circles. */
export function polygonIn(text: string): Shape {
  const numbers = numbersIn(text, "POLYGON");
  if (numbers.length < 6 || numbers.length % 2 === 1 || numbers.length > 2 * mostCorners)
    throw usage(`POLYGON has a longitude and a latitude for each of 3 to ${mostCorners} corners`);
  const corners = Array.from({ length: numbers.length / 2 }, (_, i) =>
    pointIn(numbers[2 * i]!, numbers[2 * i + 1]!, "POLYGON"),
  );
  return { kind: "polygon", corners };
}

/** `POS`: `CIRCLE ...`, `RANGE lon1 lon2 lat1 lat2`, `POLYGON ...`. */
export function posIn(text: string): Shape {
  const [, kind = "", rest = ""] = /^\s*(\w+)\s+(.*)$/s.exec(text) ?? [];
  switch (kind.toUpperCase()) {
    case "CIRCLE":
      return circleIn(rest);
    case "POLYGON":
      return polygonIn(rest);
    case "RANGE":
      return rangeIn(rest);
    default:
      throw usage("POS is CIRCLE, RANGE or POLYGON and numbers, such as CIRCLE 150.4 2.4 0.01");
  }
}

/** `359 1` goes over longitude 0, and so does `-1 1` (DALI 1.2, section 3.3.9); an open end is that of the circle. */
function rangeIn(text: string): Shape {
  const [west = 0, east = 0, south = 0, north = 0] = numbersIn(text, "RANGE", 4, true);
  if (!(south <= north)) throw usage("RANGE has the lower latitude first");
  if (north < -90 || south > 90) throw usage("RANGE is of latitudes from -90 to 90");
  const isOdd = west === Infinity || east === -Infinity;
  const [from, to] = [west === -Infinity ? 0 : west, east === Infinity ? 360 : east];
  if (isOdd || !isLongitude(from) || !isLongitude(to)) throw usage(`RANGE: ${longitudes}`);
  const width = to >= from ? Math.min(360, to - from) : turned(to - from);
  const start = width === 360 ? 0 : turned(from);
  return { kind: "range", lon: [start, start + width], lat: [Math.max(-90, south), Math.min(90, north)] };
}

/** `BAND` in meters, `TIME` in days (MJD): two numbers, which may be -Inf and +Inf, or one. */
export function intervalIn(text: string, name: string): Interval {
  const numbers = numbersIn(text, name, undefined, true);
  const [low = Number.NaN, high = low] = numbers;
  if (numbers.length > 2 || !(low <= high)) throw usage(`${name} is two numbers, the lower one first`);
  return [low, high];
}

/** Codes of the Stokes axis by the names that POL has. */
export const polarizations: Readonly<Record<string, number>> = {
  ...{ I: 1, Q: 2, U: 3, V: 4, RR: -1, LL: -2, RL: -3, LR: -4, XX: -5, YY: -6, XY: -7, YX: -8 },
};

/** `POL`: the codes of the Stokes axis (FITS Standard 4.0, table 29). */
export function polarizationIn(text: string): number {
  const code = polarizations[text.trim().toUpperCase()];
  if (code === undefined) throw usage(`POL is one of ${Object.keys(polarizations).join(", ")}`);
  return code;
}

function numbersIn(text: string, name: string, count?: number, infinite = false): number[] {
  const words = text.trim().split(/\s+/, 2 * mostCorners + 1);
  const numbers = words.map((word) => {
    if (infinite && /^[+-]?inf(inity)?$/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(word) ? Number(word) : Number.NaN;
  });
  if (numbers.some(Number.isNaN) || (count !== undefined && numbers.length !== count))
    throw usage(`${name} is ${count ?? "a list of"} numbers with blanks between them`);
  return numbers;
}

const longitudes = "longitudes are from 0 to 360 (or -360 to 720, once around), latitudes from -90 to 90";

const isLongitude = (lon: number): boolean => lon >= -360 && lon <= 720;

/** A longitude from 0 to 360; what is there already stays as it is. */
const turned = (lon: number): number => (lon >= 0 && lon <= 360 ? lon : ((lon % 360) + 360) % 360);

function pointIn(lon: number, lat: number, name: string): readonly [lon: number, lat: number] {
  if (!isLongitude(lon) || !(Math.abs(lat) <= 90)) throw usage(`${name}: ${longitudes}`);
  return [turned(lon), lat];
}
