/**
 * A closed file or session answers no read, whatever the source is.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { type Fits, open, openSession } from "../../src/index.js";
import { createReader } from "../../src/read/run.js";
import type { ByteRange, ByteSource } from "../../src/source/source.js";
import { image, virtualFile } from "../hdu/virtual.js";
import { startRangeServer } from "../servers/range-server.js";
import { far, held, plan, settled } from "./held.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("closed", () => {
  const file = virtualFile([image(undefined, 16, [100, 100], 2880), image("SCI", 16, [2000, 500], 2880)]);
  const bytes = file.read({ offset: 0, length: file.size }) as Uint8Array<ArrayBuffer>;
  const folder = mkdtempSync(join(tmpdir(), "fitslice-closed-"));
  const path = join(folder, "a.fits");
  writeFileSync(path, bytes);
  const served = startRangeServer({ files: { "/a.fits": bytes } });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await (await served).close();
  });

  const kinds: [string, () => Promise<Parameters<typeof open>[0]>][] = [
    ["bytes in memory", async () => bytes],
    ["a Blob", async () => new Blob([bytes])],
    ["a file", async () => path],
    ["an object", async () => ({ getRange: async (range: ByteRange) => file.read(range) })],
    ["HTTP", async () => `${(await served).url}/a.fits`],
  ];

  async function refusesAll(fits: Fits, sci: Awaited<ReturnType<Fits["image"]>>): Promise<void> {
    const closed = { code: "CLOSED" };
    await expect(sci.section("0:2, 0:2")).rejects.toMatchObject(closed);
    await expect(sci.section()).rejects.toMatchObject(closed);
    await expect(sci.stats()).rejects.toMatchObject(closed);
    await expect(sci.bands().next()).rejects.toMatchObject(closed);
    await expect(sci.sections([[0]])).rejects.toMatchObject(closed);
    await expect(fits.hdu(0)).rejects.toMatchObject(closed);
    await expect(fits.hdu(7)).rejects.toMatchObject(closed);
    await expect(fits.image()).rejects.toMatchObject(closed);
    await expect(fits.hdus()).rejects.toMatchObject(closed);
    await expect(fits.layouts()).rejects.toMatchObject(closed);
    await expect(fits.iterate().next()).rejects.toMatchObject(closed);
    await expect(fits.run(sci.plan())).rejects.toMatchObject(closed);
    await expect(fits.explain(sci.plan())).rejects.toMatchObject(closed);
    await expect(fits.index()).rejects.toMatchObject(closed);
  }

  test.each(kinds)("a file of %s answers every read with CLOSED, and closes twice", async (_, input) => {
    const fits = await open(await input());
    const sci = await fits.image("SCI");
    await sci.section("0:2, 0:2");
    await fits.close();
    await fits.close();
    await refusesAll(fits, sci);
    expect(fits.known.length).toBe(2);
  });

  test.each(kinds)("a session closes its files of %s, and closes twice", async (_, input) => {
    const session = openSession();
    const fits = await open(await input(), { session });
    const sci = await fits.image("SCI");
    const under = sci.section();
    under.catch(() => {});
    await Promise.all([session.close(), session.close()]);
    await session.close();
    await expect(under).rejects.toMatchObject({ code: "CLOSED" });
    await refusesAll(fits, sci);
    await expect(open(await input(), { session })).rejects.toMatchObject({ code: "CLOSED" });
    expect(session.flight).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("reads under way end with CLOSED at once, also those that wait or decode", async () => {
    const source = held();
    const session = openSession({ concurrency: 1 });
    const reader = createReader(source, { session });
    const reads = [
      reader.run(plan(far(1), { take: () => new Promise(() => {}) })),
      reader.run(plan(far(1, 100_000_000))),
      reader.run(plan(far(1, 200_000_000))),
    ];
    await settled();
    source.answer();
    await settled();
    const results = Promise.allSettled(reads);
    await reader.close();
    for (const result of await results) expect(result).toMatchObject({ reason: { code: "CLOSED" } });
    await settled();
    expect(source.inFlight).toBe(0);
    expect(session.flight).toMatchObject({ inside: 0, waiting: 0 });
    expect(session.connections("test://host", 1)).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("files and sessions are disposed of by `await using`", async () => {
    const session = openSession();
    const fits = await open(bytes, { session });
    const sci = await fits.image("SCI");
    await fits[Symbol.asyncDispose]();
    await refusesAll(fits, sci);
    await session[Symbol.asyncDispose]();
    await expect(open(bytes, { session })).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("an image whose file nobody holds any more is closed with its session", async () => {
    const session = openSession();
    const sci = await (await open(bytes, { session })).image("SCI");
    for (let i = 0; i < 3; i++) {
      await settled();
      collectGarbage();
    }
    await session.close();
    await expect(sci.section("0:2, 0:2")).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("a file that cannot be closed keeps no other open, and its error is told", async () => {
    const session = openSession();
    const bad: ByteSource = {
      href: "test:bad",
      getRange: async (range) => file.read(range),
      close: () => Promise.reject(new Error("stuck")),
    };
    const first = await open(bad, { session });
    const second = await open(bytes, { session });
    const sci = await second.image("SCI");
    await expect(session.close()).rejects.toThrow("stuck");
    await refusesAll(second, sci);
    await expect(first.hdus()).rejects.toMatchObject({ code: "CLOSED" });
  });
});
