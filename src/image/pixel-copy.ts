/**
 * Copying decoded pixels into an array of physical ones.
 */
import { type DType, wordsOf } from "../array.js";
import { flipSigns, isUnscaled, type Scaling } from "./scale.js";
import { type PixelCopy, scaledCopy } from "./scaled.js";

/**
 * How stored values get into an array of `dtype`, which is what `physicalDtype` says of `scaling`, or float64. Stored
 * values themselves are had with `unscaled` and `rawDtype`.
 */
export function pixelCopy(rawDtype: DType, dtype: DType, scaling: Scaling): PixelCopy {
  if (dtype === rawDtype && isUnscaled(scaling)) return copyWords;
  if (dtype === "float64") return scaledCopy(scaling);
  return (from, fromStart, fromStep, to, toStart, toStep, count) => {
    copyWords(from, fromStart, fromStep, to, toStart, toStep, count);
    flipSigns(to, toStart, toStep, count);
  };
}

/** Types are the same, or differ in the sign only: the bits of pixels are moved as they are, NaN payloads included. */
const copyWords: PixelCopy = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  if (fromStep === 1 && toStep === 1) {
    to.set(from.subarray(fromStart, fromStart + count) as never, toStart);
    return;
  }
  const words = wordsOf(from);
  const out = wordsOf(to);
  const per = words.length / from.length || 1;
  for (let word = 0; word < per; word++) {
    let f = fromStart * per + word;
    let t = toStart * per + word;
    for (let i = 0; i < count; i++) {
      out[t] = words[f]!;
      f += fromStep * per;
      t += toStep * per;
    }
  }
};
