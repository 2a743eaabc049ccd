/** `zarr`: references, by which readers of Zarr read FITS files where they lie. */
import { type Command, Option } from "commander";
import { type ByteSource, type Fits, FitsError, type OpenOptions, open, resolveSource } from "fitslice";
import type { Concat, References } from "fitslice/zarr";
import { checkAddress, parseAddress, parseHdu, refuseStdin } from "../address.js";
import { badUsage } from "../failure.js";
import { readInput, save } from "../files.js";
import { bytesFrom, repeated, type SharedOptions, withSharedOptions } from "../options.js";
import { byteText, counted, printable, tell, tellWarning, toJson, write } from "../output.js";
import { refuseOverwriting, refuseTwoOnStdout } from "../overwrite.js";
import { withProfile } from "../session.js";
import { interruption } from "../signals.js";

interface ZarrOptions extends SharedOptions {
  output?: string;
  check?: boolean;
  hdu?: string[];
  url?: string;
  zarrFormat?: "2" | "3";
  chunkBytes?: number;
  concat?: string;
}

export function zarrCommand(command: Command): void {
  command
    .description(
      "Write references: a JSON file (kerchunk's format) that says where in FITS files the chunks of their images and tables " +
        "lie. Dask, Xarray, zarr-python, napari and others read the pixels by it where they are, as Zarr. Nothing is copied.",
    )
    .argument("<src...>", "paths, URLs, s3://bucket/key; @list.txt: those in a file, one a line")
    .option("-o, --output <path>", "file.json (- is stdout)")
    .option(
      "--check",
      "SRC are files of references: tell whether the FITS files are still those of which they were made",
    )
    .option(
      "--hdu <which>",
      "an HDU, by index, name or name,version (may be repeated; default all)",
      repeated,
    )
    .option("--url <address>", "where readers find the file; of several {} stands for the name of each")
    .addOption(
      new Option("--zarr-format <n>", "version of Zarr of the metadata (default 2)").choices(["2", "3"]),
    )
    .option("--chunk-bytes <bytes>", "most bytes of a chunk of a plain image (default 8MB)", bytesFrom(1024))
    .option(
      "--concat <axis>",
      "join the files along an axis that they have, or a new one: 0, y, new, new=time",
    )
    .option("--json", "print what was written and what was refused, as JSON")
    .addHelpText(
      "after",
      `
Chunks are whole rows. RICE, HCOMPRESS and PLIO are read by Python's imagecodecs. What references cannot say (quantized
floats, files compressed as a whole) is told, and left out. References hold as long as the files stay as they are; the
attributes fits_etag and fits_size say of which version they are. Readers do not look at them; --check does.

Examples:
  $ fitslice zarr https://archive.example/hst.fits -o hst.json
  $ fitslice zarr https://archive.example/hst.fits --hdu SCI --chunk-bytes 100k -o sci.json
  $ fitslice zarr hst.fits --url s3://archive/hst.fits -o hst.json --json
  $ fitslice zarr hst.json --check`,
    );
  withSharedOptions(command, { index: false }).action(async (given: string[], options: ZarrOptions) => {
    const { output } = options;
    if (options.check) return checkAll(given, options);
    if (output === undefined) throw badUsage("say with -o where the references go");
    refuseTwoOnStdout({ ...options, output });
    const { sourcesOf } = await import("../sources.js");
    const sources = await sourcesOf(given);
    if (sources.length === 0) throw badUsage("no file is named");
    const urls = urlsOf(sources, options);
    const concat = concatOf(options, sources.length);
    for (const source of sources) refuseOverwriting(source, options);
    await withProfile(options, async (opened) => {
      const files: Fits[] = [];
      try {
        for (const source of sources) files.push(await openOne(source, opened));
        const { references } = await import("fitslice/zarr");
        const made = await references(files, {
          ...(options.hdu && { hdus: options.hdu.map(parseHdu) }),
          ...(urls && { urls }),
          ...(options.zarrFormat && { zarrFormat: options.zarrFormat === "3" ? 3 : 2 }),
          ...(options.chunkBytes !== undefined && { chunkBytes: options.chunkBytes }),
          ...(concat && { concat }),
          signal: interruption,
        });
        for (const file of files)
          for (const warning of file.warnings) tellWarning(`${file.href}: ${warning}`);
        await finish(made, { ...options, output });
      } finally {
        await Promise.all(files.map((file) => file.close()));
      }
    });
  });
}

async function openOne(source: string, opened: OpenOptions): Promise<Fits> {
  const address = parseAddress(source);
  checkAddress(address, "file");
  refuseStdin(address.source);
  try {
    return await open(address.source, opened);
  } catch (error) {
    if (!(error instanceof FitsError) || error.message.includes(address.source)) throw error;
    throw new FitsError(error.code, `${address.source}: ${error.message}`, { cause: error });
  }
}

function urlsOf(sources: readonly string[], { url }: ZarrOptions): string[] | undefined {
  if (url === undefined) return undefined;
  if (sources.length > 1 && !url.includes("{}"))
    throw badUsage("--url of several files has {} in the place of their names: https://archive.example/{}");
  const nameOf = (source: string): string =>
    source
      .replace(/[?#].*$/, "")
      .split(/[/\\]/)
      .at(-1)!;
  return sources.map((source) => url.replaceAll("{}", nameOf(source)));
}

function concatOf({ concat }: ZarrOptions, count: number): Concat | undefined {
  if (concat === undefined) return undefined;
  if (count < 2) throw badUsage("--concat joins several files; only one is named");
  const [, name = "file"] = /^new(?:=(.+))?$/.exec(concat) ?? [undefined, ""];
  if (/^new(=|$)/.test(concat)) return { newAxis: name };
  return { axis: /^\d+$/.test(concat) ? Number(concat) : concat };
}

/** Holds the files that references point into against what the references say of them. */
async function checkAll(given: readonly string[], options: ZarrOptions): Promise<void> {
  if (options.output !== undefined) throw badUsage("--check writes nothing; leave out -o");
  const { checkReferences } = await import("fitslice/zarr");
  await withProfile(options, async (opened) => {
    for (const path of given) {
      const text = (await readInput(path, "the references")).toString("utf8");
      const look = (url: string): Promise<ByteSource> => resolveSource(url, opened);
      const urls = await checkReferences(text, look).catch((error: unknown) => {
        if (!(error instanceof FitsError)) throw error;
        throw new FitsError(error.code, `${path}: ${error.message}`, { cause: error });
      });
      if (options.json) await write(`${toJson({ references: path, unchanged: urls })}\n`);
      else await write(`${printable(path)}: ${counted(urls.length, "file")} unchanged\n`);
    }
  });
}

async function finish(
  { file, refused }: References,
  options: ZarrOptions & { output: string },
): Promise<void> {
  const text = `${JSON.stringify(file)}\n`;
  await save(options.output, text, options);
  for (const { href, reason } of refused) tellWarning(`${href}: ${reason}`);
  const chunks = Object.values(file.refs).filter((ref) => typeof ref !== "string").length;
  if (options.json)
    await write(`${toJson({ output: options.output, chunks, bytes: text.length, refused })}\n`);
  else if (options.output !== "-") tell(`${counted(chunks, "chunk")}, ${byteText(text.length)} of JSON`);
}
