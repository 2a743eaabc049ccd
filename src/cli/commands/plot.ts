/** `plot`: an image with axes, a profile, a spectrum, a histogram, columns of a table; as SVG or PNG. */
import { extname } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CutoutMode } from "fitslice/cutout";
import { rare } from "../cli-command.js";
import { modeOptions } from "../cut-file.js";
import { badUsage } from "../failure.js";
import { writeOutput } from "../files.js";
import { finiteNumber, wholeNumber, withSharedOptions } from "../options.js";
import { refuseTerminal, toJson, write } from "../output.js";
import { refuseTwoOnStdout } from "../overwrite.js";
import { checkPicture, pictureOptions } from "../picture.js";
import type { ImageFigureOptions } from "../plot/image.js";
import { type PositionOptions, positionOptions } from "../position.js";
import { selectionOptions, sourceHelp } from "../selection.js";
import { type Session, withData } from "../session.js";

interface PlotOptions extends Omit<ImageFigureOptions, "size" | "around">, PositionOptions {
  output: string;
  at?: string;
  mode?: CutoutMode;
  fill?: number | bigint;
  size?: string;
  format?: "svg" | "png";
  zoom?: number;
}

export function plotCommand(command: Command): void {
  command
    .description(
      "Plot an image with axes or a grid of the sky (unless one of the other kinds is asked for); the profile of a row or " +
        "column; the spectrum of a pixel through a cube; a histogram; two columns of a table against each other. A section " +
        "with one long axis is a profile, too.\n\nA PNG needs two optional packages: npm install @resvg/resvg-wasm " +
        "dejavu-fonts-ttf.",
    )
    .argument("<src>", sourceHelp);
  selectionOptions(command);
  command
    .requiredOption("-o, --output <path>", "file.svg or file.png (- is stdout)")
    .addOption(
      new Option("--format <name>", "format, where the file's name does not tell").choices(["svg", "png"]),
    )
    .option("--raw", "stored values: no BSCALE, BZERO, BLANK")
    .option("--json", "what was written, as JSON");
  const kinds = [
    new Option("--row <y>", "the profile along a row, counted from 0").argParser(wholeNumber(0)),
    new Option("--column <x>", "the profile along a column, counted from 0").argParser(wholeNumber(0)),
    new Option("--spectrum <y,x>", "the spectrum of a pixel of a cube, counted from 0").argParser(pair),
    new Option("--histogram", "how often values come"),
    new Option("--scatter <x,y>", "two columns of a table (of the first one, without --hdu)"),
  ];
  for (const option of kinds) command.addOption(option.helpGroup("Kinds of plots:"));
  const positions = "Pictures around a position:";
  command.addOption(
    new Option(
      "--at <position>",
      "on the sky, --size 5arcsec wide and high, as of cutout: '150.42 2.42', 'pixel 1200 800'",
    ).helpGroup(positions),
  );
  positionOptions(command, positions);
  for (const option of modeOptions()) command.addOption(option.helpGroup(positions));
  const marks = [
    new Option(
      "--axes <what>",
      "numbers along the sides: FITS pixels, from 1 (default), positions, or none",
    ).choices(["pixel", "sky", "none"]),
    new Option("--grid", "a grid of the sky: meridians and parallels"),
    new Option("--compass", "arrows to the north and to the east"),
    new Option("--scale-bar", "a line of a round length on the sky"),
    new Option("--north-up", "turn the picture: north up, east to the left"),
    new Option("--no-colorbar", "leave the color bar out"),
  ];
  for (const option of marks) command.addOption(option.helpGroup("Marks on pictures:"));
  const drawing = [
    new Option("--title <text>", "default: the file and what is shown of it"),
    new Option(
      "--size <width>x<height>",
      "of a plot (default 640x420); of a picture, the longer one is its longer side; with --at the size on the sky, 5arcsec or 64pix",
    ),
    new Option("--zoom <n>", "pixels of a PNG for each unit (default 2)").argParser(finiteNumber),
    new Option("--log-x", "x on a logarithmic axis"),
    new Option("--log-y", "y on a logarithmic axis"),
    new Option("--bins <n>", "bins of a histogram (default 100)").argParser(wholeNumber(1, 100_000)),
    new Option("--where <condition>", "of --scatter: only rows that pass, as mag < 18 and class == 'STAR'"),
  ];
  for (const option of drawing) command.addOption(option.helpGroup("Plots:"));
  pictureOptions(command, { file: true, depth: false, shown: ["--stretch", "--colormap"] });
  rare(
    command,
    "--raw",
    "--plane",
    "--alternate",
    "--spectrum",
    "--north-up",
    "--json",
    "--size",
    "--fits-section",
    "--mode",
    "--fill",
    "--format",
    "--frame",
    "--resolve",
    "--title",
    "--zoom",
    "--log-x",
    "--log-y",
    "--bins",
    "--where",
    "--no-colorbar",
    "--scale-bar",
    "--compass",
    "--axes",
  );
  withSharedOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice plot hst.fits --hdu SCI -s 160:195,200:225 --grid --axes sky --compass --scale-bar -o galaxy.svg
  $ fitslice plot hst.fits --hdu SCI --at '150.421375 2.422383' --size 1.5arcsec --grid --axes sky -o star.png
  $ fitslice plot hst.fits --hdu SCI --row 175 -o profile.svg
  $ fitslice plot cube.fits --spectrum 4,5 -o spectrum.png
  $ fitslice plot hst.fits --hdu SCI --histogram --log-y -o histogram.svg
  $ fitslice plot hst.fits --hdu CATALOG --scatter ra,mag --where 'flag == 0' -o sky.svg`,
    )
    .action(async (src: string, given: PlotOptions) => {
      const format = formatOf(given);
      const kind = kindOf(given);
      await refuseOthers(given, kind, format);
      const { size: _, ...rest } = given;
      const options: Drawn = { ...rest, ...sizesOf(given, kind) };
      if (format === "png") refuseTerminal(options.output, "png");
      refuseTwoOnStdout(options);
      await checkPicture(options, kind === "image", "leave it out of other plots");
      await withData(src, "section", options, (session) => plot(session, kind, format, options));
    });
}

type Kind = "image" | "row" | "column" | "spectrum" | "histogram" | "scatter";

async function plot(session: Session, kind: Kind, format: "svg" | "png", options: Drawn): Promise<void> {
  const svg = await figure(session, kind, options);
  const { plotPng } = await import("fitslice/plot");
  const data = format === "svg" ? svg : await plotPng(svg, { zoom: options.zoom ?? 2 });
  await writeOutput(options.output, (file) => file.write(data), options);
  if (options.json) await write(`${toJson({ path: options.output, format, plot: kind })}\n`);
}

async function figure(session: Session, kind: Kind, options: Drawn): Promise<string> {
  if (kind === "image") return (await import("../plot/image.js")).imageFigure(session, options);
  const { histogramFigure, lineFigure, scatterFigure } = await import("../plot/curves.js");
  switch (kind) {
    case "histogram":
      return histogramFigure(session, options);
    case "scatter":
      return scatterFigure(session, options);
    default:
      return lineFigure(session, kind, options);
  }
}

type Drawn = Omit<PlotOptions, "size"> & ImageFigureOptions;

/** What --size means: of a picture around a position the size on the sky, else that of the drawing. */
function sizesOf(options: PlotOptions, kind: Kind): Pick<ImageFigureOptions, "size" | "around"> {
  const { at, size, frame, resolve, plane, mode, fill } = options;
  if (at === undefined) {
    const given = Object.entries({ frame, resolve, plane, mode, fill }).find(
      ([, value]) => value !== undefined,
    );
    if (given) throw badUsage(`--${given[0]} is for pictures around a position; name one with --at`);
    return { size: size === undefined ? undefined : drawingSize(size) };
  }
  if (kind !== "image") throw badUsage(`--at is for pictures; leave it out, or --${kind}`);
  if (size === undefined) throw badUsage("--at needs a size on the sky, --size 5arcsec or --size 64pix");
  if (fill !== undefined && mode !== "partial") throw badUsage("--fill does nothing without --mode partial");
  return { size: undefined, around: { at, size, frame, resolve, plane, mode, fill } };
}

/** Throws `Failure` for options that this kind of plot does nothing with. */
async function refuseOthers(options: PlotOptions, kind: Kind, format: "svg" | "png"): Promise<void> {
  const { markOf } = await import("../plot/image.js");
  const mark = markOf(options);
  if (mark && kind !== "image") throw badUsage(`${mark} is for pictures; leave it out, or --${kind}`);
  if (options.bins !== undefined && kind !== "histogram") throw badUsage("--bins is for --histogram");
  if (options.where !== undefined && kind !== "scatter") throw badUsage("--where is for --scatter");
  if (options.zoom !== undefined && format !== "png")
    throw badUsage("--zoom is for PNG; an .svg has no pixels");
  if (kind !== "scatter") return;
  if (options.raw) throw badUsage("--raw is for images; leave it out of --scatter");
  if (options.section || options.fitsSection)
    throw badUsage("--scatter draws the rows of a table; leave the section out, and choose rows by --where");
}

function kindOf(options: PlotOptions): Kind {
  const given = (["row", "column", "spectrum", "histogram", "scatter"] as const).filter(
    (kind) => options[kind] !== undefined,
  );
  if (given.length > 1) throw badUsage(`--${given[0]} and --${given[1]} are two plots; choose one`);
  return given[0] ?? "image";
}

function formatOf({ output, format }: PlotOptions): "svg" | "png" {
  if (format) return format;
  const extension = extname(output).slice(1).toLowerCase();
  if (extension === "svg" || extension === "png") return extension;
  throw badUsage(`cannot tell the format of ${output}; end it in .svg or .png, or say --format`);
}

function pair(text: string): [number, number] {
  const match = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text);
  if (!match) throw new InvalidArgumentError("It must be two whole numbers, y,x as in 20,31.");
  return [Number(match[1]), Number(match[2])];
}

function drawingSize(text: string): [number, number] {
  const match = /^\s*(\d{2,5})\s*x\s*(\d{2,5})\s*$/i.exec(text);
  if (!match)
    throw badUsage(`--size ${text} must be width x height, as in 800x600; sizes on the sky go with --at`);
  return [Number(match[1]), Number(match[2])];
}
