/**
 * Damaged compressed images end in a FitsError that names HDU, tile and algorithm, or in pixels; in bounded time and
 * memory.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FitsError } from "../../../src/errors.js";
import { tileTable } from "../../../src/image/tiles/table.js";
import type { CompressOptions } from "../../../src/write/compress.js";
import { largestAllocation, layoutsOf, loadPixels, readWhole } from "./files.js";
import { compressedFile, testImage } from "./make.js";

const kinds: [dtype: "int16" | "float32", options: CompressOptions][] = [
  ["int16", { algorithm: "rice" }],
  ["int16", { algorithm: "gzip" }],
  ["int16", { algorithm: "gzip2" }],
  ["int16", { algorithm: "hcompress" }],
  ["int16", { algorithm: "plio" }],
  ["float32", { algorithm: "rice" }],
  ["float32", { algorithm: "hcompress" }],
  ["float32", { algorithm: "gzip", quantize: 0 }],
];

async function outcome(bytes: Uint8Array): Promise<FitsError | "pixels"> {
  try {
    const layout = layoutsOf(bytes)[1]!;
    if (layout.type !== "COMPRESSED_IMAGE") return "pixels";
    await readWhole(await loadPixels(layout, { fileSize: bytes.length }), bytes);
    return "pixels";
  } catch (error) {
    expect(error).toBeInstanceOf(FitsError);
    return error as FitsError;
  }
}

/** Overwrites the value of a header card. */
function withCard(file: Uint8Array, keyword: string, value: string): Uint8Array {
  const bytes = file.slice();
  const text = new TextDecoder("latin1").decode(bytes);
  const at = text.indexOf(`${keyword.padEnd(8)}= `);
  expect(at).toBeGreaterThan(0);
  new TextEncoder().encodeInto(value.padStart(20).padEnd(70), bytes.subarray(at + 10, at + 80));
  return bytes;
}

it("allocations are noticed, also those that fail", async () => {
  const work = async (): Promise<unknown> => [new Uint8Array(10), new Float64Array(1000), new ArrayBuffer(7)];
  expect(await largestAllocation(work)).toBe(8000);
  const tooMuch = async (): Promise<unknown> => new ArrayBuffer(2 ** 50);
  expect(await largestAllocation(() => tooMuch().catch(() => {}))).toBe(2 ** 50);
});

