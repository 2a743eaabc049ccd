/**
 * The configuration: options that are given to every command that has them, and options of sources by what their
 * addresses begin with. What the command line says goes first.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { type Command, InvalidArgumentError, type Option } from "commander";
import { configPath } from "./config-file.js";
import { badUsage, reasonOf } from "./failure.js";
import { didYouMean } from "./suggest.js";

/** What may be set for all commands: access, the cache on disk, tuning, messages. No keys, no --header: secrets belong elsewhere. */
const settable = [
  ...["--endpoint", "--region", "--aws-profile", "--anonymous", "--requester-pays", "--user-project"],
  ...["--path-style", "--virtual-host", "--places", "--http2", "--retries", "--timeout"],
  ...["--cache", "--cache-dir", "--cache-limit", "--cache-max-age"],
  ...["--block-size", "--cache-bytes", "--concurrency", "--gap", "--workers", "--optimize", "--quiet"],
];

/** An option, its value as text (`true` of a switch), and the line where it stands. */
export interface Setting {
  readonly flag: string;
  readonly value: string | true;
  readonly line: number;
}

export interface Config {
  readonly path: string;
  readonly options: readonly Setting[];
  readonly prefixes: Readonly<Record<string, readonly Setting[]>>;
}

/** A configuration has a few lines. */
const mostBytes = 1_048_576;

/** Reads the configuration. Throws `Failure` (wrong usage) with the line of a mistake. */
export function readConfig(path: string = configPath()): Config {
  let text: string;
  try {
    if (statSync(path).size > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw badUsage(
      `cannot read the configuration ${path}: ${code === "ENOENT" ? "there is no such file" : reasonOf(cause)}`,
    );
  }
  return parseConfig(text, path);
}

/** The configuration in a text. Throws as `readConfig`. */
export function parseConfig(text: string, path: string): Config {
  const wrong = (line: number, what: string): never => {
    throw badUsage(`${path}, line ${line}: ${what}`);
  };
  const config = parsed(text, wrong);
  if (!isObject(config)) return wrong(1, 'write {"options": {...}, "prefixes": {"s3://bucket/": {...}}}');
  const lineOf = lineFinder(text);
  const settings = (of: unknown, name: string): Setting[] => {
    const at = lineOf(name);
    if (!isObject(of)) return wrong(at, `"${name}" holds options, as {"--retries": 3}`);
    return Object.entries(of).flatMap(([flag, value]) => {
      const line = lineOf(flag, at);
      if (!settable.includes(flag)) {
        const secret =
          flag === "--header" ? "; headers may be secrets, which no configuration should hold" : "";
        return wrong(line, `"${flag}" cannot be set here${secret || didYouMean(flag, settable)}`);
      }
      if (value === false) return [];
      if (value !== true && typeof value !== "string" && typeof value !== "number")
        return wrong(line, `"${flag}" is a text, a number or true`);
      return [{ flag, value: value === true ? true : String(value), line }];
    });
  };
  const prefixes: Record<string, Setting[]> = Object.create(null);
  let options: Setting[] = [];
  for (const [key, value] of Object.entries(config)) {
    if (key === "options") options = settings(value, key);
    else if (key !== "prefixes")
      return wrong(
        lineOf(key),
        `there is no "${key}"${didYouMean(key, ["options", "prefixes"])}; write options, prefixes`,
      );
    else if (!isObject(value))
      return wrong(lineOf(key), '"prefixes" holds options by what addresses begin with');
    else
      for (const [prefix, of] of Object.entries(value)) {
        if (!/^[a-z0-9]+:\/\/./i.test(prefix))
          return wrong(
            lineOf(prefix),
            `"${prefix}" is no beginning of an address: s3://bucket/, https://host/`,
          );
        prefixes[prefix] = settings(of, prefix);
      }
  }
  return { path, options, prefixes };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string, wrong: (line: number, what: string) => never): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const place = /at position (\d+)/.exec(message);
    const line = place
      ? text.slice(0, Number(place[1])).split("\n").length
      : text.trimEnd().split("\n").length;
    return wrong(line, `this is no JSON: ${message.replace(/ in JSON.*| \(line.*|, ("|\.\.\.).*/s, "")}`);
  }
}

/** Finds the line of a key, not before the line `from`; 1 where it is spelled with escapes. */
function lineFinder(text: string): (key: string, from?: number) => number {
  const lines = text.split("\n");
  return (key, from = 1) => {
    const at = lines.findIndex((line, i) => i + 1 >= from && line.includes(JSON.stringify(key)));
    return at < 0 ? from : at + 1;
  };
}

/** The settings for these sources: those of the longest prefix that all of them begin with, then those for all. */
export function settingsFor(config: Config, sources: readonly string[]): readonly Setting[] {
  const { options, prefixes, path } = config;
  const ofOne = (source: string): string | undefined =>
    Object.keys(prefixes)
      .filter((prefix) => source.startsWith(prefix))
      .sort((a, b) => b.length - a.length)[0];
  const found = [...new Set(sources.map(ofOne))];
  if (found.length > 1)
    throw badUsage(
      `${path} has options for ${found.filter(Boolean).join(" and ")}, and not for all of the sources; read the sources one by one`,
    );
  const first = found[0] === undefined ? [] : prefixes[found[0]]!;
  return [...first, ...options.filter(({ flag }) => !first.some((setting) => setting.flag === flag))];
}

/** Gives a command the options of the configuration that it has and the command line does not say. */
export async function applyConfig(command: Command): Promise<void> {
  if (command.name() === "config" || command.name() === "completion") return;
  const config = readConfig();
  const hasPrefixes = Object.keys(config.prefixes).length > 0;
  const sources = hasPrefixes ? await listedSources(command.args) : command.args;
  for (const setting of settingsFor(config, sources)) {
    const option = command.options.find(({ long }) => long === setting.flag);
    if (!option) continue;
    const name = option.attributeName();
    const isSaid = (key: string): boolean => command.getOptionValueSource(key) === "cli";
    const rivals = rivalsOf[setting.flag] ?? [];
    if (isSaid(name) || rivals.some(isSaid)) continue;
    command.setOptionValueWithSource(name, settingValue(option, setting, config.path), "config");
  }
}

/** The arguments, with the sources of a list in place of `@list.txt`. A list on a pipe stays as it is: the command has to read the pipe. */
async function listedSources(args: readonly string[]): Promise<string[]> {
  const { sourcesOf } = await import("./sources.js");
  const isPipe = (path: string): boolean => path === "-" || (existsSync(path) && !statSync(path).isFile());
  return sourcesOf(args.filter((arg) => !(arg.startsWith("@") && isPipe(arg.slice(1)))));
}

/** What the command line may say instead. */
const rivalsOf: Readonly<Record<string, readonly string[]>> = {
  "--path-style": ["virtualHost"],
  "--virtual-host": ["pathStyle"],
  "--aws-profile": ["anonymous"],
  "--anonymous": ["awsProfile"],
  "--quiet": ["verbose"],
};

/** The value as the command line would have it. Throws `Failure` (wrong usage) with the line. */
function settingValue(option: Option, { flag, value, line }: Setting, path: string): unknown {
  const takesValue = option.required || option.optional;
  if (takesValue !== (value !== true))
    throw badUsage(`${path}, line ${line}: "${flag}" ${takesValue ? "has a value" : "is true or false"}`);
  if (value === true || !option.parseArg) return value;
  try {
    return option.parseArg(value, undefined as never);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw badUsage(`${path}, line ${line}: "${flag}": "${value}" is invalid. ${error.message}`);
  }
}
