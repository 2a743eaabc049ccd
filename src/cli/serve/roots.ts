/**
 * Which file a path of an address means: one below the folders that are served, and never one outside.
 */
import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { badUsage, reasonOf } from "../failure.js";

/** A file below a root, and what follows it in the path. */
export interface Found {
  /** Where the file is, without links. */
  readonly path: string;
  /** The same below the root: the name by which clients know the file. */
  readonly name: string;
  /** What follows the file in the path that was looked up. */
  readonly rest: string;
  /** Changes when the file does. */
  readonly tag: string;
}

/** Looks a path up: parts with `/` between them, as `ZarrFinder` has them. */
export type Lookup = (path: string) => Promise<Found | undefined>;

interface Root {
  readonly folder: string;
  /** The only file that is served, where the root is a file. */
  readonly file?: string;
}

/** Most parts of a path that are looked at. */
const mostParts = 64;

/** The files below `paths`: folders, or single files by their names. Throws Failure for one that is not there. */
export async function servedFiles(paths: readonly string[]): Promise<Lookup> {
  const roots = await Promise.all(paths.map(rootOf));
  return async (path) => {
    const parts = path.split("/").slice(0, mostParts);
    for (const root of roots) {
      const found = await lookIn(root, parts);
      if (found) return { ...found, rest: path.split("/").slice(found.parts).join("/") };
    }
    return undefined;
  };
}

async function rootOf(path: string): Promise<Root> {
  try {
    const folder = await realpath(path);
    const isFolder = (await stat(folder)).isDirectory();
    return isFolder ? { folder } : { folder: join(folder, ".."), file: basename(folder) };
  } catch (cause) {
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
