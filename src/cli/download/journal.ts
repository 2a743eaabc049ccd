/**
 * What is known of an interrupted download: a part, and a journal beside it that tells which object it is of and which
 * of its bytes are there.
 *
 * A part has one owner, whose process is in its name (see part.ts). Who goes on with it takes it by renaming it, which
 * only one can do; the parts of processes that are at work are left alone.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ByteRange } from "fitslice";
import { cannotWrite, Failure } from "../failure.js";
import { createPart, isAtWork, type Part, type Place, partName, partOf, partPrefix } from "../part.js";

/** What tells an object from others. */
export interface ObjectFacts {
  readonly href: string;
  readonly size: number;
  /** Its ETag, else its Last-Modified. */
  readonly tag?: string;
}

type Stretches = readonly (readonly [offset: number, length: number])[];

/** A part, and the bytes of it that are there. */
export interface Download {
  readonly part: Part;
  /** Stretches of the object that are in the part, in order. */
  readonly done: Stretches;
  /** Notes that bytes are in the part. */
  add(offset: number, length: number): Promise<void>;
  /** Ends the download: moves the file to its place, and removes the journal. */
  commit(options: { force: boolean }): Promise<void>;
  /** Removes the part and its journal. */
  discard(): Promise<void>;
  /** Leaves both for a later download. */
  leave(): Promise<void>;
}

const suffix = ".json";
/** Milliseconds between two notes: what is not noted is downloaded again. */
const interval = 500;
/** Milliseconds without a note after which a part of another machine, or of a number used again, has no owner. */
const abandoned = 600_000;
const longestJournal = 4_000_000;
const noFollow = constants.O_NOFOLLOW ?? 0;

/** Begins a download of the object. */
export async function beginDownload(place: Place, facts: ObjectFacts): Promise<Download> {
  // What nobody could go on with has no journal, and does not outlive the program.
  const isUseful = facts.tag !== undefined;
  const part = await createPart(place, { keep: isUseful });
  if (!isUseful) return downloadOf(place, part, undefined, []);
  try {
    const journal = await open(part.path + suffix, "wx", 0o600);
    await journal.appendFile(`${JSON.stringify(facts)}\n`);
    return downloadOf(place, part, journal, []);
  } catch (cause) {
    await part.discard();
    throw cannotWrite(place.path, cause);
  }
}

/** The part and the journal of a download of the same object that has ended before its time, if there are any. */
export async function resumeDownload(
  place: Place,
  names: readonly string[],
  facts: ObjectFacts,
): Promise<Download | undefined> {
  if (facts.tag === undefined) return undefined;
  for (const name of names) {
    const found = await takeOver(place, name, facts).catch(() => undefined);
    if (found) return found;
  }
  return undefined;
}

/** The names of the parts of this place that nobody works at. */
export async function partsLeft(place: Place): Promise<string[]> {
  const folder = dirname(place.target);
  const prefix = partPrefix(place);
  const left: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || !/^[0-9a-f]{6}-\d+-[0-9a-f]{6}\.part$/.test(name.slice(prefix.length)))
      continue;
    const path = join(folder, name);
    const noted = await lstat(path + suffix).catch(() => lstat(path).catch(() => undefined));
    if (noted && isOurs(noted) && (isAtWork(name) === false || Date.now() - noted.mtimeMs > abandoned))
      left.push(name);
  }
  return left;
}

/** Removes parts that `partsLeft` named. */
export async function removeParts(place: Place, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(dirname(place.target), name);
    for (const each of [path + suffix, path]) await rm(each, { force: true });
  }
}

/** A regular file with one name, of the user who runs this: nobody else can have prepared it. */
function isOurs(stats: Stats): boolean {
  const user = process.geteuid?.();
  return stats.isFile() && stats.nlink === 1 && (user === undefined || stats.uid === user);
}

