/**
 * A file on its way to its place: it has a name of its own that nobody else can have, and is moved when it is complete.
 */
import { createHash, randomBytes } from "node:crypto";
import { constants, existsSync, renameSync, rmSync, type Stats } from "node:fs";
import {
  access,
  type FileHandle,
  link,
  lstat,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { cannotWrite, Failure } from "./failure.js";
import { removeAtExit } from "./signals.js";

/** Where a file is to go. */
export interface Place {
  /** As the user wrote it. */
  readonly path: string;
  /** The path behind links. */
  readonly target: string;
  /** What is there already. */
  readonly there: Stats | undefined;
}

/** The place that `path` names. Throws `Failure` for a folder, and for a file that may not be written. */
export async function placeOf(path: string): Promise<Place> {
  const target = await behindLinks(path);
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) throw cannotWrite(path, { code: "EISDIR" });
  if (/[/\\]$/.test(target)) throw cannotWrite(path, { code: "ENOENT" });
  if (there)
    await access(target, constants.W_OK).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
  return { path, target, there };
}

/** As many links in a row as Linux follows. */
const mostLinks = 40;

/** The path that symbolic links lead to, whether a file is there or not. */
async function behindLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < mostLinks; links++) {
    const real = await realpath(target).catch(() => undefined);
    if (real !== undefined) return real;
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    const folder = dirname(target);
    target = resolve(await realpath(folder).catch(() => folder), next);
  }
  throw cannotWrite(path, { code: "ELOOP" });
}

export interface Part {
  readonly path: string;
  readonly file: FileHandle;
  /**
   * Closes the file and moves it to its place, with the mode of the file that it replaces. Throws `Failure` where
   * it must not replace one and there is one by now.
   */
  commit(options: { force: boolean }): Promise<void>;
  /** Closes the file and removes it. */
  discard(): Promise<void>;
  /** Closes the file and leaves it where it is. */
  leave(): Promise<void>;
}

/** Names of more bytes than this leave no room for what is put behind them. */
const longestName = 180;

/** What the names of all parts of a place begin with, in the same folder. */
export function partPrefix({ target }: Place): string {
  const name = basename(target);
  const isLong = Buffer.byteLength(name) > longestName;
  return `${isLong ? createHash("sha256").update(name).digest("hex").slice(0, 32) : name}.`;
}

const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 6);

/** A name for a part that tells whose it is: `hst.fits.3f9a01-4711-9d1e0c.part`. */
export function partName(place: Place): string {
  return `${partPrefix(place)}${host}-${process.pid}-${randomBytes(3).toString("hex")}.part`;
}

/** Whether the process that made the part of this name is at work on this machine; undefined for another machine. */
export function isAtWork(name: string): boolean | undefined {
  const [, where, pid] = /\.([0-9a-f]{6})-(\d+)-[0-9a-f]{6}\.part/.exec(name) ?? [];
  if (where !== host) return undefined;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Begins a new part of `place`. Links are not followed, and nothing that is there is opened.
 *
 * @param keep whether the part may outlive the program, to be gone on with
 */
export async function createPart(place: Place, { keep = false }: { keep?: boolean } = {}): Promise<Part> {
  const path = join(dirname(place.target), partName(place));
  const forget = keep ? () => {} : removeAtExit(path);
  // What replaces a private file is private from the start.
  const file = await open(path, "wx+", place.there ? 0o600 : 0o666).catch((cause: unknown) => {
    forget();
    throw cannotWrite(place.path, cause);
  });
  return partOf(place, path, file, forget);
}

/** The part that a file is which is open already. */
export function partOf(place: Place, path: string, file: FileHandle, forget: () => void = () => {}): Part {
  let open = true;
  const close = async (): Promise<void> => {
    if (open) {
      open = false;
      await file.close();
    }
  };
  return {
    path,
    file,
    async commit({ force }) {
      try {
        if (place.there) await likeBefore(file, place.there);
        await close();
        await (force ? rename(path, place.target) : moveToNew(path, place));
      } catch (cause) {
        throw cause instanceof Failure ? cause : cannotWrite(place.path, cause);
      }
      forget();
    },
    async discard() {
      await close().catch(() => undefined);
      await rm(path, { force: true });
      forget();
    },
    leave: close,
  };
}

/** Gives the file the owner, as far as that is allowed, and the mode of the one that it replaces. */
async function likeBefore(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  await file.chown(uid, gid).catch(() => undefined);
  await file.chmod(mode & 0o777);
}

/** A file came to the place of an output that must not replace one. */
export class PlaceTaken extends Failure {}

/** Moves a folder to where another one may be, which goes when the new one is there: whatever fails, one of them is. */
export function replaceFolder(from: string, to: string): void {
  if (!existsSync(to)) {
    renameSync(from, to);
    return;
  }
  const before = `${to}.${randomBytes(3).toString("hex")}.old`;
  renameSync(to, before);
  try {
    renameSync(from, to);
  } catch (error) {
    renameSync(before, to);
    throw error;
  }
  rmSync(before, { recursive: true, force: true });
}

/** Moves a file to where none is; `rename` would overwrite one that has come meanwhile. */
async function moveToNew(path: string, place: Place): Promise<void> {
  try {
    await link(path, place.target);
  } catch (error) {
    const isThere = await lstat(place.target).then(
      () => true,
      () => false,
    );
    if ((error as NodeJS.ErrnoException).code === "EEXIST" || isThere)
      throw new PlaceTaken(
        1,
        `${place.path}: another program has put a file there meanwhile; add --force to replace it`,
        { cause: error },
      );
    // File systems without links.
    return rename(path, place.target);
  }
  await rm(path, { force: true });
}
