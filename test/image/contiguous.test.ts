import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, bytesPerElement, viewAs } from "../../src/array.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import { resolveSection, type Selection } from "../../src/image/section.js";
import type { Plan, Step } from "../../src/read/plan.js";
import {
  at,
  failure,
  firstStep,
  madeLayout,
  type NaiveAxis,
  naiveElements,
  naiveValue,
  rangesOf,
  runOn,
  valuesOf,
} from "./made.js";

const bitpixes = [8, 16, 32, 64, -32, -64];
const options = { raw: true, keep: true };

/** A shape of up to 5 axes, with a selection of it. */
const selected: fc.Arbitrary<{ shape: number[]; selection: NaiveAxis[] }> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.boolean(), fc.nat(), sliceOf()), {
    minLength: 1,
    maxLength: 5,
  })
  .map((axes) => ({
    shape: axes.map(([length]) => length),
    selection: axes.map(([length, single, index, slice]) =>
      single && length > 0 ? { index: index % length } : { slice },
    ),
  }));

function sliceOf(): fc.Arbitrary<[number | null, number | null, number | null]> {
  const bound = fc.option(fc.integer({ min: -9, max: 9 }), { nil: null });
  const step = fc.option(
    fc.integer({ min: -3, max: 4 }).filter((n) => n !== 0),
    { nil: null },
  );
  return fc.tuple(bound, bound, step);
}

function selectionOf(axes: readonly NaiveAxis[]): Selection {
  return axes.map((axis) => ("index" in axis ? axis.index : axis.slice));
}

function planOf(
  bitpix: number,
  shape: number[],
  selection: Selection,
  dataOffset = 0,
  fileSize?: number,
): Plan<unknown> {
  const layout = at(madeLayout(bitpix, shape), dataOffset, "SCI");
  return contiguousPixels(layout, fileSize).plan(resolveSection(selection, shape), options);
}

