/**
 * RICE and PLIO by WebAssembly: the same pixels as by JavaScript, or no pixels.
 */
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wasmSourceDigest } from "../../../scripts/wasm-source.mjs";
import { allocate, bytesOf, type DType, elementCount } from "../../../src/array.js";
import { sourceDigest as gzipDigest } from "../../../src/codec/gzip-wasm-code.js";
import { decodePlio } from "../../../src/codec/plio.js";
import { encodePlio } from "../../../src/codec/plio-encode.js";
import { sourceDigest as plioDigest } from "../../../src/codec/plio-wasm-code.js";
import { decodeRice } from "../../../src/codec/rice.js";
import { encodeRice } from "../../../src/codec/rice-encode.js";
import { sourceDigest as riceDigest } from "../../../src/codec/rice-wasm-code.js";
import { loadModule } from "../../../src/codec/wasm.js";
import { decodeTile } from "../../../src/image/tiles/decode.js";
import { suitsKernel, type TileKernel, tileKernel } from "../../../src/image/tiles/kernel.js";
import type { TileCoding, TileTask } from "../../../src/image/tiles/tasks.js";
import { eachOf, packTasks } from "./pack-tasks.js";
import { quantizedTile } from "./quantized-tile.js";

const modules = { RICE_1: (await loadModule("RICE_1"))!, PLIO_1: (await loadModule("PLIO_1"))! };
const types = { 1: "uint8", 2: "int16", 4: "int32" } as const;

function codingOf(dtype: DType, more: Partial<TileCoding> = {}): TileCoding {
  const plain = { smooth: false, offset: 0, quantized: false, dither: 0, seed: 1 } as const;
  return { algorithm: "RICE_1", dtype, bytePix: 4, blockSize: 32, ...plain, ...more };
}

/** Tasks for streams one behind the other, and their bytes. */
function tasksOf(streams: readonly { stream: Uint8Array; pixels: number; more?: Partial<TileTask> }[]): {
  tasks: TileTask[];
  bytes: Uint8Array;
} {
  const bytes = new Uint8Array(streams.reduce((n, { stream }) => n + stream.length, 3));
  let start = 3;
  const tasks = streams.map(({ stream, pixels, more }, tile) => {
    bytes.set(stream, start);
    start += stream.length;
    const place = { start: start - stream.length, length: stream.length };
    return {
      tile,
      column: "COMPRESSED_DATA",
      ...place,
      shape: [pixels],
      pixels,
      scale: 1,
      zero: 0,
      ...more,
    } as const;
  });
  return { tasks, bytes };
}

function kernelOf(coding: TileCoding): TileKernel {
  return tileKernel(modules[coding.algorithm as keyof typeof modules], coding);
}

/** What the kernel makes of the tasks: the pixels of those that it decoded before the first that it did not. */
function byKernel(coding: TileCoding, tasks: readonly TileTask[], bytes: Uint8Array): Uint8Array[] {
  const got: Uint8Array[] = [];
  const end = kernelOf(coding).decode(
    packTasks(tasks),
    0,
    bytes,
    eachOf(tasks, (i, data, start) => {
      expect(i).toBe(got.length);
      got.push(bytesOf(data, start, elementCount(tasks[i]!.shape)).slice());
    }),
  );
  expect(got.length).toBe(end);
  return got;
}

function byJavaScript(coding: TileCoding, task: TileTask, bytes: Uint8Array): Uint8Array | undefined {
  try {
    const decode = coding.algorithm === "PLIO_1" ? decodePlio : decodeRice;
    return bytesOf(decodeTile(coding, task, bytes, decode));
  } catch {
    return undefined;
  }
}

/** Both as text: vitest takes its time over long arrays. */
function expectSame(got: readonly Uint8Array[], expected: readonly (Uint8Array | undefined)[]): void {
  const text = (bytes: Uint8Array | undefined): string | undefined =>
    bytes && Buffer.from(bytes).toString("latin1");
  expect(got.length).toBe(expected.length);
  for (const [i, bytes] of got.entries()) expect(text(bytes) === text(expected[i])).toBe(true);
}

