/**
 * From a look to what the GPU draws with: the values at which each level begins, and the color of each level. Both are made by
 * fitslice/picture, so that the screen draws what its pictures show.
 */
import { ndarray } from "fitslice";
import { colormapColors, limitsOf, render } from "fitslice/picture";
import { remembered } from "./remembered.js";
import type { Look } from "./screen.types.js";
import type { Origin, ValueSample } from "./values.js";

/** The look of a screen that was given none. */
export const firstLook: Look = {
  stretch: "asinh",
  limits: "zscale",
  vmin: undefined,
  vmax: undefined,
  colormap: "gray",
  invert: false,
};

export interface Limits {
  readonly vmin: number;
  readonly vmax: number;
}

/** What the GPU draws a look with. */
export interface Tones {
  readonly limits: Limits;
  readonly edges: Float32Array<ArrayBuffer>;
  readonly colors: Uint8Array<ArrayBuffer>;
}

/** Makes tones. Limits and edges are kept until the look or the values change, since percentiles sort all values. */
export function newTones(
  make = { limitsFor, levelEdges },
): (look: Look, sample: ValueSample, origin: Origin) => Tones {
  const limitsMade = remembered<Limits>();
  const edgesMade = remembered<Float32Array<ArrayBuffer>>();
  return (look, sample, origin) => {
    const values = [sample, sample.version];
    const limits = limitsMade([look.limits, look.vmin, look.vmax, ...values], () =>
      make.limitsFor(look, sample),
    );
    const within = [limits.vmin, limits.vmax, origin.unit, origin.reference];
    const edges = edgesMade([look.stretch, ...within, ...(look.stretch === "histogram" ? values : [])], () =>
      make.levelEdges(look, limits, sample, origin),
    );
    return { limits, edges, colors: levelColors(look) };
  };
}

/** The limits that the look has, or that its rule finds among the values that came. */
export function limitsFor({ limits, vmin, vmax }: Look, sample: ValueSample): Limits {
  const { extremes } = sample;
  const values =
    limits === "minmax" && extremes ? Float64Array.of(extremes.vmin, extremes.vmax) : sample.values();
  return limitsOf(values, { limits, vmin, vmax });
}

/**
 * The least value, from the origin, that is drawn at each of 256 levels: a value is drawn at the last level whose entry is
 * not above it. As 32-bit floats, rounded up, so that comparing 32-bit values with them is exact.
 */
export function levelEdges(
  look: Look,
  { vmin, vmax }: Limits,
  sample: ValueSample,
  { unit, reference }: Origin,
): Float32Array<ArrayBuffer> {
  const edges = new Float32Array(256).fill(Number.POSITIVE_INFINITY);
  edges[0] = Number.NEGATIVE_INFINITY;
  if (!(vmax > vmin)) {
    // All above the limit is brightest.
    const least = vmin * unit - reference;
    const edge = roundedUp(least);
    return edges.fill(edge > least ? edge : nextUp(edge), 1);
  }
  const values = look.stretch === "histogram" ? sample.values() : Float64Array.of(vmin);
  const { levelOf } = render(
    ndarray<"float64">(values.length ? values : Float64Array.of(vmin), [1, values.length || 1]),
    {
      stretch: look.stretch,
      vmin,
      vmax,
    },
  );
  for (let level = 1; level < 256; level++) {
    const least = level / 256;
    if (levelOf(vmax) < least) break;
    let [low, high] = [vmin, vmax];
    for (let i = 0; i < 60 && low < high; i++) {
      const middle = low + (high - low) / 2;
      if (levelOf(middle) >= least) high = middle;
      else if (low === middle) break;
      else low = middle;
    }
    edges[level] = roundedUp((levelOf(vmin) >= least ? vmin : high) * unit - reference);
  }
  return edges;
}

/** The least 32-bit float that is not below the value. */
function roundedUp(value: number): number {
  const near = Math.fround(value);
  return near < value ? nextUp(near) : near;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The 32-bit float that follows `value`; of 0 the least normal one, as GPUs take those below for 0. */
function nextUp(value: number): number {
  if (value === 0) return 2 ** -126;
  float[0] = value;
  bits[0]! += value > 0 ? 1 : -1;
  return float[0];
}

/** Red, green, blue, alpha of each of 256 levels. */
export function levelColors({ colormap, invert }: Look): Uint8Array<ArrayBuffer> {
  const colors = colormapColors(colormap);
  const rgba = new Uint8Array(4 * 256);
  for (let level = 0; level < 256; level++) {
    const from = 3 * (invert ? 255 - level : level);
    rgba.set([colors[from]!, colors[from + 1]!, colors[from + 2]!, 255], 4 * level);
  }
  return rgba;
}
