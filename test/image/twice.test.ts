/**
 * One plan run twice, at once or one after the other: the same pixels, in memory of their own; and plans that are only
 * looked at.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bytesOf, type NdArray } from "../../src/array.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import type { Pixels } from "../../src/image/pixels.js";
import { resolveSection, type Selection } from "../../src/image/section.js";
import { loadTiledPixels } from "../../src/image/tiles/plan.js";
import { type Plan, together } from "../../src/read/plan.js";
import { createReader } from "../../src/read/run.js";
import { budget } from "../../src/read/session.js";
import { fileSource } from "../../src/source/file.js";
import type { ByteSource } from "../../src/source/source.js";
import { at, madeLayout } from "./made.js";
import { countingSource, layoutsOf } from "./tiles/files.js";
import { compressedFile, testImage } from "./tiles/make.js";

const folder = mkdtempSync(join(tmpdir(), "fitslice-twice-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** More than one range that is read in place: 12 MB of 32-bit integers. */
const shape = [1500, 2000];
const plain = new Uint8Array(2880 + 4 * shape[0]! * shape[1]!);
for (let i = 0; i < plain.length; i++) plain[i] = Math.imul(i, 0x9e3779b1) >>> 24;
writeFileSync(join(folder, "plain.bin"), plain);

interface Case {
  readonly name: string;
  readonly source: () => Promise<ByteSource>;
  readonly pixels: () => Promise<Pixels>;
  readonly selection?: Selection;
}

const uncompressed = (cards = {}): Promise<Pixels> =>
  Promise.resolve(contiguousPixels(at(madeLayout(32, shape, cards), 2880), plain.length));
const disk = (): Promise<ByteSource> => fileSource(join(folder, "plain.bin"));
const tiles = {
  rice: await compressedFile(testImage("int16", [400, 600])),
  gzip: await compressedFile(testImage("float32", [400, 600]), { algorithm: "gzip", tile: [64, 50] }),
  hcompress: await compressedFile(testImage("int32", [200, 300]), { algorithm: "hcompress", tile: [50, 60] }),
};
const compressed = (name: keyof typeof tiles): Pick<Case, "source" | "pixels"> => ({
  source: () => Promise.resolve(countingSource(tiles[name])),
  pixels: () => loadTiledPixels(layoutsOf(tiles[name])[1]!, { memory: budget(2 ** 25) }),
});

const cases: Case[] = [
  { name: "on a disk, in place", source: disk, pixels: () => uncompressed() },
  { name: "on a disk, unsigned", source: disk, pixels: () => uncompressed({ BZERO: 2147483648 }) },
  { name: "on a disk, scaled", source: disk, pixels: () => uncompressed({ BSCALE: 0.5, BZERO: 7 }) },
  { name: "on a disk, in steps", source: disk, pixels: () => uncompressed(), selection: "::7, ::-3" },
  { name: "in memory", source: async () => countingSource(plain), pixels: () => uncompressed() },
  { name: "by RICE", ...compressed("rice") },
  { name: "by RICE, a cutout", ...compressed("rice"), selection: "100:200, 30:90" },
  { name: "by GZIP", ...compressed("gzip") },
  { name: "by HCOMPRESS", ...compressed("hcompress"), selection: "10:190, 100:20:-1" },
];

function same(a: NdArray, b: NdArray): boolean {
  return Buffer.compare(bytesOf(a.data), bytesOf(b.data)) === 0;
}

