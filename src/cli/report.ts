/**
 * What commands tell of one file or of many: text, JSON, or one table of all.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { type OpenOptions, showAddress } from "fitslice";
import type { Takes } from "./address.js";
import { badUsage, Failure, failsOneFile } from "./failure.js";
import type { TableFormat } from "./headers/file.js";
import { tableFormat, tableFormats } from "./headers/formats.js";
import type { FileValues } from "./headers/rows.js";
import { addressOf, type Reads, type Session, withAddress } from "./opening.js";
import type { HduOptions } from "./options.js";
import { counted, printable, tellFailure, toJson, write } from "./output.js";
import { withProfile } from "./session.js";
import { interruption, removeAtExit } from "./signals.js";
import { filesOf, listPlace, namesMany, sourcesOf } from "./sources.js";

/** What a command finds out of a file, and the forms in which that is told. */
export interface Report<T> {
  readonly takes: Takes;
  readonly reads: Reads;
  /** Whether the text says of which file it is. */
  readonly named?: boolean;
  read(session: Session): Promise<T>;
  /** Whole lines. */
  text(result: T): string;
  json(result: T): object;
  /** Columns of the table, beside the file, the HDU and the error; patterns stand for what the rows hold. */
  readonly columns: readonly string[];
  rows(result: T): FileValues["hdus"];
  /** Why the command ends with exit code 1 though the file was read, in a line. */
  failure?(result: T): string | undefined;
}

export interface ReportOptions extends HduOptions {
  table?: boolean;
  output?: string;
  format?: TableFormat;
}

/** Adds the options of a table of many files. */
export function reportOptions(command: Command): void {
  command
    .option("--table", "one table of all files")
    .option("-o, --output <path>", `the table as file.{${tableFormats.join(",")}} (- is stdout)`)
    .addOption(
      new Option("--format <name>", "format of the table, where no file's name tells").choices(tableFormats),
    );
}

/** Files that are read at a time. */
const atOnce = 8;

/**
 * Reads the sources and tells of them. Of one source what it has always been; of many one after the other, or a table. A
 * file that cannot be read is told on stderr, and ends nothing; in the end that is a `Failure`.
 */
export async function reportOn<T>(
  given: readonly string[],
  options: ReportOptions,
  report: Report<T>,
): Promise<void> {
  const { table, output, format, json } = options;
  const isTable = table === true || output !== undefined || format !== undefined;
  if (output !== undefined && json) throw badUsage("-o writes a table, --json to stdout; leave out one");
  if (!namesMany(given) && !isTable) return reportOne(given[0]!, options, report);
  if (options.index !== undefined) throw badUsage("--index is of one file; name one");
  const as = isTable ? tableFormat(options) : undefined;
  const sources = await sourcesOf(given);
  if (sources.length === 0) throw badUsage("no file is named");
  await withProfile(options, async (opened) => {
    const results = resultsOf(sources, options, opened, report);
    const failures = new Failures();
    if (as !== undefined) await writeTable(results, options, as, report, failures);
    else if (json) await writeJson(results, report, failures);
    else await writeText(results, report, failures);
    failures.throwAny();
  });
}

async function reportOne<T>(source: string, options: ReportOptions, report: Report<T>): Promise<void> {
  const address = addressOf(source, report.takes, options);
  await withProfile(options, (opened) =>
    withAddress(address, report.reads, opened, options.index, async (session) => {
      const result = await report.read(session);
      await write(options.json ? `${toJson(report.json(result))}\n` : report.text(result));
      const failure = report.failure?.(result);
      if (failure !== undefined) throw new Failure(1, failure);
    }),
  );
}

/** A file, without secrets of its address, and what was read of it, or why nothing. */
interface Outcome<T> {
  readonly file: string;
  readonly result?: T;
  readonly error?: Error;
}

