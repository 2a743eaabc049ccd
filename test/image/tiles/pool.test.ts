/**
 * Tiles decoded by workers: the same pixels, the same errors; and what happens where workers fail.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf } from "../../../src/array.js";
import { type TilePool, tilePool } from "../../../src/image/tiles/pool.js";
import { tileTable } from "../../../src/image/tiles/table.js";
import type { TileWorker, TileWorkers } from "../../../src/platform/types.js";
import { together } from "../../../src/read/plan.js";
import { createReader } from "../../../src/read/run.js";
import { countingSource, layoutsOf, loadPixels, readWhole, sectionOf } from "./files.js";
import { compressedFile, testImage } from "./make.js";

const root = new URL("../../../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "fitslice-worker-"));
const script = join(folder, "worker.mjs");
const started: Worker[] = [];

function workerOf(path: string): TileWorker {
  const worker = new Worker(path);
  started.push(worker);
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    onMessage: (listen) => worker.on("message", listen),
    onEnd: (listen) => {
      for (const event of ["error", "messageerror", "exit"]) worker.on(event, listen);
    },
    terminate: () => void worker.terminate(),
  };
}

const platform: TileWorkers = { startTileWorker: () => workerOf(script), processors: () => 2 };

/** A pool that takes every job, however small. */
function eager(pool: TilePool): TilePool {
  return { ...pool, wants: () => true };
}

beforeAll(async () => {
  await build({
    entryPoints: [`${root}src/workers/node.ts`],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    alias: { "#gzip": `${root}src/platform/node-gzip.ts` },
    logLevel: "error",
  });
});
afterAll(async () => {
  for (const worker of started) await worker.terminate();
  rmSync(folder, { recursive: true });
});

describe("decoding by workers", () => {
  it.each(["rice", "gzip", "gzip2", "hcompress"] as const)(
    "gives the pixels that decoding in place gives (%s)",
    async (algorithm) => {
      const bytes = await compressedFile(testImage("float32", [200, 300]), { algorithm });
      const layout = layoutsOf(bytes)[1]!;
      const pool = tilePool(platform, 2);
      const pixels = await loadPixels(layout, { pool: eager(pool) });
      const selections = ["...", "10:60, 20:40", "30:90, ::-3", "55"];
      const plans = selections.map((selection) => sectionOf(pixels, selection));
      const arrays = await createReader(countingSource(bytes)).run(together(plans));
      for (const [i, selection] of selections.entries()) {
        const expected = await readWhole(await loadPixels(layout), bytes, selection);
        expect(bytesOf(arrays[i]!.data)).toEqual(bytesOf(expected.data));
      }
      pool.close();
    },
  );

  it.each([
    ["rice", "RICE_1", 0xff],
    ["gzip", "GZIP_1", 0],
    ["gzip2", "GZIP_2", 0],
    ["hcompress", "HCOMPRESS_1", 0xff],
    ["plio", "PLIO_1", 0xff],
  ] as const)("tells what is wrong as decoding in place does (%s)", async (algorithm, name, wrong) => {
    const bytes = await compressedFile(testImage("int16", [60, 70]), { algorithm });
    const layout = layoutsOf(bytes)[1]!;
    const { heapOffset } = tileTable(layout);
    bytes.fill(wrong, heapOffset + 2, heapOffset + 60);
    const pool = tilePool(platform, 1);
    const inPool = await readWhole(await loadPixels(layout, { pool: eager(pool) }), bytes).catch(String);
    const inPlace = await readWhole(await loadPixels(layout), bytes).catch(String);
    expect(inPool).toMatch(new RegExp(`HDU 1 \\(COMPRESSED_IMAGE\\), tile \\d+ \\(${name}`));
    expect(inPool).toBe(inPlace);
    pool.close();
  });

  it.each([
    [
      "cannot be started",
      (): TileWorker => {
        throw new Error("none here");
      },
    ],
    ["die as they start", () => workerOf(join(folder, "missing.mjs"))],
  ])("decodes in place where workers %s", async (_, startTileWorker) => {
    const image = testImage("int16", [60, 70]);
    const bytes = await compressedFile(image);
    const pool = tilePool({ startTileWorker, processors: () => 4 });
    const pixels = await loadPixels(layoutsOf(bytes)[1]!, { pool: eager(pool) });
    expect(bytesOf((await readWhole(pixels, bytes)).data)).toEqual(bytesOf(image.data));
    expect(bytesOf((await readWhole(pixels, bytes, "3:9")).data)).toEqual(
      bytesOf(image.data).subarray(420, 1260),
    );
    expect(pool.wants(1e9)).toBe(false);
  });

  it("takes part itself where it may, and counts as one of the processors", async () => {
    let asked = 0;
    let begun = 0;
    const startTileWorker = (): TileWorker => {
      begun++;
      return workerOf(script);
    };
    const soon = (call: () => void): void => {
      asked++;
      setImmediate(call);
    };
    const image = testImage("int16", [300, 400]);
    const bytes = await compressedFile(image, { tile: [10, 400] });
    const pool = tilePool({ startTileWorker, processors: () => 2, soon }, 2);
    const pixels = await loadPixels(layoutsOf(bytes)[1]!, { pool: eager(pool) });
    expect(bytesOf((await readWhole(pixels, bytes)).data)).toEqual(bytesOf(image.data));
    expect([asked, begun]).toEqual([1, 1]);
    pool.close();
  });

  it("tells what is wrong with a tile that it decoded itself, once", async () => {
    const bytes = await compressedFile(testImage("int16", [60, 70]), { algorithm: "gzip" });
    const layout = layoutsOf(bytes)[1]!;
    bytes.fill(0, tileTable(layout).heapOffset + 20, tileTable(layout).heapOffset + 60);
    const pool = tilePool({ ...platform, soon: setImmediate }, 2);
    const inPool = await readWhole(await loadPixels(layout, { pool: eager(pool) }), bytes).catch(String);
    const inPlace = await readWhole(await loadPixels(layout), bytes).catch(String);
    expect(inPool).toBe(inPlace);
    pool.close();
  });

  it("starts workers for large reads only, and none on one processor", () => {
    const pool = tilePool(platform, 2);
    expect([pool.wants(1000), pool.wants(64 * 1024 * 1024)]).toEqual([false, true]);
    const helped = tilePool({ ...platform, soon: setImmediate }, 2);
    expect([helped.wants(64 * 1024 * 1024), helped.wants(256 * 1024 * 1024)]).toEqual([false, true]);
    expect(tilePool({ ...platform, processors: () => 1 }).wants(1e9)).toBe(false);
  });

  it("rejects what is under way when it is closed", async () => {
    const bytes = await compressedFile(testImage("int16", [60, 70]));
    // Closed when the job has come and its worker starts, which takes more than a microtask.
    const startTileWorker = (): TileWorker => {
      queueMicrotask(() => pool.close());
      return workerOf(script);
    };
    const pool = tilePool({ ...platform, startTileWorker }, 1);
    const reading = readWhole(await loadPixels(layoutsOf(bytes)[1]!, { pool: eager(pool) }), bytes);
    await expect(reading).rejects.toThrow(/closed/);
  });
});