describe("damaged tiles", () => {
  it.each(kinds)(
    "%s %j: flipped bytes of the data end in an error or in pixels, soon",
    async (dtype, options) => {
      const file = await compressedFile(testImage(dtype, [24, 40]), options);
      const { dataOffset } = tileTable(layoutsOf(file)[1]!);
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.tuple(fc.integer({ min: dataOffset, max: file.length - 1 }), fc.integer({ min: 0, max: 255 })),
            {
              minLength: 1,
              maxLength: 20,
            },
          ),
          async (changes) => {
            const bytes = file.slice();
            for (const [at, value] of changes) bytes[at] = value;
            const result = await outcome(bytes);
            if (result === "pixels") return;
            expect(result.message).toMatch(/^HDU 1 \(COMPRESSED_IMAGE\), tile \d+.*_[12]/);
            // Bytes that are wrong are never told as a want of memory.
            expect(result.code).toBe("BAD_DATA");
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it.each(kinds)("%s %j: a file cut short says so, or which tile is damaged", async (dtype, options) => {
    const file = await compressedFile(testImage(dtype, [24, 40]), options);
    for (let length = 2880 * 2 + 1; length < file.length; length += 97) {
      const result = await outcome(file.subarray(0, length)).catch(() => "header");
      if (result instanceof FitsError) expect(["TRUNCATED", "BAD_HEADER", "BAD_DATA"]).toContain(result.code);
    }
  });

  it.each([
    ["points behind the heap", 4, 0x7fffff00],
    ["points before the heap", 4, -8],
    ["has a negative length", 0, -1],
    ["is longer than the heap", 0, 0x7fffffff],
    ["is empty", 0, 0],
  ])("a descriptor that %s is BAD_DATA", async (_, at, value) => {
    const bytes = await compressedFile(testImage("int16", [24, 40]));
    const { dataOffset } = tileTable(layoutsOf(bytes)[1]!);
    new DataView(bytes.buffer).setInt32(dataOffset + 5 * 8 + at, value);
    const result = await outcome(bytes);
    expect(result).toMatchObject({ code: "BAD_DATA" });
    expect(String(result)).toMatch(/HDU 1 \(COMPRESSED_IMAGE\), tile 5 of 24 \(RICE_1\)/);
  });

  it("descriptors that all claim the whole heap do not make it be decoded for every tile", async () => {
    const bytes = await compressedFile(testImage("int16", [500, 64]));
    const table = tileTable(layoutsOf(bytes)[1]!);
    const view = new DataView(bytes.buffer, table.dataOffset);
    for (let tile = 0; tile < 500; tile++) {
      view.setInt32(tile * 8, table.heapSize);
      view.setInt32(tile * 8 + 4, 0);
    }
    expect(await outcome(bytes)).toBe("pixels");
    const large = await compressedFile(testImage("int32", [4000, 64]), { algorithm: "gzip" });
    const long = tileTable(layoutsOf(large)[1]!);
    new DataView(large.buffer, long.dataOffset).setInt32(0, long.heapSize);
    new DataView(large.buffer, long.dataOffset).setInt32(4, 0);
    expect(await outcome(large)).toMatchObject({ code: "BAD_DATA" });
  });

  it.each([
    ["ZTILE1", "0"],
    ["ZTILE1", "-5"],
    ["ZTILE2", "1.5"],
    ["ZTILE1", "1"],
    ["ZNAXIS1", "1000000000"],
    ["ZNAXIS2", "1000000000000"],
    ["ZNAXIS", "9"],
    ["ZCMPTYPE", "'LZW_9   '"],
    ["ZCMPTYPE", "9"],
    ["ZVAL2", "3"],
    ["ZVAL1", "0"],
    ["TFORM1", "'10B     '"],
    ["TTYPE1", "'OTHER   '"],
    ["NAXIS1", "4"],
    ["PCOUNT", "10"],
  ])("%s = %s ends in an error that names the HDU, without allocating", async (keyword, value) => {
    const file = await compressedFile(testImage("int16", [24, 40]));
    let result: FitsError | "pixels" = "pixels";
    const largest = await largestAllocation(async () => {
      result = await outcome(withCard(file, keyword, value));
    });
    if (keyword !== "ZNAXIS") expect(result).toBeInstanceOf(FitsError);
    if (keyword !== "ZNAXIS") expect(String(result)).toMatch(/HDU 1/);
    expect(largest).toBeLessThan(4 * 1024 * 1024);
  });

  it("an absurd tile of few bytes allocates nothing", async () => {
    for (const options of [
      {},
      { algorithm: "gzip" },
      { algorithm: "hcompress" },
      { algorithm: "plio" },
    ] as CompressOptions[]) {
      const file = await compressedFile(testImage("int16", [16, 40]), { ...options, tile: [16, 40] });
      let bytes: Uint8Array = file;
      for (const keyword of ["ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2"])
        bytes = withCard(bytes, keyword, "60000");
      const largest = await largestAllocation(async () => {
        expect(await outcome(bytes)).toMatchObject({ code: "BAD_DATA" });
      });
      expect(largest).toBeLessThan(4 * 1024 * 1024);
    }
  });

  it("an HCOMPRESS tile of few bytes that agrees with an absurd header allocates nothing", async () => {
    const side = 20000;
    let bytes: Uint8Array = await compressedFile(testImage("int16", [16, 40]), {
      algorithm: "hcompress",
      tile: [16, 40],
    });
    for (const keyword of ["ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2"])
      bytes = withCard(bytes, keyword, `${side}`);
    const { heapOffset } = tileTable(layoutsOf(bytes)[1]!);
    const tile = new DataView(bytes.buffer, heapOffset);
    tile.setInt32(2, side);
    tile.setInt32(6, side);
    bytes.fill(0, heapOffset + 10, heapOffset + 25); // no scale, no sum, no planes of bits: all pixels are 0
    const largest = await largestAllocation(async () => {
      expect(await outcome(bytes)).toMatchObject({ code: "BAD_DATA" });
    });
    expect(largest).toBeLessThan(4 * 1024 * 1024);
  });
});
