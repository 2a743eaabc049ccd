/**
 * The command line: `fitslice COMMAND SRC ...`. Every command is a few lines over the public API.
 */
import { type Command, CommanderError, Option } from "commander";
import { FitsError } from "fitslice";
import { CliCommand, shortHelp, withManners } from "./cli-command.js";
import { groups, listed } from "./command-list.js";
import { hasConfig } from "./config-file.js";
import { Failure } from "./failure.js";
import { flush, hideProgress, setQuiet, tellError, watchOutput } from "./output.js";
import { watchSignals } from "./signals.js";

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

/**
 * The program with all its commands, of which only the one that is run is loaded; the others are there for the list of
 * commands.
 *
 * @param named `true` loads all
 */
export async function programFor(named: string | true | undefined, version: string): Promise<CliCommand> {
  const program = new CliCommand("fitslice");
  program
    .description(
      "Read parts of FITS files where they lie: https://, s3://, gs://, az://, ftp://, or on disk.",
    )
    .usage("COMMAND SRC [options]")
    .version(version)
    .helpCommand("help [COMMAND]", "the same as COMMAND --help")
    .commandsGroup("Help:")
    .showSuggestionAfterError(false)
    // Options behind a command are that command's.
    .enablePositionalOptions()
    .configureHelp({ ...shortHelp, visibleCommands: shownCommands })
    .exitOverride()
    .hook("preAction", async (_, command) => {
      if (hasConfig()) await (await import("./config.js")).applyConfig(command);
      const { quiet, profile, verbose } = command.opts();
      setQuiet(quiet === true);
      hideProgress(profile === true || verbose === true);
    })
    .configureOutput({ outputError: (text) => tellError(`fitslice: ${text.trimEnd()}`) })
    .addHelpText("after", () => helpText(program));
  for (const [group, commands] of Object.entries(groups)) {
    for (const { name, summary, load } of commands) {
      const command = program.command(name).summary(summary).helpGroup(group) as CliCommand;
      command.load = async () => {
        (await load())(command);
        withManners(command);
      };
      if (name === named || named === true) await command.load();
    }
  }
  const all = new Option("--help-all", "this help with all commands");
  program.addOption(all).on("option:help-all", () => {
    program.showsAll = true;
    program.help();
  });
  return program;
}

/** The commands that have a line in the help: of the program not the rare ones, unless all are asked for. */
function shownCommands(command: Command): Command[] {
  const isRare = new Set(listed.flatMap(({ name, rare }) => (rare ? [name] : [])));
  if ((command as CliCommand).showsAll) return [...command.commands];
  // What is said of them stands behind the options.
  if (command.parent) return [];
  return command.commands.filter((child) => !isRare.has(child.name()));
}

function helpText({ showsAll }: CliCommand): string {
  const rare = listed.flatMap((command) => (command.rare ? [command.name] : []));
  const half = Math.ceil(rare.length / 2);
  const others = `Also: ${rare.slice(0, half).join(", ")},\n      ${rare.slice(half).join(", ")}\n`;
  return `${showsAll ? "" : others}
SRC is a path, a URL (http(s)://, s3://, gs://, az://, webhdfs://, ftp://) or a
name of MAST, mast:...; [EXT], [x1:x2,y1:y2] and filters of tables, [PI > 50]
[col X;Y][bin X,Y], may follow it, as in cfitsio.
Exit code: 0 done, 1 failed, 2 wrong usage; 129, 130 or 143: ended by a signal.

Examples:
  $ fitslice info https://archive.example/hst.fits
  $ fitslice table s3://archive/hst.fits --hdu CATALOG --where 'mag < 18'
  $ fitslice section https://archive.example/hst.fits --hdu SCI -s 100:200,50:150 -o cutout.png
  $ fitslice cutout https://archive.example/hst.fits --hdu SCI --at '10h01m41.13s +02d25m20.58s' --size 1.5arcsec -o star.fits`;
}

/** Makes this process that of the command line: what breaks its output, a signal, a bug end it as they should. */
export function takeProcess(): void {
  process.on("uncaughtException", (error) => process.exit(reported(error) || 1));
  watchOutput();
  watchSignals();
}

/** Runs the command that `argv` names; answers with the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function run(argv: readonly string[], version: string): Promise<number> {
  setQuiet(false);
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
  if (text !== "") tellError(`fitslice: ${text}`);
  if (error instanceof Failure) return error.exitCode;
  return error instanceof FitsError && error.code === "BAD_ARGUMENT" ? 2 : 1;
}

/** One line, whatever was thrown. */
function message(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Deno's error for a right that the user did not give: its line names the option.
  const isRefused = error.name === "NotCapable";
  const expected = error instanceof FitsError || error instanceof Failure || "syscall" in error || isRefused;
  // Names in a file may hold a newline: what follows it is not to be lost.
  const shown = expected ? error.message : error.message.split("\n")[0]!;
  // What the library calls a function is an option here.
  const text = shown.replace("FITS form: parseFitsSection", "FITS form: --fits-section");
  return expected ? text : `${text} (unexpected: a bug of fitslice, please report it; ${error.name})`;
}
