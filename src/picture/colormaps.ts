/**
 * Color maps: those of matplotlib under their names, and those of ds9.
 */
import { checkText } from "../argument.js";
import { FitsError } from "../errors.js";
import { tables } from "./colormap-tables.js";

/** The part of one color, 0 to 1, at `t` from 0 to 1; what lies outside is cut off. */
type Channel = (t: number) => number;
type Rgb = readonly [red: Channel, green: Channel, blue: Channel];

/** Straight lines between points `[t, part]`, sorted by `t`; of two points at one `t` the second counts from there on. */
function lines(...points: readonly (readonly [number, number])[]): Channel {
  return (t) => {
    const next = points.findIndex(([x]) => x > t);
    if (next <= 0) return (next === 0 ? points[0]! : points.at(-1)!)[1];
    const [[x0, y0], [x1, y1]] = [points[next - 1]!, points[next]!];
    return y0 + ((y1 - y0) * (t - x0)) / (x1 - x0);
  };
}

/** Colors at equal steps, straight lines between. */
function even(colors: readonly (readonly number[])[]): Rgb {
  const channel = (c: number): Channel =>
    lines(...colors.map((rgb, i) => [i / (colors.length - 1), rgb[c]!] as const));
  return [channel(0), channel(1), channel(2)];
}

/** As many flat steps as there are colors; each ends with the level at which the next would begin, as in ds9. */
function steps(colors: readonly (readonly number[])[]): Rgb {
  const channel =
    (c: number): Channel =>
    (t) =>
      colors[Math.max(0, Math.ceil(t * colors.length - 1e-9) - 1)]![c]!;
  return [channel(0), channel(1), channel(2)];
}

/** A spiral around the gray diagonal (D. A. Green 2011, start 0.5, rotations -1.5, hue 1, gamma 1). */
function helix(cosine: number, sine: number): Channel {
  return (t) => {
    const amplitude = (t * (1 - t)) / 2;
    const angle = 2 * Math.PI * (0.5 / 3 - 1.5 * t);
    return t + amplitude * (cosine * Math.cos(angle) + sine * Math.sin(angle));
  };
}

const { PI, sin, cos, abs, sqrt } = Math;
const same: Channel = (t) => t;

const formulas: Readonly<Record<string, Rgb>> = {
  gray: [same, same, same],
  // Of matplotlib, where they come from Matlab, IDL, gnuplot and Yorick.
  hot: [lines([0, 0.0416], [0.365079, 1]), lines([0.365079, 0], [0.746032, 1]), lines([0.746032, 0], [1, 1])],
  afmhot: [(t) => 2 * t, (t) => 2 * t - 0.5, (t) => 2 * t - 1],
  gist_heat: [(t) => 1.5 * t, (t) => 2 * t - 1, (t) => 4 * t - 3],
  bone: [
    lines([0, 0], [0.746032, 0.652778], [1, 1]),
    lines([0, 0], [0.365079, 0.319444], [0.746032, 0.777778], [1, 1]),
    lines([0, 0], [0.365079, 0.444444], [1, 1]),
  ],
  copper: [lines([0, 0], [0.809524, 1]), (t) => 0.7812 * t, (t) => 0.4975 * t],
  jet: [
    lines([0.35, 0], [0.66, 1], [0.89, 1], [1, 0.5]),
    lines([0.125, 0], [0.375, 1], [0.64, 1], [0.91, 0]),
    lines([0, 0.5], [0.11, 1], [0.34, 1], [0.65, 0]),
  ],
  cool: [same, (t) => 1 - t, () => 1],
  cubehelix: [helix(-0.14861, 1.78277), helix(-0.29227, -0.90649), helix(1.97294, 0)],
  gnuplot: [sqrt, (t) => t ** 3, (t) => sin(2 * PI * t)],
  gnuplot2: [
    (t) => t / 0.32 - 0.78125,
    (t) => 2 * t - 0.84,
    (t) => (t < 0.25 ? 4 * t : t < 0.92 ? 1.84 - 2 * t : t / 0.08 - 11.5),
  ],
  rainbow: [(t) => abs(2 * t - 0.5), (t) => sin(PI * t), (t) => cos((PI * t) / 2)],
  ocean: [(t) => 3 * t - 2, (t) => abs((3 * t - 1) / 2), same],
  bwr: even([
    [0, 0, 1],
    [1, 1, 1],
    [1, 0, 0],
  ]),
  seismic: even([
    [0, 0, 0.3],
    [0, 0, 1],
    [1, 1, 1],
    [1, 0, 0],
    [0.5, 0, 0],
  ]),
  // Of ds9 (SAOImage). Its cool and rainbow have other names here: matplotlib has maps of these names.
  a: [
    lines([0.25, 0], [0.5, 1]),
    lines([0, 0], [0.25, 1], [0.5, 0], [0.77, 0], [1, 1]),
    lines([0.125, 0], [0.5, 1], [0.64, 0.5], [0.77, 0]),
  ],
  b: [
    lines([0.25, 0], [0.5, 1]),
    lines([0.5, 0], [0.75, 1]),
    lines([0, 0], [0.25, 1], [0.5, 0], [0.75, 0], [1, 1]),
  ],
  bb: [lines([0, 0], [0.5, 1]), lines([0.25, 0], [0.75, 1]), lines([0.5, 0], [1, 1])],
  he: [
    lines([0, 0], [0.015, 0.5], [0.25, 0.5], [0.5, 0.75], [1, 1]),
    lines([0.065, 0], [0.125, 0.5], [0.25, 0.75], [0.5, 0.81], [1, 1]),
    lines([0, 0], [0.015, 0.125], [0.03, 0.375], [0.065, 0.625], [0.25, 0.25], [1, 1]),
  ],
  heat: [lines([0, 0], [0.34, 1]), same, lines([0.65, 0], [0.98, 1])],
  i8: steps(Array.from({ length: 8 }, (_, i) => [i >> 2, i & 1, (i >> 1) & 1])),
  aips0: steps([
    [0.196, 0.196, 0.196],
    [0.475, 0, 0.608],
    [0, 0, 0.785],
    [0.373, 0.655, 0.925],
    [0, 0.596, 0],
    [0, 0.965, 0],
    [1, 1, 0],
    [1, 0.694, 0],
    [1, 0, 0],
  ]),
  ds9cool: [lines([0.29, 0], [0.76, 0.1], [1, 1]), lines([0.22, 0], [0.96, 1]), lines([0, 0], [0.53, 1])],
  ds9rainbow: [
    lines([0, 1], [0.2, 0], [0.6, 0], [0.8, 1]),
    lines([0.2, 0], [0.4, 1], [0.8, 1], [1, 0]),
    lines([0.4, 1], [0.6, 0]),
  ],
};

