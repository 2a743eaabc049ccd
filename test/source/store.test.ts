/** Stores of zarrita's, and objects like them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import FileSystemStore from "@zarrita/storage/fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FetchStore } from "zarrita";
import { open } from "../../src/open.js";
import { resolveSource } from "../../src/source/resolve.js";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";

const file = await exampleFile();
const folder = mkdtempSync(join(tmpdir(), "fitslice-store-"));
let server: RangeServer;

beforeAll(async () => {
  writeFileSync(join(folder, "a.fits"), file);
  writeFileSync(join(folder, "cut.fits"), file.subarray(0, file.length - 3000));
  server = await startRangeServer({
    files: { "/a.fits": file, "/cut.fits": file.subarray(0, file.length - 3000) },
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe.each([
  ["FetchStore", () => new FetchStore(server.url)],
  ["FileSystemStore", () => new FileSystemStore(folder)],
])("zarrita's %s", (name, make) => {
  it("is read like any other source", async () => {
    const own = await open(file);
    const fits = await open(make(), { key: "a.fits", blockSize: 5760 });
    const wanted = await own.hdus();
    expect((await fits.hdus()).map(({ name, shape }) => [name, shape])).toEqual(
      wanted.map(({ name, shape }) => [name, shape]),
    );
    const section = (await fits.image("SCI")).section("10:20, 30:50");
    expect(await section).toEqual(await (await own.image("SCI")).section("10:20, 30:50"));
  });

  it("says NOT_FOUND for a key that is not there", async () => {
    await expect(open(make(), { key: "none.fits" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  // The FileSystemStore fills up with zeros what it asked for behind the end.
  it.skipIf(name === "FileSystemStore")("is TRUNCATED where the file is cut short", async () => {
    const fits = await open(make(), { key: "cut.fits", blockSize: 5760 });
    const column = (await fits.table("CATALOG")).column("class");
    await expect(column).rejects.toMatchObject({ code: "TRUNCATED" });
  });
});

it("a store that ignores ranges is BAD_RANGE once that can be told", async () => {
  const bytes = new Uint8Array(1000);
  const source = await resolveSource({ getRange: async () => bytes } as never, { key: "a" });
  await expect(source.getRange({ offset: 5, length: 10 })).rejects.toMatchObject({ code: "BAD_RANGE" });
  expect((await source.getRange({ offset: 0, length: 2000 })).length).toBe(1000);
  expect(source.size).toBe(1000);
  await expect(source.getRange({ offset: 500, length: 2000 })).rejects.toMatchObject({ code: "BAD_RANGE" });
});
