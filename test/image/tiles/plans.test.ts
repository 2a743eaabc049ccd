/**
 * What is read of a compressed image, in how many steps; and that any section is the one of the whole image.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Arrays,
  bytesOf,
  bytesPerElement,
  type DType,
  elementCount,
  viewAs,
} from "../../../src/array.js";
import { resolveSection } from "../../../src/image/section.js";
import { tileTable } from "../../../src/image/tiles/table.js";
import { type Plan, type Step, together } from "../../../src/read/plan.js";
import { createReader } from "../../../src/read/run.js";
import { countingSource, layoutsOf, loadPixels, readWhole, sectionOf } from "./files.js";
import { compressedFile, testImage } from "./make.js";

/** The ranges of each step of a plan, in order. */
async function stepsOf<T>(
  plan: Plan<T>,
  bytes: Uint8Array,
): Promise<{ steps: [number, number][][]; value: T }> {
  const steps: [number, number][][] = [];
  const course = plan();
  let round = course.next();
  for (; !round.done; round = course.next()) {
    const { ranges, take } = round.value;
    steps.push(ranges.map(({ offset, length }) => [offset, length]));
    await Promise.all(
      ranges.map(({ offset, length }, i) => take(i, bytes.subarray(offset, offset + length))),
    );
  }
  return { steps, value: round.value };
}

/** Naive: every pixel of the section by itself. */
function picked(data: Arrays[DType], shape: readonly number[], selection: string): unknown[] {
  const { start, count, step } = resolveSection(selection, shape);
  const out: unknown[] = [];
  const walk = (axis: number, at: number): void => {
    if (axis === shape.length) {
      out.push(data[at]);
      return;
    }
    for (let i = 0; i < count[axis]!; i++) walk(axis + 1, at * shape[axis]! + start[axis]! + i * step[axis]!);
  };
  walk(0, 0);
  return out;
}

