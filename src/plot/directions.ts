/**
 * Which way the sky lies at a place of a drawing.
 */
import { checkArgument, checkMembers } from "../argument.js";
import type { Place, SkyView } from "./sky-grid.js";
import { offsetOf } from "./tangent.js";

export interface Directions {
  /** Unit vectors in the drawing. */
  readonly north: Place;
  readonly east: Place;
  /** Degrees of sky along a unit of the drawing, the mean of all directions. */
  readonly degreesPerUnit: number;
}

/** Which way the sky lies at a place of the drawing; undefined where there is none. */
export function directionsAt(view: Pick<SkyView, "toSky">, place: Place): Directions | undefined {
  checkMembers(view, ["toSky"], "view", "how the sky lies in a drawing");
  checkArgument(Array.isArray(place) && place.length === 2, "place", "[x, y]", place);
  const [x, y] = place;
  const center = view.toSky(x, y);
  const [right, below] = [view.toSky(x + 1, y), view.toSky(x, y + 1)];
  if (!center || !right || !below) return undefined;
  const [ex, nx] = offsetOf(center, right);
  const [ey, ny] = offsetOf(center, below);
  const determinant = ex * ny - ey * nx;
  if (determinant === 0) return undefined;
  return {
    north: unit(-ey / determinant, ex / determinant),
    east: unit(ny / determinant, -nx / determinant),
    degreesPerUnit: Math.sqrt(Math.abs(determinant)),
  };
}

function unit(x: number, y: number): Place {
  const length = Math.hypot(x, y);
  return [x / length, y / length];
}
