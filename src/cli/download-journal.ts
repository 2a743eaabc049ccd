/**
 * What is known of an interrupted download, in a small file beside it.
 */
import { readFile, stat, writeFile } from "node:fs/promises";
import type { ByteRange } from "fitslice";
import { toJson } from "./output.js";

/** Which object it was, and which parts of it are here, in order. */
export interface Journal {
  readonly href: string;
  readonly size: number;
  /** ETag or Last-Modified. */
  readonly tag?: string;
  done: [offset: number, length: number][];
}

/** Notes parts as they arrive. */
export interface JournalKeeper {
  add(offset: number, length: number): Promise<void>;
  /** Writes it out now. */
  save(): Promise<void>;
}

/** Milliseconds between two writes of the journal: what it does not know of is loaded again, and does no harm. */
const interval = 200;

export function keepJournal(path: string, journal: Journal): JournalKeeper {
  let saved = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    saved = performance.now();
    writing = writing.then(() => writeFile(path, toJson(journal)));
    return writing;
  };
  return {
    async add(offset, length) {
      journal.done = merged([...journal.done, [offset, length]]);
      if (performance.now() - saved >= interval) await save();
    },
    save,
  };
}

/** Parts in order, those that touch as one. */
export function merged(parts: readonly (readonly [number, number])[]): [number, number][] {
  const result: [number, number][] = [];
  for (const [offset, length] of [...parts].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && offset <= last[0] + last[1]) last[1] = Math.max(last[1], offset + length - last[0]);
    else result.push([offset, length]);
  }
  return result;
}

/**
 * The journal of an interrupted download of the same object as `fresh` describes; undefined where there is none, or
 * none to be trusted: without a tag a remote object of the same size may be another one.
 */
export async function resumable(path: string, partial: string, fresh: Journal): Promise<Journal | undefined> {
  try {
    const old = JSON.parse(await readFile(path, "utf8")) as Journal;
    const { size } = await stat(partial);
    const same = old.href === fresh.href && old.size === fresh.size && old.tag === fresh.tag;
    const known = fresh.tag !== undefined;
    const sound = old.done.every(
      ([offset, length]) => offset >= 0 && length > 0 && offset + length <= Math.min(size, old.size),
    );
    return same && known && sound && old.done.length > 0 ? { ...old, done: merged(old.done) } : undefined;
  } catch {
    return undefined;
  }
}

/** What is not here yet, in parts of at most `partBytes`. */
export function missingRanges({ size, done }: Journal, partBytes: number): ByteRange[] {
  const ranges: ByteRange[] = [];
  let at = 0;
  for (const [offset, length] of [...merged(done), [size, 0] as const]) {
    for (; at < offset; at += partBytes)
      ranges.push({ offset: at, length: Math.min(partBytes, offset - at) });
    at = offset + length;
  }
  return ranges;
}