/** Pixels as they come: noise of any size, steps, constant stretches. */
const pixelsOf = (bits: number): fc.Arbitrary<number[]> => {
  const piece = fc.oneof(
    fc.array(fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }), { maxLength: 70 }),
    fc
      .tuple(fc.integer({ min: 0, max: bits - 2 }), fc.array(fc.nat(), { maxLength: 120 }))
      .map(([size, values]) => values.map((value) => value % 2 ** size)),
    fc
      .tuple(fc.integer({ min: 0, max: 100 }), fc.nat({ max: 90 }))
      .map(([v, n]) => new Array<number>(n).fill(v)),
  );
  return fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => [1, ...pieces.flat()]);
};

const width = fc.constantFrom<1 | 2 | 4>(1, 2, 4);
const blockSize = fc.constantFrom(1, 3, 16, 32, 100);
const images = fc.tuple(width, blockSize).chain(([bytePix, block]) =>
  fc.record({
    bytePix: fc.constant(bytePix),
    block: fc.constant(block),
    tiles: fc.array(pixelsOf(8 * bytePix), { minLength: 1, maxLength: 5 }),
  }),
);

function encoded(bytePix: 1 | 2 | 4, block: number, values: readonly number[]): Uint8Array {
  const data = allocate(types[bytePix], values.length);
  data.set(values);
  return encodeRice(data, { shape: [values.length], blockSize: block });
}

