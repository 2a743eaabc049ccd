/**
 * What would read back as something else is refused, in one line.
 */
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import type { FitsError } from "../../src/errors.js";
import { open } from "../../src/open.js";
import {
  arraySource,
  asciiTableHdu,
  compressedHdu,
  fitsBytes,
  formatCard,
  formatHeader,
  type HeaderCard,
  imageHdu,
  type TableBatch,
  tableHdu,
  type WritableHdu,
  type WriteColumn,
} from "../../src/write/index.js";

type Given = Partial<WriteColumn> & { format: string };

const one = (column: Given, values: unknown, valid?: Uint8Array): (() => WritableHdu) => {
  const batch = { columns: [{ values, ...(valid && { valid }) }] } as unknown as TableBatch;
  return () => tableHdu({ columns: [{ name: "a", ...column }], batches: [batch] });
};

async function refusal(made: () => WritableHdu): Promise<FitsError> {
  try {
    await fitsBytes([made()]);
  } catch (error) {
    return error as FitsError;
  }
  throw new Error("it was written");
}

async function expectRefused(made: () => WritableHdu, words: RegExp): Promise<void> {
  const error = await refusal(made);
  expect([error.code, error.message]).toEqual(["BAD_ARGUMENT", expect.stringMatching(words)]);
  expect(error.message).not.toContain("\n");
}

describe("a null value", () => {
  const none = new Uint8Array([0b10]);
  it.each([
    [{ format: "B", null: -1 }, new Uint8Array(2), /-1, not a whole number from 0 to 255/],
    [{ format: "B", null: 256 }, new Uint8Array(2), /256/],
    [{ format: "B", null: -1 }, new Int8Array(2), /from 0 to 255/],
    [{ format: "I", null: 32768 }, new Int16Array(2), /from -32768 to 32767/],
    [{ format: "I", null: 40000 }, new Uint16Array(2), /from -32768 to 32767/],
    [{ format: "J", null: 2 ** 31 }, new Int32Array(2), /2147483648/],
    [{ format: "K", null: 2n ** 63n }, new BigInt64Array(2), /9223372036854775808/],
    [{ format: "K", null: 2 ** 60 }, new BigInt64Array(2), /give a bigint/],
    [{ format: "I", null: 1.5 }, new Int16Array(2), /1.5, not a whole number/],
    [{ format: "I", null: Number.NaN }, new Int16Array(2), /NaN/],
    [{ format: "I", null: "-99" }, new Int16Array(2), /"-99"/],
    [{ format: "E", null: -99 }, new Float32Array(2), /type E has NaN/],
    [{ format: "L", null: 0 }, new Uint8Array(2), /type L/],
    [{ format: "2A", null: 0 }, ["a", "b"], /type A/],
    [{ format: "1PJ", null: 2 ** 40 }, { offsets: [0, 1], values: new Int32Array(1) }, /whole number/],
  ] as [Given, unknown, RegExp][])("that no stored value equals: %o", async (column, values, words) => {
    await expectRefused(one(column, values), words);
  });
  it.each([
    [{ format: "B", null: 7 }, Uint8Array.of(1, 7)],
    [{ format: "I", null: -99 }, Int16Array.of(-99, 1)],
    [{ format: "I", null: -32768 }, Uint16Array.of(1, 0)],
    [{ format: "J", null: 5 }, Int32Array.of(5, 1)],
    [{ format: "K", null: -1n }, BigInt64Array.of(1n, -1n)],
    [
      { format: "1PK", null: 3 },
      { offsets: [0, 1, 2], values: BigInt64Array.of(1n, 3n) },
    ],
    [{ format: "2J", null: 3 }, Int32Array.of(1, 2, 4, 3)],
    [{ format: "J", null: 5, scale: 2 }, Int32Array.of(5, 1)],
  ] as [Given, unknown][])("that a value equals: %o", async (column, values) => {
    await expectRefused(one(column, values), /which its null value stands for/);
  });
  it("of -0 is 0, also of images", async () => {
    const table = await fitsBytes([one({ format: "I", null: -0 }, new Int16Array([1]))()]);
    expect(Buffer.from(table).toString("latin1")).toMatch(/TNULL1 {2}= {20}0 /);
    const image = await fitsBytes([imageHdu({ data: ndarray(new Int16Array([1]), [1]), blank: -0 })]);
    expect(Buffer.from(image).toString("latin1")).toMatch(/BLANK {3}= {20}0 /);
  });
  it("may stand where null is, and in any batch a value that equals it is found", async () => {
    const column = { name: "a", format: "I", null: -99 };
    const batch = (values: number[], valid?: Uint8Array): TableBatch => ({
      columns: [{ values: Int16Array.from(values), ...(valid && { valid }) }],
    });
    const good = [batch([-99, 5], none), batch([6])];
    const back = await (await open(await fitsBytes([tableHdu({ columns: [column], batches: good })]))).table(
      1,
    );
    expect([...(await back.column("a"))]).toEqual([null, 5, 6]);
    const bad = [batch([1, 5], none), batch([6, -99])];
    await expectRefused(() => tableHdu({ columns: [column], batches: bad }), /null value stands for/);
    async function* stream(): AsyncGenerator<TableBatch> {
      yield* bad;
    }
    await expectRefused(() => tableHdu({ columns: [column], batches: stream() }), /null value stands for/);
  });
  it.each([
    [{ format: "I4", null: "-9" }, Int16Array.of(1, -9)],
    [{ format: "F6.1", null: "1.5" }, Float64Array.of(1.52, 2)],
    [{ format: "A4", null: "N/A" }, ["N/A", "b"]],
  ] as [Given, unknown][])("of an ASCII table that a value is written as: %o", async (column, values) => {
    const batches = [{ columns: [{ values }] }] as unknown as TableBatch[];
    await expectRefused(() => asciiTableHdu({ columns: [{ name: "a", ...column }], batches }), /null value/);
  });
  it("of an ASCII table is not wider than its field", async () => {
    const columns = [{ name: "a", format: "I2", null: "-999" }];
    await expectRefused(() => asciiTableHdu({ columns, batches: [] }), /"-999" does not fit 2/);
  });
});

