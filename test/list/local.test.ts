import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ListOptions, list } from "../../src/list/index.js";
import { all } from "./files.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fitslice-list-"));
  for (const name of [
    "night1/a.fits",
    "night1/b.fits",
    "night2/a.fits",
    "night2/deep/er/c.fits",
    "notes.txt",
  ]) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  utimesSync(join(folder, "notes.txt"), 1_000_000, 1_000_000);
  mkdirSync(join(folder, "empty"));
  writeFileSync(join(folder, "odd*name.fits"), "");
  symlinkSync("..", join(folder, "night1", "up"));
  symlinkSync("nowhere", join(folder, "night1", "dangling.fits"));
  symlinkSync("../notes.txt", join(folder, "night1", "link.txt"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function names(address: string, options?: ListOptions): Promise<string[]> {
  const entries = await all(list(address, options));
  return entries.map(({ href }) => href.replace(`${folder}/`, ""));
}

describe("a folder", () => {
  it("is listed with sizes and times, in order of names", async () => {
    const entries = await all(list(folder));
    expect(entries.map(({ href }) => href.slice(folder.length + 1))).toEqual([
      "empty/",
      "night1/",
      "night2/",
      "notes.txt",
      "odd*name.fits",
    ]);
    expect(entries[3]).toEqual({
      href: join(folder, "notes.txt"),
      isFolder: false,
      size: 9,
      modified: new Date(1_000_000_000),
    });
    expect(entries[0]).toMatchObject({ isFolder: true });
  });

  it("is listed at all depths, where links to folders are not followed, and those to nothing are not there", async () => {
    expect(await names(folder, { recursive: true })).toEqual([
      "night1/a.fits",
      "night1/b.fits",
      "night1/link.txt",
      "night2/a.fits",
      "night2/deep/er/c.fits",
      "notes.txt",
      "odd*name.fits",
    ]);
  });

  it("that is a link is followed where it is named", async () => {
    expect(await names(`${folder}/night1/up/night2`)).toEqual([
      "night1/up/night2/a.fits",
      "night1/up/night2/deep/",
    ]);
    expect(await names(`${folder}/night1/*/notes.txt`)).toEqual(["night1/up/notes.txt"]);
  });

  it("may be empty", async () => {
    expect(await names(`${folder}/empty`)).toEqual([]);
    expect(await names(`${folder}/empty/`)).toEqual([]);
  });

  it("may be a file: URL", async () => {
    expect(await names(pathToFileURL(join(folder, "night2")).href)).toEqual([
      "night2/a.fits",
      "night2/deep/",
    ]);
  });
});

describe("a pattern", () => {
  it("matches names of one level, or of any", async () => {
    expect(await names(`${folder}/night*/a.fits`)).toEqual(["night1/a.fits", "night2/a.fits"]);
    expect(await names(`${folder}/**/c.fits`)).toEqual(["night2/deep/er/c.fits"]);
    expect(await names(`${folder}/night[2-9]/*`)).toEqual(["night2/a.fits", "night2/deep/"]);
    expect(await names(`${folder}/night?/`)).toEqual(["night1/", "night2/"]);
    expect(await names(`${folder}/nowhere/*.fits`)).toEqual([]);
  });

  it("is a name where a file has it", async () => {
    expect(await names(`${folder}/odd*name.fits`)).toEqual(["odd*name.fits"]);
  });
});

describe("what is not there", () => {
  it("is told, and what begins so is found", async () => {
    expect(await names(`${folder}/not`)).toEqual(["notes.txt"]);
    expect(await names(`${folder}/notes.txt`)).toEqual(["notes.txt"]);
    await expect(names(`${folder}/nope`)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(names(`${folder}/nope/`)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(names(`${folder}/notes.txt/`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("and what is not allowed", async () => {
    await expect(names(folder, { schemes: ["https"] })).rejects.toMatchObject({ code: "BAD_SOURCE" });
    await expect(names("mast:HST/product/")).rejects.toThrow(/cannot be listed; give one of/);
    if (process.getuid?.() === 0) return;
    chmodSync(join(folder, "empty"), 0);
    await expect(names(`${folder}/empty`)).rejects.toMatchObject({ code: "FORBIDDEN" });
    chmodSync(join(folder, "empty"), 0o755);
  });
});
