/**
 * The sources that a command line names: paths, URLs, patterns, folders, lists of them.
 */
import { existsSync, statSync } from "node:fs";
import { FitsError, type OpenOptions, showAddress } from "fitslice";
import { isPattern } from "fitslice/list";
import { parseFiltered } from "./address.js";
import { badUsage, Failure } from "./failure.js";
import { readInput } from "./files.js";
import { readings } from "./filter/brackets.js";

/** What the argument of commands that take many sources is called. */
export const manyHelp =
  "paths, URLs, s3://bucket/key; - for standard input; quoted patterns, 's3://bucket/*.fits'; folders/; @list.txt";

/** Whether the command line may name any number of sources: what is shown then does not depend on how many there are. */
export function namesMany(given: readonly string[]): boolean {
  return given.length !== 1 || given[0]!.startsWith("@") || isOpenEnded(given[0]!);
}

/** The line of each source that stands in a list. */
const lines = new Map<string, string>();

/** `@list.txt, line 3: ` for a source of a list, as it is shown; else nothing. */
export function listPlace(shown: string): string {
  const place = lines.get(shown);
  return place === undefined ? "" : `${place}: `;
}

/** Sources as they were given, and those that stand in the lists among them: `@list.txt`, one a line. */
export async function sourcesOf(given: readonly string[]): Promise<string[]> {
  lines.clear();
  const lists = given.map(async (text) => {
    if (!text.startsWith("@")) return [text];
    const bytes = await readInput(text.slice(1), "the list of files");
    if (bytes.includes(0) || bytes.toString("latin1", 0, 9) === "SIMPLE  =")
      throw badUsage(`${text} is no list of files, one a line; a file itself stands without the @`);
    const listed = bytes.toString("utf8").split(/\r\n|\n|\r/);
    return listed.flatMap((line, i) => {
      const source = line.trim();
      if (source === "" || source.startsWith("#")) return [];
      const place = `${text}, line ${i + 1}`;
      checkLine(source, place);
      const shown = showAddress(source);
      if (!lines.has(shown)) lines.set(shown, place);
      return [source];
    });
  });
  return (await Promise.all(lists)).flat();
}

/** Throws what is wrong with a source of a list, and says in which line. */
function checkLine(source: string, where: string): void {
  try {
    parseFiltered(source);
  } catch (error) {
    if (!(error instanceof FitsError || error instanceof Failure)) throw error;
    throw badUsage(`${where}: ${error.message}`);
  }
}

/**
 * The files that are meant, one by one: those of patterns and folders as their listings come. `[EXT]` behind a pattern
 * stands behind each of its files.
 */
export async function* filesOf(
  sources: readonly string[],
  opened: OpenOptions,
): AsyncGenerator<string, undefined> {
  const apart = sources.find((source) => source.startsWith("[") && !existsSync(source));
  if (apart !== undefined)
    throw badUsage(`${apart}: brackets stand behind the name of a file, without a blank: 'FILE${apart}'`);
  for (const source of sources) {
    if (!isOpenEnded(source)) {
      yield source;
      continue;
    }
    const { list, withLogin } = await import("fitslice/list");
    const pattern = nameOf(source);
    const brackets = source.slice(pattern.length);
    let count = 0;
    for await (const { href, isFolder } of list(pattern, opened)) {
      if (isFolder) continue;
      count++;
      yield withLogin(href, pattern) + brackets;
    }
    const shown = showAddress(source);
    if (count === 0) throw new Failure(1, `${listPlace(shown)}${shown}: no file there`);
  }
}

/** Whether a source is a pattern or a folder. The `?` of a URL of HTTP or Azure begins its query. */
function isOpenEnded(source: string): boolean {
  if (source.endsWith("/")) return true;
  const path = /^(https?|az|abfss?|data|blob):/i.test(source) ? source.replace(/\?.*$/s, "") : source;
  if (/^(data|blob|mast):/i.test(source) || existsSync(source)) return false;
  return isPattern(nameOf(path));
}

/** A source without what stands in brackets behind it. */
function nameOf(source: string): string {
  const [reading] = readings(source);
  return reading && !reading.name.endsWith("/") ? reading.name : source;
}

/** Whether a source can be read only once, from front to back: standard input, a named pipe. */
export function isStream(source: string): boolean {
  if (source === "-") return true;
  if (/^[a-z][a-z0-9+.-]+:/i.test(source)) return false;
  try {
    const there = statSync(source);
    return there.isFIFO() || there.isSocket();
  } catch {
    return false; // opening it tells what is wrong
  }
}
