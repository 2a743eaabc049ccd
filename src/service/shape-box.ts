/**
 * The box of pixels that holds a shape on the sky. Cutouts are boxes, as of other SODA services: pixels of the box outside the shape stay.
 */
import { type Celestial, convertFrame, type Frame } from "../wcs/index.js";
import { usage } from "./refusal.js";
import type { Interval, Shape } from "./shapes.js";

/** Pixel coordinates, 0-based; whole numbers are centers of pixels. */
export interface Bounds {
  readonly x: Interval;
  readonly y: Interval;
}

/** Points along each side of a shape. */
const perSide = 33;
/** Points along each side of an image, where the edge of a shape is not all in its projection. */
const perImage = 129;
const degree = Math.PI / 180;

type Point = readonly [lon: number, lat: number];

/**
 * Where a shape lies in an image of `nx` by `ny` pixels; undefined where no pixel shows a part of it. Throws Refusal for an
 * image whose frame is not of the sky.
 */
export function boundsOf(
  shape: Shape,
  celestial: Celestial,
  [nx, ny]: readonly [number, number],
): Bounds | undefined {
  const edge = edgeOf(shape);
  const own = converted(edge, { name: "icrs" }, celestial.frame);
  const { x, y } = celestial.pixelsOf(own.lon, own.lat);
  const found: Bounds[] = [];
  const seen = [...x.keys()].filter((i) => Number.isFinite(x[i]) && Number.isFinite(y[i]));
  if (seen.length > 0) found.push({ x: extent(seen.map((i) => x[i]!)), y: extent(seen.map((i) => y[i]!)) });
  // The edge of a shape that reaches behind the projection says too little, and a pole may lie within.
  if (seen.length < x.length || holdsPole(shape)) {
    const inside = insideOf(shape, celestial, nx, ny, seen.length === x.length ? found[0] : undefined);
    if (inside) found.push(inside);
  }
  if (found.length === 0) return undefined;
  const box = {
    x: extent(found.flatMap((one) => one.x)),
    y: extent(found.flatMap((one) => one.y)),
  };
  const touches = box.x[1] >= -0.5 && box.x[0] <= nx - 0.5 && box.y[1] >= -0.5 && box.y[0] <= ny - 0.5;
  return touches ? box : undefined;
}

/** The pixels of bounds: whole numbers of pixels, none of which only touches the shape's edge. */
export function pixelsIn([low, high]: Interval): { start: number; count: number } {
  const start = Math.floor(low + 0.5);
  const end = Math.ceil(high - 0.5);
  return { start, count: Math.max(1, end - start + 1) };
}

