/**
 * The command line: `fitslice COMMAND SRC ...`. Every command is a few lines over the public API.
 */
import { Command, CommanderError } from "commander";
import { FitsError } from "fitslice";
import { Failure } from "./failure.js";
import { flush, tell, watchOutput } from "./output.js";
import { watchSignals } from "./signals.js";

interface Listed {
  readonly name: string;
  readonly summary: string;
  /** Loads what gives the command its arguments, options and action. */
  readonly load: () => Promise<(command: Command) => void>;
}

const groups: Readonly<Record<string, readonly Listed[]>> = {
  "Contents:": [
    {
      name: "info",
      summary: "list the HDUs",
      load: async () => (await import("./commands/info.js")).infoCommand,
    },
    {
      name: "layout",
      summary: "where headers and data lie",
      load: async () => (await import("./commands/layout.js")).layoutCommand,
    },
    {
      name: "header",
      summary: "print a header, or some of its values",
      load: async () => (await import("./commands/header.js")).headerCommand,
    },
    {
      name: "verify",
      summary: "what is wrong with files, by the Standard and their checksums",
      load: async () => (await import("./commands/verify.js")).verifyCommand,
    },
    {
      name: "explain",
      summary: "the requests of a read, before it is done",
      load: async () => (await import("./commands/explain.js")).explainCommand,
    },
  ],
  "Images:": [
    {
      name: "view",
      summary: "look at it in the browser",
      load: async () => (await import("./commands/view.js")).viewCommand,
    },
    {
      name: "section",
      summary: "a section of an image: FITS, numpy, a picture, text",
      load: async () => (await import("./commands/section.js")).sectionCommand,
    },
    {
      name: "cutout",
      summary: "pixels around a position on the sky, as FITS or a picture",
      load: async () => (await import("./commands/cutout.js")).cutoutCommand,
    },
    {
      name: "cutouts",
      summary: "stamps around all targets of a list",
      load: async () => (await import("./commands/cutouts.js")).cutoutsCommand,
    },
    {
      name: "footprints",
      summary: "where images lie on the sky, as a table",
      load: async () => (await import("./commands/footprints.js")).footprintsCommand,
    },
    {
      name: "stats",
      summary: "min, max, mean, standard deviation",
      load: async () => (await import("./commands/stats.js")).statsCommand,
    },
    {
      name: "wcs",
      summary: "pixels to positions on the sky, and back",
      load: async () => (await import("./commands/wcs.js")).wcsCommand,
    },
    {
      name: "rgb",
      summary: "a picture in color of three bands",
      load: async () => (await import("./commands/rgb.js")).rgbCommand,
    },
    {
      name: "plot",
      summary: "an image with a grid of the sky, a profile, a spectrum, a histogram",
      load: async () => (await import("./commands/plot.js")).plotCommand,
    },
    {
      name: "preview",
      summary: "a picture in the terminal",
      load: async () => (await import("./commands/preview.js")).previewCommand,
    },
  ],
  "Tables:": [
    {
      name: "table",
      summary: "columns and rows of a table, in many formats",
      load: async () => (await import("./commands/table.js")).tableCommand,
    },
  ],
  "Many files:": [
    {
      name: "diff",
      summary: "what differs between two files",
      load: async () => (await import("./commands/diff.js")).diffCommand,
    },
    {
      name: "ls",
      summary: "what is in a bucket, on a server, in a folder",
      load: async () => (await import("./commands/ls.js")).lsCommand,
    },
    {
      name: "headers",
      summary: "keywords of many files, as a table",
      load: async () => (await import("./commands/headers.js")).headersCommand,
    },
  ],
  "Whole files:": [
    {
      name: "download",
      summary: "the whole file, in parallel, resumable",
      load: async () => (await import("./commands/download.js")).downloadCommand,
    },
    {
      name: "copy",
      summary: "a copy with HDUs chosen, cards set or dropped, compressed or plain",
      load: async () => (await import("./commands/copy.js")).copyCommand,
    },
    {
      name: "compress",
      summary: "compress the images tile by tile, as fpack does",
      load: async () => (await import("./commands/compress.js")).compressCommand,
    },
    {
      name: "uncompress",
      summary: "back to plain images and tables, as funpack does",
      load: async () => (await import("./commands/compress.js")).uncompressCommand,
    },
    {
      name: "index",
      summary: "an index file, with which opening asks for no header",
      load: async () => (await import("./commands/index.js")).indexCommand,
    },
    {
      name: "overview",
      summary: "block means of large images, with which viewers show them at once",
      load: async () => (await import("./commands/overview.js")).overviewCommand,
    },
    {
      name: "cache",
      summary: "what the cache on disk holds, and the end of it",
      load: async () => (await import("./commands/cache.js")).cacheCommand,
    },
  ],
  "Other programs:": [
    {
      name: "zarr",
      summary: "references, by which Dask, Xarray and others read the file as Zarr",
      load: async () => (await import("./commands/zarr.js")).zarrCommand,
    },
    {
      name: "serve",
      summary: "FITS files over HTTP, as Zarr stores",
      load: async () => (await import("./commands/serve.js")).serveCommand,
    },
  ],
};

