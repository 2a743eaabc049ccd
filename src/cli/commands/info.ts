/** `info`: which HDUs there are. */
import type { Command } from "commander";
import type { HduLayout } from "fitslice";
import { factsOf, fullSize, shapeText, valuesText } from "../hdus.js";
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
  /** Bytes of a file that is compressed as a whole. */
  readonly storedSize: number | undefined;
  readonly hdus: readonly HduLayout[];
}

function infoOf(raw: boolean): Report<FileInfo> {
  return {
    takes: "file",
    reads: "headers",
    named: true,
    async read({ fits, stored, isFiltered }) {
      const hdus = await fits.layouts();
      const { size } = fits;
      const isWhole = isFiltered || stored.size === size;
      return { href: fits.href, size, storedSize: isWhole ? undefined : stored.size, hdus };
    },
    text({ href, size, storedSize, hdus }) {
      const sizes = [
        ...(storedSize === undefined ? [] : [`${byteText(storedSize)} compressed`]),
        ...(size === undefined ? [] : [`${byteText(size)}${storedSize === undefined ? "" : " whole"}`]),
      ];
      const isCompressed = !raw && hdus.some((hdu) => fullSize(hdu) !== undefined);
      const head = ["No", "Name", "Ver", "Type", "Cards", "Shape", "Values", "Data"];
      const rows = [
        [...head, ...(isCompressed ? ["Full", "Ratio"] : [])],
        ...hdus.map((hdu) => [...row(hdu, raw), ...(isCompressed ? fullText(hdu) : [])]),
      ];
      const lines = alignColumns(rows, [0, 2, 4, 7, 8, 9]);
      return `${[printable(href), ...sizes].join(", ")}\n${lines.join("\n")}\n`;
    },
    json: ({ href, size, storedSize, hdus }) => ({
      href,
      size: size ?? null,
      storedSize,
      hdus: hdus.map((hdu) => plain(hdu, raw)),
    }),
    columns: ["name", "ver", "type", "cards", "shape", "values", "data", "full*"],
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
          ...(!raw && fullSize(hdu) !== undefined && { full: fullSize(hdu)! }),
        };
        return { hdu: index, values };
      }),
  };
}

function plain(hdu: HduLayout, raw: boolean): object {
  const { index, name, ver, headerOffset, dataOffset, dataSize, cards } = hdu;
  const full = raw ? undefined : fullSize(hdu);
  return {
    ...{ index, name, ver, ...factsOf(hdu, raw), headerOffset, dataOffset, dataSize },
    ...(full !== undefined && { fullSize: full }),
    cards,
  };
}

/** The bytes of what a compressed HDU holds, and how many times more they are than those stored. */
function fullText(hdu: HduLayout): string[] {
  const full = fullSize(hdu);
  if (full === undefined) return ["", ""];
  return [byteText(full), hdu.dataSize > 0 ? (full / hdu.dataSize).toFixed(2) : ""];
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
