/**
 * A bucket as the place of outputs: S3, Google Cloud Storage, Azure. Objects are whole by themselves; those of a shard count once its
 * manifest is there, which is put only where there is none.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FitsError, type OpenOptions, resolveSource, showAddress } from "fitslice";
import { type ListEntry, list, putObject, removeObject } from "fitslice/list";
import { cannotWrite } from "../failure.js";
import { openOptions, type SharedOptions } from "../options.js";
import { interruption } from "../signals.js";
import { partName, removeDeadParts } from "./parts.js";
import type { OutputPlace } from "./place.js";

/** Objects on their way at a time. */
const atOnce = 8;
const pieceBytes = 8 << 20;

/** Begins the names of folders in which shards are cut before they go to a bucket. */
const workPrefix = "fitslice-shard-";

export async function remotePlace(root: string, access: SharedOptions): Promise<OutputPlace> {
  // What is written here is read again at once: nothing of it may come from a cache.
  const options: OpenOptions = { ...(await openOptions(access)), cache: undefined };
  const writing = { ...options, signal: interruption };
  const address = (name: string): string => `${root}/${name}`;
  const put = (name: string, bytes: Uint8Array, ifAbsent: boolean): Promise<boolean> =>
    putObject(address(name), new Uint8Array(bytes), { ...writing, ifAbsent });
  /** What is below an address; nothing where there is nothing. */
  async function* listed(below: string, recursive: boolean): AsyncGenerator<ListEntry> {
    try {
      yield* list(below, { ...options, recursive, signal: interruption });
    } catch (error) {
      if (!(error instanceof FitsError) || error.code !== "NOT_FOUND") throw error;
    }
  }
  let isClean = false;
  return {
    shown: showAddress(root),
    workFolder() {
      try {
        if (!isClean) removeDeadParts(tmpdir(), workPrefix);
        isClean = true;
        return mkdtempSync(join(tmpdir(), `${partName(workPrefix)}-`));
      } catch (cause) {
        throw cannotWrite(tmpdir(), cause);
      }
    },
    discard: (work) => rmSync(work, { recursive: true, force: true }),
    async publish(from, folder, files) {
      await each(files, async ({ name }) => {
        await put(`${folder}/${name}`, readFileSync(join(from, name)), false);
      });
    },
    putNew: (name, bytes) => put(name, bytes, true),
    async put(name, bytes) {
      await put(name, bytes, false);
    },
    get: (name) => wholeObject(address(name), options),
    async holds(folder, files) {
      // One listing, as to ask for each of thousands would take longer than to cut them.
      const sizes = new Map<string, number | undefined>();
      const begins = `${address(folder)}/`;
      for await (const { href, size } of listed(begins, true)) sizes.set(href.slice(begins.length), size);
      return files.every(({ name, bytes }) => sizes.get(name) === bytes);
    },
    async list() {
      const names: string[] = [];
      for await (const { href } of listed(`${root}/`, false)) names.push(decodedName(href, root));
      return names;
    },
    async remove(name) {
      const below: string[] = [];
      for await (const { href } of listed(`${address(name)}/`, true)) below.push(href);
      await each(below.length > 0 ? below : [address(name)], (href) => removeObject(href, writing));
    },
  };
}

/** The name below the root that an address of a listing has. */
function decodedName(href: string, root: string): string {
  const name = href.slice(root.length + 1).replace(/\/$/, "");
  return name.split("/").at(-1)!;
}

async function wholeObject(address: string, options: OpenOptions): Promise<Uint8Array | undefined> {
  try {
    const source = await resolveSource(address, options);
    const pieces: Uint8Array[] = [];
    try {
      for (let offset = 0; source.size === undefined || offset < source.size; offset += pieceBytes) {
        const piece = await source.getRange({ offset, length: pieceBytes });
        pieces.push(piece);
        if (piece.length < pieceBytes) break;
      }
    } finally {
      await source.close?.();
    }
    return Buffer.concat(pieces);
  } catch (error) {
    if (error instanceof FitsError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const one = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
