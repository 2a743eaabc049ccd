/** `stats`: extremes, mean and deviation of an image, streamed. */
import type { Command } from "commander";
import type { Statistics } from "fitslice";
import { withSharedOptions } from "../options.js";
import { alignColumns } from "../output.js";
import { type Report, type ReportOptions, reportOn, reportOptions } from "../report.js";
import { chooseImage, chooseSection, type SelectionOptions, selectionOptions } from "../selection.js";
import { manyHelp } from "../sources.js";

interface StatsOptions extends SelectionOptions, ReportOptions {
  raw?: boolean;
}

export function statsCommand(command: Command): void {
  command
    .description(
      "Statistics of an image or a section of it: shape, count, NaN count, min, max, mean, standard deviation " +
        "(divided by the count, as numpy's). NaN and infinite values are left out. Streamed, in bounded memory.",
    )
    .argument("<src...>", manyHelp);
  selectionOptions(command);
  command.option("--raw", "of the stored values: no BSCALE, BZERO, BLANK").option("--json", "as JSON");
  reportOptions(command);
  command
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice stats hst.fits --hdu SCI
  $ fitslice stats 'hst.fits[SCI][51:150,101:200]' --json
  $ fitslice stats hst.fits -s 100:200,50:150`,
    )
    .action((given: string[], options: StatsOptions) => reportOn(given, options, statsOf(options)));
  withSharedOptions(command);
}

interface ImageStats {
  readonly hdu: number;
  readonly stats: Statistics;
}

function statsOf(options: StatsOptions): Report<ImageStats> {
  return {
    takes: "section",
    reads: "data",
    async read(session) {
      const image = await chooseImage(session);
      const selection = await chooseSection(session, image, options);
      const stats = await image.stats(selection, { raw: options.raw ?? false });
      return { hdu: image.index, stats };
    },
    text({ stats }) {
      const rows = Object.entries(stats).map(([name, value]) => [name, valueText(value)]);
      return `${alignColumns(rows).join("\n")}\n`;
    },
    json: ({ stats }) => stats,
    columns: ["shape", "dtype", "count", "nan", "infinite", "min", "max", "mean", "std"],
    rows({ hdu, stats }) {
      const values = Object.entries(stats).map(([name, value]) => [
        name,
        Array.isArray(value) ? valueText(value) : value,
      ]);
      return [{ hdu, values: Object.fromEntries(values) }];
    },
  };
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? value.join(" x ") : String(value);
}
