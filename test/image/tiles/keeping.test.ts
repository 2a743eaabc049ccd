/**
 * Tiles that are kept and shared by reads: what that costs, and what the damage of one does to the others.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { bytesOf } from "../../../src/array.js";
import type { TilePool } from "../../../src/image/tiles/pool.js";
import { tileTable } from "../../../src/image/tiles/table.js";
import { doJob } from "../../../src/image/tiles/worker.js";
import { createReader } from "../../../src/read/run.js";
import {
  countedBudget,
  countingSource,
  layoutsOf,
  liveBytes,
  loadPixels,
  readWhole,
  sectionOf,
} from "./files.js";
import { compressedFile, testImage } from "./make.js";

const MiB = 1024 * 1024;

/** A pool that decodes here, `milliseconds` after it was asked to. */
function latePool(milliseconds: number): TilePool {
  return {
    wants: () => true,
    async decode(job) {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      return doJob(job);
    },
    recycle() {},
    close() {},
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("tiles that are kept", () => {
  it("take no more memory than they are counted with, each being a batch of its own", async () => {
    const image = testImage("int16", [4000, 100]);
    const bytes = await compressedFile(image, { tile: [1, 100] });
    const memory = countedBudget(32 * MiB);
    const pixels = await loadPixels(layoutsOf(bytes)[1]!, { memory });
    const reader = createReader(countingSource(bytes), { cacheBytes: 0 });
    await reader.run(sectionOf(pixels, "::2, 10:90"));
    const before = liveBytes() - memory.held;
    for (let i = 0; i < 2; i++) {
      const { data } = await reader.run(sectionOf(pixels, "::2, 10:90"));
      expect(data[80]).toBe(image.data[210]);
    }
    expect(memory.held).toBeGreaterThan(2000 * 200);
    expect(liveBytes() - before).toBeLessThan(memory.held + MiB);
  });

  it("take no more memory than they are counted with, read one by one", async () => {
    const bytes = await compressedFile(testImage("int16", [600, 100]), { algorithm: "gzip", tile: [1, 100] });
    const memory = countedBudget(32 * MiB);
    const pixels = await loadPixels(layoutsOf(bytes)[1]!, { memory });
    const reader = createReader(countingSource(bytes), { cacheBytes: 0 });
    await reader.run(sectionOf(pixels, "0, 10:90"));
    const before = liveBytes() - memory.held;
    for (let y = 1; y < 600; y++) await reader.run(sectionOf(pixels, `${y}, 10:90`));
    expect(memory.held).toBeGreaterThan(600 * 200);
    expect(liveBytes() - before).toBeLessThan(memory.held + MiB);
  });

  it("take no more memory than they are counted with, few being used of many that were kept", async () => {
    const bytes = await compressedFile(testImage("int16", [4000, 100]), {
      algorithm: "gzip",
      tile: [1, 100],
    });
    const memory = countedBudget(MiB / 4);
    const pixels = await loadPixels(layoutsOf(bytes)[1]!, { memory });
    const reader = createReader(countingSource(bytes), { cacheBytes: 0 });
    await reader.run(sectionOf(pixels, "0, 10:90"));
    const before = liveBytes() - memory.held;
    for (let y = 0; y < 3900; y += 100) {
      await reader.run(sectionOf(pixels, `${y}:${y + 100}, 10:90`));
      // One of each hundred is used so often that it stays.
      for (let used = 0; used <= y; used += 100) await reader.run(sectionOf(pixels, `${used}, 10:90`));
    }
    expect(memory.most()).toBeLessThanOrEqual(MiB / 4 + 1000);
    expect(liveBytes() - before).toBeLessThan(memory.held + 2 * MiB);
  });

  it("are not missed for the damage of others that are decoded at the same time", async () => {
    const image = testImage("int16", [40, 70]);
    const bytes = await compressedFile(image, { algorithm: "gzip", tile: [10, 70] });
    const layout = layoutsOf(bytes)[1]!;
    const { heapOffset, dataOffset } = tileTable(layout);
    const rows = new DataView(bytes.buffer, dataOffset);
    bytes.fill(0, heapOffset + rows.getInt32(2 * 8 + 4) + 20, heapOffset + rows.getInt32(2 * 8 + 4) + 60);
    const pixels = await loadPixels(layout, { pool: latePool(10) });
    const reader = createReader(countingSource(bytes));
    const read = (selection: string): Promise<string> =>
      reader.run(sectionOf(pixels, selection)).then(
        ({ data }) => (data.every((value, i) => value === image.data[i]) ? "right" : "wrong"),
        (error: Error) => error.message,
      );
    const all = read("...");
    await new Promise((resolve) => setTimeout(resolve, 5));
    const [damaged, intact, other] = await Promise.all([all, read(":20"), read("5:, ::3")]);
    expect(damaged).toMatch(/tile 2 \(GZIP_1/);
    expect(other).toMatch(/tile 2 \(GZIP_1/);
    expect(intact).toBe("right");
    expect(await read(":20")).toBe("right");
  });
});

describe("a result for which there is no memory", () => {
  it("is TOO_LARGE, once", async () => {
    const image = testImage("int32", [1500, 1000]);
    const bytes = await compressedFile(image, { algorithm: "gzip" });
    const pixels = await loadPixels(layoutsOf(bytes)[1]!);
    const Real = ArrayBuffer;
    vi.stubGlobal(
      "ArrayBuffer",
      class extends Real {
        constructor(length: number) {
          if (length === 6_000_000) throw new RangeError("Array buffer allocation failed");
          super(length);
        }
      },
    );
    await expect(readWhole(pixels, bytes)).rejects.toMatchObject({ code: "TOO_LARGE" });
    vi.unstubAllGlobals();
    expect(Buffer.compare(bytesOf((await readWhole(pixels, bytes)).data), bytesOf(image.data))).toBe(0);
  });
});
