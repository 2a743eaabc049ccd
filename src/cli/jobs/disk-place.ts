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
import { join } from "node:path";
import { cannotWrite, Failure, makeFolder, reasonOf } from "../failure.js";
import { partName, removeDeadParts } from "./parts.js";
import type { OutputPlace } from "./place.js";
import type { ShardFileNote } from "./shard-manifest.js";

/** Errors of the system as failures that name the folder or file. */
function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Failure(1, `cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw cannotWrite(path, cause);
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
    makeFolder(root);
    removeDeadParts(root);
    isReady = true;
  };
  const part = (): string => {
    ready();
    return join(root, partName());
  };
  const write = (name: string, bytes: Uint8Array, place: (from: string, to: string) => boolean): boolean => {
    let from: string | undefined;
    try {
      from = part();
      writeFileSync(from, bytes);
      return place(from, join(root, name));
    } catch (cause) {
      throw cannotWrite(join(root, name), cause);
    } finally {
      if (from !== undefined) rmSync(from, { force: true });
    }
  };
  return {
    shown: root,
    workFolder() {
      return writing(root, () => {
        const work = part();
        mkdirSync(work);
        return work;
      });
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
      const path = join(root, name);
      return existsSync(path) ? reading(path, () => readFileSync(path)) : undefined;
    },
    holds: async (folder, files) => holds(join(root, folder), files),
    async list() {
      return existsSync(root) ? reading(root, () => readdirSync(root)) : [];
    },
    async remove(name) {
      const path = join(root, name);
      writing(path, () => rmSync(path, { recursive: true, force: true }));
    },
  };
}
