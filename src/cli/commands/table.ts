/** `table`: columns and rows of a table, to the terminal or into a file of another format. */
import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { Batch, BatchOptions, TableHdu, TableSelection } from "fitslice";
import { shortestFloat32 } from "fitslice/export";
import { rare } from "../cli-command.js";
import { exportedTable } from "../export.js";
import { badUsage } from "../failure.js";
import { isFolder, type OutputFile, writeOutput } from "../files.js";
import { tableBehind } from "../hdus.js";
import { type HduOptions, wholeNumber, withSharedOptions } from "../options.js";
import {
  alignColumns,
  counted,
  printable,
  refuseTerminal,
  tell,
  tellWarning,
  toJson,
  write,
} from "../output.js";
import type { Session } from "../session.js";
import { interruptible, interruption } from "../signals.js";
import { manyHelp, namesMany } from "../sources.js";
import { type StreamOptions, streamEach } from "../streamed.js";
import { type ArrangeOptions, arranged, arrangeOptions, checkArrangement } from "../table/options.js";
import {
  computationsIn,
  limitOption,
  type RowOptions,
  rowOptions,
  tableSelection,
} from "../table-selection.js";
import { textTable } from "../text-table.js";

interface TableOptions extends HduOptions, RowOptions, ArrangeOptions {
  head?: number | true;
  tail?: number | true;
  describe?: boolean;
  raw?: boolean;
  output?: string;
  format?: Format;
  checksum?: boolean;
  csvSafe?: boolean;
}

const formats = ["csv", "tsv", "ecsv", "json", "ndjson", "votable", "arrow", "parquet", "fits"] as const;
type Format = (typeof formats)[number];

export function tableCommand(command: Command): void {
  command
    .description(
      "Read columns and rows of a table. Only the parts of the file needed are fetched, and short gaps where reading on " +
        "is faster than one more request. Without -o they are shown as text, the first 20 rows unless something else is " +
        "asked for.\n\n-o writes CSV, TSV, ECSV, JSON (columnar), NDJSON (one object a row), VOTable, Arrow, Parquet or FITS. A source that ends in " +
        ".arrow, .feather or .parquet is read, too, as one FITS table.",
    )
    .argument("<src...>", `${manyHelp}; perhaps with [EXT] behind`)
    .option("--hdu <which>", "index, NAME or NAME,VER (default: the first table)");
  rowOptions(command);
  limitOption(command);
  arrangeOptions(command);
  command
    .option("--head [n]", "the first n rows of those that pass (default 10)", wholeNumber(0))
    .option("--tail [n]", "the last n rows of those that pass (default 10)", wholeNumber(0))
    .option("--describe", "count, nulls (NaN, too), min, max, mean of columns")
    .option("--raw", "stored values, in every format: no TSCAL, TZERO, TNULL")
    .option("-o, --output <path>", `file.{${formats.join(", ")}} (- is stdout)`)
    .addOption(new Option("--format <name>", "format, where the file's name does not tell").choices(formats))
    .option("--checksum", "write CHECKSUM and DATASUM (FITS only)")
    .option("--csv-safe", "text that spreadsheets would run as a formula gets a ' in front (CSV only)")
    .option("--json", "as JSON to stdout: {rows, columns: [{name, format, unit, values}]}")
    .addHelpText(
      "after",
      `
A condition has columns ("flux (Jy)" in double quotes), numbers, 'strings',
== != < <= > >= + - * / % **, and, or, not, between, in, like, is null, and
functions; --columns computes so, too: 'ra,dec,mag=-2.5*log10(flux)'.

Examples:
  $ fitslice table hst.fits
  $ fitslice table hst.fits --hdu CATALOG --columns id,ra,dec --rows 0:100 -o first.csv
  $ fitslice table hst.fits --hdu CATALOG --where "mag < 18 and class == 'STAR'" -o stars.parquet
  $ fitslice table hst.fits --cone "150.05 2.025 1'" --format ndjson
  $ fitslice table https://archive.example/hst.fits --hdu CATALOG --describe --profile
  $ fitslice table 'hst.fits[CATALOG]' --tail 5 --json
  $ fitslice table 'hst.fits[CATALOG]' --sort=-mag --head 3 --columns 'id,flux=10**(-0.4*mag)' -o brightest.ecsv
  $ fitslice table 'hst.fits[CATALOG]' --group-by class --aggregate 'n=count(),mean(mag)'
  $ fitslice table stars.parquet -o stars.fits`,
    );
  rare(
    command,
    ...["--cone-columns", "--raw", "--format", "--json", "--checksum", "--csv-safe", "--tail"],
    ...["--sample", "--seed", "--group-by", "--aggregate", "--schema", "--head"],
  );
  withSharedOptions(command).action(async (given: string[], { output, ...rest }: TableOptions) => {
    const options: TableOptions = { ...rest, ...(output !== undefined && output !== "-" && { output }) };
    const isMany = namesMany(given);
    const format = chooseFormat(options, isMany);
    if (options.csvSafe && format !== "csv") throw badUsage("--csv-safe is for CSV; say --format csv");
    if (options.checksum && format !== "fits") throw badUsage("--checksum is for FITS; say --format fits");
    if (options.head !== undefined && options.tail !== undefined)
      throw badUsage("--head or --tail, not both");
    const stream: StreamOptions = {
      takes: "section",
      reads: "table",
      extension: format,
      headings: !options.json && format === undefined,
    };
    checkArrangement(options);
    await streamEach(given, options, stream, async (session, options) => {
      const chosen = await withComputed(await chooseTable(session), options);
      const { table } = chosen;
      if (options.groupBy === undefined) await showTable(session, chosen, format);
      else {
        const { withGroups } = await import("../table/grouped.js");
        const { rows, where, cone, columns: _, head: __, ...shown } = options;
        const limit = options.head === true ? 10 : options.head;
        await withGroups(table, await tableSelection(table, chosen.options), options, (groups, fits) =>
          showTable(
            { ...session, fits },
            { table: groups, options: { ...shown, ...(limit !== undefined && { limit }) } },
            format,
          ),
        );
      }
      for (const warning of table.warnings) tellWarning(warning);
    });
  });
}

