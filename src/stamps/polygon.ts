/**
 * How deep within an image a position lies: the distance to the nearest edge of its footprint.
 */
import { FitsError } from "../errors.js";

const degree = Math.PI / 180;

/** Corners on the sky, in degrees. */
export type Polygon = readonly (readonly [lon: number, lat: number])[];

/**
 * The corners of an `s_region`: `POLYGON ICRS 10 20 ...`, with or without the frame's name. Throws BAD_ARGUMENT for another
 * shape or frame.
 */
export function parsePolygon(region: string): Polygon {
  const [, frame = "ICRS", rest] = /^\s*POLYGON\s+(?:([A-Z]\w*)\s+)?([\d\s.,eE+-]+)$/i.exec(region) ?? [];
  const numbers =
    rest
      ?.trim()
      .split(/[\s,]+/)
      .map(Number) ?? [];
  const isWhole = numbers.length >= 6 && numbers.length % 2 === 0 && numbers.every(Number.isFinite);
  if (!isWhole || !/^(icrs|fk5|j2000|unknownframe)$/i.test(frame)) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `no footprint: "${region.slice(0, 60)}"; it must be like POLYGON ICRS ra1 dec1 ra2 dec2 ra3 dec3 ...`,
    );
  }
  return Array.from(
    { length: numbers.length / 2 },
    (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!] as const,
  );
}

/**
 * Degrees from a position to the nearest edge, positive within the polygon, negative outside; edges are great circles.
 * -Infinity where a corner is a quarter of the sky away or more.
 */
export function depth(polygon: Polygon, lon: number, lat: number): number {
  const plane = polygon.map((corner) => projected(corner, lon, lat));
  let inside = false;
  let nearest = Number.POSITIVE_INFINITY;
  for (const [i, to] of plane.entries()) {
    const from = plane.at(i - 1)!;
    if (!to || !from) return Number.NEGATIVE_INFINITY;
    if (to[1] > 0 !== from[1] > 0 && ((from[0] - to[0]) * -to[1]) / (from[1] - to[1]) + to[0] > 0)
      inside = !inside;
    nearest = Math.min(nearest, toSegment(from, to));
  }
  const angle = Math.atan(nearest) / degree;
  return inside ? angle : -angle;
}

type Point = readonly [x: number, y: number];

/** Gnomonic coordinates around a position: great circles become lines, distances from it tangents. */
function projected([lon, lat]: readonly [number, number], lon0: number, lat0: number): Point | undefined {
  const turn = (lon - lon0) * degree;
  const [sin, cos] = [Math.sin(lat * degree), Math.cos(lat * degree)];
  const [sin0, cos0] = [Math.sin(lat0 * degree), Math.cos(lat0 * degree)];
  const toward = sin0 * sin + cos0 * cos * Math.cos(turn);
  if (toward <= 0) return undefined;
  return [(cos * Math.sin(turn)) / toward, (cos0 * sin - sin0 * cos * Math.cos(turn)) / toward];
}

/** From the origin to the nearest point of a segment. */
function toSegment([x1, y1]: Point, [x2, y2]: Point): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, -(x1 * dx + y1 * dy) / length));
  return Math.hypot(x1 + along * dx, y1 + along * dy);
}
