/**
 * The options of commands that draw.
 */
import { type Command, Option } from "commander";
import type { NdArray } from "fitslice";
import { badUsage } from "./failure.js";
import { finiteNumber } from "./options.js";

export interface PictureOptions {
  vmin?: number;
  vmax?: number;
  stretch?: "linear" | "log" | "sqrt" | "asinh";
  colormap?: string;
}

const stretches = ["linear", "log", "sqrt", "asinh"];

export function pictureOptions(command: Command): void {
  const heading = "Pictures:";
  const options = [
    new Option("--vmin <value>", "the value shown darkest (default: zscale's)").argParser(finiteNumber),
    new Option("--vmax <value>", "the value shown brightest (default: zscale's)").argParser(finiteNumber),
    new Option("--stretch <name>", "default linear").choices(stretches),
    new Option(
      "--colormap <name>",
      "gray (default), viridis, inferno, magma, plasma, cividis, turbo ...; _r at its end reverses it",
    ),
  ];
  for (const option of options) command.addOption(option.helpGroup(heading));
}

/**
 * Throws `Failure` for what no picture can be drawn with, and for options of pictures where none is drawn, before
 * anything is read.
 */
export async function checkPicture(options: PictureOptions, drawn: boolean, remedy: string): Promise<void> {
  const { vmin, vmax, stretch, colormap } = options;
  const given = Object.entries({ vmin, vmax, stretch, colormap }).find(([, value]) => value !== undefined);
  if (given && !drawn) throw badUsage(`--${given[0]} is for pictures; ${remedy}`);
  if (vmin !== undefined && vmax !== undefined && !(vmin < vmax))
    throw badUsage(`--vmin ${vmin} is not below --vmax ${vmax}`);
  if (colormap === undefined) return;
  const { colormaps } = await import("fitslice/picture");
  if (!colormaps.includes(colormap.replace(/_r$/, "")))
    throw badUsage(`no color map "${colormap}"; there are ${colormaps.join(", ")} (add _r to reverse)`);
}

/** A PNG of the pixels. The drawing code is loaded here, when it is needed. */
export async function pngOf(array: NdArray, options: PictureOptions): Promise<Uint8Array> {
  const { encodePng, render } = await import("fitslice/picture");
  return encodePng(render(array, options));
}
