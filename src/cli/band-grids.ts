/**
 * Whether three images show the same places of the sky at the same pixels.
 */
import { type Fits, FitsError, type ImageHdu, type Selection } from "fitslice";
import { type Celestial, convertPoint, readWcs } from "fitslice/wcs";

/** An image, the file that it is in, and the part of it that is drawn. */
export interface Band {
  readonly fits: Fits;
  readonly image: ImageHdu;
  readonly section: Selection | undefined;
}

/** Pixels by which bands may lie beside each other. */
const tolerance = 1;
const names = ["red", "green", "blue"];

/** A warning where a band lies elsewhere on the sky than the first one; bands without coordinates are taken as they are. */
export async function gridWarning(bands: readonly Band[]): Promise<string | undefined> {
  const skies: (Celestial | undefined)[] = [];
  for (const band of bands) skies.push(await skyOf(band));
  for (let i = 1; i < bands.length; i++) {
    const [red, other] = [skies[0], skies[i]];
    if (!red || !other || bands[i]!.image === bands[0]!.image) continue;
    const off = offset(cornersOf(bands[0]!, red), red, cornersOf(bands[i]!, other), other);
    if (off <= tolerance) continue;
    const where = Number.isFinite(off)
      ? `up to ${Number(off.toPrecision(3))} pixels beside`
      : "elsewhere than";
    return `${names[i]} lies ${where} red on the sky, and colors do not fit; put the images on one grid first`;
  }
  return undefined;
}

async function skyOf({ fits, image }: Band): Promise<Celestial | undefined> {
  try {
    return (await readWcs(fits, image)).celestial;
  } catch (error) {
    if (error instanceof FitsError && /^BAD_|UNSUPPORTED|NO_SUCH/.test(error.code)) return undefined;
    throw error;
  }
}

type Point = readonly [x: number, y: number];

/** The pixels at the corners of the part that is drawn. */
function cornersOf({ image, section }: Band, { pixelAxes }: Celestial): Point[] {
  const { start, count, step } = image.resolve(section);
  const ends = pixelAxes.map((fitsAxis) => {
    const axis = start.length - 1 - fitsAxis;
    return [start[axis]!, start[axis]! + (count[axis]! - 1) * step[axis]!];
  });
  return ends[0]!.flatMap((x) => ends[1]!.map((y): Point => [x, y]));
}

/** How many pixels of the other band its corners lie beside those of the first. */
function offset(
  corners: readonly Point[],
  sky: Celestial,
  otherCorners: readonly Point[],
  other: Celestial,
): number {
  const offsets = corners.map((corner, i) => {
    const point = sky.toSky(...corner);
    if (!point) return 0;
    const at = other.toPixel(...convertPoint(point, sky.frame, other.frame)!);
    return at
      ? Math.hypot(at[0] - otherCorners[i]![0], at[1] - otherCorners[i]![1])
      : Number.POSITIVE_INFINITY;
  });
  return Math.max(...offsets);
}
