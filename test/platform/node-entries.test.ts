import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheFolder } from "../../src/platform/node-cache-folder.js";
import { clearEntries, countEntries, openStore } from "../../src/platform/node-entries.js";
import type { EntryPlace } from "../../src/platform/types.js";
import { nameOf } from "../../src/source/lasting/entry.js";

const mebibyte = 2 ** 20;
let parent: string;
let place: EntryPlace & { folder: string };
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "fitslice-entries-"));
  place = { folder: join(parent, "cache"), limit: 8 * mebibyte, mostEntryBytes: 140_000 };
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const names = await Promise.all(Array.from({ length: 300 }, (_, i) => nameOf(i)));
const entryOf = (i: number, length = 100_000): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(i);
const setsFolder = (): string =>
  join(place.folder, readdirSync(place.folder).find((name) => /^sets/.test(name))!);
const pathOf = (name: string): string => {
  const found = readdirSync(place.folder, { recursive: true, encoding: "utf8" }).find((path) =>
    path.endsWith(name),
  );
  return join(place.folder, found!);
};

describe("entries", () => {
  test("are there for another store of the same folder, whole or their beginning", async () => {
    await (await openStore(place)).write(names[0]!, entryOf(7));
    const other = await openStore(place);
    expect(await other.read(names[0]!)).toEqual(entryOf(7));
    expect(await other.read(names[0]!, 10)).toEqual(entryOf(7, 10));
    expect(await other.read(names[1]!)).toBeUndefined();
    await other.remove(names[0]!);
    expect(await other.read(names[0]!)).toBeUndefined();
  });

  test("go when there is no room, those used longest ago first", async () => {
    const store = await openStore(place);
    const sets = JSON.parse(readFileSync(join(place.folder, "cache.json"), "utf8")).sets as number;
    const setOf = (name: string): number => Number.parseInt(name.slice(0, 12), 16) % sets;
    const same = names.filter((name) => setOf(name) === setOf(names[0]!)).slice(0, 12);
    for (const [i, name] of same.slice(0, 10).entries()) {
      await store.write(name, entryOf(i));
      const time = Date.now() / 1000 - 1000 + i;
      utimesSync(pathOf(name), time, time);
    }
    expect(await store.read(same[0]!)).toEqual(entryOf(0)); // used just now
    await store.write(same[10]!, entryOf(10));
    const left = await Promise.all(same.slice(0, 11).map((name) => store.read(name, 1)));
    expect(left.flatMap((entry, i) => (entry ? [i] : []))).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("of four stores that write at once never take more than the limit", async () => {
    const stores = await Promise.all(
      [1, 2, 3, 4].map((i) => openStore({ ...place, limit: i * place.limit })),
    );
    const { limit } = await countEntries(place);
    const most = limit!;
    let peak = 0;
    await Promise.all(
      stores.map(async (store, s) => {
        for (let i = 0; i < 60; i++) {
          await store.write(names[(i * 7 + s * 75) % 300]!, entryOf(s, 100_000 + 1000 * s));
          peak = Math.max(peak, (await countEntries(place)).bytes);
        }
      }),
    );
    expect(peak).toBeGreaterThan(2 * mebibyte);
    expect(peak).toBeLessThanOrEqual(most);
    expect(readdirSync(join(setsFolder(), "new"))).toEqual([]);
  });

  test("that nobody finished do not stop others, and are few", async () => {
    const store = await openStore(place);
    await store.write(names[0]!, entryOf(0));
    const folder = join(setsFolder(), "new");
    for (let i = 0; i < 16; i++) writeFileSync(join(folder, String(i)), entryOf(i));
    await store.write(names[1]!, entryOf(1));
    expect(await store.read(names[1]!)).toBeUndefined();
    const old = Date.now() / 1000 - 40;
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), old, old);
    await store.write(names[1]!, entryOf(1));
    expect(await store.read(names[1]!)).toEqual(entryOf(1));
    expect(readdirSync(folder).length).toBe(15);
  });

  test("that are no files of this size, or links elsewhere, are not read", async () => {
    const store = await openStore(place);
    await store.write(names[0]!, entryOf(0));
    const path = pathOf(names[0]!);
    writeFileSync(path, new Uint8Array(200_000));
    expect((await store.read(names[0]!))!.length).toBe(0);
    rmSync(path);
    const secret = join(parent, "secret");
    writeFileSync(secret, "secret");
    symlinkSync(secret, path);
    await expect(store.read(names[0]!)).rejects.toMatchObject({ code: "ELOOP" });
  });
});

