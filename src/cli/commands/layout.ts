/** `layout`: where headers and data lie. */
import type { Command } from "commander";
import type { HduLayout } from "fitslice";
import { withSharedOptions } from "../options.js";
import { alignColumns, printable } from "../output.js";
import { type Report, type ReportOptions, reportOn, reportOptions } from "../report.js";
import { manyHelp } from "../sources.js";

export function layoutCommand(command: Command): void {
  command
    .description(
      "List where every header and every data unit lies: offsets and sizes in bytes. The sizes of headers include " +
        "their padding, those of data do not; End is where the next HDU starts. In a file that is compressed as " +
        "a whole (.gz, ...) they are places in the decompressed contents.",
    )
    .argument("<src...>", manyHelp)
    .option("--json", "as JSON");
  reportOptions(command);
  command
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice layout hst.fits
  $ fitslice layout https://archive.example/hst.fits --json`,
    )
    .action((given: string[], options: ReportOptions) => reportOn(given, options, layoutReport));
  withSharedOptions(command);
}

interface FileLayout {
  readonly href: string;
  readonly size: number | undefined;
  readonly hdus: readonly HduLayout[];
}

const layoutReport: Report<FileLayout> = {
  takes: "file",
  reads: "headers",
  async read({ fits }) {
    const hdus = await fits.layouts();
    return { href: fits.href, size: fits.size, hdus };
  },
  text({ hdus }) {
    const head = ["No", "Name", "Ver", "Type", "Header at", "size", "Data at", "size", "End"];
    const rows = hdus.map((hdu) => [
      `${hdu.index}`,
      printable(hdu.name),
      `${hdu.ver}`,
      hdu.type,
      ...[hdu.headerOffset, hdu.headerSize, hdu.dataOffset, hdu.dataSize, hdu.end].map(String),
    ]);
    return `${alignColumns([head, ...rows], [0, 2, 4, 5, 6, 7, 8]).join("\n")}\n`;
  },
  json: ({ href, size, hdus }) => ({ href, size: size ?? null, hdus: hdus.map(plain) }),
  columns: ["name", "ver", "type", "headerOffset", "headerSize", "dataOffset", "dataSize", "end"],
  rows: ({ hdus }) =>
    hdus.map((layout) => {
      const { index: hdu, ...values } = plain(layout);
      return { hdu, values };
    }),
};

function plain(
  hdu: HduLayout,
): Pick<
  HduLayout,
  "index" | "name" | "ver" | "type" | "headerOffset" | "headerSize" | "dataOffset" | "dataSize" | "end"
> {
  const { index, name, ver, type, headerOffset, headerSize, dataOffset, dataSize, end } = hdu;
  return { index, name, ver, type, headerOffset, headerSize, dataOffset, dataSize, end };
}
