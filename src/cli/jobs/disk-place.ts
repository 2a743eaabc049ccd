/**
 * A folder of a disk as the place of outputs, which several machines may see.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { cannotWrite } from "../failure.js";
import { type OutputPlace, partPrefix } from "./place.js";
import type { ShardFileNote } from "./shard-manifest.js";

let parts = 0;

/** Folders of work on this machine whose process has ended are removed; those of others nobody can judge. */
function removeDeadParts(root: string): void {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(`${partPrefix}${hostname()}-`)) continue;
    const pid = Number(name.slice(partPrefix.length + hostname().length + 1).split("-")[0]);
    if (!isAlive(pid)) rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

function holds(folder: string, files: readonly ShardFileNote[]): boolean {
  return files.every(
    ({ name, bytes }) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === bytes,
  );
}

export function diskPlace(root: string): OutputPlace {
  let isReady = false;
  const ready = (): void => {
    if (isReady) return;
    mkdirSync(root, { recursive: true });
    removeDeadParts(root);
    isReady = true;
  };
  const part = (): string => {
    ready();
    return join(root, `${partPrefix}${hostname()}-${process.pid}-${threadId}-${parts++}`);
  };
  const write = (name: string, bytes: Uint8Array, place: (from: string, to: string) => boolean): boolean => {
    const from = part();
    try {
      writeFileSync(from, bytes);
      return place(from, join(root, name));
    } catch (cause) {
      throw cannotWrite(join(root, name), cause);
    } finally {
      rmSync(from, { force: true });
    }
  };
  return {
    shown: root,
    workFolder() {
      const work = part();
      try {
        mkdirSync(work);
      } catch (cause) {
        throw cannotWrite(root, cause);
      }
      return work;
    },
    discard: (work) => rmSync(work, { recursive: true, force: true }),
    async publish(from, folder, files) {
      const to = join(root, folder);
      try {
        // What is there under this name holds the same bytes, unless somebody has taken some away.
        if (existsSync(to) && !holds(to, files)) rmSync(to, { recursive: true, force: true });
        renameSync(from, to);
      } catch (cause) {
        if (!["ENOTEMPTY", "EEXIST", "EPERM"].includes(codeOf(cause)) || !holds(to, files))
          throw cannotWrite(to, cause);
      }
    },
    async putNew(name, bytes) {
      return write(name, bytes, (from, to) => {
        try {
          // A link is made of a whole file or not at all, and never over another.
          linkSync(from, to);
          return true;
        } catch (error) {
          if (codeOf(error) === "EEXIST") return false;
          // File systems without links.
          if (!["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(codeOf(error))) throw error;
          if (existsSync(to)) return false;
          renameSync(from, to);
          return true;
        }
      });
    },
    async put(name, bytes) {
      write(name, bytes, (from, to) => {
        renameSync(from, to);
        return true;
      });
    },
    async get(name) {
      try {
        return readFileSync(join(root, name));
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    holds: async (folder, files) => holds(join(root, folder), files),
    async list() {
      return existsSync(root) ? readdirSync(root) : [];
    },
    async remove(name) {
      rmSync(join(root, name), { recursive: true, force: true });
    },
  };
}
