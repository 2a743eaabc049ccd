/**
 * Celestial coordinates of one frame in another.
 */
import { checkValues } from "../../argument.js";
import { FitsError } from "../../errors.js";
import type { Frame } from "./frame.js";
import { arcsecond, degree, type Matrix, product, rotation, transpose } from "./matrix.js";
import {
  besselianPrecession,
  besselianYearOf,
  eclipticFromIcrs,
  eTerms,
  julianYearOf,
  precessionFromJ2000,
} from "./precession.js";

/** Longitudes are 0 to 360 degrees, latitudes -90 to 90. */
export interface Positions {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
}

/**
 * Positions in degrees, from one frame to another; new arrays. NaN stays NaN. Agrees with astropy's transformations of
 * directions without distance and motion to 1e-9 degrees. Throws BAD_ARGUMENT where a frame is unknown.
 */
export function convertFrame(lon: Float64Array, lat: Float64Array, from: Frame, to: Frame): Positions {
  for (const values of [lon, lat]) checkValues(values, "the positions");
  checkFrame(from);
  checkFrame(to);
  const result = { lon: new Float64Array(lon), lat: new Float64Array(lat) };
  if (isSameFrame(from, to)) return result;
  const convert = converter(from, to);
  const point: Vector = [0, 0, 0];
  for (let i = 0; i < result.lon.length; i++) {
    const theta = result.lon[i]! * degree;
    const phi = result.lat[i]! * degree;
    const cos = Math.cos(phi);
    point[0] = cos * Math.cos(theta);
    point[1] = cos * Math.sin(theta);
    point[2] = Math.sin(phi);
    convert(point);
    const longitude = Math.atan2(point[1], point[0]) / degree;
    result.lon[i] = longitude < 0 ? (longitude + 360) % 360 : longitude;
    result.lat[i] = Math.atan2(point[2], Math.hypot(point[0], point[1])) / degree;
  }
  return result;
}

/** Names of frames look like frames to JavaScript, and all of them like the same one. */
function checkFrame(frame: Frame): void {
  if (typeof frame?.name === "string") return;
  throw new FitsError("BAD_ARGUMENT", `a frame is what parseFrame makes of its name, not ${String(frame)}`);
}

/** One position in degrees; `null` stays `null`. Throws as `convertFrame`. */
export function convertPoint(
  point: readonly [lon: number, lat: number] | null,
  from: Frame,
  to: Frame,
): [lon: number, lat: number] | null {
  if (!point) return null;
  const { lon, lat } = convertFrame(Float64Array.of(point[0]), Float64Array.of(point[1]), from, to);
  return [lon[0]!, lat[0]!];
}

/** Whether positions of one frame are positions of the other as they stand. */
export function isSameFrame(a: Frame, b: Frame): boolean {
  checkFrame(a);
  checkFrame(b);
  if (a.name !== b.name || a.name === "unknown") return false;
  return !hasEquinox(a) || equinoxOf(a) === equinoxOf(b);
}

const hasEquinox = ({ name }: Frame): boolean =>
  name === "fk5" || name === "fk4" || name === "fk4-no-e" || name === "ecliptic";

/** The equinox of a frame, where need be the default one: 1950 of FK4, else 2000. */
export function equinoxOf({ name, equinox }: Frame): number {
  return equinox ?? (name === "fk4" || name === "fk4-no-e" ? 1950 : 2000);
}

type Vector = [x: number, y: number, z: number];

/** Changes a unit vector in place. */
function converter(from: Frame, to: Frame): (v: Vector) => void {
  const m = matrixBetween(from, to);
  const before = from.name === "fk4" ? eTerms(equinoxOf(from)) : undefined;
  const after = to.name === "fk4" ? eTerms(equinoxOf(to)) : undefined;
  return (v) => {
    if (before) removeTerms(v, before);
    const [x, y, z] = v;
    v[0] = m[0]! * x + m[1]! * y + m[2]! * z;
    v[1] = m[3]! * x + m[4]! * y + m[5]! * z;
    v[2] = m[6]! * x + m[7]! * y + m[8]! * z;
    if (after) addTerms(v, after);
  };
}

type Terms = readonly [x: number, y: number, z: number];

function removeTerms(v: Vector, e: Terms): void {
  const dot = e[0] * v[0] + e[1] * v[1] + e[2] * v[2];
  for (let i = 0; i < 3; i++) v[i] = v[i]! - e[i]! + dot * v[i]!;
}

/** The way back of `removeTerms`, by iteration: each turn gains four digits. */
function addTerms(v: Vector, e: Terms): void {
  const length = Math.hypot(...v);
  const start = v.map((c) => c / length);
  for (let i = 0; i < 3; i++) v[i] = start[i]!;
  for (let turn = 0; turn < 10; turn++) {
    const dot = e[0] * v[0] + e[1] * v[1] + e[2] * v[2];
    for (let i = 0; i < 3; i++) v[i] = (start[i]! + e[i]!) / (1 + dot);
  }
}

/**
 * Frames meet in FK5 J2000, but FK4 and galactic coordinates meet in FK4 B1950, by which galactic coordinates are
 * defined: that is a few nanodegrees apart, and what astropy does.
 */
