/**
 * Callers without types: what the writer does not take is refused in one line, and never hangs.
 */
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import { FitsError } from "../../src/errors.js";
import { open } from "../../src/open.js";
import {
  arraySource,
  asciiTableHdu,
  compressedHdu,
  fitsBytes,
  imageHdu,
  tableHdu,
} from "../../src/write/index.js";

async function expectRefused(made: () => unknown): Promise<void> {
  const error = await (async () => fitsBytes([made()] as never))().then(
    () => new Error("it was written"),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(FitsError);
  expect(error.code).toMatch(/^(BAD_ARGUMENT|WRONG_TYPE)$/);
  expect(error.message).not.toMatch(/\n|undefined bytes/);
}

const one =
  (column: object, values: unknown, rest: object = {}) =>
  (): unknown =>
    tableHdu({ columns: [{ name: "a", ...column }], batches: [{ columns: [{ values, ...rest }] }] } as never);
const ints = new Int32Array(2);
const batches = [{ columns: [{ values: ints }] }];
const columns = [{ name: "a", format: "J" }];

describe("a table of nonsense", () => {
  it.each([
    undefined,
    null,
    { batches },
    { columns: { a: 1 }, batches },
    { columns: "a", batches },
    { columns },
    { columns, batches: 5 },
    { columns, batches: null },
    { columns, batches: [null] },
    { columns, batches: [{}] },
    { columns, batches: [[1, 2]] },
    { columns, batches: [{ columns: [null] }] },
    { columns: [null], batches },
    { columns: ["a"], batches },
    { columns: [{ name: "a" }], batches },
    { columns: [{ name: "a", format: 5 }], batches },
    { columns: [{ format: "J" }], batches },
    { columns: [{ name: null, format: "J" }], batches },
    { columns: [{ name: "a", format: "J", unit: 5 }], batches },
    { columns: [{ name: "a", format: "J", display: {} }], batches },
    { columns, batches, header: { A: 1 } },
    { columns, batches, header: "A = 1" },
    { columns, batches, header: [null] },
    { columns, batches, header: [["A", 1]] },
    { columns, batches, header: [{ value: 1 }] },
    { columns, batches, name: 5 },
    { columns, batches, ver: 1.5 },
    { columns, batches, ver: "2" },
  ])("is refused: %o", async (options) => {
    await expectRefused(() => tableHdu(options as never));
    if (options && "columns" in options) await expectRefused(() => asciiTableHdu(options as never));
  });
  it.each([undefined, null, 5, "abc", [1, 2], () => 1, new Date(0), new DataView(new ArrayBuffer(8))])(
    "has no values: %o",
    async (values) => {
      await expectRefused(one({ format: "J" }, values));
    },
  );
  it.each([
    [[1, 2]],
    [[["a"], ["b"]]],
    [[{}]],
    [[{ length: 2 }]],
    [[Symbol("a")]],
    [[5n]],
    [[true]],
    [[new String("abc")]],
    [{ offsets: [0, 1], values: ["a"] }],
    [{ offsets: [0, 3, 9], values: new Uint8Array(6) }],
    [{ offsets: [0, 3, 1], values: new Uint8Array(6) }],
    [{ offsets: [-3, 0], values: new Uint8Array(6) }],
    [{ offsets: [0, Number.NaN], values: new Uint8Array(6) }],
  ])("has no text: %o", async (values) => {
    await expectRefused(one({ format: "3A" }, values));
  });
  it("has no text in fields of no bytes", async () => {
    await expectRefused(one({ format: "0A" }, ["abc"]));
    await expectRefused(one({ format: "0A" }, { offsets: [0, 3], values: new Uint8Array(3) }));
    await fitsBytes([one({ format: "0A" }, ["", null])() as never]);
  });
  it.each([[0, 5], [-2, 2], [0, 1.5], [0, Number.NaN], ["0", "1"], [0n, 2n], [0, 2, 1], null, 5])(
    "has no offsets: %o",
    async (...given) => {
      const offsets = given.length > 1 ? given : given[0];
      for (const [format, values] of [
        ["1PJ", ints],
        ["1PX", new Uint8Array(2)],
        ["1PA", new Uint8Array(2)],
      ] as const)
        await expectRefused(one({ format }, { offsets, values }));
    },
  );
  it("takes offsets that begin late, and none where cells are of one length", async () => {
    const hdu = one({ format: "1PJ" }, { offsets: [1, 2], values: Int32Array.of(7, 8) })();
    const table = await (await open(await fitsBytes([hdu as never]))).table(1);
    expect([...(await table.column("a"))]).toEqual([[8]]);
    await expectRefused(one({ format: "J" }, { offsets: [0, 1, 2], values: ints }));
  });
  it.each([[[1, 0]], [new Int32Array(2)], [null], [new Uint8Array(0)], [new DataView(new ArrayBuffer(1))]])(
    "has no validity: %o",
    async (valid) => {
      await expectRefused(one({ format: "J", null: 9 }, ints, { valid }));
    },
  );
});

describe("an image of nonsense", () => {
  const data = ndarray(new Int16Array(4), [2, 2]);
  it.each([
    null,
    5,
    [[1, 2]],
    new Int16Array(4),
    { data: new Int16Array(4) },
    { data: new Int16Array(4), shape: "4" },
    { data: new Int16Array(4), shape: [2, 2] },
    { ...data, stride: [1, 2] },
    { data: [1, 2, 3, 4], shape: [4], stride: [1] },
    { parts: null, dtype: "int16", shape: [4] },
    { parts: [new Int16Array(4)], shape: [4] },
    { parts: [new Int16Array(4)], dtype: "foo", shape: [4] },
    { parts: [null], dtype: "int16", shape: [4] },
  ])("is refused: %o", async (given) => {
    await expectRefused(() => imageHdu({ data: given as never }));
    if (!(given && "parts" in Object(given)))
      await expectRefused(() => compressedHdu(arraySource(given as never)));
  });
  it("has no header, name or version", async () => {
    for (const bad of [
      null,
      { data, header: { A: 1 } },
      { data, header: [undefined] },
      { name: 5 },
      { ver: "x" },
    ])
      await expectRefused(() => imageHdu(bad as never));
    for (const cards of [{ A: 1 }, [5], [{ keyword: "A", value: 1 }]])
      await expectRefused(() => compressedHdu(arraySource(data, cards as never)));
    await expectRefused(() => compressedHdu(arraySource({ ...data, shape: [3, 3] } as never)));
  });
  it("is no HDU", async () => {
    for (const hdu of [null, {}, 5]) await expectRefused(() => hdu);
    await expect(fitsBytes(5 as never)).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  });
});

it("takes cards that can be gone through once", async () => {
  function* header(): Generator<{ keyword: string; value: number }> {
    yield { keyword: "A", value: 7 };
  }
  const image = imageHdu({ data: ndarray(new Int16Array(1), [1]), header: header() });
  const table = tableHdu({ columns, batches, header: header() });
  const fits = await open(await fitsBytes([image, table], { checksum: true }));
  expect([(await fits.hdu(0)).header.get("A"), (await fits.hdu(1)).header.get("A")]).toEqual([7, 7]);
});
