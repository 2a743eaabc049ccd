/**
 * Keywords of compressed images that matter and cannot be used: an error that names them, never other pixels.
 */
import { describe, expect, it } from "vitest";
import { ndarray } from "../../../src/array.js";
import { open } from "../../../src/open.js";
import {
  type CompressFileOptions,
  compressedHdus,
  fitsBytes,
  imageHdu,
  uncompressedHdus,
} from "../../../src/write/index.js";

const floats = ndarray<"float32">(
  Float32Array.from({ length: 600 }, (_, i) => (i === 7 ? Number.NaN : Math.sin(i) * 100)),
  [20, 30],
);
const integers = ndarray<"int16">(
  Int16Array.from({ length: 600 }, (_, i) => i),
  [20, 30],
);

async function compressed(
  data: typeof floats | typeof integers,
  options: CompressFileOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return fitsBytes(compressedHdus(await open(await fitsBytes([imageHdu({ data })])), options));
}

/** The same file with another text in the card of a keyword, from column 9 on. */
function edited(file: Uint8Array<ArrayBuffer>, keyword: string, field: string): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(file);
  const at = Buffer.from(copy.buffer).indexOf(`${keyword.padEnd(8)}=`);
  if (at < 0) throw new Error(`there is no ${keyword}`);
  copy.set(new TextEncoder().encode(field.padEnd(72)), at + 8);
  return copy;
}

describe("of quantized floats", () => {
  it.each([
    ["ZBLANK", "= -2147483648,0", "ZBLANK is -2147483648,0, which is no finite number"],
    ["ZBLANK", "= '-2147483648'", "ZBLANK is '-2147483648', which is no finite number"],
    ["ZDITHER0", "= 1,5", "ZDITHER0 is 1,5, which is no finite number"],
    ["ZQUANTIZ", "= SUBTRACTIVE_DITHER_1", "ZQUANTIZ is no string"],
    ["ZTILE1", "= 30,0", "ZTILE1 is 30,0, which is no finite number"],
    ["ZVAL1", "= 3,2", "ZVAL1 is 3,2, which is no finite number"],
  ])("%s %s is BAD_HEADER", async (keyword, field, why) => {
    const file = await compressed(floats, { algorithm: "rice", dither: 1 });
    const whole = await (await open(file)).image(1);
    expect((await whole.section("0, 7")).data[0]).toBeNaN();
    const image = await (await open(edited(file, keyword, field))).image(1);
    await expect(image.section()).rejects.toMatchObject({
      code: "BAD_HEADER",
      message: expect.stringContaining(why),
    });
  });
});

describe("of integers", () => {
  const withBlank = async (field: string): Promise<Uint8Array<ArrayBuffer>> => {
    const file = await fitsBytes([imageHdu({ data: integers, blank: -1 })]);
    return edited(file, "BLANK", field);
  };

  it.each(["= '-32768'", "= 1,0", "= NaN"])(
    "BLANK %s leaves stored values, compressed and plain again",
    async (field) => {
      const file = await withBlank(field);
      const packed = await fitsBytes(compressedHdus(await open(file)));
      const image = await (await open(packed)).image(1);
      expect(image.type).toBe("COMPRESSED_IMAGE");
      expect((await image.section(undefined, { raw: true })).data).toEqual(integers.data);
      await expect(image.section()).rejects.toMatchObject({ code: "BAD_HEADER" });
      const plain = await fitsBytes(uncompressedHdus(await open(packed)));
      const again = await (await open(plain)).image(0);
      expect((await again.section(undefined, { raw: true })).data).toEqual(integers.data);
      await expect(again.section()).rejects.toThrow(/BLANK is .*; read the stored values instead/);
    },
  );
});
