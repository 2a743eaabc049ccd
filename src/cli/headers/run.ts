/**
 * One run of `headers`: what is left of the files is read into the journal, and the journal becomes the table.
 */

import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HduSelector, OpenOptions } from "fitslice";
import { type HeadersOptions, headersOf } from "fitslice/list";
import { badUsage } from "../failure.js";
import { lock } from "../lock.js";
import { tell } from "../output.js";
import { countBar } from "../progress.js";
import { interruptible, removeAtExit } from "../signals.js";
import { filesOf, listPlace } from "../sources.js";
import { type TableFormat, writeTableFile } from "./file.js";
import { type Journal, linesAt, openJournal } from "./journal.js";
import { columnsFor, rowsOf } from "./rows.js";

/** What is to be done. */
export interface HeadersTask {
  /** Addresses and patterns. */
  readonly sources: readonly string[];
  readonly keywords: readonly string[];
  readonly hdu: HduSelector | "all";
  readonly jobs: number | undefined;
  readonly output: string;
  readonly format: TableFormat;
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
  const bar = countBar(undefined, 0, "files");
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

type Written = Omit<HeadersResult, "before">;

async function writeTable(task: HeadersTask, journal: Journal, order: readonly number[]): Promise<Written> {
  const columns = columnsFor(task.keywords.map((keyword) => keyword.toUpperCase()));
  let failed = 0;
  let failure: string | undefined;
  for (const offset of order) {
    const rows = journal.at(offset);
    columns.see(rows);
    if (rows.error === undefined) continue;
    failed++;
    const why = rows.error.includes(rows.file) ? rows.error : `${rows.file}: ${rows.error}`;
    failure ??= `${listPlace(rows.file)}${why}`;
  }
  await writeTableFile(columns, linesAt(journal, order), { ...task, force: task.force || task.resume });
  return { files: order.length, rows: columns.rowCount, failed, failure };
}
