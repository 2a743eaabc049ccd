/**
 * Positions on the command line.
 */
import { type Command, Option } from "commander";
import { FitsError } from "fitslice";
import type { Center } from "fitslice/cutout";
import type { Position } from "fitslice/wcs";
import { badUsage } from "./failure.js";
import { tellWarning } from "./output.js";
import { interruption } from "./signals.js";

/** What else says where a cutout lies. */
export interface PositionOptions {
  frame?: string;
  resolve?: boolean;
  plane?: string;
  alternate?: string;
}

/** Adds --frame, --resolve, --plane and --alternate; to a command with groups of options, under one of them. */
export function positionOptions(command: Command, group?: string): void {
  const options = [
    new Option(
      "--frame <name>",
      "of positions that name none: icrs (default), fk5, fk4, galactic, ecliptic, 'fk5 J1975' ...",
    ),
    new Option("--resolve", "--at gives names of objects: ask CDS Sesame, over the network, where they are"),
    new Option(
      "--plane <n>",
      "of a cube: only this plane, counted from 0 (several axes: n,m, slowest first)",
    ),
    new Option("--alternate <letter>", "an alternate WCS of the header, A to Z"),
  ];
  for (const option of options) command.addOption(group === undefined ? option : option.helpGroup(group));
}

/** The planes that --plane names. */
export function planesOf(plane: string): number[] {
  return plane.split(",").map((part) => {
    if (/^\s*[+-]?\d+\s*$/.test(part)) return Number(part);
    throw badUsage(`--plane ${plane} must be a number, or several: 3 or 0,3`);
  });
}

/** A position, a name to be asked for, or `pixel X Y`, counted from 1 as everywhere on the command line. */
export async function centerOf(text: string, frame?: string, resolve = false): Promise<Center> {
  const pixel = /^\s*pix(?:els?)?\s+(\S+?)[\s,]+(\S+)\s*$/i.exec(text);
  if (pixel) {
    const [x, y] = [Number(pixel[1]), Number(pixel[2])];
    if (!Number.isFinite(x) || !Number.isFinite(y))
      throw badUsage(`--at "${text}": a pixel is two numbers, pixel 1200 800`);
    return { x: x - 1, y: y - 1 };
  }
  const position = await positionOrName(text, resolve);
  for (const warning of position.warnings) tellWarning(`--at "${text}": ${warning}`);
  const { parseFrame } = await import("fitslice/wcs");
  const named = position.frame ?? (frame === undefined ? undefined : parseFrame(frame));
  return { lon: position.lon, lat: position.lat, ...(named !== undefined && { frame: named }) };
}

/** A position; with `resolve` else the name of an object. Only a name is asked for: it leaves the machine. */
export async function positionOrName(text: string, resolve: boolean): Promise<Position> {
  const { parsePosition, resolveName } = await import("fitslice/wcs");
  try {
    return parsePosition(text);
  } catch (error) {
    if (!(error instanceof FitsError) || error.code !== "BAD_ARGUMENT" || !/[a-z]/i.test(text)) throw error;
    if (resolve) {
      const { lon, lat } = await resolveName(text, { signal: interruption });
      return { lon, lat, frame: { name: "icrs" }, warnings: [] };
    }
    if (!/^\s*[a-z]/i.test(text)) throw error;
    throw new FitsError(error.code, `${error.message}; the name of an object needs --resolve`, {
      cause: error,
    });
  }
}
