/**
 * Tiles of which the first pixels alone are wanted: the same pixels as of the whole tile, in the memory that these take.
 */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Arrays, allocate, bytesOf, bytesPerElement, type DType } from "../../src/array.js";
import { loadCodec } from "../../src/codec/codec.js";
import { loadEncoder } from "../../src/codec/encoder.js";
import type { TileData, TileParams } from "../../src/codec/tile.js";
import { FitsError } from "../../src/errors.js";

const integers = ["uint8", "int16", "int32"] as const;
const all = [...integers, "int64", "float32", "float64"] as const;
const typesOf: Record<string, readonly DType[]> = {
  RICE_1: integers,
  PLIO_1: integers,
  HCOMPRESS_1: integers,
  GZIP_1: all,
  GZIP_2: all,
  NOCOMPRESS: all,
};

/** A tile of runs and small steps, none negative. */
function madeTile(dtype: DType, length: number, seed: number): TileData {
  const data = allocate(dtype, length);
  let state = seed;
  let value = 3;
  for (let i = 0; i < length; i++) {
    state = (state * 48271) % 2147483647;
    if (state % 3 === 0) value = (value + (state % 11)) % 120;
    data[i] = typeof data[0] === "bigint" ? BigInt(value) : value;
  }
  return data;
}

/** Decodes into an array with guards on both sides, and without one: both must agree. */
async function decode(name: string, stream: Uint8Array, params: TileParams): Promise<TileData> {
  const decoder = await loadCodec(name);
  const fresh = decoder(stream, params);
  const room = allocate(params.dtype, fresh.length + 2);
  const guard = typeof room[0] === "bigint" ? 77n : 77;
  room.fill(guard as never);
  const into = room.subarray(1, -1) as TileData;
  expect(decoder(stream, params, into)).toBe(into);
  expect(Buffer.compare(bytesOf(into), bytesOf(fresh))).toBe(0);
  expect([room[0], room.at(-1)]).toEqual([guard, guard]);
  return fresh;
}

describe.each(Object.keys(typesOf))("%s", (name) => {
  test.each(typesOf[name]!)("gives the first pixels of a tile of %s", async (dtype) => {
    const encode = await loadEncoder(name);
    const shapes = fc.record({
      height: fc.integer({ min: name === "HCOMPRESS_1" ? 4 : 1, max: 20 }),
      width: fc.integer({ min: 4, max: 90 }),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ height, width, seed, share }) => {
        const tile = madeTile(dtype, height * width, seed);
        const bytePix = tile.BYTES_PER_ELEMENT;
        const stream = await encode(tile, { shape: [height, width] });
        const pixels = Math.round(share * tile.length);
        const params = { dtype, bytePix, shape: [pixels], tilePixels: tile.length };
        const part = await decode(name, stream, params);
        expect([...part]).toEqual([...tile.subarray(0, pixels)]);
      }),
      { numRuns: 40 },
    );
  });
});

test.each(["GZIP_1", "GZIP_2"])(
  "%s gives the first pixels of 16-bit integers in 4 bytes each",
  async (name) => {
    const tile = madeTile("int32", 5000, 5);
    tile[1] = 70_000;
    const stream = await (await loadEncoder(name))(tile, { shape: [5000] });
    const params = { dtype: "int16", shape: [3], tilePixels: 5000 } as const;
    expect([...(await decode(name, stream, params))]).toEqual([tile[0], 32_767, tile[2]]);
  },
);

test("GZIP_1 of several members gives the first pixels", async () => {
  const tile = madeTile("int32", 5000, 6);
  const big = bytesOf(tile.slice() as Arrays["int32"]).slice();
  Buffer.from(big.buffer).swap32();
  const stream = Buffer.concat([gzipSync(big.subarray(0, 7000)), gzipSync(big.subarray(7000))]);
  const params = { dtype: "int32", shape: [100], tilePixels: 5000 } as const;
  expect([...(await decode("GZIP_1", stream, params))]).toEqual([...tile.subarray(0, 100)]);
});

describe("a tile of 24 MB", () => {
  const pixels = 3_000_000;
  const tile = allocate("float64", pixels);
  for (let i = 0; i < pixels; i += 1000) tile[i] = i + 0.5;
  const wanted = { dtype: "float64", shape: [2001], tilePixels: pixels, maxTileBytes: 1 << 20 } as const;

  test.each(["GZIP_1", "GZIP_2"])("takes 1 MB of memory for 2001 pixels of it (%s)", async (name) => {
    const stream = await (await loadEncoder(name))(tile, { shape: [pixels] });
    const part = await decode(name, stream, wanted);
    expect([...part]).toEqual([...tile.subarray(0, 2001)]);
  });

  test.each(["GZIP_1", "GZIP_2", "NOCOMPRESS"])(
    "as a whole is TOO_LARGE below that limit (%s)",
    async (name) => {
      const stream = await (await loadEncoder(name))(tile, { shape: [pixels] });
      const decoder = await loadCodec(name);
      const params = { ...wanted, shape: [pixels] };
      expect(() => decoder(stream, params)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
      expect(() => decoder(stream, params)).toThrow("maxTileBytes (1048576)");
    },
  );

  test("goes straight into the caller's memory where that is there (GZIP_1)", async () => {
    const stream = await (await loadEncoder("GZIP_1"))(tile, { shape: [pixels] });
    const into = allocate("float64", pixels);
    (await loadCodec("GZIP_1"))(stream, { ...wanted, shape: [pixels] }, into);
    expect(Buffer.compare(bytesOf(into), bytesOf(tile))).toBe(0);
  });
});

test.each(["RICE_1", "PLIO_1", "HCOMPRESS_1"])("%s tiles beyond maxTileBytes are TOO_LARGE", async (name) => {
  const tile = madeTile("int32", 64 * 64, 9);
  const stream = await (await loadEncoder(name))(tile, { shape: [64, 64] });
  const decoder = await loadCodec(name);
  const params = { dtype: "int32", shape: [64, 64], maxTileBytes: 1000 } as const;
  expect(() => decoder(stream, params)).toThrow("maxTileBytes (1000)");
  expect(() => decoder(stream, params)).toThrow(FitsError);
});

test.each(["GZIP_1", "GZIP_2"])(
  "a cut off %s stream gives the pixels before the cut, or BAD_DATA",
  async (name) => {
    const tile = madeTile("int16", 40_000, 11);
    const stream = await (await loadEncoder(name))(tile, { shape: [40_000] });
    const decoder = await loadCodec(name);
    const params = { dtype: "int16", shape: [100], tilePixels: 40_000 } as const;
    for (let length = 0; length < stream.length; length += 97) {
      let part: TileData | undefined;
      try {
        part = decoder(stream.subarray(0, length), params);
      } catch (error) {
        expect(error).toMatchObject({ code: "BAD_DATA" });
      }
      if (part) expect([...part]).toEqual([...tile.subarray(0, 100)]);
    }
  },
);

test("a trailer that promises more than its bytes can hold makes no room for it", async () => {
  const stream = Uint8Array.from(gzipSync(Buffer.alloc(100)));
  const pixels = 2 ** 27;
  new DataView(stream.buffer).setUint32(stream.length - 4, pixels * bytesPerElement("float32"), true);
  const params = { dtype: "float32", shape: [pixels], maxTileBytes: 2 ** 20 } as const;
  const decoder = await loadCodec("GZIP_1");
  expect(() => decoder(stream, params)).toThrow(expect.objectContaining({ code: "BAD_DATA" }));
});
