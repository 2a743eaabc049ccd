/** `index`: a small file beside a large one, with which opening it asks for no header. */
import type { Command } from "commander";
import { save } from "../files.js";
import { type SharedOptions, withSharedOptions } from "../options.js";
import { byteText, counted, outputName, refuseTerminal, tell, toJson, write } from "../output.js";
import { refuseTwoOnStdout } from "../overwrite.js";
import { withFits } from "../session.js";

interface IndexOptions extends SharedOptions {
  output: string;
}

export function indexCommand(command: Command): void {
  command
    .description(
      "Write an index file: the headers of all HDUs and, of a .fits.gz, where decompression can start. Given to other " +
        "commands with --index, opening the file asks for no header, and a section of a .fits.gz costs little more " +
        "than its own compressed bytes. To index a .fits.gz it is read once, to its end. An index of another file is " +
        "refused.",
    )
    .argument("<src>", "path, URL or s3://bucket/key")
    .requiredOption("-o, --output <path>", "where to (- is stdout); .fidx is customary")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice index https://archive.example/hst.fits -o hst.fidx
  $ fitslice header https://archive.example/hst.fits --index hst.fidx --hdu CATALOG`,
    );
  withSharedOptions(command, { index: false }).action(async (src: string, options: IndexOptions) => {
    refuseTwoOnStdout(options);
    refuseTerminal(options.output, "an index");
    await withFits(src, "file", options, async ({ fits }) => {
      const bytes = await fits.index();
      await save(options.output, bytes, options);
      const hdus = (await fits.layouts()).length;
      const { href } = fits;
      if (options.json)
        return write(`${toJson({ href, path: options.output, hdus, bytes: bytes.byteLength })}\n`);
      tell(`${outputName(options.output)}: ${byteText(bytes.byteLength)}, ${counted(hdus, "HDU")}`);
    });
  });
}