/** A table, and the options that count for it. */
interface Chosen {
  readonly table: TableHdu;
  readonly options: TableOptions;
}

/** The table with the columns that --columns computes. */
async function withComputed(table: TableHdu, options: TableOptions): Promise<Chosen> {
  if (!options.columns?.includes("=")) return { table, options };
  const { columns, computations } = computationsIn(options.columns, table.columns);
  if (computations.length === 0) return { table, options };
  const { computedTable } = await import("fitslice/export");
  return { table: computedTable(table, computations), options: { ...options, columns } };
}

async function showTable(
  session: Session,
  { table, options }: Chosen,
  format: Format | undefined,
): Promise<void> {
  if (options.schema) {
    const { showSchema } = await import("../table/schema.js");
    return showSchema(table, await tableSelection(table, options), options);
  }
  const chosen = await withHeadAndTail(table, options);
  if (options.count) return showCount(table, chosen, options);
  const selection = await arranged(table, chosen, options, interruption);
  if (options.describe) await showDescription(table, selection, options);
  else if (format === undefined) await showRows(table, selection, options);
  else await exportTo(options.output ?? "-", session, table, format, selection, options);
}

/** How many rows pass: by the condition's columns alone, without one by the header. */
async function showCount(table: TableHdu, selection: TableSelection, { json }: TableOptions): Promise<void> {
  let rows = 0;
  if (selection.where === undefined && selection.cone === undefined) {
    const { start, stop } = rowRange(table, selection);
    rows = Math.min(stop - start, selection.limit ?? stop);
  } else {
    for await (const batch of interruptible(table.batches({ ...selection, columns: [] })))
      rows += batch.length;
  }
  await write(json ? `${toJson({ rows })}\n` : `${rows}\n`);
}

