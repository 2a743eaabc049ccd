import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { allocate, bytesOf, cStrides, ndarray, viewAs, wordsOf } from "../src/array.js";

afterEach(() => vi.unstubAllGlobals());

/** The module as Node and as a browser, which has no Buffer, would have it. */
async function loaded(withBuffer: boolean): Promise<typeof import("../src/array.js")> {
  vi.resetModules();
  if (!withBuffer) vi.stubGlobal("Buffer", undefined);
  return import("../src/array.js");
}

describe.each([
  ["Node", true],
  ["a browser", false],
])("big-endian bytes in %s", (_, withBuffer) => {
  test("become native whatever their number and place, and their neighbors stay", async () => {
    const { bigEndianToNative } = await loaded(withBuffer);
    fc.assert(
      fc.property(
        fc.nat(400),
        fc.nat(9),
        fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8),
        (length, offset, size) => {
          const bytes = Uint8Array.from({ length: length + offset + 3 }, (_, i) => (i * 151) % 256);
          const expected = bytes.slice();
          for (let at = offset; at + size <= offset + length; at += size)
            expected.subarray(at, at + size).reverse();
          bigEndianToNative(bytes.subarray(offset, offset + length), size);
          expect([...bytes]).toEqual([...expected]);
        },
      ),
    );
  });

  test("keep the payload of a NaN", async () => {
    const { bigEndianToNative } = await loaded(withBuffer);
    const bytes = Uint8Array.from({ length: 4000 }, (_, i) => [0x7f, 0xa0, 0x12, 0x34][i % 4]!);
    bigEndianToNative(bytes, 4);
    expect(new Uint32Array(bytes.buffer).every((word) => word === 0x7fa01234)).toBe(true);
  });
});

test("elements are moved as words of their own size, or two of four bytes", () => {
  expect(wordsOf(Float32Array.of(1))).toEqual(Uint32Array.of(0x3f800000));
  expect(wordsOf(Float64Array.of(1)).length).toBe(2);
  expect(wordsOf(Int16Array.of(0, -1).subarray(1))).toEqual(Uint16Array.of(0xffff));
  expect(wordsOf(Int8Array.of(-1))).toEqual(Uint8Array.of(255));
});

test("arrays are views of their bytes, in C order", () => {
  const data = allocate("int16", 6);
  bytesOf(data)[0] = 7;
  expect(viewAs(bytesOf(data), "int16")[0]).toBe(data[0]);
  expect(ndarray(data, [2, 3])).toEqual({ dtype: "int16", data, shape: [2, 3], stride: [3, 1] });
  expect(() => ndarray(data, [2, 2])).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  expect(ndarray(new Uint8ClampedArray(2) as never, [2]).dtype).toBe("uint8");
  for (const shape of [[-2, -3], [1.5, 4], ["6"], [0, -5], "6", undefined])
    expect(() => ndarray(data, shape as never)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  expect(() => ndarray(undefined as never, [2])).toThrow(expect.objectContaining({ code: "WRONG_TYPE" }));
  expect(() => ndarray([1, 2] as never, [2])).toThrow(expect.objectContaining({ code: "WRONG_TYPE" }));
  expect(cStrides([])).toEqual([]);
});

test("what memory cannot hold is TOO_LARGE", () => {
  expect(() => allocate("float64", 2 ** 50)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
});
