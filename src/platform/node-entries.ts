/**
 * Entries on a disk in Node: a folder that many processes share without locks.
 *
 * The folder is set-associative. The name of an entry tells its set; a set is a folder with room for so many bytes, and a new
 * entry takes the place of those in its set that were used longest ago (by their modification times). Entries are
 * written under one of a few other names and renamed: all processes together, also those that were killed, leave no more than
 * these. So the limit holds by construction, without an index.
 *
 *     FOLDER/cache.json           the limit, and the number of sets: the same for all processes
 *     FOLDER/sets-57/            the sets, and what is being written
 *     FOLDER/sets-57/12/0f3a...   an entry
 *     FOLDER/sets-57/new/3        an entry that is being written
 */
import { constants } from "node:fs";
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, checkOwner } from "./node-cache-folder.js";
import type { EntryCount, EntryPlace, EntryStore } from "./types.js";

/** The same for all processes that use a folder. */
interface Settings {
  readonly limit: number;
  readonly sets: number;
}

/** Bytes of a set: eight of the largest entries, or many small ones. */
const setBytes = 2 ** 20;
/** A small entry counts for more than its bytes: a set is listed at each write. */
const leastCounted = 16 * 1024;
/** Bytes that the folders of a set take themselves. */
const folderBytes = 16 * 1024;
/** Kept free for what is being written, and for entries that several processes put into one set at the same moment. */
const reserve = 4 * 2 ** 20;
const mostSets = 1 << 16;
/** Entries that are being written at once, by all processes. */
const newNames = 16;
/** Milliseconds after which nobody is writing any more. */
const abandoned = 30_000;
/** Milliseconds for which an entry counts as just used. */
const justUsed = 1000;
const settingsName = "cache.json";
const format = 1;
const entryName = /^[0-9a-f]{64}$/;
const setsName = /^sets-\d+(-cleared-\w+)?$/;
const isOurs = (name: string): boolean => name.startsWith(settingsName) || setsName.test(name);

/** Rejects with a system error, or in words where the folder is no cache, and not empty. */
export async function openStore(place: EntryPlace): Promise<EntryStore> {
  const folder = cacheFolder(place.folder);
  let settings = await settingsOf(folder, place);
  const root = (): string => join(folder, `sets-${settings.sets}`);
  const setOf = (name: string): string =>
    join(root(), String(Number.parseInt(name.slice(0, 12), 16) % settings.sets));

  async function write(name: string, entry: Uint8Array<ArrayBuffer>): Promise<void> {
    const set = setOf(name);
    const known = await makeRoom(set, name, counted(entry.length));
    const path = await writeNew(join(root(), "new"), entry);
    if (path === undefined) return; // too many at once: one entry less is kept
    try {
      await renamed(path, join(set, name));
    } catch (error) {
      await unlink(path).catch(() => {});
      // On Windows an entry that is being read cannot be replaced.
      if (codeOf(error) === "EPERM" && process.platform === "win32") return;
      throw error;
    }
    const now = await readdir(set);
    if (now.some((other) => other !== name && !known.has(other))) await makeRoom(set, name, 0);
  }

  /** `write`, also where somebody has cleared the folder meanwhile. */
  async function writeAnew(name: string, entry: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await write(name, entry);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      settings = await settingsOf(folder, place);
      await write(name, entry).catch((again: unknown) => {
        if (codeOf(again) !== "ENOENT") throw again;
      });
    }
  }

  return {
    write: writeAnew,
    async read(name, most = place.mostEntryBytes) {
      return readEntry(join(setOf(name), name), place.mostEntryBytes, most);
    },
    remove: async (name) => unlink(join(setOf(name), name)).catch(() => {}),
  };
}

/** Looks through a folder, and makes none. */
export async function countEntries(place: EntryPlace): Promise<EntryCount> {
  const folder = cacheFolder(place.folder);
  let bytes = 0;
  let entries = 0;
  await eachEntry(folder, async (path) => {
    const found = await stat(path).catch(() => undefined);
    if (!found) return;
    bytes += found.size;
    entries++;
  });
  const settings = await readSettings(folder).catch(() => undefined);
  return { folder, limit: settings?.limit, bytes, entries };
}

/** Removes what this module has written, and nothing else. */
export async function clearEntries(place: EntryPlace): Promise<void> {
  const folder = cacheFolder(place.folder);
  // Without settings, whoever writes begins anew.
  for (const name of await namesIn(folder))
    if (name.startsWith(settingsName)) await rm(join(folder, name), { force: true });
  await clearSets(folder);
}

/** Removes all sets. They are renamed first: whoever writes finds them gone, and looks at the settings again. */
async function clearSets(folder: string): Promise<void> {
  for (const sets of await foldersIn(folder))
    if (/^sets-\d+$/.test(sets))
      await rename(join(folder, sets), join(folder, `${sets}-cleared-${unique()}`));
  await eachEntry(folder, (path) => rm(path, { force: true }));
  for (const sets of await foldersIn(folder)) {
    if (!setsName.test(sets)) continue;
    for (const set of await foldersIn(join(folder, sets)))
      await rmdir(join(folder, sets, set)).catch(() => {});
    await rmdir(join(folder, sets)).catch(() => {});
  }
}