/** undefined is text for people. */
function chooseFormat(options: TableOptions, isMany: boolean): Format | undefined {
  const { output, format, json } = options;
  const told = (["describe", "count", "schema"] as const).find((name) => options[name]);
  if (told !== undefined) {
    if (output !== undefined || format !== undefined)
      throw badUsage(`--${told} goes to stdout, with --json as JSON`);
    return undefined;
  }
  if (output === undefined) {
    const chosen = format ?? (json ? "json" : undefined);
    if (chosen === "arrow" || chosen === "parquet" || chosen === "fits") refuseTerminal(output, chosen);
    return chosen;
  }
  if (isMany) return format ?? "csv";
  if (isFolder(output)) throw badUsage(`${output} is a folder; name a file in it`);
  if (format !== undefined) return format;
  const extension = extname(output).slice(1).toLowerCase();
  const aliases: Readonly<Record<string, Format>> = {
    ...{ fit: "fits", feather: "arrow", jsonl: "ndjson" },
    ...{ vot: "votable", xml: "votable", tab: "tsv" },
  };
  const found = formats.find((name) => name === extension) ?? aliases[extension];
  if (found) return found;
  throw badUsage(
    `cannot tell the format of ${output}; end it in ${formats.map((f) => `.${f}`).join(", ")} or say --format`,
  );
}

/** The table that the user named, or the first one; of a compressed image the table that holds it. */
async function chooseTable(session: Session): Promise<TableHdu> {
  const { fits, hdu: which } = session;
  if (session.fitsSection !== undefined) throw badUsage("a table has no pixels: say --rows and --columns");
  if (which === undefined) return fits.table();
  const hdu = await fits.hdu(which);
  return (hdu.kind === "image" && (await tableBehind(hdu))) || fits.table(which);
}

/** --head and --tail as rows and limit. */
async function withHeadAndTail(table: TableHdu, options: TableOptions): Promise<TableSelection> {
  const selection = { ...(await tableSelection(table, options)), ...(options.raw && { raw: true }) };
  const { head, tail } = options;
  if (head !== undefined) {
    const rows = head === true ? 10 : head;
    return { ...selection, limit: Math.min(rows, selection.limit ?? rows) };
  }
  if (tail === undefined) return selection;
  const count = tail === true ? 10 : tail;
  return { ...selection, rows: { ...selection.rows, start: await tailStart(table, selection, count) } };
}

/** Where the last `count` rows that pass begin. */
async function tailStart(table: TableHdu, selection: TableSelection, count: number): Promise<number> {
  const { start, stop } = rowRange(table, selection);
  if (count === 0) return stop;
  if (selection.where === undefined && selection.cone === undefined)
    return Math.max(start, Math.min(stop, start + (selection.limit ?? stop)) - count);
  const last: number[] = [];
  for await (const batch of interruptible(table.batches({ ...selection, columns: [] }))) {
    for (let i = Math.max(0, batch.length - count); i < batch.length; i++) last.push(batch.rowNumber(i));
    last.splice(0, Math.max(0, last.length - count));
  }
  return last[0] ?? stop;
}

/** The rows looked at, as numpy slices. */
function rowRange({ rowCount }: TableHdu, { rows = {} }: TableSelection): { start: number; stop: number } {
  const edge = (value: number): number =>
    Math.min(rowCount, value < 0 ? Math.max(0, rowCount + value) : value);
  const start = edge(rows.start ?? 0);
  return { start, stop: Math.max(start, edge(rows.stop ?? rowCount)) };
}

/** Rows shown when nobody said how many. */
const defaultRows = 20;
const pageRows = 1000;

