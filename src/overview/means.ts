/**
 * Means of square blocks of pixels, of all levels in one pass over the pixels.
 */
import { type Arrays, allocate, type DType } from "../array.js";

/** One level: the sums of the blocks of one row, until all pixels of the row have come. */
interface Level {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  /** Rows of the level below that are in the sums. */
  rows: number;
}

export interface BlockMeans {
  /** Takes the next pixels of the image, in C order. */
  add(pixels: Arrays[DType]): void;
}

/**
 * Gives the rows of means of each level as they become complete to `row`, those of level `i` in C order. Pixels without a
 * finite value do not count; a block of nothing else is NaN. A coarse mean is the mean of all pixels of its block, not of the finer
 * means. Blocks begin at the first pixel of each plane. Throws TOO_LARGE for rows that memory cannot hold.
 *
 * @param width, height pixels of a plane: the last two axes
 * @param factors as `overviewFactors` gives them: each twice the one before
 */
export function blockMeans(
  { width, height }: { readonly width: number; readonly height: number },
  factors: readonly number[],
  row: (level: number, means: Float32Array<ArrayBuffer>) => void,
): BlockMeans {
  const [least = 1] = factors;
  const levels = factors.map((factor): Level => {
    const blocks = Math.ceil(width / factor);
    return { sums: allocate("float64", blocks), counts: allocate("float64", blocks), rows: 0 };
  });
  let x = 0;
  let y = 0;

  /** Ends the row of a level, which adds to that of the next level. */
  function finish(index: number, isLast: boolean): void {
    const { sums, counts } = levels[index]!;
    const next = levels[index + 1];
    const means = new Float32Array(sums.length);
    for (let i = 0; i < means.length; i++) {
      const mean = Math.fround(sums[i]! / counts[i]!);
      means[i] = mean - mean === 0 ? mean : Number.NaN;
      if (!next) continue;
      next.sums[i >> 1]! += sums[i]!;
      next.counts[i >> 1]! += counts[i]!;
    }
    row(index, means);
    sums.fill(0);
    counts.fill(0);
    levels[index]!.rows = 0;
    if (next && (++next.rows === 2 || isLast)) finish(index + 1, isLast);
  }

  return {
    add(pixels) {
      const first = levels[0]!;
      for (let at = 0; at < pixels.length; ) {
        const count = Math.min(width - x, pixels.length - at);
        addRun(first, least, x, pixels, at, count);
        at += count;
        x += count;
        if (x < width) return;
        x = 0;
        y++;
        first.rows++;
        const isLast = y === height;
        if (isLast) y = 0;
        if (first.rows === least || isLast) finish(0, isLast);
      }
    },
  };
}

/** Adds a run of pixels of one row, the first of them at column `x`. */
function addRun(
  { sums, counts }: Level,
  factor: number,
  x: number,
  pixels: Arrays[DType],
  from: number,
  count: number,
): void {
  const end = from + count;
  let block = Math.floor(x / factor);
  for (let at = from, stop = from + (block + 1) * factor - x; at < end; stop += factor, block++) {
    let sum = 0;
    let finite = 0;
    for (const last = Math.min(stop, end); at < last; at++) {
      const value = Number(pixels[at]);
      if (value - value !== 0) continue;
      sum += value;
      finite++;
    }
    sums[block]! += sum;
    counts[block]! += finite;
  }
}
