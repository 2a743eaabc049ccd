/** A sample of the pixels that came, for limits: no more than memory for some, spread over all of them. */
import type { Arrays, DType } from "fitslice";

const most = 1 << 18;

export interface ValueSample {
  /** Finite values that were seen. */
  readonly seen: number;
  /** The values sampled. */
  values(): Float64Array<ArrayBuffer>;
  /** The extremes of all values seen; undefined for none. */
  readonly extremes: { readonly vmin: number; readonly vmax: number } | undefined;
  add(data: Arrays[DType], from: number, count: number): void;
}

export function valueSample(): ValueSample {
  const held = new Float64Array(most);
  let count = 0;
  let stride = 1;
  let seen = 0;
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
    get extremes() {
      return vmin <= vmax ? { vmin, vmax } : undefined;
    },
    values: () => held.slice(0, count),
    add(data, from, length) {
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

/** The value in the middle of some of the finite ones; 0 for none. */
export function middleValue(data: Arrays[DType]): number {
  const step = Math.max(1, Math.floor(data.length / 4096));
  const some: number[] = [];
  for (let i = 0; i < data.length; i += step) {
    const value = Number(data[i]);
    if (Number.isFinite(value)) some.push(value);
  }
  some.sort((a, b) => a - b);
  return some[some.length >> 1] ?? 0;
}
