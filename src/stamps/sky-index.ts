/**
 * Circles on the sky, found by a position: zones of declination, sorted by right ascension within each.
 */

/** Positions and radii of many circles, in degrees. */
export interface Circles {
  readonly lon: ArrayLike<number>;
  readonly lat: ArrayLike<number>;
  readonly radius: ArrayLike<number>;
}

/** The circles around which a search goes. */
export interface SkyIndex {
  /** The places of all circles that a circle of `radius` degrees around a position touches, in ascending order. */
  near(lon: number, lat: number, radius: number): number[];
}

const degree = Math.PI / 180;
const mostZones = 18_000;

/**
 * An index over circles. A zone is about as high as a usual circle; those much larger than others are looked at in every
 * search. Takes 12 bytes a circle beside the circles' own.
 */
export function skyIndex({ lon, lat, radius }: Circles): SkyIndex {
  const count = lon.length;
  const usual = usualRadius(radius);
  const zones = Math.min(mostZones, Math.max(1, Math.floor(180 / Math.max(usual, 0.01))));
  const height = 180 / zones;
  const zoneOf = (at: number): number => Math.max(0, Math.min(zones - 1, Math.floor((at + 90) / height)));
  const turned = Float64Array.from({ length: count }, (_, i) => positive(lon[i]!));
  const huge: number[] = [];
  const order = new Uint32Array(count);
  let inZones = 0;
  for (let i = 0; i < count; i++) {
    if (radius[i]! > usual) huge.push(i);
    else order[inZones++] = i;
  }
  const sorted = order
    .subarray(0, inZones)
    .sort((a, b) => zoneOf(lat[a]!) - zoneOf(lat[b]!) || turned[a]! - turned[b]!);
  const starts = new Uint32Array(zones + 1);
  for (const i of sorted) starts[zoneOf(lat[i]!) + 1]!++;
  for (let zone = 0; zone < zones; zone++) starts[zone + 1]! += starts[zone]!;

  /** The first place in a zone whose circle lies at or behind a right ascension. */
  function firstFrom(zone: number, from: number): number {
    let low = starts[zone]!;
    let high = starts[zone + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (turned[sorted[middle]!]! < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function near(atLon: number, atLat: number, reach: number): number[] {
    const found: number[] = [];
    const touches = (i: number): boolean =>
      distance(atLon, atLat, lon[i]!, lat[i]!) <= reach + radius[i]! + 1e-9;
    for (const i of huge) if (touches(i)) found.push(i);
    const whole = reach + usual + 1e-8; // more than any rounding
    const width = lonReach(atLat, whole);
    const center = positive(atLon);
    for (let zone = zoneOf(atLat - whole); zone <= zoneOf(atLat + whole); zone++) {
      for (const [from, to] of arcs(center - width, center + width)) {
        for (let at = firstFrom(zone, from); at < starts[zone + 1]! && turned[sorted[at]!]! <= to; at++) {
          if (touches(sorted[at]!)) found.push(sorted[at]!);
        }
      }
    }
    return found.sort((a, b) => a - b);
  }
  return { near };
}

/** A radius that all but few circles keep below: four times the median. */
function usualRadius(radius: ArrayLike<number>): number {
  if (radius.length === 0) return 1;
  const sorted = Float64Array.from(radius).sort();
  return 4 * sorted[sorted.length >> 1]! || sorted.at(-1)!;
}

const positive = (lon: number): number => ((lon % 360) + 360) % 360;

/** The arcs from 0 to 360 that an arc around a position is; one from west of 0 is two. */
function arcs(from: number, to: number): [from: number, to: number][] {
  if (to - from >= 360) return [[0, 360]];
  if (from < 0)
    return [
      [0, to],
      [from + 360, 360],
    ];
  if (to > 360)
    return [
      [from, 360],
      [0, to - 360],
    ];
  return [[from, to]];
}

/** How far a circle of `reach` degrees around a latitude goes in longitude; all around where it holds a pole. */
function lonReach(lat: number, reach: number): number {
  if (Math.abs(lat) + reach >= 90) return 180;
  const sine = Math.sin(reach * degree) / Math.cos(lat * degree);
  return sine >= 1 ? 180 : Math.asin(sine) / degree + 1e-9;
}

/** Degrees between two positions (haversines: exact for small ones). */
export function distance(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const dLat = Math.sin(((lat2 - lat1) * degree) / 2);
  const dLon = Math.sin(((lon2 - lon1) * degree) / 2);
  const h = dLat * dLat + Math.cos(lat1 * degree) * Math.cos(lat2 * degree) * dLon * dLon;
  return (2 * Math.asin(Math.min(1, Math.sqrt(h)))) / degree;
}