function matrixBetween(from: Frame, to: Frame): Matrix {
  if (isOld(from) && isOld(to)) return besselianPrecession(equinoxOf(from), equinoxOf(to));
  if (isOld(from) && isGalactic(to)) return galacticFromOld(to, from);
  if (isGalactic(from) && isOld(to)) return transpose(galacticFromOld(from, to));
  // Murray's matrix is no exact rotation: by convention its transpose leads to FK4 all the same.
  const toHub = isOld(from) ? fk5FromOld(from, to) : transpose(fromFk5(from));
  return product(fromFk5(to), toHub);
}

const isOld = ({ name }: Frame): boolean => name === "fk4" || name === "fk4-no-e";
const isGalactic = ({ name }: Frame): boolean => name === "galactic" || name === "supergalactic";

/** FK4 of any equinox, without E-terms, to galactic or supergalactic coordinates. */
function galacticFromOld(galactic: Frame, old: Frame): Matrix {
  const matrix = product(galacticFrom(b1950Pole), besselianPrecession(equinoxOf(old), 1950));
  return galactic.name === "galactic" ? matrix : product(supergalacticFromGalactic, matrix);
}

/** FK5 J2000 to a frame; for FK4 the E-terms are left out. */
function fromFk5(to: Frame): Matrix {
  const year = equinoxOf(to);
  switch (to.name) {
    case "icrs":
      return transpose(fk5FromIcrs);
    case "fk5":
      return year === 2000 ? identity : precessionFromJ2000(year);
    case "galactic":
      return galacticFrom(j2000Pole);
    case "supergalactic":
      return product(supergalacticFromGalactic, galacticFrom(j2000Pole));
    case "ecliptic":
      return product(eclipticFromIcrs(year), transpose(fk5FromIcrs));
    case "fk4":
    case "fk4-no-e":
      return product(
        besselianPrecession(1950, year),
        transpose(fk5FromB1950(to.obstime ?? julianYearOf(year))),
      );
    default:
      throw new FitsError(
        "BAD_ARGUMENT",
        "positions of an unknown celestial frame cannot be converted; use the header's own coordinates",
      );
  }
}

/**
 * FK4 without E-terms to FK5 J2000. Newcomb's precession from one year to another is some 25 microarcseconds off that by
 * way of a third; astropy takes FK4 over the target's equinox, where the target has one, and so do we.
 */
function fk5FromOld(from: Frame, to: Frame): Matrix {
  const year = equinoxOf(from);
  const by = from.name === "fk4" && hasEquinox(to) ? besselianYearOf(equinoxOf(to)) : 1950;
  return product(
    fk5FromB1950(from.obstime ?? julianYearOf(year)),
    besselianPrecession(by, 1950),
    besselianPrecession(year, by),
  );
}

const identity: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Axes of FK5 in the ICRS, at J2000 (USNO Circular 179, section 3.5). */
const fk5FromIcrs: Matrix = product(
  rotation("x", 0.0199 * arcsecond),
  rotation("y", 0.0091 * arcsecond),
  rotation("z", -0.0229 * arcsecond),
);

/**
 * FK4 B1950 to FK5 J2000 at a Julian year of observation: FK4 turns slowly against FK5 (Murray 1989, A&A 218, 325,
 * equations 28 and 29).
 */
function fk5FromB1950(obstime: number): Matrix {
  const t = (obstime - 1950) / 100;
  return murray.map((value, i) => value + t * 1e-6 * murrayRate[i]!);
}

const murray: Matrix = [
  0.9999256794956877, -0.0111814832204662, -0.0048590038153592, 0.0111814832391717, 0.9999374848933135,
  -0.0000271625947142, 0.0048590037723143, -0.000027170293744, 0.9999881946023742,
];

/** Millionths a century. */
const murrayRate: Matrix = [
  -0.0026455262, -1.1539918689, 2.111134619, 1.1540628161, -0.0129042997, 0.0236021478, -2.1112979048,
  -0.0056024448, 0.0102587734,
];

interface Pole {
  readonly lon: number;
  readonly lat: number;
  /** Galactic longitude of the equatorial pole. */
  readonly lon0: number;
}

/** The galactic pole as it is defined (Blaauw et al. 1960), and in FK5 J2000 (Reid and Brunthaler 2004). */
const b1950Pole: Pole = { lon: 192.25, lat: 27.4, lon0: 123 };
const j2000Pole: Pole = { lon: 192.8594812065348, lat: 27.12825118085622, lon0: 122.9319185680026 };

function galacticFrom({ lon, lat, lon0 }: Pole): Matrix {
  return product(
    rotation("z", (180 - lon0) * degree),
    rotation("y", (90 - lat) * degree),
    rotation("z", lon * degree),
  );
}

/** The supergalactic pole is at galactic 47.37, 6.32 (Lahav et al. 2000). */
const supergalacticFromGalactic: Matrix = product(
  rotation("z", 90 * degree),
  rotation("y", (90 - 6.32) * degree),
  rotation("z", 47.37 * degree),
);
