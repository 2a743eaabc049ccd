/**
 * Folders of a local disk.
 */
import { loadFiles } from "#platform";
import { FitsError } from "../errors.js";
import type { FileState, FolderName, LocalFiles } from "../platform/types.js";
import { folderLister } from "./folders.js";
import type { Found, Place } from "./lister.js";

/** Files that are looked at together for their sizes. */
const atOnce = 64;

/** The place of a path or `file:` URL. A path that is there is none of a pattern, whatever characters it has. */
export async function localPlace(address: string): Promise<Place> {
  const files = await loadFiles();
  if (!files)
    throw new FitsError("BAD_SOURCE", `cannot list "${address}": a browser has no folders; give a URL`);
  const path = /^file:/i.test(address) ? pathOf(files, address) : address;
  const lister = folderLister((folder) => read(files, folder));
  if (!/[*?{]/.test(path)) return { lister, path };
  const there = await files.lookAt(path).catch(() => undefined);
  return there ? { lister: only(path, there, lister), path: "" } : { lister, path };
}

function pathOf(files: LocalFiles, url: string): string {
  try {
    return files.pathOf(url);
  } catch (cause) {
    throw new FitsError("BAD_SOURCE", `${url} is not the URL of a local file; write file:///absolute/path`, {
      cause,
    });
  }
}

/** Lists a path whose name would be taken for a pattern. */
function only(path: string, there: FileState, lister: Place["lister"]): Place["lister"] {
  return {
    hasFolders: true,
    async *below(_, deep) {
      if (there.isDirectory()) yield* lister.below(`${path.replace(/\/$/, "")}/`, deep);
      else yield entryOf(path, there, false);
    },
  };
}

async function* read(files: LocalFiles, folder: string): AsyncGenerator<Found, undefined> {
  const names = await files.readFolder(folder || ".").catch((cause: unknown) => {
    throw failure(folder || ".", cause);
  });
  for (let at = 0; at < names.length; at += atOnce) {
    const looked = names.slice(at, at + atOnce).map(async ({ name, isLink }: FolderName) => {
      // A file that has gone meanwhile, and a link to nothing, are not there.
      const state = await files.lookAt(folder + name).catch(() => undefined);
      return state && entryOf(folder + name, state, isLink);
    });
    for (const found of await Promise.all(looked)) if (found) yield found;
  }
}

function entryOf(path: string, state: FileState, isLink: boolean): Found {
  const { size, mtimeMs } = state;
  const modified = new Date(mtimeMs);
  if (!state.isDirectory()) return { href: path, path, isFolder: false, size, modified };
  return { href: `${path}/`, path: `${path}/`, isFolder: true, isLink, modified };
}

function failure(folder: string, cause: unknown): FitsError {
  const { code, message } = cause as Error & { readonly code?: string };
  if (code === "ENOENT" || code === "ENOTDIR")
    return new FitsError("NOT_FOUND", `${folder}: no such folder; check the path`, { cause });
  if (code === "EACCES" || code === "EPERM")
    return new FitsError("FORBIDDEN", `${folder} may not be listed by you; check its permissions`, { cause });
  return new FitsError("BAD_SOURCE", `${folder} cannot be listed (${code ?? message})`, { cause });
}
