/** `footprints`: where images lie on the sky, from their headers alone. */
import { extname } from "node:path";
import { type Command, Option } from "commander";
import { FitsError, type OpenOptions, open, showAddress } from "fitslice";
import type { FileFootprints, Footprint } from "fitslice/stamps";
import { checkAddress, parseAddress, refuseStdin } from "../address.js";
import { badUsage, Failure } from "../failure.js";
import { save } from "../files.js";
import { openOptions, type SharedOptions, withSharedOptions } from "../options.js";
import { counted, tell, tellWarning, toJson, write } from "../output.js";
import { refuseOverwriting } from "../overwrite.js";
import { countBar } from "../progress.js";
import { interruption } from "../signals.js";

const formats = ["parquet", "csv", "fits"] as const;
type Format = (typeof formats)[number];

interface FootprintsOptions extends SharedOptions {
  output: string;
  format?: Format;
}

export function footprintsCommand(command: Command): void {
  command
    .description(
      "Make a table of where the images of files lie on the sky, from their headers alone: a row for each image with celestial " +
        "coordinates, with the names of ObsCore (access_url, s_ra, s_dec, s_fov, s_region in ICRS) and _healpix_29, by which " +
        "it is sorted. fitslice cutouts finds in it the files that show a target.",
    )
    .argument("<src...>", "paths, URLs, s3://bucket/key; @list.txt: those in a file, one a line")
    .requiredOption("-o, --output <path>", `file.{${formats.join(",")}} (- is stdout, with --format)`)
    .addOption(new Option("--format <name>", "format, where the file's name does not tell").choices(formats))
    .option("--json", "print how many there are, as JSON")
    .addHelpText(
      "after",
      `
A file that cannot be read is a warning; the others are kept, and the exit code is 1.

Examples:
  $ fitslice footprints hst.fits https://archive.example/hst.fits -o images.parquet
  $ fitslice footprints hst.fits -o images.csv`,
    );
  withSharedOptions(command, { index: false }).action(async (given: string[], options: FootprintsOptions) => {
    const format = formatOf(options);
    if (options.json && options.output === "-") throw badUsage("-o - and --json both write to stdout");
    const { listPlace, sourcesOf } = await import("../sources.js");
    const sources = await sourcesOf(given);
    if (sources.length === 0) throw badUsage("no file is named");
    for (const source of sources) refuseStdin(source);
    for (const source of sources) refuseOverwriting(source, options);
    const { footprints, failed } = await readAll(sources, await openOptions(options), listPlace);
    if (footprints.length === 0) throw new Failure(1, `no footprint in ${counted(sources.length, "file")}`);
    await save(options.output, await tableBytes(footprints, format), options);
    const files = sources.length - failed;
    if (options.json) await write(`${toJson({ footprints: footprints.length, files, failed })}\n`);
    tell(`${counted(footprints.length, "footprint")} of ${counted(files, "file")}`);
    if (failed > 0) throw new Failure(1, `${counted(failed, "file")} could not be read`);
  });
}

function formatOf({ output, format }: FootprintsOptions): Format {
  const found = formats.find((name) => name === extname(output).slice(1).toLowerCase());
  if (format ?? found) return (format ?? found)!;
  if (output === "-") throw badUsage(`say with --format what goes to stdout: ${formats.join(", ")}`);
  throw badUsage(`cannot tell the format of ${output}; end it in .parquet, .csv or .fits, or say --format`);
}

/** Files that are open at a time. */
const atOnce = 16;

async function readAll(
  sources: readonly string[],
  access: OpenOptions,
  place: (shown: string) => string,
): Promise<{ footprints: Footprint[]; failed: number }> {
  const found: Footprint[] = [];
  let failed = 0;
  const left = [...sources].reverse();
  const bar = countBar(sources.length, 0, "files");
  const reader = async (): Promise<void> => {
    for (let source = left.pop(); source !== undefined; source = left.pop()) {
      interruption.throwIfAborted();
      // Addresses may hold signatures and passwords, and warnings go into logs.
      const shown = showAddress(source);
      try {
        const { footprints, warnings } = await readOne(source, access);
        found.push(...footprints);
        for (const warning of warnings) tellWarning(`${shown}: ${warning}`);
        if (footprints.length + warnings.length === 0) tellWarning(`${shown}: no image on the sky`);
      } catch (error) {
        if (!(error instanceof FitsError) && !(error instanceof Failure)) throw error;
        interruption.throwIfAborted();
        failed++;
        const message = error.message.replaceAll(source, () => shown);
        const line = `${place(shown)}${message.includes(shown) ? message : `${shown}: ${message}`}`;
        if (sources.length === 1) throw new Failure(1, line);
        tellWarning(line);
      }
      bar.advance(1);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, reader));
  } finally {
    bar.stop();
  }
  return { footprints: found, failed };
}

async function readOne(text: string, access: OpenOptions): Promise<FileFootprints> {
  const { footprintsOf } = await import("fitslice/stamps");
  const address = parseAddress(text);
  checkAddress(address, "file");
  // What was read of a file is of no use for the next one.
  const fits = await open(address.source, { cacheBytes: 1 << 20, ...access, signal: interruption });
  try {
    return await footprintsOf(fits, address.source, { signal: interruption });
  } finally {
    await fits.close();
  }
}

/** Rows of a group in Parquet: few enough that a place on the sky needs few of them. */
const groupRows = 8192;

async function tableBytes(footprints: readonly Footprint[], format: Format): Promise<Uint8Array> {
  const [{ footprintBytes }, { toCsv, toParquet }] = await Promise.all([
    import("fitslice/stamps"),
    import("fitslice/export"),
  ]);
  const bytes = await footprintBytes(footprints);
  if (format === "fits") return bytes;
  const fits = await open(bytes);
  const table = await fits.table();
  const parts: Uint8Array[] = [];
  for await (const part of format === "csv" ? toCsv(table) : toParquet(table, { batchRows: groupRows }))
    parts.push(part);
  await fits.close();
  return Buffer.concat(parts);
}