/**
 * The names of the color maps, without their reversed forms (`viridis_r`): matplotlib's, and ds9's `a`, `b`, `bb`, `he`,
 * `heat`, `i8`, `aips0`, `ds9cool` and `ds9rainbow`. Letters may be of either case.
 */
export const colormaps: readonly string[] = [
  ...new Set(["gray", ...Object.keys(tables), ...Object.keys(formulas)]),
];

/**
 * The 256 colors of a map, from the lowest value to the highest: red, green, blue bytes of each, those of matplotlib and
 * of ds9 to within 1. `_r` behind the name reverses it. Throws BAD_ARGUMENT for a map that there is not.
 */
export function colormapColors(name: string): Uint8Array<ArrayBuffer> {
  checkText(name, "the name of a color map");
  const palette = new Uint8Array(3 * 256);
  const { channels, reversed } = colormapNamed(name);
  for (let i = 0; i < 256; i++) {
    const t = (reversed ? 255 - i : i) / 255;
    for (const [c, channel] of channels.entries())
      palette[3 * i + c] = Math.floor(255 * Math.min(1, Math.max(0, channel(t))) + rounding);
  }
  return palette;
}

/** What a whole level may have lost on its way through fractions. Both programs cut off the rest of a level. */
const rounding = 1e-4;

/** Whether the name is that of the gray map, and which way round; undefined for maps in color. Throws as `colormapColors`. */
export function grayMap(name: string): { reversed: boolean } | undefined {
  checkText(name, "the name of a color map");
  const { channels, reversed } = colormapNamed(name);
  return channels === formulas["gray"] ? { reversed } : undefined;
}

function colormapNamed(name: string): { channels: Rgb; reversed: boolean } {
  const lower = name.toLowerCase();
  const reversed = lower.endsWith("_r");
  const wanted = (reversed ? lower.slice(0, -2) : lower).replace(/^grey$/, "gray");
  const found = colormaps.find((each) => each.toLowerCase() === wanted);
  if (found === undefined)
    throw new FitsError(
      "BAD_ARGUMENT",
      `no color map "${name}"; there are ${colormaps.join(", ")} (add _r to reverse)`,
    );
  return { channels: formulas[found] ?? fromTable(tables[found]!), reversed };
}

function fromTable(base64: string): Rgb {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const colors = Array.from({ length: bytes.length / 3 }, (_, i) =>
    [...bytes.subarray(3 * i, 3 * i + 3)].map((byte) => byte / 255),
  );
  return even(colors);
}