async function takeOver(place: Place, name: string, facts: ObjectFacts): Promise<Download | undefined> {
  const folder = dirname(place.target);
  const old = join(folder, name);
  const size = (await lstat(old)).size;
  const done = stretchesIn(await readJournal(old + suffix), facts, size);
  if (!done) return undefined;
  const path = join(folder, partName(place));
  await rename(old + suffix, path + suffix);
  const opened: FileHandle[] = [];
  try {
    await rename(old, path);
    const file = await open(path, constants.O_RDWR | noFollow);
    opened.push(file);
    const journal = await open(path + suffix, constants.O_WRONLY | constants.O_APPEND | noFollow);
    opened.push(journal);
    if (!isOurs(await file.stat()) || !isOurs(await journal.stat()))
      throw new Failure(1, `${path} is not of this user`);
    if (!place.there) await file.chmod(0o666 & ~process.umask());
    // The last line may be torn.
    await journal.appendFile("\n");
    return downloadOf(place, partOf(place, path, file), journal, done);
  } catch (error) {
    for (const file of opened) await file.close();
    for (const each of [path + suffix, path]) await rm(each, { force: true });
    throw error;
  }
}

async function readJournal(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | noFollow);
  try {
    const stats = await file.stat();
    return isOurs(stats) && stats.size <= longestJournal ? await file.readFile("utf8") : "";
  } finally {
    await file.close();
  }
}

/**
 * What a journal says is there of the object that `facts` describe; undefined where it is of another object, tells
 * nothing, or tells what cannot be of a part of `partSize` bytes. A line that is torn counts as not written.
 */
export function stretchesIn(journal: string, facts: ObjectFacts, partSize: number): Stretches | undefined {
  const [first, ...lines] = journal.split("\n").map(parsed);
  const { href, size, tag } = (first ?? {}) as Partial<ObjectFacts>;
  if (facts.tag === undefined || href !== facts.href || size !== facts.size || tag !== facts.tag)
    return undefined;
  const done = lines.filter((line): line is [number, number] => Array.isArray(line));
  const isSound = done.every(
    ([offset, length]) =>
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(length) &&
      offset >= 0 &&
      length > 0 &&
      offset + length <= Math.min(partSize, facts.size),
  );
  return isSound && done.length > 0 ? merged(done) : undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function downloadOf(place: Place, part: Part, journal: FileHandle | undefined, done: Stretches): Download {
  let waiting: (readonly [number, number])[] = [];
  let noted = performance.now();
  let noting: Promise<void> = Promise.resolve();
  /** Bytes are on the disk before the journal says so. */
  const note = (): Promise<void> => {
    noted = performance.now();
    noting = noting.then(async () => {
      const stretches = merged(waiting);
      waiting = [];
      if (!journal || stretches.length === 0) return;
      try {
        await part.file.datasync();
        await journal.appendFile(stretches.map((stretch) => `${JSON.stringify(stretch)}\n`).join(""));
      } catch (cause) {
        throw cannotWrite(place.path, cause);
      }
    });
    return noting;
  };
  const closeJournal = async (): Promise<void> => {
    await noting.catch(() => undefined);
    await journal?.close().catch(() => undefined);
  };
  const removeJournal = (): Promise<void> => rm(part.path + suffix, { force: true });
  return {
    part,
    done,
    async add(offset, length) {
      waiting.push([offset, length]);
      if (performance.now() - noted >= interval) await note();
    },
    async commit(options) {
      await closeJournal();
      await part.file.sync().catch((cause: unknown) => {
        throw cannotWrite(place.path, cause);
      });
      await part.commit(options);
      await removeJournal();
    },
    async discard() {
      await closeJournal();
      await removeJournal();
      await part.discard();
    },
    async leave() {
      await note().catch(() => undefined);
      await closeJournal();
      await part.leave();
    },
  };
}

/** Stretches in order, those that touch as one. */
export function merged(stretches: Stretches): [number, number][] {
  const result: [number, number][] = [];
  for (const [offset, length] of [...stretches].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && offset <= last[0] + last[1]) last[1] = Math.max(last[1], offset + length - last[0]);
    else result.push([offset, length]);
  }
  return result;
}

/** What is missing of an object of `size` bytes, in ranges of at most `rangeBytes`. */
export function missingRanges(size: number, done: Stretches, rangeBytes: number): ByteRange[] {
  const ranges: ByteRange[] = [];
  let at = 0;
  for (const [offset, length] of [...merged(done), [size, 0] as const]) {
    for (; at < offset; at += rangeBytes)
      ranges.push({ offset: at, length: Math.min(rangeBytes, offset - at) });
    at = offset + length;
  }
  return ranges;
}
