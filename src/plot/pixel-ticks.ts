/**
 * Round FITS pixels along a side of a picture.
 */
import { scaleLinear } from "d3-scale";

/**
 * Whole pixels, from 1, that a side shows.
 *
 * @param origin the pixel, from 0, at the center of the first of the side
 * @param step pixels of the image for one of the side, negative where the side runs against the axis
 * @param wanted about how many
 */
export function pixelTicks(origin: number, step: number, count: number, wanted: number): number[] {
  const ends = [origin - step / 2 + 1, origin + (count - 0.5) * step + 1] as const;
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  return scaleLinear()
    .domain([from, to])
    .ticks(Math.max(2, wanted))
    .filter((tick) => Number.isInteger(tick));
}
