/**
 * A command whose help fits a screen, and whose errors say what was meant.
 */
import {
  Command,
  type ErrorOptions,
  type Help,
  type HelpContext,
  Option,
  type ParseOptionsResult,
} from "commander";
import { didYouMean } from "./suggest.js";

/** What a screen shows of a text. */
export const screen = { lines: 40, columns: 80 };

/** An example of a help text. */
const isExample = (line: string): boolean => line.startsWith("  $ ");

/** Whether an example may be broken behind this text. */
const endsWord = (text: string): boolean => text.split("'").length % 2 === 1 && !/ --?[\w-]+$/.test(text);

/** A line of a help text as lines of the screen's width. A shell reads those of an example as one command. */
function folded(line: string): string[] {
  const indent = isExample(line) ? "      " : /^ */.exec(line)![0];
  const end = isExample(line) ? " \\" : "";
  const lines: string[] = [];
  let rest = line;
  while (rest.length > screen.columns) {
    const head = rest.slice(0, screen.columns - end.length + 1);
    // In an example, what stands between quotes stays together, and an option with its value.
    const blanks = [...head.matchAll(/ /g)].map(({ index }) => index);
    const at = blanks.findLast(
      (blank) => blank > indent.length && (end === "" || endsWord(head.slice(0, blank))),
    );
    if (at === undefined) break;
    lines.push(`${rest.slice(0, at).trimEnd()}${end}`);
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Examples that stay, however long the help is. */
const fewestExamples = 2;

/** `--help` shows the options that most users need, `--help-all` those marked by `hideHelp`, too. */
export class CliCommand extends Command {
  /** Whether the help shows everything. */
  showsAll = false;
  /** Gives a command of the program its arguments, options and action; called once. */
  load?: () => Promise<void>;

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  override outputHelp(given?: HelpContext | ((text: string) => string)): void {
    const context = typeof given === "object" ? given : undefined;
    const pieces: string[] = [];
    const keep = (text: string): void => void pieces.push(text);
    // Headings are for the many; a few options are one list.
    if (!this.showsAll) {
      for (const option of this.options) option.helpGroup("Options:");
      for (const command of this.commands) command.helpGroup("Commands:");
    }
    const { writeOut, writeErr } = this.configureOutput();
    this.configureOutput({ writeOut: keep, writeErr: keep });
    super.outputHelp(context);
    this.configureOutput({ ...(writeOut && { writeOut }), ...(writeErr && { writeErr }) });
    const text = pieces.join("");
    const stream = context?.error ? process.stderr : process.stdout;
    const lines = text.trimEnd().split("\n");
    stream.write(`${(this.showsAll ? lines : withFewerExamples(lines)).flatMap(folded).join("\n")}\n`);
  }

  /** Tells unknown options before anything else that is wrong; `-[EXT]` is standard input, not an option. */
  override parseOptions(argv: string[]): ParseOptionsResult {
    const isInput = (arg: string): boolean => arg.startsWith("-[");
    const parsed = super.parseOptions(argv.map((arg) => (isInput(arg) ? `\0${arg}` : arg)));
    const [operands, unknown] = [parsed.operands, parsed.unknown].map((args) =>
      args.map((arg) => arg.replace(/^\0/, "")),
    ) as [string[], string[]];
    const wrong = unknown[0];
    const asksHelp = unknown.some((arg) => arg === "-h" || arg === "--help");
    if (this.commands.length === 0 && wrong !== undefined && !asksHelp)
      this.error(`unknown option '${wrong}'`, { code: "commander.unknownOption" });
    return { operands, unknown };
  }

  override error(message: string, options?: ErrorOptions): never {
    super.error(usageLine(message, this), options);
  }
}

/** Hides options of a command from `--help`: few users need them. Each is named by its long flag. */
export function rare(command: Command, ...flags: readonly string[]): void {
  for (const flag of flags) {
    const option = command.options.find(({ long }) => long === flag);
    if (!option) throw new Error(`${command.name()} has no option ${flag}`);
    option.hideHelp();
  }
}

/** Adds what every command has, its own commands too: --quiet, --verbose, --help-all. */
export function withManners(command: CliCommand): void {
  const manners = "Messages:";
  command
    .addOption(
      new Option("--quiet", "nothing but results and errors: no warnings, summaries, progress")
        .helpGroup(manners)
        .hideHelp(),
    )
    .addOption(
      new Option("--verbose", "what is read, on stderr: each request, without secrets")
        .helpGroup(manners)
        .conflicts("quiet")
        .hideHelp(),
    );
  const has = (heading: string): boolean =>
    command.options.some((option) => option.helpGroupHeading === heading);
  const more = [
    ...(has("Pictures:") ? ["pictures"] : []),
    ...(has("Tuning:") ? ["access", "cache", "profile", "--force"] : []),
  ];
  const all = new Option("--help-all", `all options: ${[...more, "--quiet", "--verbose"].join(", ")} ...`);
  command.addOption(all).on("option:help-all", () => {
    command.showsAll = true;
    for (const option of command.options) option.hidden = option === all;
    command.help();
  });
  for (const child of command.commands) withManners(child as CliCommand);
}

/** How commander lays the help out, but shorter. */
export const shortHelp: Partial<Help> = {
  optionDescription(option) {
    const { description, argChoices = [], defaultValue } = option;
    const told = argChoices.every((choice) =>
      new RegExp(`(^|[^\\w.])${choice}($|[^\\w.])`).test(description),
    );
    const choices = told ? "" : `: ${argChoices.join(", ")}`;
    const standard = defaultValue === undefined || defaultValue === true ? "" : ` (default: ${defaultValue})`;
    return `${description}${choices}${standard}`;
  },
  /** The first paragraph is enough to choose the command. */
  commandDescription(command) {
    const text = command.description();
    return (command as CliCommand).showsAll ? text.replace("\n\n", " ") : text.split("\n\n")[0]!;
  },
};

/** Leaves out examples, from the end, until the lines fit a screen. */
function withFewerExamples(given: readonly string[]): string[] {
  const lines = [...given];
  while (lines.flatMap(folded).length > screen.lines && lines.filter(isExample).length > fewestExamples)
    lines.splice(lines.findLastIndex(isExample), 1);
  return lines;
}

/** Names that programs of cfitsio and astropy have for what a command does. */
const habits: ReadonlyMap<string, string> = new Map([
  ["checksum", "verify"],
  ["fitscheck", "verify"],
  ["fitsverify", "verify"],
  ["fitsdiff", "diff"],
  ["fitsheader", "header"],
  ["fitsinfo", "info"],
  ["fitscopy", "copy"],
  ["imcopy", "copy"],
  ["fpack", "compress"],
  ["funpack", "uncompress"],
]);

/** Options that users look for at a command, and what does it in their place. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["preview -o", " (section SRC -o picture.png writes a picture)"],
  ["header --set", " (copy SRC -o OUT --set KEY=VALUE writes a file with other cards)"],
  ["preview --output", " (section SRC -o picture.png writes a picture)"],
]);

/** Commander's message as one line of ours. */
function usageLine(text: string, command: Command): string {
  const message = `${text}${hintFor(text, command)}`
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  const hint = message.startsWith("too many arguments")
    ? " (a value with blanks is quoted: '150.42 -2.42')"
    : "";
  return `${message}${hint}; see "${fullName(command)} --help"`;
}

/** The name of a command, behind those of the commands around it. */
function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

/** What is put behind commander's message: the word that was meant. */
function hintFor(message: string, command: Command): string {
  const [, option] = /unknown option '([^'=]*)/.exec(message) ?? [];
  if (option !== undefined) {
    const instead = elsewhere.get(`${command.name()} ${option}`);
    if (instead) return instead;
    const flags = [...command.options, ...(command.parent?.options ?? [])];
    return didYouMean(option, [...flags.flatMap(({ long }) => long ?? []), "--help"]);
  }
  const [, name] = /unknown command '([^']*)/.exec(message) ?? [];
  if (name !== undefined)
    return didYouMean(habits.get(name) ?? name, [...command.commands.map((child) => child.name()), "help"]);
  const [, value, choices] =
    /(?:argument|value) '([^']*)' is invalid.* Allowed choices are (.*)\./s.exec(message) ?? [];
  return value === undefined ? "" : didYouMean(value, choices!.split(", "));
}
