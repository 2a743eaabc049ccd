/** `rgb`: a picture in color of three bands. */
import { extname } from "node:path";
import { type Command, Option } from "commander";
import { type Fits, FitsError, open, parseFitsSection } from "fitslice";
import type { LuptonOptions, PixelOptions } from "fitslice/picture";
import { type Address, checkAddress, parseAddress, refuseStdin } from "../address.js";
import type { Band } from "../band-grids.js";
import { badUsage } from "../failure.js";
import { writeOutput } from "../files.js";
import {
  finiteNumber,
  fitsSectionText,
  type SharedOptions,
  sectionText,
  withSharedOptions,
} from "../options.js";
import { refuseTerminal, tellWarning, toJson, write } from "../output.js";
import { refuseOverwriting, refuseTwoOnStdout } from "../overwrite.js";
import { binOptions } from "../picture.js";
import { progressBar } from "../progress.js";
import { withProfile } from "../session.js";
import { interruptible } from "../signals.js";

interface RgbOptions extends SharedOptions {
  output: string;
  section?: string[];
  fitsSection?: string[];
  stretch?: number;
  q?: number;
  minimum?: number[];
  nan?: "black" | "transparent";
  bin?: [rows: number, columns: number];
  width?: number;
  binBy?: "mean" | "max";
}

