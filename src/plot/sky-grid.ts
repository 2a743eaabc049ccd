/**
 * Meridians and parallels over a picture, with labels where they leave it.
 */
import { checkMembers } from "../argument.js";
import type { SkyPoint } from "../wcs/wcs.js";
import { gridSteps, latLabel, lonLabel } from "./sky-steps.js";

/** A place of the drawing. */
export type Place = readonly [x: number, y: number];

/** A rectangle of the drawing; y grows downward. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How the sky lies in a rectangle of the drawing. */
export interface SkyView extends Rectangle {
  toSky(x: number, y: number): SkyPoint | null;
  toPlace(lon: number, lat: number): Place | null;
  /** Whether longitudes are right ascensions, written in hours. */
  readonly equatorial: boolean;
}

export type Side = "bottom" | "left" | "top" | "right";

export interface GridLine {
  readonly kind: "lon" | "lat";
  readonly value: number;
  readonly label: string;
  /** `null` breaks the line. */
  readonly points: readonly (Place | null)[];
  /** Where the line crosses the sides of the rectangle. */
  readonly crossings: readonly { readonly side: Side; readonly at: Place }[];
}

/** The lines of a grid: about five each way. None where the rectangle shows no sky. */
export function skyGrid(view: SkyView): GridLine[] {
  checkMembers(
    view,
    ["toSky", "toPlace", "left", "top", "width", "height"],
    "view",
    "how the sky lies in a drawing",
  );
  const range = rangeOf(view);
  if (!range) return [];
  const { lon, lat } = range;
  const steps = gridSteps(lon[1] - lon[0], lat[1] - lat[0], view.equatorial);
  const margin = (lat[1] - lat[0]) * 0.1;
  const south = Math.max(-90, lat[0] - margin);
  const north = Math.min(90, lat[1] + margin);
  const wide = Math.min(360, (lon[1] - lon[0]) * 1.2);
  const west = (lon[0] + lon[1] - wide) / 2;
  const isRound = wide >= 360;
  const lines: GridLine[] = [];
  for (const value of multiples(steps.lon, west, west + wide - (isRound ? 1e-9 : 0))) {
    const along = (t: number): Place | null => view.toPlace(value, t);
    lines.push(
      lineOf(
        view,
        "lon",
        value,
        lonLabel(value, steps.lon, view.equatorial),
        trace(along, south, north, view),
      ),
    );
  }
  for (const value of multiples(steps.lat, lat[0] - margin, lat[1] + margin)) {
    if (Math.abs(value) >= 90) continue;
    const along = (t: number): Place | null => view.toPlace(t, value);
    lines.push(lineOf(view, "lat", value, latLabel(value, steps.lat), trace(along, west, west + wide, view)));
  }
  return lines;
}

interface Range {
  readonly lon: readonly [number, number];
  readonly lat: readonly [number, number];
}

const samples = 24;

/** The longitudes and latitudes that the rectangle shows; all longitudes where it shows a pole. */
function rangeOf(view: SkyView): Range | undefined {
  const points: SkyPoint[] = [];
  for (let i = 0; i <= samples; i++) {
    for (let j = 0; j <= samples; j++) {
      const point = view.toSky(
        view.left + (view.width * i) / samples,
        view.top + (view.height * j) / samples,
      );
      if (point) points.push(point);
    }
  }
  if (points.length === 0) return undefined;
  const lats = points.map(([, lat]) => lat);
  let [south, north] = [Math.min(...lats), Math.max(...lats)];
  const shows = (lat: number): boolean => within(view.toPlace(0, lat), view);
  const [showsNorth, showsSouth] = [shows(90), shows(-90)];
  if (showsNorth) north = 90;
  if (showsSouth) south = -90;
  return {
    lat: [south, north],
    lon: showsNorth || showsSouth ? [0, 360] : arcOf(points.map(([lon]) => lon)),
  };
}

/** The shortest arc that holds all longitudes: all around but for the widest gap. */
function arcOf(longitudes: readonly number[]): readonly [number, number] {
  const sorted = longitudes.map((lon) => ((lon % 360) + 360) % 360).sort((a, b) => a - b);
  let gap = sorted[0]! + 360 - sorted.at(-1)!;
  let from = 0;
  for (let i = 1; i < sorted.length; i++) {
    const wide = sorted[i]! - sorted[i - 1]!;
    if (wide > gap) [gap, from] = [wide, i];
  }
  // Sampled places of a whole sky leave gaps as wide as the distance of the samples.
  if (gap < 720 / samples) return [0, 360];
  const start = sorted[from]!;
  return [start, start + 360 - gap];
}

