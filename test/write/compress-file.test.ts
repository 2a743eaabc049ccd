/**
 * Whole files that are compressed or uncompressed: compressed tables (fpack -table), and images that do not suit.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import { open } from "../../src/open.js";
import type { ColumnData } from "../../src/table/data.js";
import {
  type CompressFileOptions,
  compressedHdus,
  fitsBytes,
  imageHdu,
  uncompressedHdus,
} from "../../src/write/index.js";

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../fixtures/table/${name}`, import.meta.url)));

const packed = ["t1.fits.fz", "t10.fits.fz"];

/** The stored values of all columns that can be read. */
async function columnsOf(bytes: Uint8Array<ArrayBuffer>): Promise<object[]> {
  const table = await (await open(bytes)).table(1);
  const { columns } = await table.select({ raw: true });
  expect(columns.length).toBeGreaterThan(0);
  return columns.map(valuesOf);
}

function valuesOf(data: ColumnData): object {
  const { name, format } = data.column;
  const { length } = data;
  return { name, format, values: Array.from({ length }, (_, i) => data.get(i)) };
}

describe.each(packed)("the compressed table of %s", (name) => {
  it("is plain in the uncompressed file, with all of its values and cards", async () => {
    const file = fixture(name);
    const fits = await open(file);
    const plain = await fitsBytes(uncompressedHdus(fits));
    expect(await columnsOf(plain)).toEqual(await columnsOf(file));
    const [, before] = await Promise.all([fits.hdu(0), fits.table(1)]);
    const after = await (await open(plain)).table(1);
    expect(after.stored).toBeUndefined();
    expect(after.header.get("ZTABLE")).toBeUndefined();
    const own = /^(CHECKSUM|DATASUM|PCOUNT|THEAP)$/;
    const cards = ({ header }: typeof before): string[] =>
      header.cards.filter(({ keyword }) => !own.test(keyword)).map(({ raw }) => raw);
    expect(cards(after)).toEqual(cards(before));
  });

  it("is copied as it is into the compressed file, with its own header", async () => {
    const file = fixture(name);
    const copy = await fitsBytes(compressedHdus(await open(file)));
    expect(await columnsOf(copy)).toEqual(await columnsOf(file));
    const [before, after] = await Promise.all([file, copy].map(async (of) => (await open(of)).layouts()));
    expect(after![1]!.header.get("ZTABLE")).toBe(true);
    const { dataOffset, dataSize } = before![1]!;
    const at = after![1]!.dataOffset;
    expect(
      Buffer.compare(copy.subarray(at, at + dataSize), file.subarray(dataOffset, dataOffset + dataSize)),
    ).toBe(0);
  });
});

describe("a file with an HDU that cannot be read", () => {
  it("is no file without it, nor without those behind it", async () => {
    const data = ndarray(Int16Array.of(1, 2), [2]);
    const bytes = await fitsBytes([imageHdu({ data }), imageHdu({ data }), imageHdu({ data })]);
    const header = Buffer.from(bytes).indexOf("XTENSION");
    bytes.set(Buffer.from("99"), Buffer.from(bytes).indexOf("BITPIX", header) + 28);
    for (const rewritten of [compressedHdus, uncompressedHdus]) {
      const made = fitsBytes(rewritten(await open(bytes)));
      await expect(made).rejects.toMatchObject({
        code: "BAD_HEADER",
        message: expect.stringMatching(/HDU 1 .*BITPIX/),
      });
    }
  });
});

describe("a file of unlike images", () => {
  const sci = ndarray<"int16">(
    Int16Array.from({ length: 600 }, (_, i) => i - 300),
    [20, 30],
  );
  const wave = ndarray<"int32">(
    Int32Array.from({ length: 100 }, (_, i) => i),
    [100],
  );
  const id = ndarray<"int64">(
    BigInt64Array.from({ length: 24 }, (_, i) => BigInt(i) << 40n),
    [4, 6],
  );
  const deep = ndarray<"uint8">(
    Uint8Array.from({ length: 64 }, (_, i) => i),
    [2, 2, 2, 2, 2, 2, 1],
  );
  const file = (): Promise<Uint8Array<ArrayBuffer>> =>
    fitsBytes([
      imageHdu({ data: sci }),
      ...[wave, id, deep].map((data, i) => imageHdu({ data, name: `X${i}` })),
    ]);

  const compressed = async (options: CompressFileOptions): Promise<{ types: string[]; copied: string[] }> => {
    const copied: string[] = [];
    const onCopied: CompressFileOptions["onCopied"] = (hdu, why) => void copied.push(`${hdu.name}: ${why}`);
    const before = await file();
    const bytes = await fitsBytes(compressedHdus(await open(before), { ...options, onCopied }));
    const [was, is] = await Promise.all([open(before), open(bytes)]);
    const images = (await is.layouts()).filter(({ shape }) => shape.length > 0);
    for (const [i, { index }] of images.entries()) {
      expect(await (await is.image(index)).section()).toEqual(await (await was.image(i)).section());
    }
    return { types: images.map(({ type }) => type), copied };
  };

  it("keeps plain those that other readers would not open compressed, and says which", async () => {
    expect(await compressed({})).toEqual({
      types: ["COMPRESSED_IMAGE", "COMPRESSED_IMAGE", "IMAGE", "IMAGE"],
      copied: [
        "X1: funpack and astropy read no 64-bit integers that are compressed",
        "X2: funpack and astropy read no compressed image of 7 axes",
      ],
    });
    expect(await compressed({ algorithm: "hcompress" })).toMatchObject({
      types: ["COMPRESSED_IMAGE", "IMAGE", "IMAGE", "IMAGE"],
      copied: [/^X0: HCOMPRESS_1 needs at least 4 pixels along two axes/, /^X1/, /^X2/].map((why) =>
        expect.stringMatching(why),
      ),
    });
  });

  it("is refused with the name of the HDU whose pixels an algorithm cannot take", async () => {
    await expect(compressed({ algorithm: "plio" })).rejects.toThrow(
      /^HDU 0 \(PRIMARY\): tile 0 \(PLIO_1\): .*-300/,
    );
  });
});