/** Visits the entries, and what is being written. Follows no links. */
async function eachEntry(folder: string, visit: (path: string) => Promise<void>): Promise<void> {
  for (const sets of await foldersIn(folder)) {
    if (!setsName.test(sets)) continue;
    for (const set of await foldersIn(join(folder, sets)))
      for (const name of await namesIn(join(folder, sets, set)))
        if (entryName.test(name) || (set === "new" && /^\d+$/.test(name)))
          await visit(join(folder, sets, set, name));
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch(absent);
  return (found ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(absent)) ?? [];
}

/** The settings of a folder, which is made where there is none. */
async function settingsOf(folder: string, { limit }: EntryPlace): Promise<Settings> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const settings = (await readSettings(folder)) ?? (await newSettings(folder, limit));
  await checkOwner(folder);
  await mkdir(join(folder, `sets-${settings.sets}`), { recursive: true, mode: 0o700 }).catch(readOnly);
  return settings;
}

/** Makes an empty folder a cache. */
async function newSettings(folder: string, limit: number): Promise<Settings> {
  if (!(await namesIn(folder)).every(isOurs))
    throw new Error(`${folder} holds other files, and is no cache; name an empty folder`);
  await clearSets(folder);
  const sets = Math.min(mostSets, Math.max(1, Math.floor((limit - reserve) / (setBytes + folderBytes))));
  const path = join(folder, `${settingsName}-${unique()}`);
  await writeFile(path, `${JSON.stringify({ format, limit, sets })}\n`, { flag: "wx", mode: 0o600 });
  // Of several processes one comes first; file systems without links let the last one win.
  await link(path, join(folder, settingsName)).catch(async (error: unknown) => {
    if (codeOf(error) !== "EEXIST") await rename(path, join(folder, settingsName));
  });
  await unlink(path).catch(() => {});
  return (await readSettings(folder)) ?? { limit, sets };
}

async function readSettings(folder: string): Promise<Settings | undefined> {
  const text = await readFile(join(folder, settingsName), "utf8").catch(absent);
  if (text === undefined) return undefined;
  let found: Partial<Settings> & { format?: number } = {};
  try {
    found = JSON.parse(text) as typeof found;
  } catch {}
  const { sets, limit } = found;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  if (found.format === format && isCount(sets) && sets <= mostSets && isCount(limit)) return { sets, limit };
  throw new Error(`${join(folder, settingsName)} is damaged, or of another version; clear the cache`);
}

/** Makes room for `bytes` in a set, not counting the entry `name`; answers with what is left in the set. */
async function makeRoom(set: string, name: string, bytes: number): Promise<ReadonlySet<string>> {
  const names = await namesIn(set);
  const found = await Promise.all(
    names.map(async (other) => {
      const state = await stat(join(set, other)).catch(() => undefined);
      return { other, size: counted(state?.size ?? 0), used: state?.mtimeMs ?? 0 };
    }),
  );
  const left = new Set(names);
  const oldestFirst = found.sort((a, b) => a.used - b.used);
  let total = oldestFirst.reduce(
    (sum, { other, size }) => sum + (other === name && bytes > 0 ? 0 : size),
    bytes,
  );
  for (const { other, size } of oldestFirst) {
    if (total <= setBytes) break;
    if (other === name) continue;
    await unlink(join(set, other)).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
    left.delete(other);
    total -= size;
  }
  return left;
}

/** Writes an entry under a name that nobody else writes to; undefined where there is none. */
async function writeNew(folder: string, entry: Uint8Array): Promise<string | undefined> {
  const first = Math.floor(Math.random() * newNames);
  for (let i = 0; i < newNames; i++) {
    const path = join(folder, String((first + i) % newNames));
    const file = await createdNew(folder, path);
    if (!file) continue;
    try {
      await file.writeFile(entry);
    } catch (error) {
      await file.close();
      await unlink(path).catch(() => {});
      throw error;
    }
    await file.close();
    return path;
  }
  return undefined;
}

/** Creates a file, also in the place of one that a process has left behind; undefined where another process writes. */
async function createdNew(folder: string, path: string): Promise<FileHandle | undefined> {
  const create = (): Promise<FileHandle> => open(path, "wx", 0o600);
  try {
    return await create().catch(async (error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
      await mkdir(folder, { mode: 0o700 }).catch(thereAlready);
      return create();
    });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const there = await stat(path).catch(absent);
  if (there && Date.now() - there.mtimeMs < abandoned) return undefined;
  // Should its writer wake up after all, what it writes is found to be no entry.
  await unlink(path).catch(() => {});
  return create().catch(() => undefined);
}

async function renamed(path: string, to: string): Promise<void> {
  await rename(path, to).catch(async (error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
    await mkdir(join(to, ".."), { mode: 0o700 }).catch(thereAlready);
    await rename(path, to);
  });
}

async function readEntry(
  path: string,
  largest: number,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await open(
    path,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  ).catch(absent);
  if (!file) return undefined;
  try {
    const { size, mtimeMs } = await file.stat();
    if (size > largest) return new Uint8Array(0); // nothing that was written here
    const entry = new Uint8Array(Math.min(size, most));
    const { bytesRead } = await file.read(entry, 0, entry.length, 0);
    const now = Date.now();
    // The folder may be read only.
    if (now - mtimeMs > justUsed) await file.utimes(now / 1000, now / 1000).catch(() => {});
    return entry.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const unique = (): string => `${process.pid}x${Math.random().toString(36).slice(2)}`;

function counted(bytes: number): number {
  return Math.max(bytes, leastCounted);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Nothing, where there is nothing; any other error is thrown. */
function absent(error: unknown): undefined {
  if (!/^(ENOENT|ENOTDIR)$/.test(codeOf(error) ?? "")) throw error;
}

function thereAlready(error: unknown): void {
  if (codeOf(error) !== "EEXIST") throw error;
}

/** A cache that can only be read is of use, too. */
function readOnly(error: unknown): void {
  if (!/^(EROFS|EACCES)$/.test(codeOf(error) ?? "")) throw error;
}
