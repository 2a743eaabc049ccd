import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, bytesOf, type DType } from "../../src/array.js";
import { isCodec, loadCodec } from "../../src/codec/codec.js";
import { loadEncoder } from "../../src/codec/encoder.js";
import { gunzip } from "../../src/codec/gunzip.js";
import type { TileData } from "../../src/codec/tile.js";
import * as browserGzip from "../../src/platform/browser-gzip.js";
import * as nodeGzip from "../../src/platform/node-gzip.js";

/** Random tiles of a type: runs, small differences and any bytes at all. */
function tile(dtype: DType, most = 600): fc.Arbitrary<TileData> {
  return fc
    .record({
      length: fc.integer({ min: 1, max: most }),
      kind: fc.constantFrom("runs", "walk", "noise"),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    })
    .map(({ length, kind, seed }) => {
      const data = allocate(dtype, length);
      const raw = bytesOf(data);
      let state = seed;
      const random = (): number => (state = (state * 48271) % 2147483647);
      if (kind === "noise") for (let i = 0; i < raw.length; i++) raw[i] = random() >> 8;
      let value = random() % 100;
      for (let i = 0; i < length && kind !== "noise"; i++) {
        if (kind === "walk") value = (value + (random() % 7) + 97) % 100;
        else if (random() % 10 === 0) value = random() % 100;
        data[i] = typeof data[0] === "bigint" ? BigInt(value) : value;
      }
      return data;
    });
}

/** As bytes, so that the payload of a NaN counts; vitest's own comparison takes a millisecond for a thousand. */
function expectSame(got: TileData, want: TileData): void {
  if (Buffer.compare(bytesOf(got), bytesOf(want)) !== 0) expect([...got]).toEqual([...want]);
}

const integers = ["uint8", "int16", "int32"] as const;
const every = [...integers, "int64", "float32", "float64"] as const;

describe("a tile that was compressed comes back, bit for bit", () => {
  test.each(integers)("RICE_1 of %s", async (dtype) => {
    const [encode, decode] = [await loadEncoder("RICE_1"), await loadCodec("RICE_ONE")];
    await fc.assert(
      fc.asyncProperty(tile(dtype), fc.constantFrom(32, 16, 1, 5, 1000), async (data, blockSize) => {
        const shape = [data.length];
        const stream = await encode(data, { shape, blockSize });
        expectSame(decode(stream, { dtype, shape, blockSize, bytePix: data.BYTES_PER_ELEMENT }), data);
      }),
    );
  });

  test.each(integers)("HCOMPRESS_1 of %s", async (dtype) => {
    const [encode, decode] = [await loadEncoder("HCOMPRESS_1"), await loadCodec("HCOMPRESS_1")];
    await fc.assert(
      fc.asyncProperty(tile(dtype), fc.integer({ min: 1, max: 24 }), async (data, width) => {
        const columns = Math.min(width, data.length);
        const shape = [Math.floor(data.length / columns), columns];
        const part = data.slice(0, shape[0]! * columns) as TileData;
        expectSame(decode(await encode(part, { shape }), { dtype, shape }), part);
      }),
    );
  });

  test.each(integers)("PLIO_1 of %s", async (dtype) => {
    const [encode, decode] = [await loadEncoder("PLIO_1"), await loadCodec("PLIO_1")];
    await fc.assert(
      fc.asyncProperty(tile(dtype, 20000), async (data) => {
        const mask = (data as Int32Array).map((value) => Math.abs(value) & 0x7fff) as unknown as TileData;
        const shape = [mask.length];
        expectSame(decode(await encode(mask, { shape }), { dtype, shape }), mask);
      }),
      { numRuns: 40 },
    );
  });

  test.each(["GZIP_1", "GZIP_2", "NOCOMPRESS"])("%s of every type", async (name) => {
    const [encode, decode] = [await loadEncoder(name), await loadCodec(name)];
    for (const dtype of every) {
      await fc.assert(
        fc.asyncProperty(tile(dtype), async (data) => {
          const shape = [data.length];
          expectSame(decode(await encode(data, { shape }), { dtype, shape }), data);
        }),
        { numRuns: 30 },
      );
    }
  });
});

describe("GZIP_1", () => {
  test("takes the width of integers from the length, not from ZBITPIX", async () => {
    const decode = await loadCodec("GZIP_1");
    const wide = gzipSync(Buffer.from([0, 0, 0, 7, 255, 255, 255, 254, 0, 1, 0, 0]));
    expect(decode(wide, { dtype: "int16", shape: [3] })).toEqual(Int16Array.of(7, -2, 32767));
  });

  test("refuses floats of another width", async () => {
    const decode = await loadCodec("GZIP_1");
    expect(() => decode(gzipSync(Buffer.alloc(12)), { dtype: "float64", shape: [3] })).toThrow(
      expect.objectContaining({ code: "BAD_DATA", message: expect.stringContaining("12 bytes") }),
    );
  });

  test("stops at the tile's size, whatever the member holds", async () => {
    const decode = await loadCodec("GZIP_1");
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(() => decode(bomb, { dtype: "int16", shape: [100] })).toThrow(
      expect.objectContaining({ code: "BAD_DATA" }),
    );
  });

  test("inflates and deflates in browsers as in Node", async () => {
    const text = new TextEncoder().encode("tile ".repeat(1000));
    expect(browserGzip.gunzip).toBeUndefined();
    expect(gunzip(nodeGzip.gzip(text), 5000)).toEqual(text);
    expect(new Uint8Array(nodeGzip.gunzip!(await browserGzip.gzip(text), 5000))).toEqual(text);
    expect(() => gunzip(nodeGzip.gzip(text), 4999)).toThrow();
    expect(() => nodeGzip.gunzip!(nodeGzip.gzip(text), 4999)).toThrow();
  });
});

describe("names", () => {
  test("those of the Standard are known, and RICE_ONE", () => {
    const names = ["RICE_1", "RICE_ONE", "GZIP_1", "GZIP_2", "PLIO_1", "HCOMPRESS_1", "NOCOMPRESS"];
    expect(names.every(isCodec)).toBe(true);
    expect(isCodec("toString")).toBe(false);
  });

  test("others are refused", async () => {
    await expect(loadCodec("LZW")).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(loadEncoder("LZW")).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  });

  test("64-bit integers are refused where only gzip holds them", async () => {
    const encode = await loadEncoder("RICE_1");
    expect(() => encode(new BigInt64Array(3), { shape: [3] })).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT", message: expect.stringContaining("BigInt64") }),
    );
  });
});
