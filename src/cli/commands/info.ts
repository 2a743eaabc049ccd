/** `info`: which HDUs there are. */
import type { Command } from "commander";
import type { HduLayout } from "fitslice";
import { factsOf, shapeText, valuesText } from "../hdus.js";
import { withSharedOptions } from "../options.js";
import { alignColumns, byteText, printable } from "../output.js";
import { type Report, type ReportOptions, reportOn, reportOptions } from "../report.js";
import { manyHelp } from "../sources.js";

interface InfoOptions extends ReportOptions {
  raw?: boolean;
}

export function infoCommand(command: Command): void {
  command
    .description(
      "List the header-data units (HDUs): name, version, type, cards, shape (slowest axis first, as in numpy), " +
        "type of the stored values, bytes of data. Only headers are read.",
    )
    .argument("<src...>", manyHelp)
    .option("--raw", "show compressed images as the tables that they are stored in")
    .option("--json", "as JSON");
  reportOptions(command);
  command
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice info hst.fits
  $ fitslice info https://archive.example/hst.fits --json
  $ fitslice info 's3://archive/*.fits' --table
  $ fitslice info compressed.fits.fz --raw`,
    )
    .action((given: string[], { raw = false, ...options }: InfoOptions) =>
      reportOn(given, options, infoOf(raw)),
    );
  withSharedOptions(command);
}

interface FileInfo {
  readonly href: string;
  readonly size: number | undefined;
  readonly hdus: readonly HduLayout[];
}

function infoOf(raw: boolean): Report<FileInfo> {
  return {
    takes: "file",
    reads: "headers",
    named: true,
    async read({ fits }) {
      const hdus = await fits.layouts();
      return { href: fits.href, size: fits.size, hdus };
    },
    text({ href, size, hdus }) {
      const bytes = size === undefined ? "" : `, ${byteText(size)}`;
      const head = ["No", "Name", "Ver", "Type", "Cards", "Shape", "Values", "Data"];
      const lines = alignColumns([head, ...hdus.map((hdu) => row(hdu, raw))], [0, 2, 4, 7]);
      return `${printable(href)}${bytes}\n${lines.join("\n")}\n`;
    },
    json: ({ href, size, hdus }) => ({ href, size: size ?? null, hdus: hdus.map((hdu) => plain(hdu, raw)) }),
    columns: ["name", "ver", "type", "cards", "shape", "values", "data"],
    rows: ({ hdus }) =>
      hdus.map((hdu) => {
        const facts = factsOf(hdu, raw);
        const { index, name, ver, cards, dataSize: data } = hdu;
        const values = {
          name,
          ver,
          type: facts.type,
          cards,
          shape: shapeText(hdu, facts),
          values: valuesText(hdu, facts),
          data,
        };
        return { hdu: index, values };
      }),
  };
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
