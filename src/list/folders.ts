/**
 * Listings of stores that are made of folders. All files of a tree come in the order in which one folder after the other would give
 * them; folders that come next are read ahead, several at a time: thousands of folders are else as many round trips.
 */
import { FitsError } from "../errors.js";
import type { Found, Lister } from "./lister.js";

/** Tells what is in a folder: its path is empty, or ends in `/`. */
export type ReadFolder = (folder: string) => AsyncIterable<Found>;

/** Deeper is no tree of files but a loop, or a server that makes folders up. */
const deepest = 64;
/** Folders that are read ahead: of those in one folder, and in all. */
const mostOfFolder = 8;
const mostAhead = 32;
/** Entries of a folder that wait for whoever takes the files. */
const mostEntries = 256;

/** Lists a store that knows folders; `read` tells what is in one. */
export function folderLister(read: ReadFolder): Lister {
  async function* level(prefix: string): AsyncGenerator<Found, undefined> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    for await (const found of read(folder)) if (found.path.startsWith(prefix)) yield found;
  }
  return { hasFolders: true, below: (prefix, deep) => (deep ? walk(read, prefix) : level(prefix)) };
}

/** The files whose paths begin with `prefix`. Links to folders are not followed. Throws UNSUPPORTED for 64 folders in one another. */
export async function* walk(read: ReadFolder, prefix: string): AsyncGenerator<Found, undefined> {
  const ahead = new Map<string, OpenFolder>();
  try {
    yield* below(prefix, 0);
  } finally {
    for (const folder of ahead.values()) folder.end();
  }

  async function* below(start: string, depth: number): AsyncGenerator<Found, undefined> {
    const path = start.slice(0, start.lastIndexOf("/") + 1);
    const folder = ahead.get(path) ?? openFolder(read(path));
    ahead.delete(path);
    /** Folders in this one: those to come, and those that are read ahead. */
    const coming: string[] = [];
    const begun = new Set<string>();
    const begin = (): void => {
      while (coming.length > 0 && begun.size < mostOfFolder && ahead.size < mostAhead) {
        const next = coming.shift()!;
        if (ahead.has(next)) continue; // it is listed twice
        ahead.set(next, openFolder(read(next)));
        begun.add(next);
      }
    };
    folder.hear((found) => {
      if (depth === deepest || !isFolder(found, start)) return;
      coming.push(found.path);
      begin();
    });
    try {
      for (let found = await folder.next(); found; found = await folder.next()) {
        if (!found.isFolder && found.path.startsWith(start)) yield found;
        if (!isFolder(found, start)) continue;
        if (depth === deepest)
          throw new FitsError("UNSUPPORTED", `${found.href}: more than ${deepest} folders deep; list a part`);
        if (coming[0] === found.path) coming.shift();
        begun.delete(found.path);
        yield* below(found.path, depth + 1);
        begin();
      }
    } finally {
      folder.end();
    }
  }
}

function isFolder(found: Found, start: string): boolean {
  return found.isFolder && !found.isLink && found.path.startsWith(start);
}

/** A folder that is being read. */
interface OpenFolder {
  /** The next entry; undefined behind the last one. Throws what reading the folder has met with, behind the entries before. */
  next(): Promise<Found | undefined>;
  /** Has `listen` hear of each entry as it comes, also of those that have come. */
  hear(listen: (found: Found) => void): void;
  /** Reads no more. */
  end(): void;
}

/** Begins to read a folder, and goes on while few entries wait. */
function openFolder(entries: AsyncIterable<Found>): OpenFolder {
  const iterator = entries[Symbol.asyncIterator]();
  const waiting: Found[] = [];
  let failure: { readonly cause: unknown } | undefined;
  let [isOver, isEnded] = [false, false];
  let [came, taken] = [(): void => {}, (): void => {}];
  let heard = (_: Found): void => {};

  async function read(): Promise<void> {
    while (!isEnded) {
      if (waiting.length >= mostEntries) {
        await new Promise<void>((resolve) => {
          taken = resolve;
        });
        continue;
      }
      const found = await iterator.next();
      if (found.done) return;
      waiting.push(found.value);
      heard(found.value);
      came();
    }
  }
  void read()
    .catch((cause: unknown) => {
      failure = { cause };
    })
    .finally(() => {
      isOver = true;
      came();
    });

  return {
    async next() {
      for (;;) {
        const found = waiting.shift();
        taken();
        if (found) return found;
        if (failure) throw failure.cause;
        if (isOver) return undefined;
        await new Promise<void>((resolve) => {
          came = resolve;
        });
      }
    },
    hear(listen) {
      heard = listen;
      for (const found of waiting) listen(found);
    },
    end() {
      isEnded = true;
      taken();
      // The iterator is not waited for: a listing may hang, and its signal is to end it.
      void iterator.return?.()?.catch(() => undefined);
    },
  };
}