describe("numbers that make values what they are not", () => {
  it.each([
    [{ format: "I", scale: 0 }, /scale is 0/],
    [{ format: "I", scale: Number.NaN }, /NaN, not a finite number/],
    [{ format: "I", zero: Number.POSITIVE_INFINITY }, /zero is Infinity/],
    [{ format: "I", scale: "2" }, /scale is "2"/],
  ] as [Given, RegExp][])("of a column: %o", async (column, words) => {
    await expectRefused(one(column, new Int16Array(2)), words);
  });
  it("of logicals, bits and text", async () => {
    await expectRefused(one({ format: "L", scale: 2 }, new Uint8Array(2)), /mean nothing for type L/);
    await expectRefused(one({ format: "2A", zero: 1 }, ["a"]), /mean nothing for type A/);
  });
  it("of images, and BLANK", async () => {
    const data = ndarray(new Int16Array(2), [2]);
    await expectRefused(() => imageHdu({ data, bscale: 0 }), /bscale is 0/);
    await expectRefused(() => imageHdu({ data, bzero: Number.NaN }), /bzero is NaN/);
    await expectRefused(
      () => imageHdu({ data, blank: 40000 }),
      /blank is 40000, not a whole number from -32768/,
    );
    await expectRefused(() => imageHdu({ data, blank: 0.5 }), /0.5/);
    await expectRefused(
      () => imageHdu({ data: ndarray(new Uint8Array(1), [1]), blank: -1 }),
      /from 0 to 255/,
    );
    await expectRefused(() => imageHdu({ data, blank: "7" as never }), /"7"/);
  });
  it("of a TDIM that does not fill its cells", async () => {
    await expectRefused(one({ format: "6J", dim: "(4)" }, new Int32Array(6)), /does not fit/);
  });
});

describe("a wrong number of rows", () => {
  const columns = [{ name: "a", format: "J" }];
  const batches = [{ columns: [{ values: new Int32Array(3) }] }];
  it.each([2, 4, -1, 1.5, Number.NaN, "3" as never])("rowCount %o", async (rowCount) => {
    await expectRefused(() => tableHdu({ columns, batches, rowCount }), /rowCount/);
    const ascii = [{ name: "a", format: "I4" }];
    await expectRefused(() => asciiTableHdu({ columns: ascii, batches, rowCount }), /rowCount/);
  });
  it("of a batch", async () => {
    await expectRefused(
      () => tableHdu({ columns: [], batches: [{ columns: [], rowCount: -2 }] }),
      /rowCount/,
    );
    await expectRefused(
      () => tableHdu({ columns: [], batches: [{ columns: [], rowCount: 0.5 }] }),
      /rowCount/,
    );
  });
});