/** From the lowest to the highest. */
export function extent(values: readonly number[]): Interval {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function converted(
  points: readonly Point[],
  from: Frame,
  to: Frame,
): { lon: Float64Array; lat: Float64Array } {
  const lon = Float64Array.from(points, ([value]) => value);
  const lat = Float64Array.from(points, ([, value]) => value);
  if (from.name === "unknown" || to.name === "unknown") return { lon, lat };
  return convertFrame(lon, lat, from, to);
}

function edgeOf(shape: Shape): Point[] {
  if (shape.kind === "polygon") return polygonEdge(shape.corners);
  return shape.kind === "range" ? rangeEdge(shape) : circleEdge(shape);
}

function circleEdge({ lon, lat, radius }: Extract<Shape, { kind: "circle" }>): Point[] {
  const count = 4 * perSide;
  const [sin, cos] = [Math.sin(lat * degree), Math.cos(lat * degree)];
  const [sinRadius, cosRadius] = [Math.sin(radius * degree), Math.cos(radius * degree)];
  return Array.from({ length: count }, (_, k): Point => {
    const angle = (2 * Math.PI * k) / count;
    const up = sin * cosRadius + cos * sinRadius * Math.cos(angle);
    const turn = Math.atan2(Math.sin(angle) * sinRadius * cos, cosRadius - sin * up);
    return [(lon + turn / degree + 360) % 360, Math.asin(Math.max(-1, Math.min(1, up))) / degree];
  });
}

/** Points of the sides, which are great circles. */
function polygonEdge(corners: readonly Point[]): Point[] {
  const sides = Math.max(2, Math.min(perSide, Math.floor(20_000 / corners.length)));
  return corners.flatMap((from, i) => {
    const [a, b] = [vectorOf(from), vectorOf(corners[(i + 1) % corners.length]!)];
    return Array.from({ length: sides }, (_, k) => {
      const t = k / sides;
      const [x, y, z] = [0, 1, 2].map((axis) => a[axis]! * (1 - t) + b[axis]! * t) as [
        number,
        number,
        number,
      ];
      if (k === 0 || Math.hypot(x, y, z) < 1e-12) return from;
      return [(Math.atan2(y, x) / degree + 360) % 360, Math.atan2(z, Math.hypot(x, y)) / degree] as const;
    });
  });
}

function rangeEdge({ lon, lat }: Extract<Shape, { kind: "range" }>): Point[] {
  const along = ([low, high]: Interval): number[] =>
    Array.from({ length: perSide }, (_, k) => low + ((high - low) * k) / (perSide - 1));
  return [
    ...along(lon).flatMap((value): Point[] => [
      [value, lat[0]],
      [value, lat[1]],
    ]),
    ...along(lat).flatMap((value): Point[] => [
      [lon[0], value],
      [lon[1], value],
    ]),
  ];
}

/** Whether a pole, or all around, may lie within: edges tell nothing of these. */
function holdsPole(shape: Shape): boolean {
  if (shape.kind === "range")
    return (
      shape.lon[1] - shape.lon[0] >= 180 || Math.abs(shape.lat[0]) === 90 || Math.abs(shape.lat[1]) === 90
    );
  return isInside(shape, [0, 90]) || isInside(shape, [0, -90]);
}

/** The bounds of those pixels of a grid over the image that lie within the shape; undefined where `already` holds all of these pixels. */
function insideOf(
  shape: Shape,
  celestial: Celestial,
  nx: number,
  ny: number,
  already: Bounds | undefined,
): Bounds | undefined {
  const stepOf = (length: number): number => Math.max(1, length / (perImage - 1));
  const [stepX, stepY] = [stepOf(nx), stepOf(ny)];
  const x: number[] = [];
  const y: number[] = [];
  for (let j = -0.5; j <= ny - 0.5 + 1e-9; j += stepY)
    for (let i = -0.5; i <= nx - 0.5 + 1e-9; i += stepX) {
      x.push(i);
      y.push(j);
    }
  const sky = celestial.skyOf(Float64Array.from(x), Float64Array.from(y));
  const points = x.map((_, k): Point => [sky.lon[k]!, sky.lat[k]!]);
  const { lon, lat } = converted(points, celestial.frame, { name: "icrs" });
  const within = x.flatMap((_, k) => {
    const isOnSky = Number.isFinite(lon[k]) && Number.isFinite(lat[k]);
    return isOnSky && isInside(shape, [((lon[k]! % 360) + 360) % 360, lat[k]!]) ? [k] : [];
  });
  if (within.length === 0) return undefined;
  const [ownX, ownY] = [extent(within.map((k) => x[k]!)), extent(within.map((k) => y[k]!))];
  if (already && isWithin(ownX, already.x) && isWithin(ownY, already.y)) return undefined;
  // Between points of the grid the shape may reach one step farther.
  return {
    x: [Math.max(-0.5, ownX[0] - stepX), Math.min(nx - 0.5, ownX[1] + stepX)],
    y: [Math.max(-0.5, ownY[0] - stepY), Math.min(ny - 0.5, ownY[1] + stepY)],
  };
}

const isWithin = (one: Interval, other: Interval): boolean => one[0] >= other[0] && one[1] <= other[1];

function isInside(shape: Shape, [lon, lat]: Point): boolean {
  if (shape.kind === "circle") {
    const [a, b] = [vectorOf([shape.lon, shape.lat]), vectorOf([lon, lat])];
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] >= Math.cos(shape.radius * degree);
  }
  if (shape.kind === "range") {
    const [west, east] = shape.lon;
    const isWithin = (lon >= west && lon <= east) || lon + 360 <= east;
    return isWithin && lat >= shape.lat[0] && lat <= shape.lat[1];
  }
  // How often the corners go around the point: they are seen in their directions from there.
  let turn = 0;
  const directions = shape.corners.map((corner) => directionFrom([lon, lat], corner));
  for (const [i, to] of directions.entries()) {
    const from = directions.at(i - 1)!;
    turn += ((to - from + 540) % 360) - 180;
  }
  return Math.abs(turn) > 180 && nearer(shape.corners, [lon, lat]);
}

/** A point opposite to a polygon is gone around, too: the corners must be on its half of the sky. */
function nearer(corners: readonly Point[], point: Point): boolean {
  const here = vectorOf(point);
  const sum = corners.reduce((total, corner) => {
    const v = vectorOf(corner);
    return total + v[0] * here[0] + v[1] * here[1] + v[2] * here[2];
  }, 0);
  return sum > 0;
}

/** Position angle of one point as seen from another, degrees. */
function directionFrom([lon0, lat0]: Point, [lon, lat]: Point): number {
  const turn = (lon - lon0) * degree;
  const y = Math.sin(turn) * Math.cos(lat * degree);
  const x =
    Math.cos(lat0 * degree) * Math.sin(lat * degree) -
    Math.sin(lat0 * degree) * Math.cos(lat * degree) * Math.cos(turn);
  return (Math.atan2(y, x) / degree + 360) % 360;
}

function vectorOf([lon, lat]: Point): readonly [number, number, number] {
  const cos = Math.cos(lat * degree);
  return [cos * Math.cos(lon * degree), cos * Math.sin(lon * degree), Math.sin(lat * degree)];
}

/** Throws Refusal for an image whose coordinates are not of the sky. */
export function checkFrame(celestial: Celestial, label: string): void {
  if (celestial.frame.name === "unknown")
    throw usage(`${label} has coordinates of a frame that is not known`);
}
