/** `explain`: the requests of a read and their expected time, before the read is done. */
import type { Command } from "commander";
import { type Explanation, type Plan, type TableHdu, together } from "fitslice";
import { parseFiltered } from "../address.js";
import { badUsage } from "../failure.js";
import { tableBehind } from "../hdus.js";
import { withSharedOptions } from "../options.js";
import { alignColumns, byteText, counted, printable, toJson, write } from "../output.js";
import {
  chooseImage,
  chooseSections,
  type SelectionOptions,
  selectionOptions,
  sourceHelp,
} from "../selection.js";
import { type Session, withFits } from "../session.js";
import { type RowOptions, rowOptions, tableSelection } from "../table-selection.js";

type ExplainOptions = SelectionOptions & RowOptions;

export function explainCommand(command: Command): void {
  command
    .description(
      "Show what reading sections of an image, or rows and columns of a table, would send: requests, bytes, expected " +
        "seconds. Headers are read, data are not. What depends on data that are not here yet (descriptors, conditions) is " +
        "not foreseen: the first wave of requests is shown.",
    )
    .argument("<src>", sourceHelp);
  selectionOptions(command, { many: true });
  rowOptions(command);
  command.option("--json", "as JSON").addHelpText(
    "after",
    `
Examples:
  $ fitslice explain https://archive.example/hst.fits --hdu SCI -s 100:200,50:150
  $ fitslice explain hst.fits --hdu SCI --sections stamps.txt --json
  $ fitslice explain https://archive.example/hst.fits --hdu CATALOG --columns ra,dec --rows 0:1000`,
  );
  withSharedOptions(command).action(async (src: string, options: ExplainOptions) => {
    const { filters } = parseFiltered(src);
    if (filters)
      throw badUsage(
        `${printable(filters.text)}: filters read all rows, and nothing is left to be foreseen; leave them out, and say --where and --columns`,
      );
    await withFits(src, "section", options, async (session) => {
      const told = await session.fits.explain(await planOf(session, options));
      await write(options.json ? `${toJson(told)}\n` : `${lines(told).join("\n")}\n`);
    });
  });
}

async function planOf(session: Session, options: ExplainOptions): Promise<Plan<unknown>> {
  const table = await chosenTable(session, options);
  if (table) return table.plan(await tableSelection(table, options));
  const image = await chooseImage(session);
  const selections = await chooseSections(session, image, options);
  return together(
    (selections.length > 0 ? selections : [undefined]).map((selection) => image.plan(selection)),
  );
}

/** The table that the options are about, if they are about one. */
async function chosenTable(session: Session, options: ExplainOptions): Promise<TableHdu | undefined> {
  const { columns, rows, where, cone, coneColumns, section, fitsSection, sections } = options;
  const ofTable = [columns, rows, where, cone, coneColumns].some((option) => option !== undefined);
  const ofImage = [section, fitsSection, sections, session.fitsSection].some(
    (option) => option !== undefined,
  );
  if (ofTable && ofImage)
    throw badUsage("sections are of images, columns and rows of tables: ask for one of them");
  const { fits, hdu: which } = session;
  if (which === undefined) return ofTable ? fits.table() : undefined;
  const hdu = await fits.hdu(which);
  if (hdu.kind === "table") return ofImage ? undefined : hdu;
  if (!ofTable) return undefined;
  // A compressed image is a table too, as for `table`.
  const behind = hdu.kind === "image" ? await tableBehind(hdu) : undefined;
  if (behind) return behind;
  throw badUsage(
    `HDU ${hdu.index}${hdu.name && ` "${hdu.name}"`} is no table; --columns, --rows, --where and --cone are for tables`,
  );
}

const mostListed = 40;

function lines(told: Explanation): string[] {
  const { label, ranges, requests, bytes, usedBytes, heldBytes, seconds } = told;
  const { latency, throughput, concurrency } = told;
  const listed = requests
    .slice(0, mostListed)
    .map(({ offset, length, parts }) => [
      parts ? `${offset} and on, ${parts.length} ranges` : `${offset}-${offset + length - 1}`,
      byteText(length),
    ]);
  const isMany = requests.some(({ parts }) => parts);
  const more = requests.length > mostListed ? [`  ... and ${requests.length - mostListed} more`] : [];
  const gaps = bytes - (usedBytes - heldBytes);
  return [
    `${printable(label)}: ${counted(ranges.length, "range")}, ${byteText(usedBytes)} wanted` +
      (heldBytes > 0 ? `, ${byteText(heldBytes)} held already` : ""),
    `${counted(requests.length, "request")} in ${counted(Math.min(requests.length, 1), "round trip")}, ` +
      `${byteText(bytes)} to move` +
      (gaps > 0 ? `, ${byteText(gaps)} of it ${isMany ? "gaps and the heads of parts" : "gaps"}` : ""),
    `${seconds.toFixed(3)} s expected, at ${(latency * 1000).toFixed(latency < 0.001 ? 3 : 0)} ms a request, ` +
      `${byteText(throughput)}/s a connection, ${concurrency} in flight`,
    ...alignColumns(listed, [1]).map((line) => `  bytes ${line}`),
    ...more,
    ...(told.more ? ["more is read afterwards: these bytes tell where it lies, so it is not foreseen"] : []),
    ...(told.decompressed
      ? [
          "the file is compressed as a whole: these are bytes of what it decompresses to; what moves depends on the " +
            "checkpoints known (see fitslice index)",
        ]
      : []),
  ];
}
