/**
 * Tiles that several sections of one wave want: read and decoded once.
 */
import { expect, it } from "vitest";
import type { TilePool } from "../../../src/image/tiles/pool.js";
import { pixelsAt, tileAt } from "../../../src/image/tiles/tasks.js";
import { doJob } from "../../../src/image/tiles/worker.js";
import { together } from "../../../src/read/plan.js";
import { createReader } from "../../../src/read/run.js";
import { countingSource, layoutsOf, loadPixels, sectionOf } from "./files.js";
import { compressedFile, testImage } from "./make.js";

/** A pool that decodes here at once, and notes how many pixels of which tiles. */
function notingPool(): TilePool & { readonly decoded: [tile: number, pixels: number][] } {
  const decoded: [number, number][] = [];
  return {
    decoded,
    wants: () => true,
    async decode(job) {
      for (let i = 0; i < job.tasks.count; i++) decoded.push([tileAt(job.tasks, i), pixelsAt(job.tasks, i)]);
      return doJob(job);
    },
    recycle() {},
    close() {},
  };
}

const image = testImage("int16", [64, 4000]);

it("are decoded once, as far as the section needs that needs most", async () => {
  const bytes = await compressedFile(image, { tile: [1, 4000] });
  const pool = notingPool();
  const pixels = await loadPixels(layoutsOf(bytes)[1]!, { pool });
  const source = countingSource(bytes);
  const starts = [100, 900, 3000, 1500];
  const plans = starts.map((x) => sectionOf(pixels, `10:14, ${x}:${x + 40}`));
  const found = await createReader(source, { cacheBytes: 0 }).run(together(plans));
  expect(pool.decoded).toEqual([10, 11, 12, 13].map((tile) => [tile, 3040]));
  for (const [i, { data }] of found.entries()) expect(data[41]).toBe(image.data[11 * 4000 + starts[i]! + 1]);
  expect(source.moved()).toBeLessThanOrEqual(bytes.length);
});

it("are decoded as far as needed where only one section wants them, also after a wave that wanted more", async () => {
  const bytes = await compressedFile(image, { tile: [1, 4000] });
  const pool = notingPool();
  const pixels = await loadPixels(layoutsOf(bytes)[1]!, { pool });
  const reader = createReader(countingSource(bytes));
  await reader.run(sectionOf(pixels, "5, 0:40"));
  await reader.run(together([sectionOf(pixels, "5, 0:900"), sectionOf(pixels, "6, 0:90")]));
  expect(pool.decoded).toEqual([
    [5, 40],
    [5, 900],
    [6, 90],
  ]);
});

it("are right where a plan was looked at and never run", async () => {
  const bytes = await compressedFile(image, { tile: [1, 4000] });
  const pixels = await loadPixels(layoutsOf(bytes)[1]!);
  const reader = createReader(countingSource(bytes));
  await reader.run(sectionOf(pixels, "0, 0:1"));
  const course = sectionOf(pixels, "7, 0:2000")();
  course.next();
  const { data } = await reader.run(sectionOf(pixels, "7, 5:9"));
  expect([...data]).toEqual([...image.data.subarray(7 * 4000 + 5, 7 * 4000 + 9)]);
});
