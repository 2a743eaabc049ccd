/** `stats`: extremes, mean and deviation of an image, streamed. */
import type { Command } from "commander";
import { repeated, withSharedOptions } from "../options.js";
import { alignColumns, toJson, write } from "../output.js";
import { chooseImage, chooseSection, type SelectionOptions } from "../selection.js";
import { withFits } from "../session.js";

export function statsCommand(program: Command): void {
  const command = program
    .command("stats")
    .summary("min, max, mean, std of an image")
    .description(
      "Statistics of an image or a section of it: streamed, in bounded memory. NaN and infinite values are left out.",
    )
    .argument("<src>", "URL, s3://bucket/key or path, perhaps with [EXT][x1:x2,y1:y2] behind it")
    .option("--hdu <which>", "index, NAME or NAME,VER (default: the first with pixels)")
    .option("-s, --section <y0:y1,x0:x1>", "as numpy writes it", repeated)
    .option("--fits-section <[x1:x2,y1:y2]>", "as FITS writes it", repeated)
    .option("--raw", "of the stored values: no BSCALE, BZERO, BLANK")
    .option("--json", "as JSON");
  withSharedOptions(command).action(async (src: string, options: SelectionOptions) => {
    await withFits(src, options, async (session) => {
      const image = await chooseImage(session, options);
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
}
