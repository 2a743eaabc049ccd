/**
 * Compressed images that few writers make, through the store, by zarrita: more than three axes, tiles compressed in several ways,
 * masks of undefined pixels.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { elementCount, ndarray } from "../../src/array.js";
import { encodeRaw } from "../../src/codec/gzip-encode.js";
import { encodePlio } from "../../src/codec/plio-encode.js";
import { encodeRice } from "../../src/codec/rice-encode.js";
import { open } from "../../src/index.js";
import { arraySource, compressedHdu, fitsBytes, imageHdu } from "../../src/write/index.js";
import { references } from "../../src/zarr/index.js";
import { zarrStore } from "../../src/zarr/store.js";
import { type Column, file } from "../image/tiles/by-hand.js";
import { compared, readByZarrita } from "./equal.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** What zarrita reads of the one image of a file, as 32-bit floats. */
async function floats(bytes: Uint8Array, format: 2 | 3): Promise<number[]> {
  const store = zarrStore(await open(bytes as Bytes));
  const given = await readByZarrita(store, "COMPRESSED_IMAGE/data", format);
  return [...new Float32Array(new Uint8Array(given).buffer)];
}

describe("images of many axes have the pixels that were compressed", () => {
  test.each([
    { shape: [3, 2, 5, 7], tile: [1, 1, 5, 7] },
    { shape: [3, 2, 5, 7], tile: [2, 1, 3, 4] },
    { shape: [2, 3, 2, 4, 9], tile: [1, 1, 1, 1, 9] },
    { shape: [2, 3, 2, 4, 9], tile: [2, 2, 1, 3, 5] },
  ])("of shape $shape in tiles $tile", async ({ shape, tile }) => {
    const count = elementCount(shape);
    const pixels = Int32Array.from({ length: count }, (_, i) => (i * i) % 119);
    const moved = Float32Array.from(pixels, (value) => value / 4);
    for (const algorithm of ["rice", "gzip", "gzip2", "plio"] as const) {
      const source = arraySource(ndarray(pixels, shape));
      const fits = await open(await fitsBytes([imageHdu(), compressedHdu(source, { algorithm, tile })]));
      for (const format of [2, 3] as const) {
        const [array] = await compared(fits, "raw", format);
        expect(new Int32Array(new Uint8Array(array!.given).buffer), algorithm).toEqual(pixels);
        expect(array!.given.equals(array!.expected)).toBe(true);
      }
    }
    // Quantized, tiles differ from the pixels, but not from a section.
    const source = arraySource(ndarray(moved, shape));
    const options = { algorithm: "rice", tile, quantize: 4 } as const;
    const [array] = await compared(
      await open(await fitsBytes([imageHdu(), compressedHdu(source, options)])),
      "physical",
      3,
    );
    expect(array!.type).toBe("float32");
    expect(array!.given.equals(array!.expected)).toBe(true);
  });
});

/** Cards of an image of 4 x 6 pixels in tiles of one row. */
const axes = { ZNAXIS: 2, ZNAXIS1: 6, ZNAXIS2: 4, ZTILE1: 6, ZTILE2: 1 };
const rows = Array.from({ length: 4 }, (_, y) => Array.from({ length: 6 }, (_, x) => 10 * y + x - 7));

test("tiles compressed in three ways, and one behind the other in a file, are read; references refuse them", async () => {
  const cell = (which: number, of: (row: number[]) => Uint8Array | number[]) =>
    rows.map((row, y) => (y % 3 === which ? [...of(row)] : []));
  const shape = [1, 6];
  const columns: Column[] = [
    {
      name: "COMPRESSED_DATA",
      format: "1PB",
      rows: cell(0, (row) => encodeRice(Int32Array.from(row), { shape, blockSize: 32 })),
    },
    {
      name: "GZIP_COMPRESSED_DATA",
      format: "1PB",
      rows: cell(1, (row) => gzipSync(encodeRaw(Int32Array.from(row)))),
    },
    { name: "UNCOMPRESSED_DATA", format: "1PJ", rows: cell(2, (row) => row) },
  ];
  const bytes = file({ ZCMPTYPE: "RICE_1", ZBITPIX: 32, ...axes }, columns) as Bytes;
  const fits = await open(bytes);
  for (const format of [2, 3] as const) {
    const given = await readByZarrita(
      zarrStore(fits, { chunkShape: [3, 4] }),
      "COMPRESSED_IMAGE/data",
      format,
    );
    expect([...new Int32Array(new Uint8Array(given).buffer)]).toEqual(rows.flat());
  }
  await expect(references(fits, { urls: ["a.fits"] })).rejects.toThrow(
    /its tiles are not all compressed in the same way; read it live, by fitslice serve or zarrStore$/,
  );
});

test("pixels undefined by a mask are NaN, by each algorithm of masks; references refuse them", async () => {
  const isUndefined = (value: number): boolean => value % 5 === 0;
  const masks: Record<string, (mask: number[]) => Uint8Array> = {
    NOCOMPRESS: (mask) => Uint8Array.from(mask),
    GZIP_1: (mask) => gzipSync(Uint8Array.from(mask)),
    PLIO_1: (mask) => encodePlio(Int32Array.from(mask)),
    RICE_1: (mask) => encodeRice(Int32Array.from(mask), { shape: [1, 6], blockSize: 32 }),
  };
  const expected = rows.flat().map((value) => (isUndefined(value) ? Number.NaN : value));
  for (const [algorithm, encode] of Object.entries(masks)) {
    const cards = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: -32, ZMASKCMP: algorithm, ...axes };
    const bytes = file(cards, [
      { name: "COMPRESSED_DATA", format: "1PE", rows },
      {
        name: "NULL_PIXEL_MASK",
        format: "1PB",
        rows: rows.map((row) => [...encode(row.map((value) => (isUndefined(value) ? 1 : 0)))]),
      },
    ]);
    for (const format of [2, 3] as const) expect(await floats(bytes, format), algorithm).toEqual(expected);
    await expect(references(await open(bytes as Bytes), { urls: ["a.fits"] })).rejects.toThrow(
      /its undefined pixels are in masks; read it live, by fitslice serve or zarrStore$/,
    );
  }
});

test("pixels undefined by a mask are the _FillValue of stored integers", async () => {
  const cards = {
    ZCMPTYPE: "NOCOMPRESS",
    ZBITPIX: 16,
    ZMASKCMP: "NOCOMPRESS",
    BLANK: -32768,
    BSCALE: 0.5,
    ...axes,
  };
  const isUndefined = (value: number): boolean => value % 5 === 0;
  const bytes = file(cards, [
    { name: "COMPRESSED_DATA", format: "1PI", rows },
    {
      name: "NULL_PIXEL_MASK",
      format: "1PB",
      rows: rows.map((row) => row.map((value) => Number(isUndefined(value)))),
    },
  ]) as Bytes;
  const store = zarrStore(await open(bytes), { values: "raw" });
  const { data } = (await store.describe()).groups["COMPRESSED_IMAGE"]!.arrays;
  expect(data).toMatchObject({ type: "int16", attributes: { _FillValue: -32768n, scale_factor: 0.5 } });
  const given = new Uint8Array(await readByZarrita(store, "COMPRESSED_IMAGE/data", 3));
  const expected = rows.flat().map((value) => (isUndefined(value) ? -32768 : value));
  expect([...new Int16Array(given.buffer)]).toEqual(expected);
});
