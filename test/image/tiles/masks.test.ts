/**
 * Null-pixel masks (FITS Standard 4.0, sections 10.1.2 and 10.2.3). No writer at hand makes them: the files are built by
 * hand.
 */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHcompress } from "../../../src/codec/hcompress-encode.js";
import { encodePlio } from "../../../src/codec/plio-encode.js";
import { decodeRice } from "../../../src/codec/rice.js";
import { encodeRice } from "../../../src/codec/rice-encode.js";
import { dequantize } from "../../../src/image/tiles/quantize.js";
import { type Column, file } from "./by-hand.js";
import { layoutsOf, loadPixels, readWhole } from "./files.js";

/** An image of 6 x 8 pixels in tiles of 3 x 4: 0 to 47. */
const [height, width, tileHeight, tileWidth] = [6, 8, 3, 4];
const axes = { ZNAXIS: 2, ZNAXIS1: width, ZNAXIS2: height, ZTILE1: tileWidth, ZTILE2: tileHeight };
const shape = [tileHeight, tileWidth];

/** Of each tile, what `of` says of its pixels, by their place in the image. */
function perTile<T>(of: (places: number[]) => T): T[] {
  const tiles: T[] = [];
  for (let y = 0; y < height; y += tileHeight) {
    for (let x = 0; x < width; x += tileWidth) {
      const places = Array.from(
        { length: tileHeight * tileWidth },
        (_, i) => (y + Math.floor(i / tileWidth)) * width + x + (i % tileWidth),
      );
      tiles.push(of(places));
    }
  }
  return tiles;
}

const pixels = (format: string): Column => ({
  name: "COMPRESSED_DATA",
  format,
  rows: perTile((places) => places),
});

/** How a mask is compressed, as bytes of its cell. */
const compressions: Record<string, (mask: number[]) => Uint8Array> = {
  NOCOMPRESS: (mask) => Uint8Array.from(mask),
  GZIP_1: (mask) => gzipSync(Uint8Array.from(mask)),
  GZIP_2: (mask) => gzipSync(Uint8Array.from(mask)),
  PLIO_1: (mask) => encodePlio(Int32Array.from(mask)),
  RICE_1: (mask) => encodeRice(Int32Array.from(mask), { shape, blockSize: 32 }),
  HCOMPRESS_1: (mask) => encodeHcompress(Int32Array.from(mask), { shape }),
};

/** The column of masks where pixels at these places are undefined; tiles without any have none. */
function maskColumn(algorithm: string, undefinedPlaces: readonly number[]): Column {
  const rows = perTile((places) => {
    const mask = places.map((place) => (undefinedPlaces.includes(place) ? 1 : 0));
    return mask.includes(1) ? [...compressions[algorithm]!(mask)] : [];
  });
  return { name: "NULL_PIXEL_MASK", format: "1PB", rows };
}

async function values(bytes: Uint8Array, selection?: string, raw = false): Promise<number[]> {
  const array = await readWhole(await loadPixels(layoutsOf(bytes)[1]!), bytes, selection, raw);
  return Array.from(array.data as ArrayLike<number | bigint>, Number);
}

const expected = (undefinedPlaces: readonly number[]): number[] =>
  Array.from({ length: height * width }, (_, i) => (undefinedPlaces.includes(i) ? Number.NaN : i));

const places = [0, 9, 10, 11, 18, 47];

