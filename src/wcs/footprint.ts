/**
 * Where an image lies on the sky: its corners, and which way north and east are.
 */
import { checkList, checkSky } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Celestial, SkyPoint } from "./wcs.js";

/**
 * The corners of an image on the sky: the outer corners of its corner pixels, half a pixel beyond their centers. The order is
 * that of astropy's `calc_footprint`: first pixel of both axes, end of y, end of both, end of x. `null` where a corner has
 * no place on the sky. Throws BAD_ARGUMENT for a shape without the celestial axes.
 *
 * @param shape of the image, in C order: [..., ny, nx]
 */
export function footprint(celestial: Celestial, shape: readonly number[]): (SkyPoint | null)[] {
  checkSky(celestial);
  checkList(shape, "a shape", "number");
  const [nx, ny] = imageSize(celestial, shape);
  const corners = [
    [-0.5, -0.5],
    [-0.5, ny - 0.5],
    [nx - 0.5, ny - 0.5],
    [nx - 0.5, -0.5],
  ] as const;
  return corners.map(([x, y]) => celestial.toSky(x, y));
}

/** Pixels along x and y of the celestial axes. Throws BAD_ARGUMENT. */
export function imageSize(celestial: Celestial, shape: readonly number[]): [nx: number, ny: number] {
  const [nx, ny] = celestial.pixelAxes.map((axis) => shape[shape.length - 1 - axis]);
  if (nx !== undefined && ny !== undefined && nx >= 0 && ny >= 0) return [nx, ny];
  throw new FitsError(
    "BAD_ARGUMENT",
    `an image of shape [${shape.join(", ")}] does not have the celestial axes of this WCS`,
  );
}

/** Which way the sky lies at one place of an image. */
export interface Orientation {
  /** Direction of north and of east in the image: degrees from +y (up) toward -x (left), 0 to 360. */
  readonly north: number;
  readonly east: number;
  /** Whether the image shows the sky as seen from below, east to the left of north; else as in a mirror. */
  readonly asSeen: boolean;
  /** Degrees per pixel along x and y there, distortions included. */
  readonly scale: readonly [x: number, y: number];
}

/** Steps of a hundredth of a pixel are straight, and long beside the error of rounding. */
const step = 0.01;

/** Which way north and east are at a pixel; `null` where it, or a place beside it, is not on the sky. */
export function orientationAt(celestial: Celestial, x: number, y: number): Orientation | null {
  checkSky(celestial);
  const sky = celestial.toSky(x, y);
  const right = sky && offset(sky, celestial.toSky(x + step, y));
  const left = sky && offset(sky, celestial.toSky(x - step, y));
  const above = sky && offset(sky, celestial.toSky(x, y + step));
  const below = sky && offset(sky, celestial.toSky(x, y - step));
  if (!right || !left || !above || !below) return null;
  // Derivatives of the offsets east and north, in degrees per pixel.
  const [eastX, northX] = [(right[0] - left[0]) / (2 * step), (right[1] - left[1]) / (2 * step)];
  const [eastY, northY] = [(above[0] - below[0]) / (2 * step), (above[1] - below[1]) / (2 * step)];
  const determinant = eastX * northY - eastY * northX;
  if (determinant === 0) return null;
  return {
    north: directionOf(-eastY / determinant, eastX / determinant),
    east: directionOf(northY / determinant, -northX / determinant),
    asSeen: determinant < 0,
    scale: [Math.hypot(eastX, northX), Math.hypot(eastY, northY)],
  };
}

const radian = Math.PI / 180;

/** How far east and north a position near another one lies, in degrees. */
function offset([lon0, lat0]: SkyPoint, point: SkyPoint | null): SkyPoint | null {
  if (!point) return null;
  const [lon, lat] = point;
  const turn = ((((lon - lon0) % 360) + 540) % 360) - 180;
  return [turn * Math.cos(lat0 * radian), lat - lat0];
}

function directionOf(dx: number, dy: number): number {
  return (Math.atan2(-dx, dy) / radian + 360) % 360;
}
