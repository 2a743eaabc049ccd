/**
 * Folders of work under way. Their names tell the machine and the process, so that what killed runs have left can be removed.
 */
import { readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { isAlive } from "../lock.js";
import { partPrefix } from "./place.js";

let parts = 0;

/** A name that no other work has, on this machine or another. */
export function partName(prefix: string = partPrefix): string {
  return `${prefix}${hostname()}-${process.pid}-${threadId}-${parts++}`;
}

/** Removes the work of this machine whose process has ended; that of others nobody can judge. */
export function removeDeadParts(root: string, prefix: string = partPrefix): void {
  const begin = `${prefix}${hostname()}-`;
  for (const name of readdirSync(root)) {
    if (!name.startsWith(begin)) continue;
    const pid = Number(name.slice(begin.length).split("-")[0]);
    if (!isAlive(pid)) tryToRemove(join(root, name));
  }
}

/** Removes a folder, unless it belongs to another user. */
function tryToRemove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // A folder of another user has a name of its own and disturbs no work here.
  }
}