describe("the kernel", () => {
  it("decodes integers as JavaScript does, many tiles at once", () => {
    fc.assert(
      fc.property(images, ({ bytePix, block, tiles }) => {
        const coding = codingOf(types[bytePix], { bytePix, blockSize: block });
        expect(suitsKernel(coding)).toBe(true);
        const { tasks, bytes } = tasksOf(
          tiles.map((values) => ({ stream: encoded(bytePix, block, values), pixels: values.length })),
        );
        const expected = tasks.map((task) => byJavaScript(coding, task, bytes));
        expectSame(byKernel(coding, tasks, bytes), expected);
      }),
      { numRuns: 300 },
    );
  });

  it("makes floats of integers as JavaScript does, to the last bit", () => {
    const image = fc.record({
      dtype: fc.constantFrom("float32" as const, "float64" as const),
      dither: fc.constantFrom(0 as const, 1 as const, 2 as const),
      seed: fc.integer({ min: 1, max: 10_000 }),
      tiles: fc.array(quantizedTile, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(image, ({ dtype, dither, seed, tiles }) => {
        const coding = codingOf(dtype, { quantized: true, dither, seed });
        const { tasks, bytes } = tasksOf(
          tiles.map(({ levels, ...more }) => ({
            stream: encoded(4, 32, levels),
            pixels: levels.length,
            more,
          })),
        );
        const expected = tasks.map((task) => byJavaScript(coding, task, bytes));
        expectSame(byKernel(coding, tasks, bytes), expected);
      }),
      { numRuns: 300 },
    );
  });

  it("makes floats of narrow integers", () => {
    for (const bytePix of [1, 2] as const) {
      const coding = codingOf("float32", { bytePix, quantized: true, dither: 1 });
      const values = [200, 3, 255, 0, 17, 90];
      const { tasks, bytes } = tasksOf([{ stream: encoded(bytePix, 32, values), pixels: 6 }]);
      expectSame(byKernel(coding, tasks, bytes), [byJavaScript(coding, tasks[0]!, bytes)]);
    }
  });

  it("says nothing of damaged streams that JavaScript does not say", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(images, damage, fc.nat({ max: 30 }), ({ bytePix, block, tiles }, flips, cut) => {
        const coding = codingOf(types[bytePix], { bytePix, blockSize: block });
        const { tasks, bytes } = tasksOf(
          tiles.map((values) => {
            const stream = encoded(bytePix, block, values);
            for (const [at, value] of flips) stream[at % stream.length] = value;
            return { stream: stream.subarray(0, Math.max(0, stream.length - cut)), pixels: values.length };
          }),
        );
        const got = byKernel(coding, tasks, bytes);
        const expected = tasks.slice(0, got.length).map((task) => byJavaScript(coding, task, bytes));
        expectSame(got, expected);
      }),
      { numRuns: 500 },
    );
  });

  it("goes on behind a tile that it leaves to JavaScript", () => {
    const stream = encoded(2, 32, [5, 6, 7]);
    const { tasks, bytes } = tasksOf([
      { stream, pixels: 3 },
      { stream, pixels: 3, more: { column: "UNCOMPRESSED_DATA" } },
      { stream: stream.subarray(0, 1), pixels: 3 },
      { stream, pixels: 3 },
    ]);
    const kernel = kernelOf(codingOf("int16", { bytePix: 2 }));
    const taken: number[] = [];
    const take = eachOf(tasks, (i, data, start) => {
      expect([...data.subarray(start, start + 3)]).toEqual([5, 6, 7]);
      taken.push(i);
    });
    expect([0, 1, 2, 3].map((first) => kernel.decode(packTasks(tasks), first, bytes, take))).toEqual([
      1, 1, 2, 4,
    ]);
    expect(taken).toEqual([0, 3]);
  });

  it("is for RICE whose integers are those of the image", () => {
    expect(suitsKernel(codingOf("int16", { bytePix: 2 }))).toBe(true);
    expect(suitsKernel(codingOf("int16", { bytePix: 4 }))).toBe(false);
    expect(suitsKernel(codingOf("float32", { quantized: true }))).toBe(true);
    expect(suitsKernel(codingOf("int32", { algorithm: "HCOMPRESS_1" }))).toBe(false);
    expect(suitsKernel(codingOf("int32", { blockSize: 0 }))).toBe(false);
    expect(suitsKernel(codingOf("int64", { bytePix: 8 }))).toBe(false);
  });

  it("decodes line lists as JavaScript does, damaged ones included", () => {
    const run = fc
      .tuple(fc.constantFrom(0, 0, 1, 2, 300, 5000, 40_000, 2 ** 23), fc.integer({ min: 1, max: 6000 }))
      .map(([value, length]) => new Array<number>(length).fill(value));
    const noise = fc.array(fc.nat({ max: 5000 }), { maxLength: 40 });
    const tile = fc
      .array(fc.oneof(run, noise), { minLength: 1, maxLength: 4 })
      .map((parts) => [0, ...parts.flat()]);
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 2 });
    const dtype = fc.constantFrom("int16" as const, "int32" as const);
    fc.assert(
      fc.property(fc.array(tile, { minLength: 1, maxLength: 4 }), damage, dtype, (tiles, flips, dtype) => {
        const coding = codingOf(dtype, { algorithm: "PLIO_1" });
        expect(suitsKernel(coding)).toBe(true);
        const { tasks, bytes } = tasksOf(
          tiles.map((values) => {
            const stream = encodePlio(Int32Array.from(values));
            for (const [at, value] of flips) stream[at % stream.length] = value;
            return { stream, pixels: values.length };
          }),
        );
        const got = byKernel(coding, tasks, bytes);
        if (flips.length === 0) expect(got.length).toBe(tiles.length);
        const expected = tasks.slice(0, got.length).map((task) => byJavaScript(coding, task, bytes));
        expectSame(got, expected);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["rice", riceDigest],
    ["plio", plioDigest],
    ["gzip", gzipDigest],
  ])("was compiled from wasm/%s.ts as it is: node scripts/build-wasm.mjs", (name, digest) => {
    const source = fileURLToPath(new URL(`../../../wasm/${name}.ts`, import.meta.url));
    expect(wasmSourceDigest(source)).toBe(digest);
  });
});