describe("the limit of a folder", () => {
  test("is that of the process that made it, also where several make it at once", async () => {
    const limits = [8, 16, 32, 64].map((n) => n * mebibyte);
    await Promise.all(limits.map((limit) => openStore({ ...place, limit })));
    expect(limits).toContain((await countEntries(place)).limit);
    expect(readdirSync(place.folder).filter((name) => name.startsWith("cache.json"))).toEqual(["cache.json"]);
    expect(readdirSync(place.folder).length).toBe(2);
  });

  test("that makes no sense is said, until the folder is cleared", async () => {
    await openStore(place);
    for (const text of ["", "{}", '{"format":2,"sets":4,"limit":9}', '{"format":1,"sets":1e9,"limit":9}']) {
      writeFileSync(join(place.folder, "cache.json"), text);
      await expect(openStore(place)).rejects.toThrow(
        /cache\.json is damaged, or of another version; clear the cache/,
      );
    }
    await clearEntries(place);
    await (await openStore(place)).write(names[0]!, entryOf(1));
    expect((await countEntries(place)).entries).toBe(1);
  });
});

describe("clearing", () => {
  test("removes all entries, and nothing that is not the cache's", async () => {
    await (await openStore(place)).write(names[0]!, entryOf(1));
    const theirs = join(parent, "theirs");
    mkdirSync(theirs);
    writeFileSync(join(theirs, names[3]!), "");
    symlinkSync(theirs, join(place.folder, "sets-999"));
    symlinkSync(theirs, join(setsFolder(), "77"));
    writeFileSync(join(place.folder, "notes.txt"), "");
    await clearEntries(place);
    expect(readdirSync(place.folder).filter((name) => !name.startsWith("sets-"))).toEqual(["notes.txt"]);
    expect(await countEntries(place)).toEqual({
      folder: place.folder,
      limit: undefined,
      bytes: 0,
      entries: 0,
    });
    expect(readdirSync(theirs)).toEqual([names[3]]);
  });

  test("leaves a store that is open of use, with the limit that comes next", async () => {
    const store = await openStore(place);
    await store.write(names[0]!, entryOf(1));
    await clearEntries(place);
    expect(await store.read(names[0]!)).toBeUndefined();
    const bigger = await openStore({ ...place, limit: 64 * mebibyte });
    await store.write(names[1]!, entryOf(1));
    expect(await bigger.read(names[1]!)).toEqual(entryOf(1));
    expect((await countEntries(place)).limit).toBe(64 * mebibyte);
  });

  test("of a folder that is none does nothing, nor does counting", async () => {
    await clearEntries(place);
    expect((await countEntries(place)).entries).toBe(0);
    expect(existsSync(place.folder)).toBe(false);
  });
});

describe("the folder", () => {
  test("is closed to everybody else", async () => {
    mkdirSync(place.folder, { mode: 0o755 });
    await openStore(place);
    expect(statSync(place.folder).mode & 0o777).toBe(0o700);
  });

  test("is where the user, the environment or the system says", () => {
    const before = process.env["FITSLICE_CACHE_DIR"];
    try {
      process.env["FITSLICE_CACHE_DIR"] = "/scratch/cache";
      expect(cacheFolder(undefined)).toBe("/scratch/cache");
      expect(cacheFolder("/mine")).toBe("/mine");
      delete process.env["FITSLICE_CACHE_DIR"];
      expect(cacheFolder(undefined)).toMatch(/fitslice/);
    } finally {
      if (before !== undefined) process.env["FITSLICE_CACHE_DIR"] = before;
      else delete process.env["FITSLICE_CACHE_DIR"];
    }
  });
});
