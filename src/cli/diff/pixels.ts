/**
 * Differences of pixels, band by band, and of bare bytes.
 */
import type { Fits, HduLayout, ImageHdu } from "fitslice";
import { rangePlan } from "../reads.js";
import { interruptible, interruption } from "../signals.js";
import { isNear, newTally, type Tally, type Tolerance, tally } from "./difference.js";

type Values = ArrayLike<number | bigint>;

/** Differences of the pixels of two images, of one shape. Both are read once, each in bands of its own. */
export async function pixelDifferences(
  a: ImageHdu,
  b: ImageHdu,
  tolerance: Tolerance,
  most: number,
): Promise<Tally> {
  const found = newTally();
  const at = (i: number): string => `[${indexOf(i, a.shape).join(", ")}]`;
  await together(valuesOf(a), valuesOf(b), (x, y, i) => {
    if (!isNear(x, y, tolerance)) tally(found, most, x, y, () => `${at(i)}: ${x} in A, ${y} in B`);
  });
  return found;
}

/** Differences of the data of HDUs of which nothing is known but their size. */
export async function byteDifferences(
  [a, one]: readonly [Fits, HduLayout],
  [b, two]: readonly [Fits, HduLayout],
  most: number,
): Promise<Tally> {
  const found = newTally();
  await together(bytesOf(a, one), bytesOf(b, two), (x, y, i) => {
    if (x !== y) tally(found, most, x, y, () => `byte ${i}: ${x} in A, ${y} in B`);
  });
  return found;
}

async function* valuesOf(image: ImageHdu): AsyncGenerator<Values, undefined> {
  for await (const band of interruptible(image.bands())) yield band.data;
}

const pieceBytes = 4_000_000;

async function* bytesOf(fits: Fits, hdu: HduLayout): AsyncGenerator<Values, undefined> {
  const end = hdu.dataOffset + hdu.dataSize;
  for (let offset = hdu.dataOffset; offset < end; offset += pieceBytes) {
    const length = Math.min(pieceBytes, end - offset);
    yield await fits.run(rangePlan(`data of HDU ${hdu.index}`, { offset, length }), { signal: interruption });
  }
}

/** Goes through two streams of values, which are cut at places of their own. */
async function together(
  a: AsyncGenerator<Values, undefined>,
  b: AsyncGenerator<Values, undefined>,
  look: (x: number | bigint, y: number | bigint, i: number) => void,
): Promise<void> {
  let [one, two]: Values[] = [[], []];
  let [p, q, i] = [0, 0, 0];
  try {
    for (;;) {
      if (p === one!.length) {
        const next = await a.next();
        if (next.done) return;
        one = next.value;
        p = 0;
      }
      if (q === two!.length) {
        const next = await b.next();
        if (next.done) return;
        two = next.value;
        q = 0;
      }
      const count = Math.min(one!.length - p, two!.length - q);
      for (let k = 0; k < count; k++) {
        const x = one![p + k]!;
        const y = two![q + k]!;
        if (x !== y) look(x, y, i + k);
      }
      p += count;
      q += count;
      i += count;
    }
  } finally {
    await Promise.all([a.return(undefined), b.return(undefined)]);
  }
}

/** The index of a value, slowest axis first. */
function indexOf(i: number, shape: readonly number[]): number[] {
  let rest = i;
  return shape
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = Math.floor(rest / length);
      return index;
    })
    .reverse();
}