const listed = Object.values(groups).flat();

/** The command that the user means, before its options are known: none of those that come before it has a value. */
function namedCommand(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return words[0] === "help" ? words[1] : words[0];
}

/** Of `help NAME`, where there is no such command, only the name: that is told in one line, not by the whole help. */
function knownHelp(args: readonly string[]): string[] {
  const [first, name] = args;
  const unknown = first === "help" && name !== undefined && !/^(help$|-)/.test(name);
  return unknown && !listed.some((command) => command.name === name) ? [name] : [...args];
}

/** Only the command that is run is loaded; the others are there for the list of commands. */
async function programFor(named: string | undefined, version: string): Promise<Command> {
  const program = new Command("fitslice")
    .description(
      "Read parts of FITS files where they lie: https://, s3://, gs://, az://, ftp://, or on disk.",
    )
    .usage("COMMAND SRC [options]")
    .version(version)
    .commandsGroup("Help:")
    .exitOverride()
    .configureOutput({ outputError: (text) => tell(usageLine(text, named)) })
    .addHelpText(
      "after",
      `
SRC is a path, a URL (http(s)://, s3://, gs://, az://, webhdfs://, ftp://) or a name of MAST, mast:...; [EXT], [x1:x2,y1:y2]
and filters of tables, [PI > 50][col X;Y][bin X,Y], may follow it, as in cfitsio.
Exit code: 0 done, 1 failed, 2 wrong usage; 129, 130 or 143: ended by a signal. Data go to stdout, everything else to stderr.

Examples:
  $ fitslice info https://archive.example/hst.fits
  $ fitslice section https://archive.example/hst.fits --hdu SCI -s 100:200,50:150 -o cutout.png
  $ fitslice cutout https://archive.example/hst.fits --hdu SCI --at '10h01m41.13s +02d25m20.58s' --size 1.5arcsec -o star.fits
  $ fitslice table s3://archive/hst.fits --hdu CATALOG --where 'mag < 18' -o bright.csv

"fitslice COMMAND --help" tells all about a command.`,
    );
  for (const [group, commands] of Object.entries(groups)) {
    for (const { name, summary, load } of commands) {
      const command = program.command(name).summary(summary).helpGroup(group);
      if (name === named) (await load())(command);
      // Where a command has commands of its own, the options behind one of these are that one's.
      if (command.commands.length > 0) program.enablePositionalOptions();
    }
  }
  return program;
}

/** Commander's message as one line of ours. */
function usageLine(text: string, named: string | undefined): string {
  const message = text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  const known = listed.some(({ name }) => name === named);
  const hint = message.startsWith("too many arguments")
    ? " (a value with blanks is quoted: '150.42 -2.42')"
    : "";
  return `fitslice: ${message}${hint}; see "fitslice ${known ? `${named} ` : ""}--help"`;
}

/** Makes this process that of the command line: what breaks its output, a signal, a bug end it as they should. */
export function takeProcess(): void {
  process.on("uncaughtException", (error) => process.exit(reported(error) || 1));
  watchOutput();
  watchSignals();
}

/** Runs the command that `argv` names; answers with the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function run(argv: readonly string[], version: string): Promise<number> {
  try {
    const args = knownHelp(argv);
    const program = await programFor(namedCommand(args), version);
    await program.parseAsync(args, { from: "user" });
    await flush();
    return 0;
  } catch (error) {
    return reported(error);
  }
}

/** Says in one line what went wrong; answers with the exit code. */
function reported(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const text = message(error);
  if (text !== "") tell(`fitslice: ${text}`);
  if (error instanceof Failure) return error.exitCode;
  return error instanceof FitsError && error.code === "BAD_ARGUMENT" ? 2 : 1;
}

/** One line, whatever was thrown. */
function message(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof FitsError || error instanceof Failure || "syscall" in error;
  // Names in a file may hold a newline: what follows it is not to be lost.
  const shown = expected ? error.message : error.message.split("\n")[0]!;
  // What the library calls a function is an option here.
  const text = shown.replace("FITS form: parseFitsSection", "FITS form: --fits-section");
  return expected ? text : `${text} (unexpected: a bug of fitslice, please report it; ${error.name})`;
}
