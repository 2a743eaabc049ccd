import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import { FitsError } from "../../src/errors.js";
import { parseHeader } from "../../src/header/header.js";
import {
  arraySource,
  asciiTableHdu,
  type FitsSink,
  fitsBytes,
  fitsChunks,
  imageHdu,
  memorySpool,
  type TableBatch,
  type TableOptions,
  tableHdu,
  type WritableHdu,
  writeFits,
} from "../../src/write/index.js";
import { batchOf, table } from "./random.js";

/** A sink in memory; with `patch` it can go back. */
function sink(patch: boolean): FitsSink & { bytes: () => Uint8Array; patches: number } {
  const chunks: Uint8Array[] = [];
  const patches: [number, Uint8Array][] = [];
  const bytes = (): Uint8Array => {
    const all = new Uint8Array(Buffer.concat(chunks));
    for (const [offset, patch] of patches) all.set(patch, offset);
    return all;
  };
  const write = (chunk: Uint8Array): void => void chunks.push(chunk);
  if (!patch) return { write, bytes, patches: 0 };
  const made = {
    write,
    bytes,
    patches: 0,
    writeAt: (offset: number, patch: Uint8Array): void => {
      made.patches++;
      patches.push([offset, patch]);
    },
  };
  return made;
}

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const big = (array: number[]): number[] => [...Buffer.from(array)];

describe("images", () => {
  it("are big-endian, unsigned ones moved by half their range, and the caller's array stays as it was", async () => {
    const data = new Uint16Array([0, 1, 32768, 65535, 7]);
    const file = await fitsBytes([imageHdu({ data: ndarray(data, [5]) })]);
    expect(file.length).toBe(5760);
    expect([...file.subarray(2880, 2890)]).toEqual(big([0x80, 0, 0x80, 1, 0, 0, 0x7f, 0xff, 0x80, 7]));
    expect(data).toEqual(new Uint16Array([0, 1, 32768, 65535, 7]));
    const header = parseHeader(file);
    expect([header.get("BITPIX"), header.get("BZERO"), header.get("BSCALE")]).toEqual([16, 32768, 1]);
  });

  it("move every offset type, at odd lengths too", async () => {
    const shown = async (data: Parameters<typeof ndarray>[0]): Promise<number[]> => {
      const file = await fitsBytes([imageHdu({ data: ndarray(data, [data.length]) })]);
      return [...file.subarray(2880, 2880 + data.byteLength)];
    };
    expect(await shown(new Int8Array([-128, -1, 0]))).toEqual([0, 127, 128]);
    expect(await shown(new Uint32Array([1]))).toEqual([128, 0, 0, 1]);
    expect(await shown(new BigUint64Array([3n]))).toEqual([128, 0, 0, 0, 0, 0, 0, 3]);
  });

  it("come in parts, and must fill their shape", async () => {
    const whole = Float64Array.from({ length: 60 }, (_, i) => i);
    const parts = [whole.slice(0, 7), whole.slice(7, 60)];
    const options = (parts: Float64Array<ArrayBuffer>[]) =>
      imageHdu({ data: { dtype: "float64", shape: [6, 10], parts: oneByOne(parts) } });
    expect(await fitsBytes([options(parts)], { checksum: true })).toEqual(
      await fitsBytes([imageHdu({ data: ndarray(whole, [6, 10]) })], { checksum: true }),
    );
    await expect(fitsBytes([options(parts.slice(0, 1))])).rejects.toThrow(/only 7 of the 60/);
    await expect(fitsBytes([options([...parts, whole])])).rejects.toThrow(/more than the 60/);
  });

  it("take another image's header, but not what it says of its data", async () => {
    const header = parseHeader(
      await fitsBytes([
        imageHdu({ data: ndarray(new Uint16Array(4), [4]), header: [{ keyword: "OBJECT", value: "M31" }] }),
      ]),
    );
    const copy = parseHeader(
      await fitsBytes([imageHdu({ data: ndarray(new Float32Array(2), [1, 2]), header: header.cards })]),
    );
    expect(copy.get("OBJECT")).toBe("M31");
    expect(copy.get("BZERO")).toBeUndefined();
    expect(copy.get("NAXIS")).toBe(2);
  });

  it("refuse shapes, strides and scalings that do not fit", () => {
    const data = new Int16Array(6);
    const cases: (() => WritableHdu)[] = [
      () => imageHdu({ data: ndarray(data, [5]) }),
      () => imageHdu({ data: { data, shape: [2, 3], stride: [1, 2] } }),
      () => imageHdu({ data: ndarray(new Uint16Array(1), [1]), bzero: 3 }),
      () => imageHdu({ data: ndarray(new Float32Array(1), [1]), blank: 3 }),
      () => imageHdu({ data: ndarray(data, [-6]) }),
    ];
    for (const make of cases) expect(make).toThrow(FitsError);
  });
});