describe.each(cases)("a plan of an image $name", ({ source, pixels, selection }) => {
  const planOf = (of: Pixels): Plan<NdArray> =>
    of.plan(resolveSection(selection, of.shape), { raw: false, keep: true });

  test("gives the same pixels run twice at once, twice in turn, and beside itself", async () => {
    const reader = createReader(await source());
    const expected = await createReader(await source()).run(planOf(await pixels()));
    const plan = planOf(await pixels());
    const arrays = [
      ...(await Promise.all([reader.run(plan), reader.run(plan), reader.run(plan)])),
      await reader.run(plan),
      await reader.run(plan),
      ...(await reader.run(together([plan, plan]))),
    ];
    expect(arrays.map((array) => same(array, expected))).toEqual(arrays.map(() => true));
    // No result shares memory with another, or is written to by a later run.
    expect(new Set(arrays.map(({ data }) => data.buffer)).size).toBe(arrays.length);
    for (const { data } of arrays.slice(1)) bytesOf(data).fill(0x55);
    expect(same(arrays[0]!, expected)).toBe(true);
    expect(same(await reader.run(plan), expected)).toBe(true);
    await reader.close();
  });

  test("leaves the others alone when one of its runs is aborted", async () => {
    const reader = createReader(await source());
    const plan = planOf(await pixels());
    const stop = new AbortController();
    const reason = new Error("enough");
    const aborted = reader.run(plan, { signal: stop.signal });
    const other = reader.run(plan);
    aborted.catch(() => {});
    queueMicrotask(() => stop.abort(reason));
    await expect(aborted).rejects.toBe(reason);
    const expected = await createReader(await source()).run(planOf(await pixels()));
    expect(same(await other, expected)).toBe(true);
    await reader.close();
  });
});

describe("explaining", () => {
  const refuse = (): never => {
    throw new Error("a plan that is only looked at allocates nothing");
  };
  const noBytes = async (): Promise<never> => {
    throw new Error("a plan that is only looked at reads nothing");
  };

  test.each([
    ["in place", 16, [30_000, 40_000], ":", {}],
    ["scaled", 16, [30_000, 40_000], ":", { BSCALE: 2 }],
    ["in steps", -32, [30_000, 20_000], "::2, ::3", {}],
  ] as const)("a local image of 2.4 GB allocates no result (%s)", async (_, bitpix, axes, text, cards) => {
    const dataSize = axes[0] * axes[1] * (Math.abs(bitpix) / 8);
    expect(dataSize).toBe(2.4e9);
    const layout = at(madeLayout(bitpix, axes, cards), 2880);
    const pixels = contiguousPixels(layout, 2880 + dataSize);
    const section = resolveSection(text, axes);
    const plan = pixels.plan(section, { raw: false, keep: true, allocate: refuse });
    for (const speed of [{ latency: 1e-4, throughput: 1e9 }, undefined]) {
      const source = { href: "file:///large.fits", size: 2880 + dataSize, getRange: noBytes };
      const reader = createReader({ ...source, ...(speed && { speed }) });
      const explanation = await reader.explain(plan);
      expect(explanation.usedBytes).toBeGreaterThan(2 ** 28);
      expect(explanation.label).toBe("section of HDU 0 (PRIMARY)");
    }
  });

  test("a compressed image allocates no result, whatever is held of it", async () => {
    const bytes = tiles.gzip;
    const pixels = await loadTiledPixels(layoutsOf(bytes)[1]!, { memory: budget(2 ** 25) });
    const reader = createReader(countingSource(bytes));
    const section = resolveSection("100:103, 5:9", pixels.shape);
    const plan = pixels.plan(section, { raw: false, keep: true, allocate: refuse });
    const labels: string[] = [];
    const explain = async (): Promise<void> => {
      const before = (reader.source as ReturnType<typeof countingSource>).asked.length;
      const { label, requests } = await reader.explain(plan);
      labels.push(`${label}: ${requests.length}`);
      expect((reader.source as ReturnType<typeof countingSource>).asked.length).toBe(before);
    };
    await explain();
    await reader.run(pixels.plan(resolveSection("0", pixels.shape), { raw: false, keep: false }));
    await explain();
    await reader.run(pixels.plan(section, { raw: false, keep: true }));
    await explain();
    expect(labels).toEqual([
      "tile descriptors of HDU 1 (COMPRESSED_IMAGE): 1",
      "tiles of HDU 1 (COMPRESSED_IMAGE): 1",
      "tiles of HDU 1 (COMPRESSED_IMAGE): 0",
    ]);
    await expect(reader.run(plan)).rejects.toThrow("allocates nothing");
  });
});
