/**
 * `~/.netrc`, or the file that NETRC names: who to be at which host, as curl, wget and Python's requests read it.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Netrc } from "./types.js";

/** A longer file is none. */
const longest = 1024 * 1024;

/** The entry of exactly `host`, the first one. `default` and macros do not count; no file is no entry. */
export const netrc: Netrc = async (host) => {
  const path = process.env["NETRC"] || join(homedir(), process.platform === "win32" ? "_netrc" : ".netrc");
  const text = await readFile(path, "utf8").catch(() => "");
  return text.length > longest ? undefined : entryOf(text, host);
};

function entryOf(text: string, host: string): { login: string; password: string } | undefined {
  const tokens = tokensOf(text);
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] !== "machine" || tokens[i + 1]?.toLowerCase() !== host.toLowerCase()) continue;
    const entry: Record<string, string> = {};
    for (i += 2; i < tokens.length && !/^(machine|default|macdef)$/.test(tokens[i]!); i += 2)
      entry[tokens[i]!] ??= tokens[i + 1] ?? "";
    const { login, password } = entry;
    return login !== undefined && password !== undefined ? { login, password } : undefined;
  }
  return undefined;
}

/** Words, or texts in quotes with `\\"` and `\\\\` in them; comments and macros (up to an empty line) left out. */
function tokensOf(text: string): string[] {
  const open = text.replace(/^[ \t]*macdef\b.*(?:\r?\n(?!\r?\n).*)*/gm, "").replace(/(^|\s)#.*$/gm, "$1");
  return [...open.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gs)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/gs, "$1") ?? plain!,
  );
}
