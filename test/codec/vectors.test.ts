import { describe, expect, test } from "vitest";
import { decodeHcompress } from "../../src/codec/hcompress.js";
import { encodeHcompress } from "../../src/codec/hcompress-encode.js";
import { decodePlio } from "../../src/codec/plio.js";
import { encodePlio } from "../../src/codec/plio-encode.js";
import { decodeRice } from "../../src/codec/rice.js";
import { encodeRice } from "../../src/codec/rice-encode.js";
import { bytes, sha256, tiles, values } from "./tiles.js";

const riceType = { 1: "uint8", 2: "int16", 4: "int32" } as const;

describe("RICE_1", () => {
  test.each(tiles.rice.map((tile, i) => ({ ...tile, i })))(
    "reads and writes cfitsio's stream $i: BYTEPIX $bytePix, BLOCKSIZE $blockSize",
    ({ bytePix, blockSize, stream, values: want }) => {
      const dtype = riceType[bytePix];
      const expected = values(want, dtype);
      const shape = [expected.length];
      expect(decodeRice(bytes(stream), { dtype, shape, bytePix, blockSize })).toEqual(expected);
      expect(encodeRice(expected, { shape, blockSize })).toEqual(bytes(stream));
    },
  );

  test("decodes into an array that the caller gives", () => {
    const { bytePix, blockSize, stream, values: want } = tiles.rice[9]!;
    const expected = values(want, "int32");
    const room = new Int32Array(expected.length + 10);
    const into = room.subarray(5, 5 + expected.length);
    const shape = [1, expected.length];
    expect(decodeRice(bytes(stream), { dtype: "int32", shape, bytePix, blockSize }, into)).toBe(into);
    expect(into).toEqual(expected);
    expect([...room.subarray(0, 5), ...room.subarray(5 + expected.length)]).toEqual(new Array(10).fill(0));
  });

  test("widens and clamps to the type asked for", () => {
    const data = Int32Array.of(5, -40000, 70000, 32767, -32768);
    const stream = encodeRice(data, { shape: [5] });
    const params = { shape: [5], bytePix: 4, blockSize: 32 };
    expect(decodeRice(stream, { ...params, dtype: "int16" })).toEqual(
      Int16Array.of(5, -32768, 32767, 32767, -32768),
    );
    expect(decodeRice(stream, { ...params, dtype: "uint8" })).toEqual(Uint8Array.of(5, 0, 255, 255, 0));
    expect(decodeRice(stream, { ...params, dtype: "int64" })).toEqual(
      BigInt64Array.from([...data].map(BigInt)),
    );
  });

  test.each([
    [{ bytePix: 8 }, "BYTEPIX 8"],
    [{ bytePix: 3 }, "BYTEPIX 3"],
    [{ blockSize: 0 }, "BLOCKSIZE 0"],
    [{ blockSize: 1.5 }, "BLOCKSIZE 1.5"],
  ])("refuses %o", (bad, message) => {
    expect(() => decodeRice(new Uint8Array(9), { dtype: "int32", shape: [4], ...bad })).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringContaining(message) }),
    );
  });
});

describe("HCOMPRESS_1", () => {
  test.each(tiles.hcompress.map((tile, i) => ({ ...tile, i })))(
    "reads and writes cfitsio's stream $i: $shape, SCALE $scale, SMOOTH $smooth",
    ({ shape, scale, smooth, pixels, stream, values: want }) => {
      const params = { dtype: "int32", shape, smooth: smooth === 1 } as const;
      expect(decodeHcompress(bytes(stream), params)).toEqual(values(want, "int32"));
      expect(encodeHcompress(values(pixels, "int32"), { shape, scale })).toEqual(bytes(stream));
    },
  );

  test("reads a tile whose longer axes are any two of several", () => {
    const { shape, stream, values: want } = tiles.hcompress[0]!;
    const cube = [shape[0], 1, shape[1], 1];
    expect(decodeHcompress(bytes(stream), { dtype: "int32", shape: cube })).toEqual(values(want, "int32"));
    expect(encodeHcompress(values(want, "int32"), { shape: cube })).toEqual(bytes(stream));
  });

  test("refuses to compress a cube", () => {
    expect(() => encodeHcompress(new Int32Array(64), { shape: [4, 4, 4] })).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT" }),
    );
  });
});

describe("PLIO_1", () => {
  test.each(tiles.plio.map((tile, i) => ({ ...tile, i })))(
    "reads and writes cfitsio's line list $i",
    ({ stream, sha256: want, pixels }) => {
      const mask = decodePlio(bytes(stream), { dtype: "int32", shape: [pixels] });
      expect(sha256(mask)).toBe(want);
      expect(encodePlio(mask)).toEqual(bytes(stream));
    },
  );

  test("reads the old header of three words", () => {
    // 5 zeros, then 3 pixels of 1, as IRAF wrote lists before their length needed 31 bits.
    const words = Uint8Array.of(0, 0, 0, 0, 0, 5, 0, 5, 0x40, 3);
    const mask = decodePlio(words, { dtype: "int16", shape: [10] });
    expect([...mask]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 0, 0]);
  });

  test("keeps one pixel after exactly 4095 zeros, which IRAF loses", () => {
    const mask = new Int32Array(4100);
    mask[4095] = 1;
    expect(decodePlio(encodePlio(mask), { dtype: "int32", shape: [4100] })).toEqual(mask);
  });

  test.each([-1, 2 ** 24])("refuses to compress %d", (value) => {
    expect(() => encodePlio(Int32Array.of(0, value))).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT" }),
    );
  });
});
