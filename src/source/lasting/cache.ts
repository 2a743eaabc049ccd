/**
 * A cache that lasts beyond the process: parts of objects on disk, in a browser in its Cache API. Entries are written behind
 * the reads that brought them. Nothing that goes wrong with the cache fails a read: the cache says so once, and is left alone.
 */
import { loadEntryStores } from "#platform";
import { checkObject } from "../../argument.js";
import { FitsError } from "../../errors.js";
import type { EntryCount, EntryPlace, EntryStore } from "../../platform/types.js";
import type { ByteRange } from "../source.js";
import {
  blockBytes,
  decodeEntry,
  encodeEntry,
  extentsOf,
  headBytes,
  joined,
  mostEntryBytes,
  type Part,
} from "./entry.js";

export interface LastingCacheOptions {
  /**
   * In Node the folder of the cache, which several processes may share. Default: `FITSLICE_CACHE_DIR`, else `fitslice`
   * in the folder where the system has caches. In a browser a name.
   */
  readonly folder?: string | undefined;
  /** Most bytes on disk, at least 8 MiB. A folder that is a cache already keeps its limit. Default 1 GiB. */
  readonly limit?: number | undefined;
  /**
   * Seconds for which an object that was looked at is taken to be the same, without any request. Of objects that were
   * read with credentials the server is always asked, and so it is where it wants to be (Cache-Control: no-cache). Default: as
   * long as the server says (max-age, Expires, immutable); of others each opening asks for one byte.
   */
  readonly maxAge?: number | undefined;
}

/** What a cache holds: its folder, most bytes (undefined where nothing was ever kept), bytes and entries kept. */
export type LastingCacheInfo = EntryCount;

/** A cache that lasts, for the option `cache` of `open`. Holds nothing that must be closed. */
export interface LastingCache {
  /** Looks the folder through. */
  info(): Promise<LastingCacheInfo>;
  /** Removes all that the cache holds, also for other processes, and its limit. */
  clear(): Promise<void>;
  /** Seconds for which nothing is asked, in place of what the server says. @internal */
  readonly maxAge: number | undefined;
  /** The parts of blocks. @internal */
  readonly blocks: Blocks;
}

/** The entries of a cache, by name. None of these methods rejects. */
export interface Blocks {
  /** Whether there is a cache at all. */
  isUsable(): Promise<boolean>;
  /** The parts that are kept under a name, checked. */
  find(name: string): Promise<Part[]>;
  /** Where they lie, unchecked. */
  extents(name: string): Promise<ByteRange[]>;
  /** Keeps a part of a block; resolves as soon as few enough are still to be written. The bytes are copied at once. */
  keep(name: string, part: Part): Promise<void>;
  /** Keeps `bytes` alone under a name, in place of what is there. */
  replace(name: string, bytes: Uint8Array): void;
  /** Waits until all parts are written. */
  flush(): Promise<void>;
  /** What has gone wrong, for the first that asks. */
  takeWarning(): string | undefined;
}

const leastLimit = 8 * 2 ** 20;
const defaultLimit = 2 ** 30;
/** Bytes that may wait to be written; what brings more waits, too. */
const mostWaiting = 32 * 2 ** 20;
const writers = 4;

/** A cache that lasts. Nothing is looked at yet. Throws BAD_ARGUMENT for options that make no sense. */
export function lastingCache(options: LastingCacheOptions = {}): LastingCache {
  checkObject(options);
  const { folder, limit = defaultLimit, maxAge } = options;
  if (folder !== undefined && (typeof folder !== "string" || folder === ""))
    throw new FitsError("BAD_ARGUMENT", "folder must be the path of a folder for the cache");
  if (!Number.isSafeInteger(limit) || limit < leastLimit)
    throw new FitsError("BAD_ARGUMENT", `limit must be an integer of at least ${leastLimit} bytes`);
  if (maxAge !== undefined && !(typeof maxAge === "number" && maxAge >= 0))
    throw new FitsError("BAD_ARGUMENT", "maxAge must be a number of seconds, at least 0");
  const place: EntryPlace = { folder, limit, mostEntryBytes };
  return {
    maxAge,
    blocks: blocksAt(place),
    info: async () => (await loadEntryStores()).countEntries(place),
    clear: async () => (await loadEntryStores()).clearEntries(place),
  };
}

