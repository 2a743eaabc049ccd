/**
 * Positions on the command line.
 */
import type { Center } from "fitslice/cutout";
import { badUsage } from "./failure.js";
import { tellWarning } from "./session.js";
import { interruption } from "./signals.js";

/** A position, a name to be asked for, or `pixel X Y`, counted from 1 as everywhere on the command line. */
export async function centerOf(text: string, frame?: string, resolve = false): Promise<Center> {
  const pixel = /^\s*pix(?:els?)?\s+(\S+?)[\s,]+(\S+)\s*$/i.exec(text);
  if (pixel) {
    const [x, y] = [Number(pixel[1]), Number(pixel[2])];
    if (!Number.isFinite(x) || !Number.isFinite(y))
      throw badUsage(`--at "${text}": a pixel is two numbers, pixel 1200 800`);
    return { x: x - 1, y: y - 1 };
  }
  const { parsePosition } = await import("fitslice/wcs");
  if (resolve) {
    const { resolveName } = await import("fitslice/wcs");
    const { lon, lat } = await resolveName(text, { signal: interruption });
    return { lon, lat, frame: "icrs" };
  }
  const position = parsePosition(text);
  for (const warning of position.warnings) tellWarning(`--at "${text}": ${warning}`);
  const named = position.frame ?? frame;
  return { lon: position.lon, lat: position.lat, ...(named !== undefined && { frame: named }) };
}