function multiples(step: number, from: number, to: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, Math.min(200, last - first + 1)) }, (_, i) => (first + i) * step);
}

const segments = 32;
const mostHalvings = 8;

/**
 * The places along a curve: halved again where it bends by more than a third of a unit, or leaves the sky; broken where it
 * jumps.
 */
function trace(
  along: (t: number) => Place | null,
  from: number,
  to: number,
  { width, height }: Rectangle,
): (Place | null)[] {
  const jump = Math.max(width, height);
  const points: (Place | null)[] = [];
  const between = (t0: number, p0: Place | null, t1: number, p1: Place | null, halvings: number): void => {
    if (!p0 && !p1) return void points.push(null);
    const middle = (t0 + t1) / 2;
    const p = along(middle);
    const isStraight =
      p0 && p1 && p && Math.hypot(p[0] - (p0[0] + p1[0]) / 2, p[1] - (p0[1] + p1[1]) / 2) < 0.3;
    const isShort = p0 && p1 && Math.hypot(p1[0] - p0[0], p1[1] - p0[1]) < jump / 4;
    if ((isStraight && isShort) || halvings === mostHalvings) {
      points.push(isShort ? p1 : null);
      if (!isShort && p1) points.push(p1);
      return;
    }
    between(t0, p0, middle, p, halvings + 1);
    between(middle, p, t1, p1, halvings + 1);
  };
  let t0 = from;
  let p0 = along(t0);
  points.push(p0);
  for (let i = 1; i <= segments; i++) {
    const t1 = from + ((to - from) * i) / segments;
    const p1 = along(t1);
    between(t0, p0, t1, p1, 0);
    [t0, p0] = [t1, p1];
  }
  return points;
}

function lineOf(
  view: Rectangle,
  kind: GridLine["kind"],
  value: number,
  label: string,
  points: readonly (Place | null)[],
): GridLine {
  const crossings: { side: Side; at: Place }[] = [];
  for (let i = 0; i <= points.length; i++) {
    const [from, to] = [points[i - 1], points[i]];
    const end = from && to ? undefined : (from ?? to);
    const touched = end && sideAt(end, view);
    if (touched) crossings.push({ side: touched, at: end });
    if (!from || !to || within(from, view) === within(to, view)) continue;
    const crossing = crossingOf(within(from, view) ? [from, to] : [to, from], view);
    if (crossing) crossings.push(crossing);
  }
  return { kind, value, label, points, crossings };
}

/** Of a whole sky lines may end at a side, or next to it. */
const atSide = 1;

/** The side at which a line ends; undefined where it ends elsewhere. */
function sideAt([x, y]: Place, view: Rectangle): Side | undefined {
  const { left, top, width, height } = view;
  if (x < left - atSide || x > left + width + atSide || y < top - atSide || y > top + height + atSide)
    return undefined;
  if (Math.abs(y - top - height) <= atSide) return "bottom";
  if (Math.abs(x - left) <= atSide) return "left";
  if (Math.abs(y - top) <= atSide) return "top";
  return Math.abs(x - left - width) <= atSide ? "right" : undefined;
}

/** Where a segment from within to without leaves the rectangle. */
function crossingOf(
  [inside, outside]: [Place, Place],
  view: Rectangle,
): { side: Side; at: Place } | undefined {
  const { left, top, width, height } = view;
  const sides: [Side, axis: 0 | 1, at: number][] = [
    ["left", 0, left],
    ["right", 0, left + width],
    ["top", 1, top],
    ["bottom", 1, top + height],
  ];
  let found: { side: Side; at: Place; t: number } | undefined;
  for (const [side, axis, edge] of sides) {
    const t = (edge - inside[axis]) / (outside[axis] - inside[axis]);
    if (!(t >= 0 && t <= 1) || (found && found.t <= t)) continue;
    found = {
      side,
      t,
      at: [inside[0] + t * (outside[0] - inside[0]), inside[1] + t * (outside[1] - inside[1])],
    };
  }
  return found && { side: found.side, at: found.at };
}

function within(place: Place | null, { left, top, width, height }: Rectangle): boolean {
  return (
    place !== null &&
    place[0] >= left &&
    place[0] <= left + width &&
    place[1] >= top &&
    place[1] <= top + height
  );
}