function blocksAt(place: EntryPlace): Blocks {
  let opened: Promise<EntryStore | undefined> | undefined;
  /** Reads go on where writes have failed: the disk may be full, or another's. */
  let isWritable = true;
  let warning: string | undefined;
  const waiting = new Map<string, Waiting>();
  let waitingBytes = 0;
  const running = new Map<string, Promise<void>>();

  const store = (): Promise<EntryStore | undefined> => (opened ??= openStore());

  async function openStore(): Promise<EntryStore | undefined> {
    try {
      return await (await loadEntryStores()).openStore(place);
    } catch (error) {
      giveUp("not used", error);
      return undefined;
    }
  }

  function giveUp(what: string, error: unknown): void {
    if (!isWritable) return;
    isWritable = false;
    waiting.clear();
    waitingBytes = 0;
    const shown = place.folder === undefined ? "the cache" : `the cache ${place.folder}`;
    warning = `${shown} is ${what}: ${error instanceof Error ? error.message : String(error)}`;
  }

  /** What is kept under a name; an entry that is not what its name says is removed. */
  async function readEntry<T>(
    name: string,
    understood: (entry: Uint8Array<ArrayBuffer>) => T | Promise<T>,
    most?: number,
  ): Promise<T | undefined> {
    const from = await store();
    if (!from) return undefined;
    try {
      const entry = await from.read(name, most);
      const found = entry && (await understood(entry));
      if (entry && !found) await from.remove(name);
      return found;
    } catch {
      // One entry that cannot be read is none: nothing is lost but a request.
      return undefined;
    }
  }

  async function find(name: string): Promise<Part[]> {
    return (await readEntry(name, (entry) => decodeEntry(name, entry))) ?? [];
  }

  async function write(name: string, { parts, isAlone }: Waiting): Promise<void> {
    const isWhole = isAlone || parts.some(({ bytes }) => bytes.length === blockBytes);
    const all = isWhole ? parts : [...(await find(name)), ...parts];
    const to = await store();
    if (!isWritable) return;
    try {
      await to?.write(name, await encodeEntry(name, joined(all)));
    } catch (error) {
      giveUp("not written any more", error);
    }
  }

  /** Starts writers, one for a name at a time, while there is something to write. */
  function startWriters(): void {
    for (const [name, entry] of waiting) {
      if (running.size >= writers) return;
      if (running.has(name)) continue;
      waiting.delete(name);
      const writing = write(name, entry).finally(() => {
        running.delete(name);
        if (isWritable) waitingBytes -= bytesOf(entry);
        startWriters();
      });
      running.set(name, writing);
    }
  }

  return {
    isUsable: async () => (await store()) !== undefined,
    find,
    extents: async (name) => (await readEntry(name, (head) => extentsOf(name, head), headBytes)) ?? [],
    async keep(name, { offset, bytes }) {
      if (!isWritable) return;
      const part = { offset, bytes: bytes.slice() };
      const entry = waiting.get(name);
      if (entry) entry.parts.push(part);
      else waiting.set(name, { parts: [part], isAlone: false });
      waitingBytes += bytes.length;
      startWriters();
      while (waitingBytes > mostWaiting) await Promise.race(running.values());
    },
    replace(name, bytes) {
      if (!isWritable) return;
      const before = waiting.get(name);
      waitingBytes += bytes.length - (before ? bytesOf(before) : 0);
      waiting.set(name, { parts: [{ offset: 0, bytes }], isAlone: true });
      startWriters();
    },
    async flush() {
      while (running.size > 0) await Promise.all(running.values());
    },
    takeWarning() {
      const taken = warning;
      warning = undefined;
      return taken;
    },
  };
}

/** Parts that wait to be written; alone in place of what is there. */
interface Waiting {
  readonly parts: Part[];
  readonly isAlone: boolean;
}

function bytesOf({ parts }: Waiting): number {
  return parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
