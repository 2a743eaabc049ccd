/**
 * Whether bands that are laid on each other pixel by pixel show the same places of the sky.
 */
import { type Fits, FitsError, type ImageHdu } from "fitslice";
import type { Celestial, SkyPoint } from "fitslice/wcs";
import { interruption } from "./signals.js";

/** Half a pixel: what is less is not seen in a picture. */
const tolerance = 0.5;

const names = ["red", "green", "blue"];

/** What to warn of: bands whose world coordinates put their pixels elsewhere than those of the first. */
export async function shiftsOf(bands: readonly { image: ImageHdu; fits: Fits }[]): Promise<string[]> {
  const { convertPoint, isSameFrame } = await import("fitslice/wcs");
  const skies = await Promise.all(bands.map(({ image, fits }) => celestialOf(fits, image)));
  const [first, ...others] = skies;
  const seenBy = (a: Celestial, b: Celestial) => (point: SkyPoint) =>
    isSameFrame(a.frame, b.frame) ? point : convertPoint(point, a.frame, b.frame)!;
  return others.flatMap((sky, i) => {
    const known = first && sky && [first, sky].every(({ frame }) => frame.name !== "unknown");
    const shift = known ? largestShift(first, sky, bands[0]!.image.shape, seenBy(first, sky)) : 0;
    if (shift <= tolerance) return [];
    const far = Number.isFinite(shift) ? `up to ${Number(shift.toPrecision(3))} pixels` : "far";
    return `by their world coordinates ${names[0]} and ${names[i + 1]} lie ${far} apart; the picture lays them on each other pixel by pixel`;
  });
}

/** None where the header has none, or none that make sense: then nothing is known against the bands. */
async function celestialOf(fits: Fits, image: ImageHdu): Promise<Celestial | undefined> {
  const { readWcs } = await import("fitslice/wcs");
  try {
    return (await readWcs(fits, image, { signal: interruption })).celestial;
  } catch (error) {
    if (error instanceof FitsError && error.code === "BAD_HEADER") return undefined;
    throw error;
  }
}

/** The distance in pixels between a place in two images, at most: at two corners and in the middle. */
function largestShift(
  a: Celestial,
  b: Celestial,
  shape: readonly number[],
  inFrameOfB: (point: SkyPoint) => SkyPoint,
): number {
  const [height = 1, width = 1] = shape.slice(-2);
  const shifts = [0, 0.5, 1].map((part) => {
    const [x, y] = [part * (width - 1), part * (height - 1)];
    const sky = a.toSky(x, y);
    if (!sky) return 0;
    const there = b.toPixel(...inFrameOfB(sky));
    return there ? Math.hypot(there[0] - x, there[1] - y) : Number.POSITIVE_INFINITY;
  });
  return Math.max(...shifts);
}
