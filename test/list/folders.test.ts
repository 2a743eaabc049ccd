import { describe, expect, it } from "vitest";
import { walk } from "../../src/list/folders.js";
import type { Found } from "../../src/list/lister.js";
import { all } from "./files.js";

/** Names in a folder: those of folders end in `/`. */
type Tree = (folder: string) => readonly string[];

interface Counted {
  read(folder: string): AsyncIterable<Found>;
  readonly folders: string[];
  readonly running: { now: number; most: number };
}

/** Folders of `tree`, each of which takes some turns of the event loop to read. */
function counted(tree: Tree, turns = 3): Counted {
  const running = { now: 0, most: 0 };
  const folders: string[] = [];
  async function* read(folder: string): AsyncGenerator<Found, undefined> {
    folders.push(folder);
    running.most = Math.max(running.most, ++running.now);
    try {
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      running.now--;
    }
    for (const name of tree(folder)) {
      const path = folder + name;
      yield { href: `x:${path}`, path, isFolder: name.endsWith("/") };
    }
  }
  return { read, folders, running };
}

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/** A hundred folders of two files each, in ten folders, with files around them. */
const nights: Tree = (folder) => {
  const depth = folder.split("/").length - 1;
  if (depth < 2) return ["a.fits", ...digits.map((digit) => `${digit}/`), "z.fits"];
  return ["a.fits", "b.fits"];
};

/** The order of one folder after the other. */
function inOrder(tree: Tree, folder = ""): string[] {
  return tree(folder).flatMap((name) =>
    name.endsWith("/") ? inOrder(tree, folder + name) : [folder + name],
  );
}

const paths = async (found: AsyncIterable<Found>): Promise<string[]> =>
  (await all(found)).map(({ path }) => path);

describe("a walk", () => {
  it("gives all files in order, and reads each folder once, several at a time", async () => {
    const { read, folders, running } = counted(nights);
    expect(await paths(walk(read, ""))).toEqual(inOrder(nights));
    expect(folders).toHaveLength(111);
    expect(new Set(folders).size).toBe(111);
    expect(running.most).toBeGreaterThanOrEqual(8);
    expect(running.most).toBeLessThanOrEqual(33);
  });

  it("reads nothing beside the prefix", async () => {
    const { read, folders } = counted(nights);
    expect(await paths(walk(read, "3/1"))).toEqual(["3/1/a.fits", "3/1/b.fits"]);
    expect(folders).toEqual(["3/", "3/1/"]);
  });

  it("stops reading when nobody takes files any more", async () => {
    const { read, folders, running } = counted(nights);
    for await (const { path } of walk(read, "")) if (path === "0/0/a.fits") break;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const read1 = folders.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([folders.length, running.now]).toEqual([read1, 0]);
    expect(read1).toBeLessThan(30);
  });

  it("fails at the folder that cannot be read, behind all files before it", async () => {
    const { read } = counted((folder) => {
      if (folder === "2/") throw new Error("closed");
      return nights(folder);
    });
    const got: string[] = [];
    const walking = (async () => {
      for await (const { path } of walk(read, "")) got.push(path);
    })();
    await expect(walking).rejects.toThrow("closed");
    const order = inOrder(nights);
    expect(got).toEqual(order.slice(0, order.indexOf("2/a.fits")));
  });

  it("keeps few entries of a large folder that waits", async () => {
    let given = 0;
    async function* read(folder: string): AsyncGenerator<Found, undefined> {
      if (folder === "") {
        for (const path of ["a/", "b/"]) yield { href: path, path, isFolder: true };
        return;
      }
      for (let i = 0; i < 5000; i++) {
        given++;
        yield { href: folder, path: `${folder}${i}`, isFolder: false };
      }
    }
    const walking = walk(read, "");
    await walking.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(given).toBeLessThanOrEqual(2 * 258);
    let count = 1;
    for await (const _ of walking) count++;
    expect(count).toBe(10_000);
  });

  it("takes a folder that is listed twice as two, and folders without end as a fault", async () => {
    const { read } = counted((folder) => (folder === "" ? ["a/", "b/", "a/"] : ["x.fits"]));
    expect(await paths(walk(read, ""))).toEqual(["a/x.fits", "b/x.fits", "a/x.fits"]);
    const endless = counted(() => ["a/", "b/"]);
    await expect(paths(walk(endless.read, ""))).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
