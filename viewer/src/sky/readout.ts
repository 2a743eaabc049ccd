/** Says the coordinates of a pixel: on the sky, and along the other axes. */
import { convertPoint, formatPosition, frameLabel, type Wcs } from "fitslice/wcs";
import type { SkyFrame } from "../state.js";
import type { Readout, ReadoutLine, Viewer } from "../viewer.types.js";
import { imageWcs, worldAt } from "./image-wcs.js";
import { shownFrame } from "./picture-sky.js";
import { worldLine } from "./world-text.js";

/** Decimals of degrees at least: 4 microarcseconds. */
const fewestDecimals = 9;

export function coordinates({ model }: Viewer): Readout {
  return {
    async lines(x, y) {
      const { image, state } = model;
      const wcs = image && (await imageWcs(model, image));
      return wcs ? coordinateLines(wcs, state.plane, x, y, state.frame) : [];
    },
  };
}

/** The lines of a pixel, 0-based, of a plane. */
export function coordinateLines(
  wcs: Wcs,
  plane: readonly number[],
  x: number,
  y: number,
  choice: SkyFrame,
): ReadoutLine[] {
  const world = worldAt(wcs, plane, x, y);
  const { celestial } = wcs;
  const lines: ReadoutLine[] = [];
  if (celestial) {
    const [lon, lat] = celestial.worldAxes.map((axis) => world[axis]!) as [number, number];
    const frame = shownFrame(choice, celestial.frame);
    const own = Number.isFinite(lon) && Number.isFinite(lat) ? ([lon, lat] as const) : null;
    const point = frame === celestial.frame ? own : convertPoint(own, celestial.frame, frame);
    const label = frame.name === "unknown" ? "Sky" : frameLabel(frame);
    if (point) {
      const digits = decimalsOf(Math.min(...celestial.scale));
      const fine = Math.min(12, Math.max(fewestDecimals, digits + 4));
      lines.push(
        { label, text: formatPosition(point, { frame, digits: Math.min(9, digits) }) },
        { label: "Degrees", text: formatPosition(point, { style: "decimal", digits: fine }) },
      );
    } else lines.push({ label, text: "none" });
  }
  for (const [i, axis] of wcs.axes.entries()) {
    const line = celestial?.worldAxes.includes(i) ? undefined : worldLine(axis, world[i]!);
    if (line) lines.push(line);
  }
  return lines;
}

/** Decimals of arcseconds that tell tenths of a pixel. */
function decimalsOf(scale: number): number {
  return Math.max(1, Math.ceil(-Math.log10((scale * 3600) / 10) - 1e-9));
}
