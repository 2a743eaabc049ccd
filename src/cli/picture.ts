/**
 * The options of commands that draw.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { FitsError, type ImageHdu, type NdArray, type Selection } from "fitslice";
import type { LookOptions, PngOptions } from "fitslice/picture";
import { badUsage } from "./failure.js";
import { finiteNumber, wholeNumber } from "./options.js";
import { didYouMean } from "./suggest.js";

/** What all pictures have. */
export interface PictureOptions {
  vmin?: number;
  vmax?: number;
  limits?: string;
  stretch?: LookOptions["stretch"];
  stretchA?: number;
  colormap?: string;
  binBy?: "mean" | "max";
}

/** What pictures in files have beside. */
export interface PictureFileOptions extends PictureOptions {
  nan?: string;
  depth?: string;
  bin?: [rows: number, columns: number];
  width?: number;
}

const stretches = ["linear", "log", "sqrt", "asinh", "sinh", "power", "histogram"];

/** Adds the options of pictures, of which only those of the long flags `shown` are in the short help. */
export function pictureOptions(
  command: Command,
  {
    file = false,
    depth = file,
    shown = [],
  }: { file?: boolean; depth?: boolean; shown?: readonly string[] } = {},
): void {
  const options = [
    new Option("--limits <rule>", "zscale (default), minmax, 99.5% of the values, or 1%,99% (percentiles)"),
    new Option("--vmin <value>", "the value shown darkest, in place of the one found").argParser(
      finiteNumber,
    ),
    new Option("--vmax <value>", "the value shown brightest, in place of the one found").argParser(
      finiteNumber,
    ),
    new Option("--stretch <name>", "default linear").choices(stretches),
    new Option(
      "--stretch-a <value>",
      "the parameter a of log (1000), asinh (0.1), sinh (1/3) or power (2), as in astropy",
    ).argParser(finiteNumber),
    new Option(
      "--colormap <name>",
      "gray (default), viridis, inferno, cubehelix, hot, heat ... of matplotlib and ds9; _r at its end reverses it",
    ),
    ...(file ? fileOptions(depth) : []),
    new Option(
      "--bin-by <how>",
      "what becomes of pixels that become one: their mean (default) or max",
    ).choices(["mean", "max"]),
  ];
  for (const option of options)
    command.addOption(option.helpGroup("Pictures:").hideHelp(!shown.includes(option.long!)));
}

function fileOptions(depth: boolean): Option[] {
  return [
    new Option("--nan <color>", "NaN as transparent, or in a color, red or #804000 (default: darkest)"),
    ...(depth
      ? [new Option("--depth <bits>", "bits of a gray level: 8 (default) or 16").choices(["8", "16"])]
      : []),
    ...binOptions(),
  ];
}

/** --bin and --width. */
export function binOptions(): Option[] {
  return [
    new Option("--bin <n>", "n x n pixels become one; rows x columns as 4x2").argParser(binText),
    new Option("--width <pixels>", "choose the bin so that the picture is at most so wide")
      .argParser(wholeNumber(1))
      .conflicts("bin"),
  ];
}

function binText(text: string): [number, number] {
  const match = /^\s*([1-9]\d{0,8})(?:\s*x\s*([1-9]\d{0,8}))?\s*$/i.exec(text);
  if (!match) throw new InvalidArgumentError("It must be a whole number, or rows x columns as in 4x2.");
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

/**
 * Throws `Failure` for what no picture can be drawn with, and for options of pictures where none is drawn, before
 * anything is read.
 */
export async function checkPicture(
  options: PictureFileOptions,
  drawn: boolean,
  remedy: string,
  always: readonly string[] = [],
): Promise<void> {
  const { vmin, vmax, limits, stretch, stretchA, colormap, nan, depth, bin, width, binBy } = options;
  const all = { vmin, vmax, limits, stretch, stretchA, colormap, nan, depth, bin, width, binBy };
  const given = Object.entries(all).filter(([name, value]) => value !== undefined && !always.includes(name));
  const first = given[0]?.[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (first !== undefined && !drawn) throw badUsage(`--${first} is for pictures; ${remedy}`);
  if (vmin !== undefined && vmax !== undefined && !(vmin < vmax))
    throw badUsage(`--vmin ${vmin} is not below --vmax ${vmax}`);
  if (given.length === 0) return;
  const { checkPng, colormaps } = await import("fitslice/picture");
  try {
    checkPng(pngOptions(options));
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    const isMap = colormap !== undefined && error.message.startsWith("no color map");
    throw badUsage(`${error.message}${isMap ? didYouMean(colormap.replace(/_r$/, ""), colormaps) : ""}`);
  }
}

/** The options of the library that these stand for. */
export function pngOptions(options: PictureFileOptions): PngOptions {
  const { vmin, vmax, limits, stretch, stretchA: a, colormap, nan, bin, width, binBy } = options;
  return {
    ...{ vmin, vmax, stretch, a, colormap, nan, bin, width, binBy },
    ...(limits !== undefined && { limits: limits as NonNullable<PngOptions["limits"]> }),
    ...(options.depth === "16" && { depth: 16 }),
  };
}

/** A PNG of a section, piece by piece. The drawing code is loaded here, when it is needed. */
export async function pngOf(
  source: ImageHdu | NdArray,
  options: PictureFileOptions,
  how: { section?: Selection | undefined; raw?: boolean; onRead?: (bytes: number) => void } = {},
): Promise<AsyncIterable<Uint8Array>> {
  const { toPng } = await import("fitslice/picture");
  return toPng(source, { ...pngOptions(options), ...how });
}

/** The same of an array, as a whole. */
export async function pngPieces(array: NdArray, options: PictureFileOptions): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await pngOf(array, options)) pieces.push(piece);
  return pieces;
}
