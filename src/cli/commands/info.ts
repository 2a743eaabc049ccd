/** `info`: which HDUs there are. */
import type { Command } from "commander";
import type { HduLayout } from "fitslice";
import { factsOf, shapeText, valuesText } from "../hdus.js";
import { type SharedOptions, withSharedOptions } from "../options.js";
import { alignColumns, byteText, printable, toJson, write } from "../output.js";
import { withFits } from "../session.js";

interface InfoOptions extends SharedOptions {
  raw?: boolean;
}

export function infoCommand(command: Command): void {
  command
    .description(
      "List the header-data units (HDUs): name, version, type, cards, shape (slowest axis first, as in numpy), " +
        "type of the stored values, bytes of data. Only headers are read.",
    )
    .argument("<src>", "path, URL or s3://bucket/key")
    .option("--raw", "show compressed images as the tables that they are stored in")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice info hst.fits
  $ fitslice info https://archive.example/hst.fits --json
  $ fitslice info s3://archive/hst.fits --profile
  $ fitslice info compressed.fits.fz --raw`,
    )
    .action(async (src: string, options: InfoOptions) => {
      await withFits(src, "file", options, async ({ fits }) => {
        const hdus = await fits.layouts();
        const raw = options.raw ?? false;
        if (options.json) {
          const listed = hdus.map((hdu) => plain(hdu, raw));
          return write(`${toJson({ href: fits.href, size: fits.size ?? null, hdus: listed })}\n`);
        }
        const size = fits.size === undefined ? "" : `, ${byteText(fits.size)}`;
        const head = ["No", "Name", "Ver", "Type", "Cards", "Shape", "Values", "Data"];
        const lines = alignColumns([head, ...hdus.map((hdu) => row(hdu, raw))], [0, 2, 4, 7]);
        await write(`${printable(fits.href)}${size}\n${lines.join("\n")}\n`);
      });
    });
  withSharedOptions(command);
}

function plain(hdu: HduLayout, raw: boolean): object {
  const { index, name, ver, headerOffset, dataOffset, dataSize, cards } = hdu;
  return { index, name, ver, ...factsOf(hdu, raw), headerOffset, dataOffset, dataSize, cards };
}

function row(hdu: HduLayout, raw: boolean): string[] {
  const facts = factsOf(hdu, raw);
  return [
    `${hdu.index}`,
    printable(hdu.name),
    `${hdu.ver}`,
    facts.type,
    `${hdu.cards}`,
    shapeText(hdu, facts),
    printable(valuesText(hdu, facts)),
    hdu.dataSize > 0 ? byteText(hdu.dataSize) : "",
  ];
}