describe("the ways to write a table", () => {
  it("make the same file: at once, in batches, one pass into a sink, with and without checksum", async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.boolean(), async (random, checksum) => {
        const columns = random.columns.map(({ column, values }) => {
          const dtype =
            Array.isArray(values.values) || "offsets" in values.values ? undefined : values.values;
          return {
            ...column,
            ...(dtype && {
              dtype: dtype.constructor.name.replace("Array", "").replace("Big", "").toLowerCase(),
            }),
          };
        });
        const batch = batchOf(random);
        const bytesOf = async (options: TableOptions): Promise<Buffer> =>
          Buffer.from(await fitsBytes([tableHdu(options)], { checksum }));
        const held = await bytesOf({ columns, batches: [batch] });
        const known = { columns, rowCount: random.rows };
        expect(held.equals(await bytesOf({ columns, batches: oneByOne([batch]) }))).toBe(true);
        expect(held.equals(await bytesOf({ ...known, batches: oneByOne([batch]) }))).toBe(true);
        for (const patch of [false, true]) {
          const out = sink(patch);
          const size = await writeFits(out, [tableHdu({ columns, batches: oneByOne([batch]) })], {
            checksum,
          });
          expect(held.equals(out.bytes())).toBe(true);
          expect(size).toBe(held.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("put several batches after each other, the heap behind all rows", async () => {
    const columns = [
      { name: "n", format: "J" },
      { name: "v", format: "1PB" },
    ];
    const batch = (n: number, list: number[]): TableBatch => ({
      columns: [
        { values: new Int32Array([n]) },
        { values: { offsets: [0, list.length], values: new Uint8Array(list) } },
      ],
    });
    const batches = [batch(1, [10, 11]), batch(2, []), batch(3, [12])];
    const file = await fitsBytes([tableHdu({ columns, batches })]);
    const data = 5760 + 2880 * 0;
    const view = new DataView(file.buffer, data);
    const words = Array.from({ length: 9 }, (_, i) => view.getInt32(i * 4));
    expect(words).toEqual([1, 2, 0, 2, 0, 0, 3, 1, 2]);
    expect([...file.subarray(data + 36, data + 40)]).toEqual([10, 11, 12, 0]);
    const header = parseHeader(file.subarray(2880));
    expect([header.get("NAXIS2"), header.get("PCOUNT"), header.get("TFORM2")]).toEqual([3, 3, "1PB(2)"]);
    expect(await fitsBytes([tableHdu({ columns, batches: oneByOne(batches) })])).toEqual(file);
  });

  it("patch only headers that the data decide", async () => {
    const columns = [{ name: "x", format: "D" }];
    const batches = (): AsyncGenerator<TableBatch> =>
      oneByOne([{ columns: [{ values: new Float64Array(3) }] }]);
    const known = sink(true);
    await writeFits(known, [tableHdu({ columns, rowCount: 3, batches: batches() })]);
    expect(known.patches).toBe(0);
    const unknown = sink(true);
    await writeFits(unknown, [tableHdu({ columns, batches: batches() })]);
    expect(unknown.patches).toBe(1);
    expect(unknown.bytes()).toEqual(known.bytes());
  });

  it("let go of the caller's spool, also when a batch fails", async () => {
    let open = 0;
    const spool = () => {
      open++;
      return { ...memorySpool(), close: () => void open-- };
    };
    const columns = [{ name: "v", format: "1PJ" }];
    async function* failing(): AsyncGenerator<TableBatch> {
      yield { columns: [{ values: { offsets: [0, 1], values: new Int32Array(1) } }] };
      throw new Error("no more");
    }
    await expect(fitsBytes([tableHdu({ columns, batches: failing() })], { spool })).rejects.toThrow(
      "no more",
    );
    expect(open).toBe(0);
    await fitsBytes([tableHdu({ columns, batches: oneByOne([]) })], { spool });
    expect(open).toBe(0);
  });
});

describe("nulls", () => {
  it("become TNULL, NaN, a logical's zero byte and empty text", async () => {
    const valid = new Uint8Array([0b101]);
    const file = await fitsBytes([
      tableHdu({
        columns: [
          { name: "i", format: "I", null: -99 },
          { name: "e", format: "E" },
          { name: "l", format: "L" },
          { name: "a", format: "2A" },
        ],
        batches: [
          {
            columns: [
              { values: new Int16Array([1, 2, 3]), valid },
              { values: new Float32Array([1, 2, 3]), valid },
              { values: new Uint8Array([1, 1, 0]), valid },
              { values: ["ab", "cd", "e"], valid },
            ],
          },
        ],
      }),
    ]);
    const row = (i: number): number[] => [...file.subarray(5760 + i * 9, 5760 + i * 9 + 9)];
    expect(row(0)).toEqual([0, 1, 0x3f, 0x80, 0, 0, 84, 97, 98]);
    expect(row(1)).toEqual([0xff, 0x9d, 0x7f, 0xc0, 0, 0, 0, 0, 0]);
    expect(row(2)).toEqual([0, 3, 0x40, 0x40, 0, 0, 70, 101, 0]);
    const withoutNull = tableHdu({
      columns: [{ name: "i", format: "I" }],
      batches: [{ columns: [{ values: new Int16Array(3), valid }] }],
    });
    await expect(fitsBytes([withoutNull])).rejects.toThrow(/TNULL/);
  });
});

describe("tables that contradict themselves", () => {
  const one = (
    format: string,
    values: TableBatch["columns"][number]["values"],
    more: object = {},
  ): TableOptions => ({
    columns: [{ name: "x", format, ...more }],
    batches: [{ columns: [{ values }] }],
  });
  const refused: [string, () => TableOptions][] = [
    ["an unknown format", () => one("1Z", new Int16Array(1))],
    ["values of another type", () => one("1J", new Float32Array(1))],
    ["a list of numbers", () => one("1J", [] as string[])],
    ["part of a cell", () => one("3J", new Int32Array(4))],
    ["a TDIM that does not fit", () => one("3J", new Int32Array(3), { dim: "(2,2)" })],
    ["a string that is too long", () => one("3A", ["abcd"])],
    ["a string that is not ASCII", () => one("3A", ["é"])],
    ["offsets beyond the values", () => one("1PJ", { offsets: [0, 5], values: new Int32Array(2) })],
    ["offsets that go down", () => one("1PJ", { offsets: [3, 0], values: new Int32Array(3) })],
    ["unsigned values with a scale", () => one("1I", new Uint16Array(1), { scale: 2 })],
    ["an absurd repeat count", () => one("99999999999999999999J", new Int32Array(1))],
    [
      "more columns than 999",
      () => ({ columns: Array.from({ length: 1000 }, () => ({ name: "", format: "J" })), batches: [] }),
    ],
    [
      "columns of different length",
      () => ({
        columns: [
          { name: "x", format: "J" },
          { name: "y", format: "J" },
        ],
        batches: [{ columns: [{ values: new Int32Array(1) }, { values: new Int32Array(2) }] }],
      }),
    ],
  ];
  it.each(refused)("refuse %s", async (_, options) => {
    await expect((async () => fitsBytes([tableHdu(options())]))()).rejects.toThrow(FitsError);
  });

  it("refuse a wrong rowCount", async () => {
    const batch = { columns: [{ values: new Int32Array(2) }] };
    for (const rowCount of [1, 3]) {
      const hdu = tableHdu({ columns: [{ name: "x", format: "J" }], rowCount, batches: oneByOne([batch]) });
      await expect(fitsBytes([hdu])).rejects.toThrow(/rowCount/);
    }
  });
});

describe("ASCII tables", () => {
  it("are fields of text with a blank between them", async () => {
    const file = await fitsBytes([
      asciiTableHdu({
        columns: [
          { name: "n", format: "I4", null: "--" },
          { name: "f", format: "F7.2" },
          { name: "e", format: "E10.3" },
          { name: "d", format: "D23.15" },
          { name: "s", format: "A3" },
        ],
        batches: [
          {
            columns: [
              { values: new Int32Array([7, 8]), valid: new Uint8Array([1]) },
              { values: new Float64Array([-1.005, 12]) },
              { values: new Float32Array([1.5e10, -2e-5]) },
              { values: new Float64Array([Math.PI, 1e-300]) },
              { values: ["ab", null] },
            ],
          },
        ],
      }),
    ]);
    const text = Buffer.from(file.subarray(5760)).toString();
    expect(text.slice(0, 102)).toBe(
      "   7   -1.00  1.500E+10   3.141592653589793D+00 ab " +
        "--     12.00 -2.000E-05  1.000000000000000D-300    ",
    );
    expect(text.slice(102)).toBe(" ".repeat(2880 - 102));
  });

  it("refuse values that their fields cannot hold", async () => {
    const cases: [string, TableBatch["columns"][number]["values"]][] = [
      ["I2", new Int32Array([100])],
      ["I9", new Float64Array([0.5])],
      ["F4.1", new Float64Array([1e6])],
      ["F4.1", new Float64Array([Number.NaN])],
      ["E9.2", new Float64Array([Number.POSITIVE_INFINITY])],
      ["A2", ["abc"]],
      ["A2", new Int32Array(1)],
      ["B2", new Int32Array(1)],
    ];
    for (const [format, values] of cases) {
      const write = async (): Promise<unknown> =>
        fitsBytes([
          asciiTableHdu({ columns: [{ name: "x", format }], batches: [{ columns: [{ values }] }] }),
        ]);
      await expect(write()).rejects.toThrow(FitsError);
    }
  });
});

describe("a pixel without axes", () => {
  it("is refused with advice: an image without axes has no pixels", () => {
    const pixel = ndarray(Float32Array.of(7), []);
    for (const made of [() => imageHdu({ data: pixel }), () => arraySource(pixel)])
      expect(made).toThrow(
        expect.objectContaining({ code: "BAD_ARGUMENT", message: expect.stringContaining("the shape [1]") }),
      );
  });
});

describe("files", () => {
  it("need an HDU, and stop at an abort with its reason", async () => {
    await expect(fitsBytes([])).rejects.toThrow(FitsError);
    const reason = new Error("enough");
    await expect(fitsBytes([imageHdu()], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(writeFits(sink(true), [imageHdu()], { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  it("are made in chunks of bounded size", async () => {
    let largest = 0;
    const columns = [{ name: "v", format: "100D" }];
    const hdus = [
      imageHdu({ data: ndarray(new Float32Array(3_000_000), [3_000_000]) }),
      tableHdu({ columns, batches: [{ columns: [{ values: new Float64Array(1_000_000) }] }] }),
    ];
    for await (const chunk of fitsChunks(hdus)) largest = Math.max(largest, chunk.length);
    expect(largest).toBeLessThanOrEqual(1 << 20);
  });
});