describe("null-pixel masks", () => {
  it.each(Object.keys(compressions))("are read that are compressed by %s", async (algorithm) => {
    const cards = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: -32, ZMASKCMP: algorithm, ...axes };
    expect(await values(file(cards, [pixels("1PE"), maskColumn(algorithm, places)]))).toEqual(
      expected(places),
    );
  });

  it("are PLIO_1 where ZMASKCMP is missing", async () => {
    const cards = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: -64, ...axes };
    expect(await values(file(cards, [pixels("1PD"), maskColumn("PLIO_1", places)]))).toEqual(
      expected(places),
    );
  });

  it("count in any section, stepped and backwards too", async () => {
    const somePlaces = fc.uniqueArray(fc.nat({ max: height * width - 1 }), { maxLength: 12 });
    const range = (length: number): fc.Arbitrary<{ text: string; at: number[] }> =>
      fc
        .tuple(
          fc.nat({ max: length - 1 }),
          fc.integer({ min: 1, max: length }),
          fc.constantFrom(1, 2, 3),
          fc.boolean(),
        )
        .map(([start, count, step, back]) => {
          const stop = Math.min(length, start + count);
          const at: number[] = [];
          if (back) for (let i = stop - 1; i >= start; i -= step) at.push(i);
          else for (let i = start; i < stop; i += step) at.push(i);
          return {
            text: back ? `${stop - 1}:${start === 0 ? "" : start - 1}:-${step}` : `${start}:${stop}:${step}`,
            at,
          };
        });
    await fc.assert(
      fc.asyncProperty(somePlaces, range(height), range(width), async (undefinedPlaces, y, x) => {
        const cards = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: -32, ZMASKCMP: "GZIP_1", ...axes };
        const bytes = file(cards, [pixels("1PE"), maskColumn("GZIP_1", undefinedPlaces)]);
        const all = expected(undefinedPlaces);
        const want = y.at.flatMap((row) => x.at.map((column) => all[row * width + column]!));
        expect(await values(bytes, `${y.text}, ${x.text}`)).toEqual(want);
      }),
      { numRuns: 60 },
    );
  });

  it("make NaN of quantized floats, whatever their levels are", async () => {
    const levels = perTile((at) => Int32Array.from(at, (place) => 3 * place - 50));
    const data: Column = {
      name: "COMPRESSED_DATA",
      format: "1PB",
      rows: levels.map((tile) => [...encodeRice(tile, { shape, blockSize: 32 })]),
    };
    const number = (name: string, value: number): Column => ({
      name,
      format: "1D",
      rows: levels.map(() => value),
    });
    const cards = {
      ZCMPTYPE: "RICE_1",
      ZQUANTIZ: "SUBTRACTIVE_DITHER_1",
      ZDITHER0: 77,
      ZBITPIX: -32,
      ...axes,
    };
    const scaling = [number("ZSCALE", 0.25), number("ZZERO", 10)];
    const bytes = file(cards, [data, ...scaling, maskColumn("PLIO_1", places)]);
    const want = new Array<number>(height * width);
    const tiles = perTile((at) => at);
    for (const [row, at] of tiles.entries()) {
      const stream = encodeRice(levels[row]!, { shape, blockSize: 32 });
      const floats = new Float32Array(at.length);
      const decoded = decodeRice(stream, { dtype: "int32", shape, bytePix: 4 }) as Int32Array<ArrayBuffer>;
      dequantize(decoded, floats, { scale: 0.25, zero: 10, dither: 1, seed: 77, row });
      for (const [i, place] of at.entries()) want[place] = places.includes(place) ? Number.NaN : floats[i]!;
    }
    expect(await values(bytes)).toEqual(want);
    expect(await values(bytes, "1, 1:5")).toEqual(want.slice(9, 13));
  });

  it("make BLANK of integers that have one, which is NaN where they are made physical", async () => {
    const cards = { ZCMPTYPE: "NOCOMPRESS", ZMASKCMP: "NOCOMPRESS", ZBITPIX: 16, BLANK: -7, ...axes };
    const bytes = file(cards, [pixels("1PI"), maskColumn("NOCOMPRESS", places)]);
    expect(await values(bytes)).toEqual(expected(places));
    expect(await values(bytes, "...", true)).toEqual(expected(places).map((v) => (Number.isNaN(v) ? -7 : v)));
  });

  it.each([
    ["a BLANK that no stored value equals", { BLANK: 40000 }],
    ["no BLANK", {}],
    ["a BLANK that is no number", { BLANK: "none" }],
  ])("leave stored integers with %s as they are", async (_, blank) => {
    const cards = { ZCMPTYPE: "NOCOMPRESS", ZMASKCMP: "NOCOMPRESS", ZBITPIX: 16, ...blank, ...axes };
    const bytes = file(cards, [pixels("1PI"), maskColumn("NOCOMPRESS", places)]);
    expect(await values(bytes, "...", true)).toEqual(expected([]));
  });

  it("are told of with HDU, tile and algorithm where they are damaged", async () => {
    const cards = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: -32, ZMASKCMP: "GZIP_1", ...axes };
    const mask = maskColumn("GZIP_1", places);
    const damaged = {
      ...mask,
      rows: mask.rows.map((row, i) => (i === 1 ? [] : (row as number[]).slice(0, -9))),
    };
    await expect(values(file(cards, [pixels("1PE"), damaged]))).rejects.toMatchObject({
      code: "BAD_DATA",
      message: expect.stringMatching(/HDU 1.*mask of tile \d+ \(GZIP_1\)/),
    });
    const unknown = file({ ...cards, ZMASKCMP: "ZSTD_9" }, [pixels("1PE"), mask]);
    await expect(values(unknown)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringMatching(/HDU 1.*mask of tile \d+.*ZSTD_9/),
    });
    const bytes = file(cards, [pixels("1PE"), mask]);
    const short = bytes.subarray(0, bytes.length - 2880 + 300);
    await expect(values(short)).rejects.toMatchObject({ code: "TRUNCATED" });
  });

  it("that are sound have no say in tiles that a section does not touch", async () => {
    const cards = { ZCMPTYPE: "NOCOMPRESS", ZBITPIX: -32, ZMASKCMP: "GZIP_1", ...axes };
    const mask = maskColumn("GZIP_1", places);
    const damaged = { ...mask, rows: mask.rows.map((row, i) => (i === 3 ? [1, 2, 3] : row)) };
    expect(await values(file(cards, [pixels("1PE"), damaged]), "0:3, 0:4")).toEqual(
      [0, 1, 2].flatMap((y) => expected(places).slice(y * width, y * width + 4)),
    );
  });
});
