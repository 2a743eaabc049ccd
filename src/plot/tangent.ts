/**
 * How two near places on the sky lie to each other.
 */
import type { SkyPoint } from "../wcs/wcs.js";

const radian = Math.PI / 180;

/**
 * How far, in degrees, `point` lies to the east and to the north of `center`, in the plane that touches the sky at `center`:
 * right at a pole, too, where the longitude of `center` says which way north is.
 */
export function offsetOf(
  [lon0, lat0]: SkyPoint,
  [lon, lat]: SkyPoint,
): readonly [east: number, north: number] {
  const turn = (lon - lon0) * radian;
  const sin0 = Math.sin(lat0 * radian);
  const cos = Math.cos(lat * radian);
  // sin(lat - lat0) keeps the digits that a difference of products would lose.
  const north = Math.sin((lat - lat0) * radian) + 2 * sin0 * cos * Math.sin(turn / 2) ** 2;
  return [(cos * Math.sin(turn)) / radian, north / radian];
}