async function showRows(table: TableHdu, selection: TableSelection, options: TableOptions): Promise<void> {
  const asked = [options.limit, options.head, options.tail, options.rows, options.sample].some(
    (value) => value !== undefined,
  );
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
  const limited: BatchOptions = { ...selection, ...(!asked && { limit: defaultRows }), batchRows: pageRows };
  let shown = 0;
  let left = 0;
  const show = async (page: Batch): Promise<void> => {
    const columns = page.columns.map(({ column }) => column);
    const text = textTable(columns, [page], width);
    left = text.left;
    await write([...(shown === 0 ? text.head : []), ...text.lines, ""].join("\n"));
    shown += page.length;
  };
  for await (const page of interruptible(table.batches(limited))) await show(page);
  const none = { ...selection, rowNumbers: undefined, rows: { start: 0, stop: 0 } };
  if (shown === 0) await show(await table.select(none));
  if (left > 0) tell(`... and ${counted(left, "more column")}; choose some with --columns`);
  if (!asked && shown === defaultRows && table.rowCount > shown)
    tell(
      `first ${shown} of ${selection.where || selection.cone ? "those" : table.rowCount} rows; --limit shows more`,
    );
}

async function showDescription(
  table: TableHdu,
  selection: TableSelection,
  options: TableOptions,
): Promise<void> {
  const summary = await table.describe(selection);
  const columns = summary.columns.map(({ column, ...figures }) => {
    const { name, format, unit = null, dtype } = column;
    const { min, max } = figures;
    const short = (value: typeof min): typeof min =>
      dtype === "float32" && typeof value === "number" ? shortestFloat32(value) : value;
    return { name, format, unit, ...figures, min: short(min), max: short(max) };
  });
  if (options.json) return write(`${toJson({ rows: summary.rows, columns })}\n`);
  const head = ["column", "format", "unit", "count", "nulls", "min", "max", "mean"];
  const lines = columns.map(({ name, format, unit, count, nulls, min, max, mean }, i) => [
    ...[name || `col${summary.columns[i]!.column.index + 1}`, format, unit ?? ""].map(printable),
    ...[count, nulls].map(String),
    ...[min, max, mean].map((value) => (value === null ? "" : printable(numberText(value)))),
  ]);
  await write(`${alignColumns([head, ...lines], [3, 4, 5, 6, 7]).join("\n")}\n`);
  tell(counted(summary.rows, "row"));
}

/** Enough digits for people, and all before the decimal point; JSON has all. */
function numberText(value: number | bigint | string): string {
  const isLong = typeof value === "number" && Math.abs(value) >= 1e9 && Math.abs(value) < 1e21;
  if (isLong) return String(Math.round(value));
  return typeof value === "number" ? String(Number(value.toPrecision(9))) : String(value);
}

async function exportTo(
  output: string,
  session: Session,
  table: TableHdu,
  format: Format,
  selection: TableSelection,
  options: TableOptions,
): Promise<void> {
  let bytes = 0;
  const put = async (file: OutputFile): Promise<void> => {
    if (format === "fits") bytes = await writeTable(file, session, table, selection, options);
    else {
      for await (const chunk of interruptible(
        await exportedTable(table, format, { ...selection, escapeFormulas: options.csvSafe }),
      )) {
        bytes += chunk.byteLength;
        await file.write(chunk);
      }
    }
  };
  await writeOutput(output, put, options);
  if (options.json && output !== "-")
    await write(`${toJson({ path: output, format, hdu: table.index, bytes })}\n`);
}

/** A FITS file with this table, as it stands in the file but for what was not chosen, behind the primary header. */
async function writeTable(
  file: OutputFile,
  { fits }: Session,
  table: TableHdu,
  selection: TableSelection,
  { checksum = false }: TableOptions,
): Promise<number> {
  const { nameProblems, tableFileHdus, writeFits } = await import("fitslice/write");
  const { fileSpool } = await import("../spool.js");
  const empty = { rowNumbers: undefined, rows: { start: 0, stop: 0 } };
  const none = await table.select({ ...selection, ...empty });
  for (const problem of nameProblems(none.columns.map(({ column }) => column))) tellWarning(problem);
  const hdus = tableFileHdus(fits, table, selection);
  return writeFits(file, interruptible(hdus), { checksum, spool: fileSpool, signal: interruption });
}
