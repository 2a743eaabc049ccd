/**
 * Random sections of random compressed files, in random company, some of them aborted: the right pixels, or the reason of
 * the abort.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arrays, bytesOf, type DType, type NdArray } from "../../../src/array.js";
import type { HduLayout } from "../../../src/hdu/hdu.js";
import { resolveSection } from "../../../src/image/section.js";
import type { TilePool } from "../../../src/image/tiles/pool.js";
import { doJob } from "../../../src/image/tiles/worker.js";
import { together } from "../../../src/read/plan.js";
import { createReader, type Reader } from "../../../src/read/run.js";
import type { ByteSource } from "../../../src/source/source.js";
import { layoutsOf, loadPixels, readWhole, sectionOf } from "./files.js";

const folder = fileURLToPath(new URL("../../fixtures/tiled/", import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, "utf8")) as { file: string; hdu: number }[];

interface Made {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly layout: HduLayout;
  readonly whole: NdArray;
}

/** All files of the fixtures, with all of their pixels. */
const files: Made[] = [];
for (const { file, hdu } of cases) {
  const bytes = new Uint8Array(readFileSync(`${folder}/${file}`));
  const layout = layoutsOf(bytes)[hdu]!;
  files.push({ file, bytes, layout, whole: await readWhole(await loadPixels(layout), bytes) });
}

/** A source whose answers come in an order of its own, and which stops for aborts. */
function slowSource(bytes: Uint8Array, delays: readonly number[]): ByteSource {
  let asked = 0;
  return {
    href: "memory:",
    size: bytes.length,
    async getRange({ offset, length }, { signal } = {}) {
      for (let turn = delays[asked++ % delays.length]!; turn > 0; turn--)
        await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A pool that decodes every job a little later, in a thread of nobody's. */
const latePool: TilePool = {
  wants: () => true,
  async decode(job, _, signal) {
    await new Promise((resolve) => setImmediate(resolve));
    const pixels = await doJob(job);
    signal?.throwIfAborted();
    return pixels;
  },
  recycle: () => {},
  close: () => {},
};

/** A slice of any axis, by thirds of its length. */
const slice = fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.constantFrom(1, 1, 1, 2, 5, -1, -3));

function textOf(shape: readonly number[], slices: readonly (readonly [number, number, number])[]): string {
  return shape
    .map((length, axis) => {
      const [a, b, step] = slices[axis % slices.length]!;
      const [from, to] = [a, b].map((part) => Math.floor((part * length) / 6)).sort((x, y) => x - y);
      return step > 0 ? `${from}:${to}:${step}` : `${to}:${from}:${step}`;
    })
    .join(",");
}

/** Naive: every pixel of the section by itself. */
function picked({ data, shape }: NdArray, selection: string): Arrays[DType] {
  const { start, count, step } = resolveSection(selection, shape);
  let places = [0];
  for (const [axis, length] of shape.entries()) {
    const along = Array.from({ length: count[axis]! }, (_, i) => start[axis]! + i * step[axis]!);
    places = places.flatMap((place) => along.map((i) => place * length + i));
  }
  const out = data.slice(0, places.length) as Arrays[DType];
  for (const [i, place] of places.entries()) out[i] = data[place]!;
  return out;
}

const run = fc.record({
  slices: fc.array(slice, { minLength: 4, maxLength: 4 }),
  /** After how many turns it is aborted; most are not. */
  abort: fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 3 }),
  again: fc.boolean(),
});

const company = fc.record({
  made: fc.constantFrom(...files),
  runs: fc.array(run, { minLength: 1, maxLength: 5 }),
  delays: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 }),
  cacheBytes: fc.constantFrom(0, 5000, 1 << 25),
  away: fc.boolean(),
});

/** `right`, `wrong`, or why there are none. */
async function outcome(reading: Promise<NdArray>, whole: NdArray, text: string): Promise<unknown> {
  try {
    const { data } = await reading;
    return Buffer.compare(bytesOf(data), bytesOf(picked(whole, text))) === 0 ? "right" : "wrong";
  } catch (error) {
    return error;
  }
}

describe("random sections of random files", () => {
  it("are right or aborted, whatever else is read at the same time", async () => {
    await fc.assert(
      fc.asyncProperty(company, async ({ made, runs, delays, cacheBytes, away }) => {
        const { bytes, layout, whole } = made;
        const reader: Reader = createReader(slowSource(bytes, delays), { cacheBytes });
        const pixels = await loadPixels(layout, { memory: reader.memory, ...(away && { pool: latePool }) });
        const reads = runs.flatMap(({ slices, abort, again }) => {
          const text = textOf(whole.shape, slices);
          const plan = sectionOf(pixels, text);
          const stop = new AbortController();
          const reason = new Error(`stopped after ${abort}`);
          const reading = outcome(reader.run(plan, { signal: stop.signal }), whole, text);
          if (abort !== undefined) void later(abort).then(() => stop.abort(reason));
          // The same plan beside itself, aborted by nobody.
          const beside = again
            ? [{ reading: outcome(reader.run(plan), whole, text), allowed: ["right"] }]
            : [];
          return [{ reading, allowed: abort === undefined ? ["right"] : ["right", reason] }, ...beside];
        });
        for (const { reading, allowed } of reads) expect(allowed).toContain(await reading);
        const texts = runs.map(({ slices }) => textOf(whole.shape, slices));
        const arrays = await reader.run(together(texts.map((text) => sectionOf(pixels, text))));
        for (const [i, text] of texts.entries())
          expect(await outcome(Promise.resolve(arrays[i]!), whole, text)).toBe("right");
        await reader.close();
      }),
      { numRuns: 200 },
    );
  });

  it("of many files at once share a session's memory, and are right", async () => {
    const readers = files.map(({ bytes }, i) =>
      createReader(slowSource(bytes, [i % 4, 2, 0]), { cacheBytes: 20_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(slice, { minLength: 4, maxLength: 4 }), async (slices) => {
        const outcomes = files.map(async ({ layout, whole }, i) => {
          const reader = readers[i]!;
          const pixels = await loadPixels(layout, { memory: reader.memory });
          const text = textOf(whole.shape, slices);
          const both = [1, 2].map(() => outcome(reader.run(sectionOf(pixels, text)), whole, text));
          return Promise.all(both);
        });
        expect((await Promise.all(outcomes)).flat().filter((one) => one !== "right")).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

async function later(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
