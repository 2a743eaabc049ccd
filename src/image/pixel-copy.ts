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

const copyWords: PixelCopy = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  const words = wordsOf(from);
  const out = wordsOf(to);
  const per = words.length / from.length || 1;
  if (fromStep === 1 && toStep === 1) {
    out.set(words.subarray(fromStart * per, (fromStart + count) * per), toStart * per);
    return;
  }
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
