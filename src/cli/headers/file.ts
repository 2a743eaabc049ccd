/**
 * The file, or the text on stdout, that a table of headers becomes.
 */
import { open } from "fitslice";
import { exportedTable } from "../export.js";
import { type OutputFile, writeOutput } from "../files.js";
import { fitsOf } from "../foreign-file.js";
import { interruptible, interruption } from "../signals.js";
import { fileSpool } from "../spool.js";
import { type Column, type Columns, cellsOf, type FileRows, type Row } from "./rows.js";
import { type TextFormat, textOf } from "./text.js";
import { typedTable } from "./typed.js";

export type TableFormat = TextFormat | "arrow" | "parquet" | "fits";

/** Where a table goes, and how. */
export interface TableFile {
  /** A path, or `-`. */
  readonly output: string;
  readonly format: TableFormat;
  /** No spreadsheet is to run text of CSV as a formula. */
  readonly csvSafe: boolean;
  readonly force: boolean;
}

/** Writes the rows of all files; `columns` has seen them. They may be gone through once. Throws `Failure`. */
export async function writeTableFile(
  columns: Columns,
  lines: Iterable<FileRows>,
  file: TableFile,
): Promise<void> {
  const all = columns.all();
  function* rows(): Generator<Row, undefined> {
    for (const line of lines) yield* cellsOf(line, all);
  }
  const put = (sink: OutputFile): Promise<void> => write(sink, file, all, columns.rowCount, rows());
  await writeOutput(file.output, put, { force: file.force });
}

const pieceLength = 1 << 16;

async function write(
  file: OutputFile,
  { format, csvSafe }: TableFile,
  columns: readonly Column[],
  rowCount: number,
  rows: Iterable<Row>,
): Promise<void> {
  if (format === "fits") {
    const { tableHdu, writeFits } = await import("fitslice/write");
    const table = tableHdu(typedTable(columns, rowCount, rows));
    await writeFits(file, [table], { spool: fileSpool, signal: interruption });
    return;
  }
  if (format === "arrow" || format === "parquet") {
    const { tableHdu } = await import("fitslice/write");
    const made = await fitsOf([tableHdu(typedTable(columns, rowCount, rows))]);
    try {
      const fits = await open(made.path, { signal: interruption });
      for await (const chunk of interruptible(await exportedTable(await fits.table(), format, {})))
        await file.write(chunk);
      await fits.close();
    } finally {
      await made.remove();
    }
    return;
  }
  let text = "";
  for await (const piece of interruptible(textOf(format, columns, rows, csvSafe))) {
    text += piece;
    if (text.length < pieceLength) continue;
    await file.write(text);
    text = "";
  }
  await file.write(text);
}
