/**
 * Which files of a table of footprints a target is cut from.
 */
import { checkList } from "../argument.js";
import { depth, type Polygon, parsePolygon } from "./polygon.js";
import { skyIndex } from "./sky-index.js";

/** What a table of footprints must say of an image; `Footprint` says more. */
export interface FootprintRow {
  readonly access_url: string;
  readonly hdu?: number | undefined;
  readonly s_region: string;
  /** Arcseconds per pixel. */
  readonly scale?: number | undefined;
}

/** An image that shows a target, and how deep within it the target lies. */
export interface Match<F extends FootprintRow = FootprintRow> {
  readonly footprint: F;
  /** Degrees from the target to the nearest edge; negative where the target itself lies outside. */
  readonly depth: number;
}

export interface Chooser<F extends FootprintRow> {
  /**
   * The images that a circle around a position touches, the one first in which it lies deepest. The distance from a corner
   * is the least that counts, so that an image is never missed.
   *
   * @param radius degrees from the target to the farthest corner of its cutout
   */
  matches(lon: number, lat: number, radius: number): Match<F>[];
  /** Arcseconds per pixel of the coarsest image; 1 where the table has no scales. */
  readonly coarsest: number;
}

/** Finds images in a table of footprints. Throws BAD_ARGUMENT for a row whose region is not one. */
export function chooser<F extends FootprintRow>(rows: readonly F[]): Chooser<F> {
  checkList(rows, "the footprints", "object");
  const polygons = rows.map(({ s_region }) => parsePolygon(s_region));
  const circles = polygons.map(circleOf);
  const index = skyIndex({
    lon: circles.map(({ lon }) => lon),
    lat: circles.map(({ lat }) => lat),
    radius: circles.map(({ radius }) => radius),
  });
  const coarsest = rows.reduce((most, { scale = 0 }) => Math.max(most, scale), 0) || 1;
  return {
    coarsest,
    matches(lon, lat, radius) {
      return index
        .near(lon, lat, radius)
        .map((i) => ({ footprint: rows[i]!, depth: depth(polygons[i]!, lon, lat) }))
        .filter((match) => match.depth >= -radius)
        .sort((a, b) => b.depth - a.depth);
    },
  };
}

/** A circle that holds a polygon: around the direction of the mean of its corners. */
function circleOf(polygon: Polygon): { lon: number; lat: number; radius: number } {
  const degree = Math.PI / 180;
  let [x, y, z] = [0, 0, 0];
  const vectors = polygon.map(([lon, lat]) => {
    const cos = Math.cos(lat * degree);
    const vector = [
      cos * Math.cos(lon * degree),
      cos * Math.sin(lon * degree),
      Math.sin(lat * degree),
    ] as const;
    x += vector[0];
    y += vector[1];
    z += vector[2];
    return vector;
  });
  const length = Math.hypot(x, y, z);
  if (length < 1e-9) return { lon: 0, lat: 0, radius: 180 };
  const least = Math.min(...vectors.map((v) => (v[0] * x + v[1] * y + v[2] * z) / length));
  return {
    lon: Math.atan2(y, x) / degree,
    lat: Math.asin(Math.max(-1, Math.min(1, z / length))) / degree,
    radius: Math.acos(Math.max(-1, Math.min(1, least))) / degree + 1e-9,
  };
}
