/**
 * Whole files that are compressed or uncompressed: compressed tables (fpack -table), and images that do not suit.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import { open } from "../../src/open.js";
import type { ColumnData } from "../../src/table/data.js";
import {
  addChecksum,
  type CompressFileOptions,
  compressedHdus,
  encodeChecksum,
  fitsBytes,
  imageHdu,
  uncompressedHdus,
} from "../../src/write/index.js";
import { fileOf, image, pixels, primary } from "./units.js";

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

describe("compressed and uncompressed again", () => {
  const records = new Uint8Array(2880).fill(83);
  const again = async (
    file: Uint8Array<ArrayBuffer>,
    options: CompressFileOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> => {
    const compressed = await fitsBytes(compressedHdus(await open(file), options));
    return fitsBytes(uncompressedHdus(await open(compressed)));
  };

  it("an image has its comments, its odd bytes and its order of cards", async () => {
    const file = fileOf(primary, image, pixels);
    expect(Buffer.compare(await again(file), file)).toBe(0);
  });

  it("a primary image has the PCOUNT that it had", async () => {
    const cards = [
      "SIMPLE  = T / mine",
      "BITPIX  = 8",
      "NAXIS   = 1",
      "NAXIS1  = 400",
      "PCOUNT  = 0 / odd",
      "A = 1",
    ];
    const file = fileOf(cards, pixels);
    expect(Buffer.compare(await again(file), file)).toBe(0);
  });

  it.each([8, 16, -32])("a foreign extension of BITPIX %i has its type and its bytes", async (bitpix) => {
    const bytes = new Uint8Array(800).map((_, i) => (i * 37) % 251);
    const foreign = [
      "XTENSION= 'HDRLET  '",
      `BITPIX  = ${bitpix}`,
      "NAXIS   = 1",
      `NAXIS1  = ${6400 / Math.abs(bitpix)}`,
    ];
    const file = fileOf(primary, image, pixels, [...foreign, "PCOUNT  = 0", "GCOUNT  = 1"], bytes);
    expect(Buffer.compare(await again(file), file)).toBe(0);
    const compressed = await open(await fitsBytes(compressedHdus(await open(file))));
    const { kind, header } = await compressed.hdu(2);
    expect([kind, header.get("XTENSION")]).toEqual(["image", "HDRLET"]);
  });

  it("a foreign extension with parameters is copied, and told", async () => {
    const foreign = [
      "XTENSION= 'OTHER   '",
      "BITPIX  = 8",
      "NAXIS   = 1",
      "NAXIS1  = 10",
      "PCOUNT  = 5",
      "GCOUNT  = 1",
    ];
    const file = fileOf(primary, foreign, new Uint8Array(15));
    const copied: string[] = [];
    const onCopied: CompressFileOptions["onCopied"] = (_, why) => void copied.push(why);
    expect(Buffer.compare(await again(file, { onCopied }), file)).toBe(0);
    expect(copied).toEqual(["its PCOUNT or GCOUNT tell of data beside the pixels"]);
  });

  it("an image has lengths of axes that it does not have, as with fpack", async () => {
    const cards = [
      "SIMPLE  = T",
      "BITPIX  = 8",
      "NAXIS   = 1",
      "NAXIS1  = 400",
      "A       = 1",
      "NAXIS2  = 1 / odd",
    ];
    const file = fileOf(cards, pixels);
    expect(Buffer.compare(await again(file), file)).toBe(0);
    const compressed = await open(await fitsBytes(compressedHdus(await open(file))));
    expect((await (await compressed.image(1)).table!())?.header.get("ZNAXIS2")).toBe(1);
  });

  it("an image whose ZPCOUNT or ZGCOUNT tell of more data than its pixels does not promise these", async () => {
    const compressed = await fitsBytes(
      compressedHdus(await open(fileOf(primary, image, pixels, image, pixels))),
    );
    const text = Buffer.from(compressed)
      .toString("latin1")
      .replace("ZPCOUNT =                    0 / nothing", "ZPCOUNT =                 5000 / nothing")
      .replace("ZGCOUNT =                    1 / once", "ZGCOUNT =                    3 / once");
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const back = await fitsBytes(uncompressedHdus(await open(bytes)));
    expect(Buffer.compare(back, fileOf(primary, image, pixels, image, pixels))).toBe(0);
  });

  it("a primary image has its PCOUNT where it was, and its checksums to the letter", async () => {
    const cards = [
      "SIMPLE  = T",
      "BITPIX  = 8",
      "NAXIS   = 1",
      "NAXIS1  = 400",
      "EXTEND  = T",
      "PCOUNT  = 0",
    ];
    const sums = [
      "CHECKSUM= '0000000000000000'   / HDU checksum updated 2006-11-15T17:18:55",
      "DATASUM = '         0'         / data unit checksum updated 2006-11-15T17:18:55",
    ];
    const sum = addChecksum(0, fileOf([...cards, ...sums], new Uint8Array(400)));
    const file = fileOf(
      [...cards, sums[0]!.replace("0".repeat(16), encodeChecksum(sum)), sums[1]!],
      new Uint8Array(400),
    );
    expect(Buffer.compare(await again(file), file)).toBe(0);
  });

  it("what lies behind the last HDU is left out by compression, and told; funpack stops at such", async () => {
    const file = new Uint8Array([...fileOf(primary, image, pixels), ...records]);
    const leftOut: number[] = [];
    const back = await again(file, { onLeftOut: (bytes) => void leftOut.push(bytes) });
    expect(Buffer.compare(back, file.subarray(0, -2880))).toBe(0);
    expect(leftOut).toEqual([2880]);
  });

  it("what lies behind the last HDU is kept by decompression, without checksums of its own", async () => {
    const compressed = await fitsBytes(compressedHdus(await open(fileOf(primary, image, pixels))));
    const file = new Uint8Array([...compressed, ...records]);
    for (const checksum of [false, true]) {
      const plain = await fitsBytes(uncompressedHdus(await open(file)), { checksum });
      expect(Buffer.compare(plain.subarray(-2880), records)).toBe(0);
      expect((await (await open(plain)).layouts()).length).toBe(2);
    }
  });

  it("an image has its checksums made anew in their places", async () => {
    const file = fileOf(primary, [...image, "CHECKSUM= 'x'", "DATASUM = '5'", "LAST    = 1"], pixels);
    const back = await again(file);
    const { header } = await (await open(back)).hdu(1);
    expect(header.cards.at(-1)!.keyword).toBe("LAST");
    expect(header.string("DATASUM")).toMatch(/^\d{4,}$/);
  });
});

describe("a primary HDU whose place a compressed primary image takes", () => {
  it("leaves its keywords and comments to the image, but for those that the image has", async () => {
    const file = fileOf(
      [...image.map((card) => card.replace("XTENSION= 'IMAGE   '", "SIMPLE  = T         "))].filter(
        (c) => !/^[PG]COUNT/.test(c),
      ),
      pixels,
    );
    const compressed = Buffer.from(await fitsBytes(compressedHdus(await open(file))));
    const cards = ["OBSERVER= 'me'", "EXTNAME = 'OTHER'", "HISTORY long ago", "BZERO   = 5"];
    const end = compressed.indexOf("END".padEnd(80));
    compressed.write([...cards, "END"].map((card) => card.padEnd(80)).join(""), end, "latin1");
    const { header } = await (await open(await fitsBytes(uncompressedHdus(await open(compressed))))).hdu(0);
    expect(header.cards.slice(-2).map(({ raw }) => raw.trimEnd())).toEqual([
      "OBSERVER= 'me'",
      "HISTORY long ago",
    ]);
    expect(header.get("EXTNAME")).toBe("SCI");
  });
});

describe("floats that are no numbers", () => {
  const bits = [0x7fc12345, 0xffc00000, 0x7f800001];
  const source = new Uint8Array(4 * 400);
  const view = new DataView(source.buffer);
  for (let i = 0; i < 400; i++) view.setFloat32(4 * i, Math.sin(i * i));
  for (const [i, pattern] of bits.entries()) view.setUint32(4 * i, pattern);
  const file = fileOf(
    ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = 20", "NAXIS2  = 20"],
    source,
  );
  const restored = async (options: CompressFileOptions): Promise<number[]> => {
    const compressed = await open(await fitsBytes(compressedHdus(await open(file), options)));
    const bytes = await fitsBytes(uncompressedHdus(compressed));
    return bits.map((_, i) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(2880 + 4 * i));
  };

  it("have all bits set behind quantization, as cfitsio restores them", async () => {
    expect(await restored({})).toEqual(bits.map(() => 0xffffffff));
  });

  it("keep their bits without it", async () => {
    expect(await restored({ algorithm: "gzip2", quantize: 0 })).toEqual(bits);
  });
});

describe("copies of HDUs", () => {
  it("are whole blocks: what a heap that is too short on paper holds behind its declared end", async () => {
    const file = fixture("t1.fits.fz");
    const text = Buffer.from(file).toString("latin1");
    const stale = text.replace(/(PCOUNT {2}= +)(\d+)/, (_, start: string, n: string) =>
      `${start}${Number(n) - 100}`.padEnd(start.length + n.length),
    );
    const bytes = Uint8Array.from(stale, (c) => c.charCodeAt(0));
    expect(bytes.length).toBe(file.length);
    expect(Buffer.compare(await fitsBytes(compressedHdus(await open(bytes))), bytes)).toBe(0);
  });

  it("keep checksums, right or wrong, where nothing changes", async () => {
    const file = fileOf(
      [...primary, "CHECKSUM= 'wrong'", "DATASUM = '7'"],
      [
        "XTENSION= 'BINTABLE'",
        "BITPIX  = 8",
        "NAXIS   = 2",
        "NAXIS1  = 1",
        "NAXIS2  = 4",
        "PCOUNT  = 0",
        "GCOUNT  = 1",
        "TFIELDS = 1",
        "TFORM1  = 'B'",
        "DATASUM = '3'",
      ],
      new Uint8Array(4),
    );
    expect(Buffer.compare(await fitsBytes(compressedHdus(await open(file))), file)).toBe(0);
  });
});

describe("options that do not go with an image", () => {
  const refused = async (
    options: CompressFileOptions,
    data = ndarray(new Float32Array(400), [20, 20]),
  ): Promise<string> =>
    fitsBytes(compressedHdus(await open(await fitsBytes([imageHdu({ data })])), options)).then(
      () => "taken",
      (error: Error) => error.message,
    );

  it("are refused in words that fit: tiles of more axes, masks of floats", async () => {
    expect(await refused({ tile: [5, 100, 100] })).toMatch(
      /tiles of shape \(5, 100, 100\) have 3 axes, HDU 0 \(PRIMARY\) has 2; give 2 or fewer/,
    );
    expect(await refused({ tile: [1, 10, 10] })).toBe("taken");
    expect(await refused({ algorithm: "plio" })).toMatch(/PLIO_1 is for masks.*the pixels are floats/);
  });
});
