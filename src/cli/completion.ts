/**
 * What may stand at the end of a command line that is being typed. Nothing is asked of a network.
 */
import { statSync } from "node:fs";
import type { Command, Option } from "commander";
import type { CliCommand } from "./cli-command.js";

/** A word that may stand there, and what it is. */
export interface Candidate {
  readonly value: string;
  readonly about: string;
}

/** Names of HDUs of the source that a command line names. */
export type HduNames = (source: string) => Promise<readonly string[]>;

/**
 * The words that the last of `words` may become; `words` are those behind the name of the program. None where files are
 * to be named, which the shell knows better.
 */
export async function candidates(
  program: CliCommand,
  words: readonly string[],
  hduNames: HduNames,
): Promise<readonly Candidate[]> {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? "";
  const { command, rest } = await commandIn(program, before[0] === "help" ? before.slice(1) : before);
  const open = rest.length > 0 ? optionOf(command, rest.at(-1)!) : undefined;
  if (open?.required) return valuesOf(open, word, sourceIn(command, rest), hduNames);
  const [flag, value] = splitFlag(word);
  const named = flag === undefined ? undefined : optionOf(command, flag);
  if (named && value !== undefined) {
    const found = await valuesOf(named, value, sourceIn(command, rest), hduNames);
    return found.map((one) => ({ ...one, value: `${flag}=${one.value}` }));
  }
  if (word.startsWith("-")) return beginning(word, command.options.map(aboutOption));
  const commands = command.commands.map((child) => ({ value: child.name(), about: child.summary() }));
  if (rest.length === 0 && commands.length > 0) return beginning(word, commands);
  const [argument] = command.registeredArguments;
  return beginning(word, (argument?.argChoices ?? []).map(plain));
}

/** The command that the words name, with its options, and the words behind its name. */
async function commandIn(
  program: CliCommand,
  words: readonly string[],
): Promise<{ command: CliCommand; rest: readonly string[] }> {
  let command = program;
  let rest = words;
  while (rest.length > 0) {
    const next = command.commands.find((child) => child.name() === rest[0]) as CliCommand | undefined;
    if (!next) break;
    if (next.options.length === 0) await next.load?.();
    command = next;
    rest = rest.slice(1);
  }
  return { command, rest };
}

function optionOf(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short }) => word === long || word === short);
}

function splitFlag(word: string): [flag: string | undefined, value: string | undefined] {
  const at = word.indexOf("=");
  return word.startsWith("--") && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [undefined, undefined];
}

/** The first word that is neither an option nor the value of one. */
function sourceIn(command: Command, words: readonly string[]): string | undefined {
  return words.find((word, i) => {
    if (word.startsWith("-")) return false;
    return i === 0 || !optionOf(command, words[i - 1]!)?.required;
  });
}

async function valuesOf(
  option: Option,
  word: string,
  source: string | undefined,
  hduNames: HduNames,
): Promise<readonly Candidate[]> {
  if (option.argChoices) return beginning(word, option.argChoices.map(plain));
  if (option.long !== "--hdu" || source === undefined) return [];
  return beginning(word, (await hduNames(source)).map(plain));
}

const plain = (value: string): Candidate => ({ value, about: "" });

function aboutOption({ long, short, description }: Option): Candidate {
  return { value: long ?? short!, about: description };
}

/** Case does not count: names of HDUs are written in capitals, and typed otherwise. */
function beginning(word: string, all: readonly Candidate[]): readonly Candidate[] {
  return all.filter(({ value }) => value.toLowerCase().startsWith(word.toLowerCase()));
}

/** Whether a source is a file on a disk, of which names may be read. */
export function isLocal(source: string): boolean {
  try {
    return statSync(source).isFile();
  } catch {
    return false;
  }
}