export function rgbCommand(command: Command): void {
  command
    .description(
      "Make a picture in color of three bands on one pixel grid, as Lupton et al. (2004) do: red, green and blue are three " +
        "images, or the planes of one cube. Pixels and grays are those of astropy's make_lupton_rgb.",
    )
    .argument(
      "<red>",
      "path, URL or s3://bucket/key, perhaps with [EXT] behind it; or a cube of three planes",
    )
    .argument("[green]", "the same for green")
    .argument("[blue]", "the same for blue")
    .requiredOption("-o, --output <path>", "the PNG file (- is stdout)")
    .option(
      "-s, --section <y0:y1,x0:x1>",
      "of every band, as numpy writes it: slowest axis first, from 0, end excluded",
      sectionText,
    )
    .option(
      "--fits-section <[x1:x2,y1:y2]>",
      "of every band, as FITS writes it: NAXIS1 first, from 1, end included",
      fitsSectionText,
    )
    .option("--json", "what was written, as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice rgb f814w.fits f606w.fits f435w.fits --stretch 0.5 -o galaxy.png
  $ fitslice rgb 'bands.fits[I]' 'bands.fits[R]' 'bands.fits[G]' -s 0:500,0:500 -o corner.png
  $ fitslice rgb cube.fits --minimum 0.1 --width 1200 -o cube.png`,
    );
  const options = [
    new Option("--stretch <value>", "the range of values shown linearly (default 5)").argParser(finiteNumber),
    new Option("--q <value>", "softening of what is brighter (default 8)").argParser(finiteNumber),
    new Option("--minimum <value>", "the value shown black, or three: red,green,blue (default 0)").argParser(
      (text: string) => text.split(",").map(finiteNumber),
    ),
    new Option("--nan <color>", "pixels without a value: black (default) or transparent").choices([
      "black",
      "transparent",
    ]),
    ...binOptions(),
    new Option("--bin-by <how>", "mean (default) or max").choices(["mean", "max"]),
  ];
  for (const option of options) command.addOption(option.helpGroup("Pictures:"));
  withSharedOptions(command, { index: false }).action(
    async (red: string, green: string | undefined, blue: string | undefined, given: RgbOptions) => {
      await rgb(sourcesOf(red, green, blue), given);
    },
  );
}

function sourcesOf(red: string, green: string | undefined, blue: string | undefined): Address[] {
  if (green !== undefined && blue === undefined)
    throw badUsage("two sources are one too few: name red, green and blue, or one cube of three planes");
  const texts = [red, green, blue].filter((text) => text !== undefined);
  const sources = texts.map(parseAddress);
  for (const source of sources) {
    checkAddress(source, "section");
    refuseStdin(source.source);
  }
  return sources;
}

async function rgb(sources: readonly Address[], options: RgbOptions): Promise<void> {
  refuseTwoOnStdout(options);
  refuseTerminal(options.output, "a picture");
  if (!/^(\.png)?$/i.test(extname(options.output)))
    throw badUsage(`rgb writes PNG: end ${options.output} in .png`);
  for (const { source } of sources) refuseOverwriting(source, options);
  checkOptions(options);
  await withProfile(options, async (opened) => {
    const files = new Map<string, Fits>();
    try {
      for (const { source } of sources) if (!files.has(source)) files.set(source, await open(source, opened));
      const bands: Band[] = [];
      for (const address of sources)
        bands.push(...(await bandsOf(files.get(address.source)!, address, options, sources)));
      await paint(bands, options);
      const { gridWarning } = await import("../band-grids.js");
      const warning = await gridWarning(bands);
      if (warning !== undefined) tellWarning(warning);
      for (const file of files.values()) for (const warning of file.warnings) tellWarning(warning);
    } finally {
      for (const file of files.values()) await file.close();
    }
  });
}

function checkOptions({ section = [], fitsSection = [], minimum, stretch, q }: RgbOptions): void {
  if (section.length + fitsSection.length > 1) throw badUsage("this command takes one section");
  if (minimum && minimum.length !== 1 && minimum.length !== 3)
    throw badUsage("--minimum is one number, or three as in 0.1,0.2,0.1");
  if (stretch !== undefined && !(stretch > 0))
    throw badUsage(`--stretch is a positive number, not ${stretch}`);
  if (q !== undefined && !(q >= 0)) throw badUsage(`--q is a number of at least 0, not ${q}`);
}

/** The band of a source; of a single source, the three planes of its cube. */
async function bandsOf(
  fits: Fits,
  { hdu, fitsSection }: Address,
  options: RgbOptions,
  { length }: readonly Address[],
): Promise<Band[]> {
  const image = await fits.image(hdu);
  const texts = [...(options.fitsSection ?? []), ...(fitsSection === undefined ? [] : [fitsSection])];
  const sections = [...(options.section ?? []), ...texts.map((text) => parseFitsSection(text, image.shape))];
  if (sections.length > 1) throw badUsage("this command takes one section");
  const section = sections[0];
  if (length > 1) return [{ fits, image, section }];
  const { shape, start, step, count, dropped } = image.resolve(section);
  const cube = dropped.findIndex((is, axis) => !is && count[axis] === 3);
  if (shape.length < 3 || shape[0] !== 3)
    throw new FitsError(
      "BAD_ARGUMENT",
      `one source has to be a cube of three planes, not ${shape.join(" x ")}; name three images, or choose planes by -s 0:3,:,:`,
    );
  return [0, 1, 2].map((plane) => ({
    fits,
    image,
    section: start.map((first, axis) => {
      if (axis === cube) return first + plane * step[axis]!;
      if (dropped[axis]) return first;
      const last = first + (count[axis]! - 1) * step[axis]!;
      const stop = step[axis]! > 0 ? last + 1 : last - 1;
      return [first, stop < 0 ? null : stop, step[axis]!] as const;
    }),
  }));
}

async function paint(bands: readonly Band[], options: RgbOptions): Promise<void> {
  const { toLuptonPng } = await import("fitslice/picture");
  const { output, stretch, q, minimum, nan, bin, width, binBy } = options;
  const bytes = bands.reduce((sum, { image, section }) => {
    const elementBytes = Number(/\d+$/.exec(image.dtype)![0]) / 8;
    return sum + image.resolve(section).shape.reduce((n, length) => n * length, elementBytes);
  }, 0);
  const bar = progressBar(bytes, "reading");
  const look: LuptonOptions & PixelOptions = {
    ...{ stretch, q, nan, bin, width, binBy },
    minimum: minimum?.length === 3 ? [minimum[0]!, minimum[1]!, minimum[2]!] : minimum?.[0],
    onRead: (count) => bar.advance(count),
  };
  const [red, green, blue] = bands as readonly [Band, Band, Band];
  try {
    await writeOutput(
      output,
      async (file) => {
        for await (const piece of interruptible(toLuptonPng([red, green, blue], look)))
          await file.write(piece);
      },
      options,
    );
  } finally {
    bar.stop();
  }
  if (options.json) await write(`${toJson({ path: output, format: "png" })}\n`);
}