describe("the plan of a section", () => {
  it("reads the descriptors, then exactly the bytes of its tiles", async () => {
    const bytes = await compressedFile(testImage("int16", [400, 900]));
    const layout = layoutsOf(bytes)[1]!;
    const { dataOffset, heapOffset } = tileTable(layout);
    const rows = new DataView(bytes.buffer, dataOffset);
    const cell = (tile: number): [number, number] => [
      heapOffset + rows.getInt32(tile * 8 + 4),
      rows.getInt32(tile * 8),
    ];
    const pixels = await loadPixels(layout);
    const { steps } = await stepsOf(sectionOf(pixels, "100:103, 5:9"), bytes);
    const length = [100, 101, 102].reduce((n, tile) => n + cell(tile)[1], 0);
    expect(steps).toEqual([[[dataOffset, 3200]], [[cell(100)[0], length]]]);
    // Rows by RICE are kept when they come for the second time.
    const second = await stepsOf(sectionOf(pixels, "100:103, 5:9"), bytes);
    expect(second.steps).toEqual([[[cell(100)[0], length]]]);
    const again = await stepsOf(sectionOf(pixels, "101:104, 2:9"), bytes);
    expect(again.steps).toEqual([[cell(103)]]);
    await stepsOf(sectionOf(pixels, "103, 2:9"), bytes);
    const held = await stepsOf(sectionOf(pixels, "100:104, 1:9:2"), bytes);
    // The result is made behind a step that reads nothing, so that a plan that is only looked at makes none.
    expect(held.steps).toEqual([[]]);
  });

  it("reads only the rows of its tiles from a long table", async () => {
    const bytes = await compressedFile(testImage("uint8", [300, 300]), { tile: [2, 2] });
    const layout = layoutsOf(bytes)[1]!;
    const { dataOffset } = tileTable(layout);
    const { steps } = await stepsOf(sectionOf(await loadPixels(layout), "100:104, 20:24"), bytes);
    expect(steps[0]).toEqual([[dataOffset + (50 * 150 + 10) * 8, (150 + 2) * 8]]);
    expect(steps).toHaveLength(2);
    const far = await stepsOf(sectionOf(await loadPixels(layout), "::150, ::150"), bytes);
    expect(far.steps[0]!.map(([, length]) => length)).toEqual([76 * 8, 76 * 8]);
  });

  it("takes one round trip for an image of a few blocks: its tiles are guessed", async () => {
    const bytes = await compressedFile(testImage("int16", [50, 60]));
    const source = countingSource(bytes);
    const pixels = await loadPixels(layoutsOf(bytes)[1]!);
    const reader = createReader(source);
    const plan = sectionOf(pixels, "3:5");
    await reader.run(plan);
    expect(source.asked).toHaveLength(2);
    expect(source.asked[0]!.length + source.asked[1]!.length).toBeLessThanOrEqual(bytes.length);
  });

  it("guesses the heap range of tiles next to those it knows", async () => {
    const bytes = await compressedFile(testImage("uint8", [600, 600]), { tile: [3, 3] });
    const layout = layoutsOf(bytes)[1]!;
    const pixels = await loadPixels(layout);
    await createReader(countingSource(bytes)).run(sectionOf(pixels, "300:306, 0:90"));
    // Another reader, whose cache is empty: only what the image itself has learnt helps.
    const source = countingSource(bytes);
    const plan = sectionOf(pixels, "303:306, 90:240");
    expect((plan().next().value as Step).ahead).toHaveLength(1);
    await createReader(source).run(plan);
    const table = tileTable(layout);
    // The descriptors and the guess, in one wave; nothing was left to read.
    expect(source.asked).toHaveLength(2);
    expect(source.moved()).toBeLessThan(50 * table.rowBytes + 2000);
  });

  it("cuts long sections at the same tiles, wherever they begin", async () => {
    const bytes = await compressedFile(testImage("int32", [3000, 900]));
    const layout = layoutsOf(bytes)[1]!;
    const ends = async (selection: string): Promise<number[]> => {
      const { steps } = await stepsOf(sectionOf(await loadPixels(layout), selection), bytes);
      return steps
        .at(-1)!
        .slice(0, -1)
        .map(([offset, length]) => offset + length);
    };
    const all = await ends(":, :");
    expect(all.length).toBeGreaterThan(3);
    const inner = await ends("123:2900, :");
    expect(all).toEqual(expect.arrayContaining(inner));
    expect(inner.length).toBeGreaterThan(2);
  });

  it("reads and decodes tiles that several sections share once", async () => {
    const bytes = await compressedFile(testImage("int16", [500, 1000]));
    const layout = layoutsOf(bytes)[1]!;
    const source = countingSource(bytes);
    const pixels = await loadPixels(layout);
    await createReader(countingSource(bytes)).run(sectionOf(pixels, "0:1"));
    const plans = [0, 1, 2, 3].map((i) => sectionOf(pixels, `200:240, ${i * 100}:${i * 100 + 40}`));
    const arrays = await createReader(source, { optimize: "bytes" }).run(together(plans));
    const { dataOffset } = tileTable(layout);
    const rows = new DataView(bytes.buffer, dataOffset);
    let needed = 0;
    for (let tile = 200; tile < 240; tile++) needed += rows.getInt32(tile * 8);
    expect(source.moved()).toBe(needed);
    expect(arrays.map(({ shape }) => shape)).toEqual(new Array(4).fill([40, 40]));
  });

  it.each(["uint8", "int16", "int32", "float32"] as const)(
    "is naive indexing of the whole image (%s)",
    async (dtype) => {
      const part = fc.oneof(
        fc
          .tuple(
            fc.integer({ min: -20, max: 20 }),
            fc.integer({ min: -20, max: 20 }),
            fc.constantFrom(1, 2, 3, 7, -1, -2, -9),
          )
          .map((s) => s.join(":")),
        fc.integer({ min: 0, max: 0 }).map(String),
        fc.constant(":"),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 }),
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 }),
          fc.array(part, { minLength: 4, maxLength: 4 }),
          async (shape, tile, parts) => {
            const bytes = await compressedFile(testImage(dtype, shape), {
              tile: tile.slice(0, shape.length),
              quantize: -0.25,
            });
            const layout = layoutsOf(bytes)[1]!;
            const whole = await readWhole(await loadPixels(layout), bytes);
            const selection = parts.slice(0, shape.length).join(",");
            const got = await readWhole(await loadPixels(layout), bytes, selection);
            expect(Array.from(got.data as ArrayLike<number>)).toEqual(picked(whole.data, shape, selection));
            const held = await loadPixels(layout);
            await readWhole(held, bytes, "...,0:2");
            expect(bytesOf((await readWhole(held, bytes, selection)).data)).toEqual(bytesOf(got.data));
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it("uses the memory of whoever streams, and keeps nothing then", async () => {
    const image = testImage("int16", [64, 64]);
    const bytes = await compressedFile(image);
    const pixels = await loadPixels(layoutsOf(bytes)[1]!);
    const memory = new ArrayBuffer(64 * 64 * 2 + 100);
    const plan = pixels.plan(resolveSection("...", [64, 64]), {
      raw: true,
      keep: false,
      allocate: (dtype, length) => viewAs(new Uint8Array(memory, 0, length * bytesPerElement(dtype)), dtype),
    });
    const array = await createReader(countingSource(bytes)).run(plan);
    expect(array.data.buffer).toBe(memory);
    expect(elementCount(array.shape)).toBe(array.data.length);
    expect(bytesOf(array.data)).toEqual(bytesOf(image.data));
  });
});