describe("a section", () => {
  test("holds the stored bits of the pixels selected, whatever shape, type and selection", async () => {
    await fc.assert(
      fc.asyncProperty(
        selected,
        fc.constantFrom(...bitpixes),
        fc.nat(40),
        fc.boolean(),
        async ({ shape, selection }, bitpix, offset, useInto) => {
          const pixels = contiguousPixels(at(madeLayout(bitpix, shape), offset));
          const size = bytesPerElement(pixels.rawDtype);
          const count = shape.reduce((n, length) => n * length, 1);
          const file = Uint8Array.from(
            { length: offset + count * size },
            (_, i) => (i * 7919 + (i >> 3)) % 256,
          );
          const section = resolveSection(selectionOf(selection), shape);
          const result = await runOn(pixels.plan(section, options), file, useInto);
          const expected = naiveElements(shape, selection).flatMap((element) => [
            ...file.slice(offset + element * size, offset + (element + 1) * size).reverse(),
          ]);
          expect(result.shape).toEqual([...section.shape]);
          expect(bytesOf(result.data).length).toBe(expected.length);
          expect([...bytesOf(result.data)]).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("holds BSCALE * stored + BZERO, NaN for BLANK, or integers by the unsigned convention", async () => {
    const scalings = fc.constantFrom<[number | bigint, number | bigint, number | undefined]>(
      [1, 0, undefined],
      [1, -128, undefined],
      [1, 32768, undefined],
      [1, 2147483648, undefined],
      [1, 9223372036854775808n, undefined],
      [0.1, 0.3, undefined],
      [-2, 0, 0],
      [1, 0, 0],
      [1, 32768, 257],
      [1, 0, 1 << 20],
    );
    await fc.assert(
      fc.asyncProperty(
        selected,
        fc.constantFrom(...bitpixes),
        scalings,
        async ({ shape, selection }, bitpix, [bscale, bzero, blank]) => {
          const cards = { BSCALE: bscale, BZERO: bzero, ...(blank !== undefined && { BLANK: blank }) };
          const pixels = contiguousPixels(at(madeLayout(bitpix, shape, cards), 3));
          const { rawDtype } = pixels;
          const size = bytesPerElement(rawDtype);
          const count = shape.reduce((n, length) => n * length, 1);
          // Sparse bytes, so that blank values occur.
          const file = Uint8Array.from({ length: 3 + count * size }, (_, i) =>
            (i * 31) % 7 === 0 ? (i * 7919) % 256 : +(i % 5 === 0),
          );
          const section = resolveSection(selectionOf(selection), shape);
          const result = await runOn(pixels.plan(section, { raw: false, keep: true }), file);
          const isFloat = rawDtype.startsWith("float");
          const bits = size * 8;
          const unsigned =
            !isFloat &&
            bscale === 1 &&
            blank === undefined &&
            Number(bzero) === (bits === 8 ? -128 : 2 ** (bits - 1));
          const plain = bscale === 1 && bzero === 0 && (isFloat || blank === undefined);
          const expected = naiveElements(shape, selection).map((element) => {
            const stored = naiveValue(file, 3 + element * size, rawDtype);
            if (plain) return stored;
            if (unsigned) return typeof stored === "bigint" ? stored + 2n ** 63n : stored + Number(bzero);
            if (!isFloat && blank !== undefined && Number(stored) === blank) return Number.NaN;
            return Number(stored) * Number(bscale) + Number(bzero);
          });
          expect(valuesOf(result)).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("of a large image is gathered the same in pieces, in place or not", async () => {
    const shape = [1100, 1300];
    const file = new Uint8Array(1100 * 1300 * 4);
    for (let i = 0; i < file.length; i++) file[i] = (i * 7919) >> 5;
    const pixels = contiguousPixels(at(madeLayout(32, shape, { BSCALE: 2 }), 0));
    for (const text of [
      ":",
      "::-1",
      ":, ::-1",
      "::2, ::3",
      "5:1000, 100:1290",
      "3, :",
      ":, 3",
      "::-7, -4::-5",
    ]) {
      const section = resolveSection(text, shape);
      const view = new DataView(file.buffer);
      const expected: number[] = [];
      for (let y = 0; y < section.count[0]!; y++) {
        for (let x = 0; x < section.count[1]!; x++) {
          const row = section.start[0]! + y * section.step[0]!;
          expected.push(view.getInt32(4 * (row * 1300 + section.start[1]! + x * section.step[1]!)));
        }
      }
      const raw = await runOn(pixels.plan(section, options), file);
      const borrowed = await runOn(pixels.plan(section, options), file, false);
      const physical = await runOn(pixels.plan(section, { ...options, raw: false }), file);
      expect(Buffer.compare(bytesOf(raw.data), bytesOf(Int32Array.from(expected)))).toBe(0);
      expect(Buffer.compare(bytesOf(borrowed.data), bytesOf(raw.data))).toBe(0);
      expect(Buffer.compare(bytesOf(physical.data), bytesOf(Float64Array.from(expected, (n) => 2 * n)))).toBe(
        0,
      );
    }
  });
});

describe("the ranges", () => {
  test("of the Hubble cutout are its rows", () => {
    const ranges = rangesOf(planOf(-32, [4421, 4223], "1600:1950, 2000:2250", 77760));
    expect(ranges).toHaveLength(350);
    expect(ranges[0]).toEqual({ offset: 77760 + 4 * (1600 * 4223 + 2000), length: 1000 });
    expect(ranges[349]).toEqual({ offset: 77760 + 4 * (1949 * 4223 + 2000), length: 1000 });
  });

  test("of the whole Hubble image are touching runs of 4 MiB, to be read in place", () => {
    const plan = planOf(-32, [4421, 4223], ":", 77760);
    const ranges = rangesOf(plan);
    expect(ranges).toHaveLength(18);
    expect(ranges.slice(0, 2)).toEqual([
      { offset: 77760, length: 4194304 },
      { offset: 77760 + 4194304, length: 4194304 },
    ]);
    expect(ranges.at(-1)).toEqual({ offset: 77760 + 17 * 4194304, length: 4421 * 4223 * 4 - 17 * 4194304 });
    const step = firstStep(plan)!;
    const memory = step.ranges.map((_, i) => step.into!(i)!);
    expect(memory.map((bytes) => bytes.length)).toEqual(ranges.map(({ length }) => length));
    expect(new Set(memory.map((bytes) => bytes.buffer)).size).toBe(1);
  });

  test("of whole rows are one", () => {
    expect(rangesOf(planOf(-32, [4421, 4223], "100:110", 77760))).toEqual([
      { offset: 77760 + 4 * 4223 * 100, length: 4 * 4223 * 10 },
    ]);
  });

  test("of rows less than 4 KiB apart are one", () => {
    expect(rangesOf(planOf(-32, [100, 1124], ":, 0:100"))).toEqual([
      { offset: 0, length: 4 * (99 * 1124 + 100) },
    ]);
    expect(rangesOf(planOf(-32, [100, 1125], ":, 0:100"))).toHaveLength(100);
  });

  const cube = [2078, 2136, 1282, 2];
  const start = 28800;
  const place = (a: number, b: number, c: number, d: number): number =>
    start + 4 * (((a * 2136 + b) * 1282 + c) * 2 + d);

  test("of TESS cube cuts follow the file", () => {
    const one = rangesOf(planOf(-32, cube, "7, 100:200, 50:150, 0", start));
    expect(one).toHaveLength(100);
    expect(one[1]).toEqual({ offset: place(7, 101, 50, 0), length: 99 * 8 + 4 });
    const column = rangesOf(planOf(-32, cube, "100:200, 50:150, 9, 1", start));
    expect(column).toHaveLength(10000);
    expect(column[101]).toEqual({ offset: place(101, 51, 9, 1), length: 4 });
    const across = rangesOf(planOf(-32, cube, "100:200, 9, 50:150, 0", start));
    expect(across).toHaveLength(100);
    expect(across[99]).toEqual({ offset: place(199, 9, 50, 0), length: 99 * 8 + 4 });
    const cadences = rangesOf(planOf(-32, cube, "100:110, 50:60, :, :", start));
    expect(cadences).toHaveLength(10);
    expect(cadences[3]).toEqual({ offset: place(103, 50, 0, 0), length: 10 * 1282 * 8 });
  });

  test("of millions of scattered pixels come in steps of bounded size", () => {
    const course = planOf(-32, cube, ":, :, 0, 0", start)();
    let count = 0;
    for (let steps = 0; steps < 3; steps++) {
      const { ranges } = course.next().value as Step;
      expect(ranges.length).toBe(32768);
      const { offset, length } = ranges[0]!;
      expect([offset, length]).toEqual([place(Math.floor(count / 2136), count % 2136, 0, 0), 4]);
      count += ranges.length;
    }
  });

  test("of nothing are none", async () => {
    for (const [shape, text] of [
      [[10, 10], "5:5"],
      [[10, 0, 10], ":"],
      [[0, 777777701], ":"],
    ] as const) {
      const plan = planOf(16, [...shape], text);
      expect(firstStep(plan)).toBeUndefined();
      expect(await runOn(plan, new Uint8Array(0))).toMatchObject({
        shape: resolveSection(text, shape).shape,
      });
    }
  });

  test("offer memory only where reading in place pays", () => {
    const plan = planOf(-32, [1000, 20000], "0:2, 0:10000");
    expect(rangesOf(plan)).toHaveLength(2);
    expect(firstStep(plan)!.into).toBeUndefined();
  });

  test("of a stream's band lie in the memory that it gives", async () => {
    const memory = new ArrayBuffer(4096);
    const pixels = contiguousPixels(at(madeLayout(16, [10, 10]), 0));
    const plan = pixels.plan(resolveSection("2:4", [10, 10]), {
      ...options,
      keep: false,
      allocate: (dtype, length) => viewAs(new Uint8Array(memory, 0, length * bytesPerElement(dtype)), dtype),
    });
    expect(firstStep(plan)!.keep).toBe(false);
    const band = await runOn(plan, new Uint8Array(200).fill(1));
    expect(band.data.buffer).toBe(memory);
    expect(band.data).toEqual(new Int16Array(20).fill(257));
  });
});

describe("a header that promises more than there is", () => {
  test("is refused before anything is allocated, when the file's size is known", async () => {
    const error = await failure(() => planOf(-64, [100000, 1000000], ":", 2880, 10000));
    expect(error).toMatchObject({ code: "TRUNCATED" });
    expect((error as Error).message).toContain("HDU 0 (SCI)");
    expect((error as Error).message).toContain("byte 10000");
    // What lies in the file can be read all the same.
    expect(rangesOf(planOf(-64, [100000, 1000000], "0, 0:10", 2880, 10000))).toHaveLength(1);
  });

  test("ends in TOO_LARGE or TRUNCATED when it is not", async () => {
    const plan = planOf(-64, [100000, 1000000], ":", 2880);
    expect(await failure(() => runOn(plan, new Uint8Array(10000)))).toMatchObject({ code: "TOO_LARGE" });
    const small = planOf(16, [100, 100], "50:", 2880);
    expect(await failure(() => runOn(small, new Uint8Array(10000)))).toMatchObject({ code: "TRUNCATED" });
  });
});
