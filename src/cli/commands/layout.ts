/** `layout`: where headers and data lie. */
import type { Command } from "commander";
import type { HduLayout } from "fitslice";
import { type SharedOptions, withSharedOptions } from "../options.js";
import { alignColumns, printable, toJson, write } from "../output.js";
import { withFits } from "../session.js";

export function layoutCommand(command: Command): void {
  command
    .description(
      "List where every header and every data unit lies: offsets and sizes in bytes. The sizes of headers include " +
        "their padding, those of data do not; End is where the next HDU starts. In a file that is compressed as " +
        "a whole (.gz, ...) they are places in the decompressed contents.",
    )
    .argument("<src>", "path, URL or s3://bucket/key")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice layout hst.fits
  $ fitslice layout https://archive.example/hst.fits --json`,
    )
    .action(async (src: string, options: SharedOptions) => {
      await withFits(src, "file", options, async ({ fits }) => {
        const hdus = await fits.layouts();
        if (options.json)
          return write(`${toJson({ href: fits.href, size: fits.size ?? null, hdus: hdus.map(plain) })}\n`);
        const head = ["No", "Name", "Ver", "Type", "Header at", "size", "Data at", "size", "End"];
        const rows = hdus.map((hdu) => [
          `${hdu.index}`,
          printable(hdu.name),
          `${hdu.ver}`,
          hdu.type,
          ...[hdu.headerOffset, hdu.headerSize, hdu.dataOffset, hdu.dataSize, hdu.end].map(String),
        ]);
        await write(`${alignColumns([head, ...rows], [0, 2, 4, 5, 6, 7, 8]).join("\n")}\n`);
      });
    });
  withSharedOptions(command);
}

function plain(hdu: HduLayout): object {
  const { index, name, ver, type, headerOffset, headerSize, dataOffset, dataSize, end } = hdu;
  return { index, name, ver, type, headerOffset, headerSize, dataOffset, dataSize, end };
}
