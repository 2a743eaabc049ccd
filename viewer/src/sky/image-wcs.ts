/** The world coordinates of the image that is shown, read once for each image. */
import type { ImageHdu } from "fitslice";
import { readWcs, type Wcs } from "fitslice/wcs";
import type { ViewerModel } from "../model.js";

/** Milliseconds after which an image whose coordinates could not be read is asked again. */
const retryTime = 10_000;

const known = new WeakMap<ImageHdu, Promise<Wcs | undefined>>();

/**
 * The coordinates of an image of the open file, lookup tables included; undefined where they cannot be read, which is told
 * once, as an error of the model.
 */
export function imageWcs(model: ViewerModel, image: ImageHdu): Promise<Wcs | undefined> {
  const { fits } = model;
  let wcs = known.get(image);
  if (!wcs && fits) {
    wcs = readWcs(fits, image).catch((error: unknown) => {
      if (model.fits === fits) model.emit("error", error as Error);
      setTimeout(() => known.delete(image), retryTime);
      return undefined;
    });
    known.set(image, wcs);
  }
  return wcs ?? Promise.resolve(undefined);
}

/**
 * World coordinates of a pixel of the picture, one for each world axis.
 *
 * @param plane indices of the axes before the last two, slowest first; a WCS of more axes than the image has takes their first pixel
 */
export function worldAt(wcs: Wcs, plane: readonly number[], x: number, y: number): number[] {
  const pixel = [x, y, ...[...plane].reverse()];
  return wcs.toWorld(wcs.axes.map((_, axis) => Float64Array.of(pixel[axis] ?? 0))).map((world) => world[0]!);
}
