/** `headers`: keywords of many files as a table, a row for each file or HDU. */
import { type Command, Option } from "commander";
import { checkWhole, parseHdu, refuseStdin } from "../address.js";
import { badUsage, Failure } from "../failure.js";
import type { TableFormat } from "../headers/file.js";
import { tableFormat, tableFormats } from "../headers/formats.js";
import type { HeadersResult } from "../headers/run.js";
import { type HduOptions, repeated, wholeNumber, withSharedOptions } from "../options.js";
import { counted, tell, toJson, write } from "../output.js";
import { refuseOverwriting } from "../overwrite.js";
import { withProfile } from "../session.js";
import { sourcesOf } from "../sources.js";

interface HeadersOptions extends HduOptions {
  keywords: string[];
  output?: string;
  format?: TableFormat;
  jobs?: number;
  resume?: boolean;
  retryFailed?: boolean;
  csvSafe?: boolean;
}

export function headersCommand(command: Command): void {
  command
    .description(
      "Make a table of keywords of many files: a row for each file, or with --hdu all for each HDU. Many files are read at a " +
        "time, with one to three requests each. Without -o the table is shown as text; -o writes CSV, JSON (an object a row), " +
        "NDJSON, Arrow, Parquet or FITS.",
    )
    .argument(
      "<src...>",
      "paths, URLs, s3://bucket/key; quoted patterns, 's3://bucket/*.fits'; folders/; @list.txt",
    )
    .requiredOption("-k, --keywords <names>", "OBJECT,EXPTIME,'CD*' (may be repeated)", repeated)
    .option("--hdu <which>", "index, NAME or NAME,VER, or all (default 0)")
    .option("-o, --output <path>", `file.{${tableFormats.join(",")}} (- is stdout, with --format)`)
    .addOption(
      new Option("--format <name>", "format, where the file's name does not tell").choices(tableFormats),
    )
    .option("--csv-safe", "text that spreadsheets would run as a formula gets a ' in front (CSV only)")
    .option("--jobs <n>", "files read at a time (default 32)", wholeNumber(1, 1024))
    .option("--resume", "go on with a run that was stopped: nothing is read again")
    .option("--retry-failed", "with --resume: read again what failed")
    .option("--json", "without -o: the rows as JSON; with it: how many there are")
    .addHelpText(
      "after",
      `
Columns: file, hdu, the keywords, error. A file that cannot be read is a row with an error, and the exit code is 1.
While files are read, their rows wait in OUTPUT.rows.ndjson; it stays where a file failed, for --resume --retry-failed.

Examples:
  $ fitslice headers 's3://archive/*.fits' --keywords TELESCOP,EXPTIME,'NAXIS*'
  $ fitslice headers 's3://archive/**/*.fits' -k 'INSTRUME,CD?_?' --hdu SCI -o headers.parquet
  $ fitslice headers hst.fits https://archive.example/hst.fits -k BUNIT --hdu all --json`,
    );
  withSharedOptions(command, { index: false }).action(async (given: string[], options: HeadersOptions) => {
    const format = tableFormat(options);
    const output = options.output ?? "-";
    const { resume = false, retryFailed = false, force = false, csvSafe = false, json, jobs } = options;
    if (csvSafe && format !== "csv") throw badUsage("--csv-safe is for CSV; say --format csv");
    if (retryFailed && !resume) throw badUsage("--retry-failed goes with --resume");
    if (resume && output === "-") throw badUsage("--resume goes on with a file; name one with -o");
    if (json && options.output === "-") throw badUsage("-o - and --json both write to stdout");
    const keywords = options.keywords.flatMap((names) => names.split(",")).map((name) => name.trim());
    if (keywords.some((name) => name === "")) throw badUsage("--keywords has an empty name in it");
    const hdu = options.hdu?.toLowerCase() === "all" ? "all" : parseHdu(options.hdu ?? "0");
    const { runHeaders } = await import("../headers/run.js");
    const sources = await sourcesOf(given);
    if (sources.length === 0) throw badUsage("no file is named");
    for (const source of sources)
      checkWhole(source, () => "--hdu names the HDU, or use fitslice header SRC --table");
    for (const source of sources) refuseStdin(source);
    for (const source of sources) refuseOverwriting(source, { ...options, force: force || resume });
    await withProfile(options, async (opened) => {
      const how = { jobs, output, format, csvSafe, resume, retryFailed, force } as const;
      const task = { sources, keywords, hdu, ...how };
      await report(await runHeaders(task, opened), options);
    });
  });
}

async function report(result: HeadersResult, { json, output }: HeadersOptions): Promise<void> {
  const { files, rows, failed, failure, before } = result;
  if (json && output !== undefined) await write(`${toJson({ path: output, rows, files, failed, before })}\n`);
  const done = `${counted(rows, "row")} of ${counted(files, "file")}${before > 0 ? ` (${before} from before)` : ""}`;
  if (failed === 0) return tell(done);
  const why = `${failed > 1 ? "the first: " : ""}${failure}`;
  throw new Failure(1, `${done}, ${failed} could not be read (${why}); the column error says why`);
}
