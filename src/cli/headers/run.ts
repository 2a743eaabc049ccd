/**
 * One run of `headers`: what is left of the files is read into the journal, and the journal becomes the table.
 */

import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HduSelector, type OpenOptions, open } from "fitslice";
import { type HeadersOptions, headersOf, isPattern, list } from "fitslice/list";
import { exportedTable } from "../export.js";
import { badUsage, Failure } from "../failure.js";
import { type OutputFile, writeOutput } from "../files.js";
import { fitsOf } from "../foreign-file.js";
import { lock } from "../lock.js";
import { tell } from "../output.js";
import { interruptible, interruption, removeAtExit } from "../signals.js";
import { fileSpool } from "../spool.js";
import { countBar } from "../stamps/progress.js";
import { type Journal, openJournal } from "./journal.js";
import { type Column, cellsOf, columnsFor, type Row, rowsOf } from "./rows.js";
import { type TextFormat, textOf } from "./text.js";
import { typedTable } from "./typed.js";

export type HeadersFormat = TextFormat | "arrow" | "parquet" | "fits";

/** What is to be done. */
export interface HeadersTask {
  /** Addresses and patterns. */
  readonly sources: readonly string[];
  readonly keywords: readonly string[];
  readonly hdu: HduSelector | "all";
  readonly jobs: number | undefined;
  readonly output: string;
  readonly format: HeadersFormat;
  /** No spreadsheet is to run text of CSV as a formula. */
  readonly csvSafe: boolean;
  readonly resume: boolean;
  readonly retryFailed: boolean;
  readonly force: boolean;
}

export interface HeadersResult {
  readonly files: number;
  readonly rows: number;
  /** Files that could not be read, and the error of the first. */
  readonly failed: number;
  readonly failure: string | undefined;
  /** Files that an earlier run has read. */
  readonly before: number;
}

/** Reads the files and writes the table. Files that fail are rows with an error. Throws `Failure` and what `list` throws. */
export async function runHeaders(task: HeadersTask, opened: OpenOptions): Promise<HeadersResult> {
  const { output, resume } = task;
  const isLasting = output !== "-";
  const path = isLasting
    ? `${output}.rows.ndjson`
    : join(tmpdir(), `fitslice-${randomBytes(8).toString("hex")}.ndjson`);
  if (isLasting) refuseOthers(task, path);
  const release = isLasting ? lock(`${path}.lock`, output) : removeAtExit(path);
  let journal: Journal | undefined;
  let isDone = !isLasting;
  try {
    journal = openJournal(path, resume && isLasting, {
      note: JSON.stringify([task.keywords, task.hdu]),
      retryFailed: task.retryFailed,
    });
    const { order, before } = await readAll(task, opened, journal);
    const result = await writeTable(task, journal, order);
    isDone ||= result.failed === 0;
    return { ...result, before };
  } catch (error) {
    isDone ||= journal?.isEmpty ?? false;
    if (journal && !isDone) tell(`what was read waits in ${path}; --resume goes on with it`);
    throw error;
  } finally {
    journal?.close();
    if (isDone) rmSync(path, { force: true });
    release();
  }
}

/** Throws `Failure` (wrong usage) where something is in the way that nobody has said may go. */
function refuseOthers({ output, resume, force }: HeadersTask, path: string): void {
  const isBegun = existsSync(path);
  if (isBegun && !resume && !force)
    throw badUsage(
      `${path} is left of an earlier run; add --resume to go on with it, or --force to begin anew`,
    );
  if (existsSync(output) && !force && !(resume && isBegun))
    throw badUsage(`${output} exists${resume ? " and is complete" : ""}; add --force to replace it`);
}

/** Reads what the journal has not. Answers with where the line of each file is, in the order of the files. */
async function readAll(
  { sources, ...task }: HeadersTask,
  opened: OpenOptions,
  journal: Journal,
): Promise<{ order: readonly number[]; before: number }> {
  const order: number[] = [];
  const places: number[] = [];
  async function* left(): AsyncGenerator<string, undefined> {
    for await (const file of filesOf(sources, opened)) {
      const line = journal.find(file);
      if (line === undefined) places.push(order.length);
      order.push(line ?? 0);
      if (line === undefined) yield file;
    }
  }
  const options: HeadersOptions = { ...opened, keywords: task.keywords, hdu: task.hdu, jobs: task.jobs };
  const bar = await countBar(undefined, 0, "files");
  try {
    for await (const read of interruptible(headersOf(left(), options))) {
      order[places[read.index]!] = journal.append(rowsOf(read));
      bar.advance(1);
    }
  } finally {
    bar.stop();
  }
  return { order, before: order.length - places.length };
}

/** The files that are meant, one by one: those of patterns and folders as their listings come. */
async function* filesOf(sources: readonly string[], opened: OpenOptions): AsyncGenerator<string, undefined> {
  for (const source of sources) {
    if (!isPattern(source) && !source.endsWith("/")) {
      yield source;
      continue;
    }
    let count = 0;
    for await (const { href, isFolder } of list(source, opened)) {
      if (isFolder) continue;
      count++;
      yield href;
    }
    if (count === 0) throw new Failure(1, `${source}: no file there`);
  }
}

type Written = Omit<HeadersResult, "before">;

async function writeTable(task: HeadersTask, journal: Journal, order: readonly number[]): Promise<Written> {
  const columns = columnsFor(task.keywords);
  let failed = 0;
  let failure: string | undefined;
  for (const offset of order) {
    const rows = journal.at(offset);
    columns.see(rows);
    if (rows.error === undefined) continue;
    failed++;
    failure ??= rows.error.includes(rows.file) ? rows.error : `${rows.file}: ${rows.error}`;
  }
  const all = columns.all();
  function* rows(): Generator<Row, undefined> {
    for (const offset of order) yield* cellsOf(journal.at(offset), all);
  }
  const put = (file: OutputFile): Promise<void> => write(file, task, all, columns.rowCount, rows());
  await writeOutput(task.output, put, { force: task.force || task.resume });
  return { files: order.length, rows: columns.rowCount, failed, failure };
}

const pieceLength = 1 << 16;

async function write(
  file: OutputFile,
  { format, csvSafe }: HeadersTask,
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
    const made = await fitsOf(typedTable(columns, rowCount, rows));
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
