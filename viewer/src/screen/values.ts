/** A sample of the pixels that came, for limits: no more than memory for some, spread over all of them. */
import type { Arrays, DType } from "fitslice";

const most = 1 << 18;

export interface ValueSample {
  /** Finite values that were seen. */
  readonly seen: number;
  /** Counts changes, for what was made of it. */
  readonly version: number;
  /** The values sampled. */
  values(): Float64Array<ArrayBuffer>;
  /** The extremes of all values seen; undefined for none. */
  readonly extremes: { readonly vmin: number; readonly vmax: number } | undefined;
  add(data: Arrays[DType], from: number, count: number): void;
  clear(): void;
}

export function valueSample(): ValueSample {
  const held = new Float64Array(most);
  let count = 0;
  let stride = 1;
  let seen = 0;
  let version = 0;
  let vmin = Number.POSITIVE_INFINITY;
  let vmax = Number.NEGATIVE_INFINITY;

  /** Every second value stays. */
  function thin(): void {
    count >>= 1;
    for (let i = 0; i < count; i++) held[i] = held[2 * i]!;
    stride *= 2;
  }

  return {
    get seen() {
      return seen;
    },
    get version() {
      return version;
    },
    get extremes() {
      return vmin <= vmax ? { vmin, vmax } : undefined;
    },
    values: () => held.slice(0, count),
    clear() {
      count = seen = 0;
      version++;
      stride = 1;
      vmin = Number.POSITIVE_INFINITY;
      vmax = Number.NEGATIVE_INFINITY;
    },
    add(data, from, length) {
      version++;
      for (let i = from; i < from + length; i++) {
        const value = Number(data[i]);
        if (value - value !== 0) continue; // NaN and infinities
        if (value < vmin) vmin = value;
        if (value > vmax) vmax = value;
        if (seen++ % stride !== 0) continue;
        held[count++] = value;
        if (count === most) thin();
      }
    },
  };
}

/** How values are kept in 32 bits: a value is kept as `value * unit - reference`. */
export interface Origin {
  /** A power of two; 1 unless nearly all values are beyond what 32 bits hold. */
  readonly unit: number;
  /** In units. */
  readonly reference: number;
}

/** The origin of values that 32 bits hold as they are. */
export const plainOrigin: Origin = { unit: 1, reference: 0 };

/** Values within 2^-100 and 2^100 leave room for sums, and for others of the image. */
const mostExponent = 100;

/** The origin that suits some of the finite values. */
export function originOf(data: Arrays[DType]): Origin {
  const step = Math.max(1, Math.floor(data.length / 4096));
  const some: number[] = [];
  for (let i = 0; i < data.length; i += step) {
    const value = Number(data[i]);
    if (Number.isFinite(value)) some.push(value);
  }
  some.sort((a, b) => a - b);
  const unit = unitFor(some);
  return { unit, reference: (some[some.length >> 1] ?? 0) * unit };
}

/** A few values that stand for "none", 1e300 or 1e-300, do not count. */
function unitFor(values: readonly number[]): number {
  const exponents = values.flatMap((value) => (value === 0 ? [] : [Math.floor(Math.log2(Math.abs(value)))]));
  exponents.sort((a, b) => a - b);
  const low = exponents[Math.floor(exponents.length * 0.1)] ?? 0;
  const high = exponents[Math.ceil(exponents.length * 0.9) - 1] ?? 0;
  if (low > mostExponent) return 2 ** -low;
  return high < -mostExponent ? 2 ** Math.min(-high, 1000) : 1;
}
