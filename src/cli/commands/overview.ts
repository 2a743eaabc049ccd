/** `overview`: a small file of block means beside a large image, for viewers. */
import type { Command } from "commander";
import type { FitsSink } from "fitslice/write";
import { chosenHdus } from "../cut-file.js";
import { writeOutput } from "../files.js";
import { type HduOptions, withSharedOptions } from "../options.js";
import { byteText, counted, outputName, refuseTerminal, tell, toJson, write } from "../output.js";
import { refuseTwoOnStdout } from "../overwrite.js";
import { progressBar } from "../progress.js";
import { sourceHelp } from "../selection.js";
import { withData } from "../session.js";
import { interruptible, interruption } from "../signals.js";

interface OverviewOptions extends HduOptions {
  output: string;
}

export function overviewCommand(command: Command): void {
  command
    .description(
      "Write an overview of large images: means of blocks of 8 x 8, 16 x 16 ... pixels, each level an image of its own with right " +
        "coordinates. Viewers that find X.ovr.fits beside X.fits show all of X.fits at once. An overview is bound to its file: " +
        "one of an older version, or of another file, is refused. The images are read once, to their end.",
    )
    .argument("<src>", sourceHelp.replace("[x1:x2,y1:y2]", ""))
    .option(
      "--hdu <which>",
      "index, NAME or NAME,VER, several, SCI,ERR, or all that are large (default: the first image with pixels)",
    )
    .requiredOption(
      "-o, --output <path>",
      "where to (- is stdout); viewers look for X.ovr.fits beside X.fits",
    )
    .option("--json", "print what was written as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice overview survey.fits -o survey.ovr.fits
  $ fitslice overview s3://archive/survey.fits --hdu all -o all.ovr.fits --json`,
    );
  withSharedOptions(command).action(async (src: string, options: OverviewOptions) => {
    refuseTwoOnStdout(options);
    refuseTerminal(options.output, "a FITS file");
    const [{ levelShape, overviewFactors, overviewHdus, overviewImages }, { writeFits }, { fileSpool }] =
      await Promise.all([import("fitslice/overview"), import("fitslice/write"), import("../spool.js")]);
    const { hdu: named, output, ...rest } = options;
    await withData(src, "hdu", { ...rest, output }, async ({ fits, hdu }) => {
      const chosen = chosenHdus(hdu, named);
      const hdus = chosen.one
        ? chosen.hdu === undefined
          ? undefined
          : [chosen.hdu]
        : (chosen.hdus ?? "all");
      const images = await overviewImages(fits, { hdus, signal: interruption });
      const stored = images.reduce(
        (sum, { shape, bitpix }) => sum + shape.reduce((count, n) => count * n, Math.abs(bitpix) / 8),
        0,
      );
      const bar = progressBar(stored, "reading");
      let size = 0;
      try {
        await writeOutput(
          output,
          async (file) => {
            const made = overviewHdus(fits, {
              hdus: images.map(({ index }) => index),
              spool: fileSpool,
              signal: interruption,
              onTaken: bar.advance,
            });
            size = await writeFits(file as FitsSink, interruptible(made), {
              spool: fileSpool,
              signal: interruption,
            });
          },
          options,
        );
      } finally {
        bar.stop();
      }
      const levels = images.flatMap(({ index, name, shape }) =>
        overviewFactors(shape).map((factor) => ({
          hdu: index,
          name,
          factor,
          shape: levelShape(shape, factor),
        })),
      );
      if (options.json) return write(`${toJson({ href: fits.href, path: output, written: size, levels })}\n`);
      const of = images.length === 1 ? "" : ` of ${images.length} images`;
      tell(`${outputName(output)}: ${byteText(size)}, ${counted(levels.length, "level")}${of}`);
    });
  });
}
