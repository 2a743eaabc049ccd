/**
 * Keeps what a command writes off the files that it reads, and off files that are there: a mistyped -o must not cost the
 * data.
 */
import { type BigIntStats, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { alreadyThere, badUsage } from "./failure.js";

/** The options that name files: those that are read, and those that are written. */
export interface NamedFiles {
  index?: string;
  sections?: string;
  places?: string;
  output?: string;
  profileJson?: string;
  har?: string;
  /** Whether files that are there may be replaced. */
  force?: boolean;
}

/**
 * Throws `Failure` (wrong usage) where a file to be written is one of those to be read, by whatever path, link or URL,
 * or is to be written twice, or is there already, unless `force` is given. Devices and pipes take what comes. Reads
 * nothing and writes nothing.
 *
 * @param also more paths that will be written
 */
export function refuseOverwriting(source: string, files: NamedFiles, also: readonly string[] = []): void {
  const { index, sections, places, output, profileJson, har, force } = files;
  const read: Record<string, string> = {};
  const inputs = [
    [localPath(source), "the file being read"],
    [index, "the file that --index reads"],
    [sections, "the file that --sections reads"],
    [places, "the file that --places reads"],
  ] as const;
  for (const [path, what] of inputs) {
    const there = path === undefined ? undefined : regularFile(path);
    if (there) read[there] ??= what;
  }
  const written: Record<string, string> = {};
  const outputs = [
    ["-o", output],
    ["--profile-json", profileJson],
    ["--har", har],
    ...also.map((path) => ["-o", path] as const),
  ] as const;
  for (const [option, path] of outputs) {
    if (path === undefined) continue;
    if (path === "") throw badUsage(`${option} names no file`);
    if (path === "-") {
      if (written["-"] !== undefined) throw badUsage(`${written["-"]} and ${option} both write to stdout`);
      written["-"] = option;
      continue;
    }
    const place = regularFile(path);
    if (place !== undefined && read[place]) throw badUsage(`${path} is ${read[place]}; name another output`);
    // A device or a pipe takes what comes, also from two.
    if (place === undefined && statOf(path)) continue;
    const key = place ?? resolve(path);
    if (written[key] !== undefined)
      throw badUsage(`${written[key]} and ${option} both write ${path}; name another file for one of them`);
    if (place !== undefined && !force) throw alreadyThere(path);
    written[key] = option;
  }
}

/** Throws `Failure` (wrong usage) where --json would stand among data on stdout. */
export function refuseTwoOnStdout({ output, json }: { output: string; json?: boolean }): void {
  if (output === "-" && json) throw badUsage("-o - and --json both write to stdout");
}

/** The path of a source that lies on a disk; the rule is that of `resolveSource`. */
function localPath(source: string): string | undefined {
  // One letter is a Windows drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(source)?.[1]?.toLowerCase();
  if (scheme === "file") {
    try {
      return fileURLToPath(source);
    } catch {
      return undefined; // opening it tells what is wrong
    }
  }
  const remote = /^(https?|s3|blob|data|mast)$/.test(scheme ?? "");
  return remote || (scheme && source.slice(scheme.length).startsWith("://")) ? undefined : source;
}

/** Which file a path leads to, through links of either kind; undefined where there is none, or no regular one. */
function regularFile(path: string): string | undefined {
  const there = statOf(path);
  return there?.isFile() ? `${there.dev}:${there.ino}` : undefined;
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
