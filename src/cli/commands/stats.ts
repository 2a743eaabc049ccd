/** `stats`: extremes, mean, deviation and, where wanted, order statistics of images, planes of cubes, columns of tables. */
import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { rare } from "../cli-command.js";
import { badUsage } from "../failure.js";
import { wholeNumber, withSharedOptions } from "../options.js";
import { expectBytes } from "../progress.js";
import { type Report, type ReportOptions, reportOn, reportOptions } from "../report.js";
import { chooseImage, chooseSection, type SelectionOptions, selectionOptions } from "../selection.js";
import { manyHelp } from "../sources.js";
import { columnFigures, type HduFigures, imageFigures, type Wishes } from "../stats/figures.js";
import { figuresText, valueText } from "../stats/text.js";

interface StatsOptions extends SelectionOptions, ReportOptions {
  raw?: boolean;
  median?: boolean;
  percentiles?: number[] | true;
  clipped?: boolean;
  histogram?: number;
  nanMap?: boolean;
  planes?: boolean;
}

const usualPercentiles = [1, 5, 25, 50, 75, 95, 99];

export function statsCommand(command: Command): void {
  command
    .description(
      "Statistics of an image or a section of it, or of the columns of a table: shape, count, NaN count, min, max, mean, standard deviation " +
        "(divided by the count, as numpy's). NaN and infinite values are left out. Streamed, in bounded memory. Order statistics are exact: " +
        "more than 16.8 million pixels are gone through several times.",
    )
    .argument("<src...>", manyHelp);
  selectionOptions(command);
  command
    .option("--median", "the median")
    .option("--percentiles [list]", `as numpy's (default ${usualPercentiles})`, percentList)
    .option(
      "--clipped",
      "mean, median, deviation within 3 sigma of the median, clipped up to 5 times, as astropy's",
    )
    .option("--histogram <n>", "counts in n equal bins", wholeNumber(1))
    .option("--nan-map", "where NaN are: their box, and a coarse picture")
    .option("--planes", "of each plane of a cube")
    .option("--raw", "of the stored values: no BSCALE, BZERO, BLANK")
    .option("--json", "as JSON");
  reportOptions(command);
  command
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice stats hst.fits --hdu SCI
  $ fitslice stats 'hst.fits[SCI][51:150,101:200]' --json
  $ fitslice stats hst.fits -s 100:200,50:150 --median --clipped --percentiles 5,95
  $ fitslice stats 'hst.fits[CATALOG]' --median`,
    )
    .action((given: string[], options: StatsOptions) => {
      const value = given.find((source) => /^[\d.]+$/.test(source) && !existsSync(source));
      if (options.clipped && value !== undefined)
        throw badUsage(
          `no file is called ${value}, and --clipped takes no value: it clips at 3 sigma; leave out ${value}`,
        );
      return reportOn(given, options, statsOf(options));
    });
  rare(command, "--nan-map", "--format", "--fits-section");
  withSharedOptions(command);
}

function percentList(text: string): number[] {
  const list = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!list.every((percent) => percent >= 0 && percent <= 100))
    throw new InvalidArgumentError("They must be numbers from 0 to 100 between commas: 1,50,99.");
  return list;
}

function wishesOf(options: StatsOptions): Wishes {
  const { median, percentiles, clipped, histogram, nanMap, planes, raw } = options;
  return {
    median,
    percentiles: percentiles === true ? usualPercentiles : percentiles,
    clipped,
    histogram,
    nanMap: nanMap ?? false,
    planes: planes ?? false,
    raw: raw ?? false,
  };
}

function statsOf(options: StatsOptions): Report<HduFigures> {
  const wishes = wishesOf(options);
  return {
    takes: "section",
    reads: "data",
    async read(session) {
      const { fits, hdu: which } = session;
      const hdu = which === undefined ? undefined : await fits.hdu(which);
      const isTable = hdu?.kind === "table";
      if (isTable && session.fitsSection === undefined && options.section === undefined) {
        expectBytes(hdu.dataSize);
        return columnFigures(hdu, wishes);
      }
      const image = await chooseImage(session);
      const section = await chooseSection(session, image, options);
      const count = (shape: readonly number[]): number =>
        shape.reduce((product, length) => product * length, 1);
      const share = count(image.resolve(section).shape) / count(image.shape);
      expectBytes(Math.ceil(image.dataSize * share) || 0);
      return imageFigures(image, section, wishes);
    },
    text: figuresText,
    json({ kind, all }) {
      const plain = all.map(({ values, histogram, nanMap }) => ({
        ...values,
        histogram,
        ...(nanMap && { nan_map: nanMap }),
      }));
      return kind === "image" ? plain[0]! : { [kind]: plain };
    },
    columns: [
      ...[
        "plane*",
        "column*",
        "unit*",
        "shape",
        "dtype",
        "count",
        "nan",
        "infinite",
        "min",
        "max",
        "mean",
        "std",
      ],
      ...["median*", "p*", "clipped_*"],
    ],
    rows({ hdu, all }) {
      return all.map(({ values }) => {
        const cells = Object.entries(values).map(([name, value]) => [
          name,
          Array.isArray(value) ? valueText(value) : value,
        ]);
        return { hdu, values: Object.fromEntries(cells) };
      });
    },
  };
}
