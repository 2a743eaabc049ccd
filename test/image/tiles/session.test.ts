/**
 * Compressed images as HDUs of a file: workers that cannot be loaded, one budget for all images, the table of tiles.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { bytesOf } from "../../../src/array.js";
import type { ImageHdu } from "../../../src/hdu/image.js";
import { type HduFile, makeHdu } from "../../../src/hdu/make.js";
import { open } from "../../../src/open.js";
import { createReader } from "../../../src/read/run.js";
import { budget, openSession, type Session } from "../../../src/read/session.js";
import { arraySource } from "../../../src/write/array-source.js";
import { compressedHdu } from "../../../src/write/compress.js";
import { fitsBytes } from "../../../src/write/fits.js";
import { countedBudget, countingSource, layoutsOf } from "./files.js";
import { testImage } from "./make.js";

const loads = vi.hoisted(() => ({ failing: 0, asked: 0 }));
vi.mock("../../../src/platform/node.js", async (original) => {
  const real = await original<typeof import("../../../src/platform/node.js")>();
  return {
    ...real,
    loadTileWorkers: async () => {
      loads.asked++;
      if (loads.failing-- > 0) throw new TypeError("Failed to fetch dynamically imported module");
      return real.loadTileWorkers();
    },
  };
});

const image = testImage("int16", [60, 70]);
const images = 30;
const hdu = (): ReturnType<typeof compressedHdu> =>
  compressedHdu(arraySource(image), { algorithm: "gzip", tile: [10, 35] });
const bytes = await fitsBytes(Array.from({ length: images }, hdu));

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
process.on("unhandledRejection", note);
afterEach(() => {
  loads.failing = 0;
  expect(unhandled).toEqual([]);
});

describe("workers that cannot be loaded", () => {
  it("leave the sections to the calling thread, are asked for again, and do not keep a file from closing", async () => {
    loads.failing = 2;
    loads.asked = 0;
    const session = openSession();
    const fits = await open(bytes, { session });
    const first = await fits.image(1);
    for (const which of [1, 2, 3]) {
      const hdu = await fits.image(which);
      const arrays = await Promise.all([hdu.section(), hdu.section("3:9")]);
      expect(bytesOf(arrays[0].data)).toEqual(bytesOf(image.data));
      expect(bytesOf(arrays[1].data)).toEqual(bytesOf(image.data).subarray(420, 1260));
    }
    // The third load gave workers, which are the session's from then on.
    expect(loads.asked).toBe(3);
    await fits.image(4);
    expect(loads.asked).toBe(3);
    await fits.close();
    await expect(first.section("0:1")).rejects.toMatchObject({ code: "CLOSED" });
    await session.close();
  });

  it("do not keep a session from closing", async () => {
    loads.failing = 100;
    const session = openSession();
    const fits = await open(bytes, { session });
    const hdu = await fits.image(1);
    await hdu.section();
    await session.close();
    await expect(hdu.section("0:1")).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("decoded tiles of many images", () => {
  async function readAll(session: Session, cacheBytes: number): Promise<void> {
    const fits = await open(bytes, { session, cacheBytes });
    for (let which = 1; which <= images; which++) {
      const { data } = await (await fits.image(which)).section("5:55, 10:60");
      expect(data[0]).toBe(image.data[5 * 70 + 10]);
    }
  }

  it("are not held where nothing is to be kept", async () => {
    const memory = countedBudget(2 ** 27);
    await readAll({ ...openSession(), memory }, 0);
    expect(memory.held).toBe(0);
    const none = countedBudget(0);
    await readAll({ ...openSession(), memory: none }, 2 ** 25);
    expect(none.held).toBe(0);
  });

  it("are held within what the file may keep, all images together", async () => {
    const memory = countedBudget(2 ** 27);
    const cacheBytes = 60_000;
    await readAll({ ...openSession(), memory }, cacheBytes);
    expect(memory.held).toBeGreaterThan(cacheBytes / 2);
    expect(memory.held).toBeLessThanOrEqual(cacheBytes);
    // What is added is counted before what was used longest ago goes.
    expect(memory.most()).toBeLessThanOrEqual(cacheBytes + bytes.length);
  });

  it("are held within what the session may keep, all files together", async () => {
    const memory = countedBudget(50_000);
    const session = { ...openSession(), memory };
    await Promise.all([readAll(session, 40_000), readAll(session, 40_000)]);
    expect(memory.held).toBeGreaterThan(25_000);
    expect(memory.held).toBeLessThanOrEqual(50_000);
  });

  it("go with their file, and none comes after it", async () => {
    const session = openSession();
    const fits = await open(bytes, { session });
    const hdu = await fits.image(1);
    await hdu.section("5:55, 10:60");
    expect(session.memory.held).toBeGreaterThan(1000);
    const late = hdu.section();
    await fits.close();
    await late.catch(() => {});
    expect(session.memory.held).toBe(0);
  });
});

describe("the table of a compressed image", () => {
  async function imageOf(run?: HduFile["run"]): Promise<ImageHdu> {
    const reader = createReader(countingSource(bytes));
    const file: HduFile = {
      run: run ?? reader.run,
      source: reader.source,
      memory: budget(2 ** 20),
      pool: () => Promise.reject(new Error("no workers")),
    };
    return (await makeHdu(layoutsOf(bytes)[1]!, file)) as ImageHdu;
  }

  it("is one and the same, however often it is asked for", async () => {
    const hdu = await imageOf();
    const [a, b] = [hdu.table!(), hdu.table!()];
    expect(a).toBe(b);
    expect(await a).toBe(await b);
    expect(hdu.table!()).toBe(a);
    expect((await a).kind).toBe("table");
  });

  it("that cannot be made is asked for again, and leaves no rejection unhandled", async () => {
    const hdu = await imageOf();
    vi.doMock("../../../src/hdu/table.js", () => {
      throw new TypeError("Failed to fetch dynamically imported module");
    });
    // Nobody looks at the first.
    void hdu.table!();
    const failed = hdu.table!();
    await expect(failed).rejects.toThrow();
    vi.doUnmock("../../../src/hdu/table.js");
    vi.resetModules();
    await new Promise((resolve) => setImmediate(resolve));
    const again = hdu.table!();
    expect(again).not.toBe(failed);
    expect((await again).kind).toBe("table");
  });
});
