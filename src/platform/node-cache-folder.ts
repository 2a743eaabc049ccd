/**
 * Where a user's caches lie, and whether a folder is the user's own.
 */
import { chmod, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The folder of the cache that lasts, absolute: `given`, FITSLICE_CACHE_DIR, or where the system has caches. */
export function cacheFolder(given: string | undefined): string {
  const { env, platform } = process;
  const named = given ?? env["FITSLICE_CACHE_DIR"];
  if (named) return resolve(named);
  const home = env["HOME"] || homedir();
  if (platform === "win32")
    return join(env["LOCALAPPDATA"] || join(home, "AppData", "Local"), "fitslice", "Cache");
  if (platform === "darwin") return join(home, "Library", "Caches", "fitslice");
  return join(env["XDG_CACHE_HOME"] || join(home, ".cache"), "fitslice");
}

/** Closes a folder of the user's to all others. Rejects where it is another user's: what it holds could be anybody's. */
export async function checkOwner(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  const me = process.getuid?.();
  if (me === undefined) return;
  if (uid !== me) throw new Error(`${folder} belongs to another user; name a folder of your own`);
  // On a disk that can only be read nothing can be closed, and nothing is written.
  if ((mode & 0o077) !== 0) await chmod(folder, 0o700).catch(() => {});
}
