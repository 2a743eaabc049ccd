/**
 * Lying descriptors, mutated headers and corrupt compressed tables: an error or a result, soon, in little memory.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FitsError } from "../../src/errors.js";
import { open } from "../../src/open.js";
import { openTable, rowsOf, tableFile } from "./made.js";

const descriptors = (...pairs: [number, number][]): Uint8Array =>
  rowsOf(pairs.length, 8, (view, row) => {
    view.setInt32(0, pairs[row]![0]);
    view.setInt32(4, pairs[row]![1]);
  });

describe("descriptors", () => {
  it("may overlap and come in any order", async () => {
    const rows = descriptors([2, 1], [3, 0], [0, 999], [1, 3]);
    const hdu = await openTable({
      columns: { v: "PB(3)" },
      rows,
      rowBytes: 8,
      heap: Uint8Array.of(5, 6, 7, 8),
    });
    expect([...(await hdu.column("v"))]).toEqual([[6, 7], [5, 6, 7], [], [8]]);
  });

  it.each<[number, number]>([
    [2881, 0],
    [-1, 0],
    [1, -1],
    [2 ** 31 - 1, 0],
    [1, 2880],
  ])("of %i elements at %i are refused with column and row", async (count, offset) => {
    const rows = descriptors([1, 0], [count, offset]);
    const hdu = await openTable({ columns: { v: "PB(3)" }, rows, rowBytes: 8, heap: new Uint8Array(4) });
    await expect(hdu.column("v")).rejects.toMatchObject({
      code: "BAD_DATA",
      message: expect.stringContaining("column 'v' (1), row 1"),
    });
    expect((await hdu.column("v", { rows: { stop: 1 } })).get(0)).toEqual([0]);
  });

  it("of arrays that no view can hold are refused", async () => {
    const rows = descriptors([0x41414141, 0]);
    const hdu = await openTable({ columns: { v: "PJ" }, rows, rowBytes: 8, cards: { PCOUNT: 1e15 } });
    await expect(hdu.column("v")).rejects.toBeInstanceOf(FitsError);
  });

  it("that all claim the whole heap do not fill the memory", async () => {
    const heap = new Uint8Array(1 << 20);
    const rows = descriptors(...Array.from({ length: 4000 }, (): [number, number] => [1 << 20, 0]));
    const hdu = await openTable({ columns: { v: "PB" }, rows, rowBytes: 8, heap });
    await expect(hdu.column("v")).rejects.toMatchObject({ code: "TOO_LARGE" });
  });
});

describe("sizes", () => {
  it("that no file has are refused before anything is allocated", async () => {
    for (const cards of [{ NAXIS2: 1e15 }, { NAXIS1: 1e12, NAXIS2: 1e12 }, { TFORM1: "99999999999J" }]) {
      const file = tableFile({ columns: { v: "J" }, rows: new Uint8Array(4), rowBytes: 4, cards });
      const attempt = (async () => (await (await open(file)).table(1)).column("v"))();
      await expect(attempt).rejects.toBeInstanceOf(FitsError);
    }
  });
});

const sample = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../fixtures/table/${name}`, import.meta.url)));

describe("mutated files end in FitsError or a result", () => {
  it.each(["t0.fits", "t1.fits.fz", "t2.fits", "t4.fits.fz", "t5.fits"])(
    "%s",
    { timeout: 60_000 },
    async (name) => {
      const original = sample(name);
      const header = 2880;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(original.length - 1 - header), fc.nat(255)), {
            minLength: 1,
            maxLength: 12,
          }),
          fc.boolean(),
          async (changes, digits) => {
            const bytes = new Uint8Array(original);
            for (const [at, value] of changes) {
              const place = header + (digits ? at % 5760 : at);
              // In headers a digit for a digit reaches further than noise, which ends in a card that is none.
              if (digits && bytes[place]! >= 48 && bytes[place]! <= 57) bytes[place] = 48 + (value % 10);
              else if (!digits) bytes[place] = value;
            }
            const began = performance.now();
            try {
              const hdu = await (await open(bytes)).table(1);
              for (const { name, index, problem } of hdu.columns) {
                if (problem === undefined && name !== undefined) {
                  await hdu.column(index, { rows: { stop: 1000 } }).catch((error: unknown) => {
                    if (!(error instanceof FitsError)) throw error;
                  });
                }
              }
            } catch (error) {
              if (!(error instanceof FitsError)) throw error;
            }
            expect(performance.now() - began).toBeLessThan(5000);
          },
        ),
        { numRuns: Number(process.env["FITSLICE_FUZZ_RUNS"] ?? 60) },
      );
    },
  );
});
