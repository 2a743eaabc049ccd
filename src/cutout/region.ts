/**
 * S_REGION of a cutout: its corners on the sky, as STC-S (IVOA; ObsCore's s_region).
 */
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import { type Celestial, convertPoint } from "../wcs/index.js";
import type { Grid } from "./grid.js";

/**
 * `POLYGON ICRS ...` of the outer corners of a grid's corner pixels, in degrees; undefined where the header has no S_REGION
 * to be replaced, or a corner has no place on the sky, or the frame cannot be converted.
 */
export function regionOf(header: Header, celestial: Celestial | undefined, grid: Grid): string | undefined {
  if (!celestial || !header.has("S_REGION")) return undefined;
  const edges = celestial.pixelAxes.map((fits) => {
    const axis = grid.start.length - 1 - fits;
    const [start, step, count] = [grid.start[axis]!, grid.step[axis]!, grid.count[axis]!];
    return [start - step / 2, start + (count - 0.5) * step] as const;
  });
  const [x, y] = edges as [readonly [number, number], readonly [number, number]];
  const corners = [
    [x[0], y[0]],
    [x[0], y[1]],
    [x[1], y[1]],
    [x[1], y[0]],
  ] as const;
  const words: string[] = [];
  for (const corner of corners) {
    const sky = icrsOf(celestial, celestial.toSky(...corner));
    if (!sky) return undefined;
    words.push(sky[0].toFixed(9), sky[1].toFixed(9));
  }
  return `POLYGON ICRS  ${words.join(" ")}`;
}

function icrsOf(
  celestial: Celestial,
  point: readonly [number, number] | null,
): readonly [number, number] | null {
  try {
    const sky = convertPoint(point, celestial.frame, { name: "icrs" });
    return sky && [((sky[0] % 360) + 360) % 360, sky[1]];
  } catch (error) {
    if (error instanceof FitsError) return null;
    throw error;
  }
}