describe("values that no card holds", () => {
  it.each([
    [[1, 2, 3]],
    [[]],
    [[1, "2"]],
    [[[1], [2]]],
    [{}],
    [new Date(0)],
    [Object(5)],
    [() => 1],
    [Symbol("s")],
  ])("%o", (value) => {
    const card = { keyword: "KEY", value } as unknown as HeaderCard;
    expect(() => formatCard(card)).toThrowError(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  });
  it("nor comments and keywords that are no text", () => {
    for (const card of [{ keyword: "A", value: 1, comment: 5 }, { keyword: 5, value: 1 }, { keyword: null }])
      expect(() => formatCard(card as never)).toThrowError(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  });
});

describe("LONGSTRN", () => {
  const long = { keyword: "LONG", value: "x".repeat(100) };
  const notice = { keyword: "LONGSTRN", value: "OGIP 1.0" };
  it.each([
    [[long, long]],
    [[long, notice]],
    [[notice, long]],
    [[notice, notice, long, notice]],
    [[long, formatCard(notice), long]],
  ])("stands there once, before the first long string", (items) => {
    const text = new TextDecoder().decode(formatHeader(items));
    expect(text.split("LONGSTRN").length).toBe(2);
    expect(text.indexOf("LONGSTRN")).toBeLessThan(text.indexOf("CONTINUE"));
  });
});

describe("names of columns", () => {
  const table = (...names: string[]): (() => WritableHdu) => {
    const columns = names.map((name) => ({ name, format: "J" }));
    const batch = { columns: names.map(() => ({ values: new Int32Array(1) })) };
    return () => tableHdu({ columns, batches: [batch] });
  };
  it("are refused where two are alike, whatever their case, or longer than a card", async () => {
    await expectRefused(table("a", "b", "a"), /columns 1 and 3 are both named 'a'/);
    await expectRefused(table("Flux", "FLUX"), /columns 1 and 2/);
    await expectRefused(table("x".repeat(69)), /takes 69 characters, a card holds 68/);
    await expectRefused(table("'".repeat(35)), /takes 70 characters/);
    await expectRefused(
      table(...Array.from({ length: 1000 }, (_, i) => `c${i}`)),
      /at most 999 columns, not 1000/,
    );
  });
  it("may be missing, and a copy keeps what it is given", async () => {
    const bytes = await fitsBytes([table("", "", "x".repeat(68))()]);
    expect((await (await open(bytes)).table(1)).columns.map(({ name }) => name.length)).toEqual([0, 0, 68]);
    const columns = ["a", "A", "a"].map((name) => ({ name, format: "J" }));
    const hdu = tableHdu({ columns, batches: [], keepNames: true });
    expect((await (await open(await fitsBytes([hdu]))).table(1)).columns.map(({ name }) => name)).toEqual([
      "a",
      "A",
      "a",
    ]);
  });
});

describe("an array of any type", () => {
  it.each([
    Int8Array.of(-128, 0, 127),
    Uint8Array.of(0, 128, 255),
    Int16Array.of(-32768, 0, 32767),
    Uint16Array.of(0, 32768, 65535),
    Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
    Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1),
    BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n),
    BigUint64Array.of(0n, 2n ** 63n, 2n ** 64n - 1n),
    Float32Array.of(-1.5, 0, 3e38),
    Float64Array.of(-1.5, 0, 1e300),
  ])("is compressed and read back: $constructor.name", async (data) => {
    const array = ndarray(data as Int16Array<ArrayBuffer>, [3]);
    const hdu = compressedHdu(arraySource(array), { algorithm: "gzip", quantize: 0 });
    const image = await (await open(await fitsBytes([imageHdu(), hdu]))).image(1);
    const back = await image.section();
    expect(back.data).toEqual(data);
  });
});
