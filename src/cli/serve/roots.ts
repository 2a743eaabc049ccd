/**
 * Which file a path of an address means: one below the folders that are served, and never one outside.
 */
import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { badUsage, reasonOf } from "../failure.js";
import { isRemote, remoteRoot } from "./remote-roots.js";

/** A file below a root, and what follows it in the path. */
export interface Found {
  /** Where the file is, without links; or its address. */
  readonly path: string;
  /** The root, where that is an address. */
  readonly root?: string;
  /** The same below the root: the name by which clients know the file. */
  readonly name: string;
  /** What follows the file in the path that was looked up. */
  readonly rest: string;
  /** Changes when the file does. */
  readonly tag: string;
}

/** What a path may mean, in the order of the roots: parts with `/` between them, as `ZarrFinder` has them. Remote files may be missing. */
export type Lookup = (path: string) => AsyncIterable<Found>;

interface Root {
  readonly folder: string;
  /** The only file that is served, where the root is a file. */
  readonly file?: string;
}

/** Most parts of a path that are looked at. */
const mostParts = 64;

/** Milliseconds after which a remote file is opened anew, so that one that was replaced is noticed. */
const freshTime = 60_000;

/**
 * The files below `paths`: folders, single files by their names, or addresses (see `remoteRoot`), whose files are looked for when they
 * are opened. Throws Failure for a path that is not there.
 */
export async function servedFiles(paths: readonly string[]): Promise<Lookup> {
  const roots = await Promise.all(paths.map(looker));
  return async function* (path) {
    const parts = path.split("/").slice(0, mostParts);
    for (const look of roots) {
      const found = await look(parts);
      if (found) yield { ...found, rest: path.split("/").slice(found.parts).join("/") };
    }
  };
}

type Looker = (
  parts: readonly string[],
) => Promise<(Omit<Found, "rest"> & { readonly parts: number }) | undefined>;

async function looker(path: string): Promise<Looker> {
  if (!isRemote(path)) {
    const root = await rootOf(path);
    return (parts) => lookIn(root, parts);
  }
  const find = remoteRoot(path);
  return async (parts) => {
    const file = find(parts);
    if (!file) return undefined;
    const { href, ...rest } = file;
    return { ...rest, path: href, root: path, tag: String(Math.floor(Date.now() / freshTime)) };
  };
}

async function rootOf(path: string): Promise<Root> {
  try {
    const folder = await realpath(path);
    const isFolder = (await stat(folder)).isDirectory();
    return isFolder ? { folder } : { folder: join(folder, ".."), file: basename(folder) };
  } catch (cause) {
    if (/.\[[^\]]*\]$/.test(path))
      throw badUsage(
        `cannot serve ${path}: whole files are served; leave out what stands in brackets behind it`,
      );
    throw badUsage(`cannot serve ${path}: ${rootReason(cause)}`);
  }
}

function rootReason(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such folder" : reasonOf(cause);
}

/** The file that the first parts of a path name, all but the last of them folders below the root; `parts` is their number. */
async function lookIn(
  { folder, file }: Root,
  parts: readonly string[],
): Promise<(Omit<Found, "rest"> & { readonly parts: number }) | undefined> {
  if (file !== undefined && parts[0] !== file) return undefined;
  const inside = folder.endsWith(sep) ? folder : folder + sep;
  for (const count of parts.keys()) {
    const path = await realpath(join(folder, ...parts.slice(0, count + 1))).catch(() => undefined);
    if (path === undefined || !path.startsWith(inside)) return undefined;
    const state = await stat(path).catch(() => undefined);
    if (state?.isFile()) {
      const name = path.slice(inside.length).replaceAll(sep, "/");
      return { path, name, parts: count + 1, tag: tagOf(state) };
    }
    if (!state?.isDirectory()) return undefined;
  }
  return undefined;
}

function tagOf({ size, mtimeMs, ctimeMs, ino }: Stats): string {
  return `${size}-${mtimeMs}-${ctimeMs}-${ino}`;
}
