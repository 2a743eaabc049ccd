import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partBytesFor } from "../../src/cli/commands/download.js";
import { type Journal, resumable } from "../../src/cli/download-journal.js";
import { secondsLeft } from "../../src/cli/progress.js";
import { workFolder } from "./run.js";

let cwd: string;
beforeAll(() => {
  cwd = workFolder("cli-journal");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const fresh: Journal = { href: "http://h/a.fits", size: 1000, tag: '"1"', done: [] };

/** What is gone on with when `old` is noted beside a partial file of `length` bytes. */
function found(old: unknown, length: number, now: Journal = fresh): Promise<Journal | undefined> {
  const [journal, partial] = [join(cwd, "a.part.json"), join(cwd, "a.part")];
  writeFileSync(journal, typeof old === "string" ? old : JSON.stringify(old));
  writeFileSync(partial, new Uint8Array(length));
  return resumable(journal, partial, now);
}

describe("a download is gone on with", () => {
  const old: Journal = {
    ...fresh,
    done: [
      [400, 200],
      [0, 400],
    ],
  };

  test("where the parts noted are in the file", async () => {
    expect(await found(old, 600)).toEqual({ ...fresh, done: [[0, 600]] });
  });
  test("not where the file is shorter than its journal says: that would leave a hole", async () => {
    expect(await found(old, 599)).toBeUndefined();
    expect(await found(old, 0)).toBeUndefined();
  });
  test("not where parts lie outside the object, or make no sense", async () => {
    expect(await found({ ...fresh, done: [[900, 101]] }, 2000)).toBeUndefined();
    expect(await found({ ...fresh, done: [[-1, 10]] }, 2000)).toBeUndefined();
    expect(await found({ ...fresh, done: [[0, 0]] }, 2000)).toBeUndefined();
    expect(await found({ ...fresh, done: [] }, 2000)).toBeUndefined();
  });
  test("not where nothing tells that the object is still the same", async () => {
    const { tag: _, ...bare } = fresh;
    expect(await found({ ...bare, done: [[0, 400]] }, 600, bare)).toBeUndefined();
  });
  test("not where it is another one, or the journal is torn", async () => {
    expect(await found({ ...old, tag: '"2"' }, 600)).toBeUndefined();
    expect(await found({ ...old, size: 999 }, 600)).toBeUndefined();
    expect(await found({ ...old, href: "http://h/b.fits" }, 600)).toBeUndefined();
    expect(await found(JSON.stringify(old).slice(0, -3), 600)).toBeUndefined();
  });
});

test("parts are of 1 MiB, and larger ones of large files, so that there are some thousands at most", () => {
  const MiB = 2 ** 20;
  expect([0, 1, 40 * MiB, 256 * MiB].map(partBytesFor)).toEqual([MiB, MiB, MiB, MiB]);
  expect([257 * MiB, 2 ** 30, 2 ** 31, 2 ** 35].map(partBytesFor)).toEqual([
    ...[2 * MiB, 4 * MiB, 8 * MiB, 8 * MiB],
  ]);
  for (let size = MiB; size < 2 ** 45; size *= 3) {
    expect(partBytesFor(size) % MiB).toBe(0);
    expect(size / partBytesFor(size)).toBeLessThanOrEqual(8192);
  }
});

test("the time left is told when some seconds of data tell it", () => {
  expect(secondsLeft(1000, 0, 10)).toBeUndefined();
  expect(secondsLeft(1000, 500, 2.9)).toBeUndefined();
  expect(secondsLeft(1000, 500, 5)).toBe(10);
});