/** The results in the order of the files, some read ahead. Throws what is wrong with all of them. */
async function* resultsOf<T>(
  sources: readonly string[],
  options: ReportOptions,
  opened: OpenOptions,
  report: Report<T>,
): AsyncGenerator<Outcome<T>, undefined> {
  const ahead: Promise<Outcome<T>>[] = [];
  for await (const source of filesOf(sources, opened)) {
    const outcome = outcomeOf(source, options, opened, report);
    outcome.catch(() => undefined); // is told when its turn comes
    ahead.push(outcome);
    if (ahead.length === atOnce) yield await ahead.shift()!;
  }
  for (const outcome of ahead) yield await outcome;
}

async function outcomeOf<T>(
  source: string,
  options: ReportOptions,
  opened: OpenOptions,
  report: Report<T>,
): Promise<Outcome<T>> {
  const file = showAddress(source);
  try {
    const read: T[] = [];
    await withAddress(
      addressOf(source, report.takes, options),
      report.reads,
      opened,
      undefined,
      async (session) => {
        read.push(await report.read(session));
      },
    );
    return { file, result: read[0]! };
  } catch (error) {
    interruption.throwIfAborted();
    if (!failsOneFile(error)) throw error;
    return { file, error };
  }
}

/** Counts what failed, and tells it as it comes. */
class Failures {
  #files = 0;
  #failed = 0;

  /** Notes a file; answers with its result, where it has one. */
  resultOf<T>({ file, result, error }: Outcome<T>, report: Report<T>): T | undefined {
    this.#files++;
    const message = error?.message ?? report.failure?.(result!);
    if (message !== undefined) {
      this.#failed++;
      tellFailure(file, message, listPlace(file));
    }
    return error ? undefined : result;
  }

  /** Fails where a file did; a single failure has its line already. */
  throwAny(): void {
    if (this.#failed === 0) return;
    throw new Failure(
      1,
      this.#failed === 1 ? "" : `${this.#failed} of ${counted(this.#files, "file")} failed`,
    );
  }
}

async function writeText<T>(
  results: AsyncIterable<Outcome<T>>,
  report: Report<T>,
  failures: Failures,
): Promise<void> {
  let count = 0;
  for await (const outcome of results) {
    const result = failures.resultOf(outcome, report);
    if (result === undefined) continue;
    const heading = report.named ? "" : `==> ${printable(outcome.file)} <==\n`;
    await write(`${count++ > 0 ? "\n" : ""}${heading}${report.text(result)}`);
  }
}

/** An array with an object for each file, `file` first. */
async function writeJson<T>(
  results: AsyncIterable<Outcome<T>>,
  report: Report<T>,
  failures: Failures,
): Promise<void> {
  let count = 0;
  for await (const outcome of results) {
    const { file, error } = outcome;
    const result = failures.resultOf(outcome, report);
    const told = result === undefined ? { file, error: error!.message } : { file, ...report.json(result) };
    await write(`${count++ > 0 ? "," : "["}\n${toJson(told)}`);
  }
  await write(`${count > 0 ? "" : "["}\n]\n`);
}

/** The rows wait in a temporary file: the columns are known when the last one has come. */
async function writeTable<T>(
  results: AsyncIterable<Outcome<T>>,
  { output = "-", force = false }: ReportOptions,
  format: TableFormat,
  report: Report<T>,
  failures: Failures,
): Promise<void> {
  const [{ linesAt, openJournal }, { columnsFor, rowsOf }, { writeTableFile }] = await Promise.all([
    import("./headers/journal.js"),
    import("./headers/rows.js"),
    import("./headers/file.js"),
  ]);
  const path = join(tmpdir(), `fitslice-${crypto.randomUUID()}.ndjson`);
  const forget = removeAtExit(path);
  const journal = openJournal(path, false, { note: "", retryFailed: false });
  try {
    const columns = columnsFor(report.columns);
    const order: number[] = [];
    for await (const outcome of results) {
      const result = failures.resultOf(outcome, report);
      const hdus = result === undefined ? [] : report.rows(result);
      const rows = rowsOf({ href: outcome.file, hdus, error: outcome.error });
      columns.see(rows);
      order.push(journal.append(rows));
    }
    await writeTableFile(columns, linesAt(journal, order), { output, format, csvSafe: false, force });
  } finally {
    journal.close();
    rmSync(path, { force: true });
    forget();
  }
}
