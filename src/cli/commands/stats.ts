/** `stats`: extremes, mean and deviation of an image, streamed. */
import type { Command } from "commander";
import { withSharedOptions } from "../options.js";
import { alignColumns, toJson, write } from "../output.js";
import {
  chooseImage,
  chooseSection,
  type SelectionOptions,
  selectionOptions,
  sourceHelp,
} from "../selection.js";
import { withData } from "../session.js";

interface StatsOptions extends SelectionOptions {
  raw?: boolean;
}

export function statsCommand(command: Command): void {
  command
    .description(
      "Statistics of an image or a section of it: shape, count, NaN count, min, max, mean, standard deviation " +
        "(divided by the count, as numpy's). NaN and infinite values are left out. Streamed, in bounded memory.",
    )
    .argument("<src>", sourceHelp);
  selectionOptions(command);
  command
    .option("--raw", "of the stored values: no BSCALE, BZERO, BLANK")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice stats hst.fits --hdu SCI
  $ fitslice stats 'hst.fits[SCI][51:150,101:200]' --json
  $ fitslice stats hst.fits -s 100:200,50:150`,
    )
    .action(async (src: string, options: StatsOptions) => {
      await withData(src, "section", options, async (session) => {
        const image = await chooseImage(session);
        const selection = await chooseSection(session, image, options);
        const stats = await image.stats(selection, { raw: options.raw ?? false });
        if (options.json) return write(`${toJson(stats)}\n`);
        const rows = Object.entries(stats).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(" x ") : String(value),
        ]);
        await write(`${alignColumns(rows).join("\n")}\n`);
      });
    });
  withSharedOptions(command);
}
