/**
 * PNG files of images and arrays: channels, depth, transparency, bins, and reading in bounded memory.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import type { ImageHdu } from "../../src/hdu/image.js";
import { open } from "../../src/open.js";
import {
  type BandSource,
  binned,
  type LimitsOptions,
  limitsOf,
  lupton,
  render,
  toImageData,
  toLuptonPng,
  toPng,
} from "../../src/picture/index.js";
import { spansDown, wholePixels } from "../../src/picture/rows.js";
import { arraySource, compressedHdu, fitsBytes, imageHdu } from "../../src/write/index.js";
import { decoded } from "./png.js";

const python = "/usr/bin/python3";
const hasPillow = spawnSync(python, ["-c", "import PIL"]).status === 0;
if (!hasPillow && process.env["FITSLICE_REQUIRE_ORACLES"] === "1")
  throw new Error("no PIL for /usr/bin/python3");

const limits = { vmin: 0, vmax: 255 };
/** Values 0 to 255 that are nowhere regular. */
const noise = (length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => Math.imul(i ^ (i >>> 7), 2_654_435_761) >>> 24);

async function imageOf(data: Float32Array<ArrayBuffer>, shape: number[]): Promise<ImageHdu> {
  return (await open(await fitsBytes([imageHdu({ data: ndarray(data, shape) })]))).image(0);
}

describe("a PNG", () => {
  const values = ndarray(Float32Array.of(0, 128, 255, Number.NaN, 64, 300), [2, 3]);

  test("of gray has one channel, the first row lowest, NaN darkest", async () => {
    const { channels, depth, data } = await decoded(toPng(values, limits));
    expect([channels, depth, [...data]]).toEqual([1, 8, [0, 64, 255, 0, 128, 255]]);
    const reversed = await decoded(toPng(values, { ...limits, colormap: "gray_r" }));
    expect([...reversed.data]).toEqual([255, 191, 0, 255, 127, 0]);
  });

  test("of 16 bits has 65,536 levels", async () => {
    const { channels, depth, data } = await decoded(toPng(values, { ...limits, depth: 16 }));
    expect([channels, depth, [...data]]).toEqual([1, 16, [0, 64 * 257, 65535, 0, 128 * 257, 65535]]);
    const log = await decoded(toPng(values, { ...limits, depth: 16, stretch: "log" }));
    expect(log.data[1]).toBe(Math.round((65535 * Math.log(1 + (1000 * 64) / 255)) / Math.log(1001)));
  });

  test("has alpha where NaN is transparent", async () => {
    const gray = await decoded(toPng(values, { ...limits, nan: "transparent" }));
    expect([gray.channels, [...gray.data]]).toEqual([
      2,
      [0, 0, 64, 255, 255, 255, 0, 255, 128, 255, 255, 255],
    ]);
    const deep = await decoded(toPng(values, { ...limits, nan: "transparent", depth: 16 }));
    expect([deep.channels, [...deep.data].slice(0, 4)]).toEqual([2, [0, 0, 64 * 257, 65535]]);
    const color = await decoded(toPng(values, { ...limits, nan: "transparent", colormap: "hot" }));
    expect([color.channels, [...color.data].slice(0, 4), color.data[7]]).toEqual([4, [0, 0, 0, 0], 255]);
  });

  test("has NaN in the color asked for; gray stays gray", async () => {
    const red = await decoded(toPng(values, { ...limits, nan: "#ff2010" }));
    expect([red.channels, [...red.data].slice(0, 6)]).toEqual([3, [255, 32, 16, 64, 64, 64]]);
    const white = await decoded(toPng(values, { ...limits, nan: "white" }));
    expect([white.channels, white.data[0]]).toEqual([1, 255]);
  });

  test.each([
    [{ depth: 16, colormap: "hot" }, /16 bits is gray, not hot/],
    [{ depth: 16, nan: "red" }, /16 bits is gray/],
    [{ depth: 4 }, /8 bits or 16, not 4/],
    [{ nan: "nocolor" }, /cannot read the color "nocolor"/],
    [{ bin: 0 }, /a bin is a whole number of at least 1, not 0/],
    [{ bin: 2, width: 2 }, /not both/],
    [{ width: 0.5 }, /the width of a picture is a whole number/],
    [{ binBy: "median" }, /mean or max, not by "median"/],
    [{ limits: "all" }, /cannot read the limits "all"/],
  ])("is refused with %o", async (options, message) => {
    await expect(decoded(toPng(values, options as object))).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: expect.stringMatching(message),
    });
  });

  test("of extreme values is drawn: 1e308, 9e18, infinities", async () => {
    const wide = ndarray(Float64Array.of(-1.7e308, 0, 1.7e308), [3]);
    expect([...(await decoded(toPng(wide, { limits: "minmax" }))).data]).toEqual([0, 128, 255]);
    const long = ndarray(BigInt64Array.of(-9_000_000_000_000_000_000n, 0n, 9_000_000_000_000_000_000n), [3]);
    expect([...(await decoded(toPng(long, { limits: "minmax" }))).data]).toEqual([0, 128, 255]);
    const infinite = ndarray(Float32Array.of(-Infinity, 1, 2, Infinity), [4]);
    expect([...(await decoded(toPng(infinite, { limits: "minmax" }))).data]).toEqual([0, 0, 255, 255]);
    const none = ndarray(new Float32Array(4).fill(Number.NaN), [4]);
    expect([...(await decoded(toPng(none))).data]).toEqual([0, 0, 0, 0]);
    const constant = ndarray(new Float32Array(4).fill(7), [4]);
    expect(new Set((await decoded(toPng(constant))).data).size).toBe(1);
  });

  test.skipIf(!hasPillow)("is read by PIL as it was meant (skipped without PIL)", async () => {
    const data = ndarray(noise(700), [20, 35]);
    const cases = [
      [{ ...limits }, "L"],
      [{ ...limits, depth: 16 }, "I"],
      [{ ...limits, colormap: "viridis" }, "RGB"],
      [{ ...limits, colormap: "viridis", nan: "transparent" }, "RGBA"],
      [{ ...limits, nan: "transparent" }, "LA"],
    ] as const;
    const files: string[] = [];
    const expected: unknown[] = [];
    for (const [options, mode] of cases) {
      const pieces: Uint8Array[] = [];
      for await (const piece of toPng(data, options)) pieces.push(piece);
      files.push(Buffer.concat(pieces).toString("base64"));
      const { data: ours, channels } = await decoded(toPng(data, options));
      const first = Array.from({ length: 40 }, (_, i) =>
        channels === 1 ? ours[i] : [...ours.subarray(i * channels, (i + 1) * channels)],
      );
      expected.push([mode, [35, 20], first]);
    }
    const script = `
import sys, io, json, base64
from PIL import Image
images = [Image.open(io.BytesIO(base64.b64decode(line))) for line in sys.stdin]
print(json.dumps([[im.mode, im.size, list(im.getdata())[:40]] for im in images]))`;
    const found = execFileSync(python, ["-c", script], { input: files.join("\n"), encoding: "utf8" });
    expect(JSON.parse(found)).toEqual(expected);
  });
});

describe("bins", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, Number.NaN, 7, 8, 9, 10, 11, 12, 13, 14, Number.NaN);
  const array = ndarray(data, [3, 5]);

  test("are the mean of what is there, at the edges of fewer pixels", () => {
    expect(binned(array, { bin: 2 })).toMatchObject({ shape: [2, 3], dtype: "float64" });
    expect([...binned(array, { bin: 2 }).data]).toEqual([10 / 3, 6, 7.5, 11.5, 13.5, Number.NaN]);
    expect([...binned(array, { bin: [1, 5] }).data]).toEqual([3, 8.5, 12.5]);
  });

  test("are the largest", () => {
    expect([...binned(array, { bin: 2, binBy: "max" }).data]).toEqual([7, 9, 10, 12, 14, Number.NaN]);
    expect([...binned(ndarray(Float64Array.of(-3, -2), [2]), { bin: 2, binBy: "max" }).data]).toEqual([-2]);
  });

  test("are chosen for a width", () => {
    expect(binned(array, { width: 2 }).shape).toEqual([1, 2]);
    expect(binned(array, { width: 5 }).shape).toEqual([3, 5]);
    expect(render(array, { width: 3 })).toMatchObject({ width: 3, height: 2 });
  });

  test("of an image are those of its array", async () => {
    const image = await imageOf(noise(61 * 47), [61, 47]);
    const pixels = await image.section("3:58,::-1");
    for (const options of [{ bin: 3 }, { bin: [7, 2] as const, binBy: "max" as const }, { width: 10 }]) {
      const [one, two] = await Promise.all([
        decoded(toPng(image, { ...options, section: "3:58,::-1", limits: "minmax" })),
        decoded(toPng(pixels, { ...options, limits: "minmax" })),
      ]);
      expect(one).toEqual(two);
      const canvas = await toImageData(image, { ...options, section: "3:58,::-1", limits: "minmax" });
      expect(canvas).toEqual(await toImageData(pixels, { ...options, limits: "minmax" }));
    }
  });
});

describe("an image that is too large to be held", () => {
  const [height, width] = [2060, 2040];
  // A pattern in which no two rows are equal, and that is deflated fast.
  const data = Float32Array.from(
    { length: height * width },
    (_, i) => (7 * i + 13 * Math.floor(i / width)) % 256,
  );

  test("is read in blocks from the top down, and drawn as its array", async () => {
    expect(height * width).toBeGreaterThan(wholePixels);
    const image = await imageOf(data, [height, width]);
    const blocks: number[] = [];
    const whole = await decoded(toPng(image, { ...limits, onRead: (bytes) => blocks.push(bytes) }));
    expect(blocks.length).toBeGreaterThan(3);
    expect(Math.max(...blocks)).toBeLessThanOrEqual(4 * 1_048_576);
    expect(blocks.reduce((sum, bytes) => sum + bytes, 0)).toBe(4 * height * width);
    const { data: expected } = await decoded(toPng(ndarray(data, [height, width]), limits));
    expect(Buffer.from(whole.data.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });

  test("has the limits of all its pixels", async () => {
    const changed = data.slice();
    changed[5 * width + 7] = -4;
    changed.fill(Number.NaN, 9 * width + 3, 80 * width);
    const image = await imageOf(changed, [height, width]);
    const found: unknown[] = [];
    const onLimits = (each: unknown): void => void found.push(each);
    const wishes: LimitsOptions[] = [
      { limits: "minmax" },
      { limits: "zscale" },
      { limits: "99%" },
      { limits: "50%", vmin: 250 },
      { limits: "50%", vmax: -1 },
    ];
    for (const wish of wishes) {
      const pieces = toPng(image, { ...wish, onLimits });
      await pieces.next(); // limits are known before the first piece
      await pieces.return(undefined);
    }
    expect(found).toEqual(wishes.map((wish) => limitsOf(changed, wish)));
    expect(found.slice(3)).toEqual([
      { vmin: 250, vmax: 255 },
      { vmin: -4, vmax: -1 },
    ]);
  });

  test("stops reading when nobody takes the rest, or is told to", async () => {
    const image = await imageOf(noise(height * width), [height, width]);
    let reads = 0;
    for await (const piece of toPng(image, { ...limits, onRead: () => reads++ }))
      if (piece.length > 60) break;
    expect(reads).toBeLessThan(5);
    const stop = new AbortController();
    const reading = decoded(
      toPng(image, { ...limits, signal: stop.signal, onRead: () => stop.abort(new Error("gone")) }),
    );
    await expect(reading).rejects.toThrow("gone");
  });

  test("in tiles, and in a single tile, is drawn the same", async () => {
    const small = Int16Array.from(noise(90 * 70));
    const plain = await decoded(toPng(ndarray(small, [90, 70]), limits));
    for (const tile of [
      [16, 20],
      [90, 70],
      [1, 70],
    ]) {
      const hdu = compressedHdu(arraySource(ndarray(small, [90, 70])), { algorithm: "gzip", tile });
      const image = await (await open(await fitsBytes([hdu]))).image(1);
      expect(await decoded(toPng(image, limits))).toEqual(plain);
    }
  });
});

describe("spans of rows", () => {
  const tiled = (length: number) => (row: number) => row % length === 0;
  test.each([
    ["rows", 10, 1, 4, 1, ["6-10", "2-6", "0-2"]],
    ["tiles", 100, 1, 40, 16, ["64-100", "32-64", "0-32"]],
    ["tall tiles", 100, 1, 10, 64, ["64-100", "0-64"]],
    ["one tile", 100, 1, 10, 100, ["0-100"]],
    ["bins", 100, 7, 30, 1, ["70-100", "42-70", "14-42", "0-14"]],
    ["tall bins", 100, 40, 10, 1, ["80-100", "40-80", "0-40"]],
    ["bins and tiles", 96, 4, 40, 16, ["64-96", "32-64", "0-32"]],
    ["bins and tall tiles", 100, 7, 10, 50, ["49-100", "0-49"]],
  ] as const)("of %s", (_, height, unit, most, tile, expected) => {
    const spans = [...spansDown(height, unit, most, tiled(tile))];
    expect(spans.map(({ start, stop }) => `${start}-${stop}`)).toEqual(expected);
    for (const { start } of spans) expect(start % unit).toBe(0);
  });
});

describe("a PNG of three bands", () => {
  test("is that of the arrays, sections and bins included", async () => {
    const cube = noise(3 * 40 * 30);
    const image = await imageOf(cube, [3, 40, 30]);
    const planes = [0, 1, 2].map((plane) => ({
      image,
      section: `${plane},5:35,::2`,
    })) as unknown as readonly [BandSource, BandSource, BandSource];
    const arrays = await image.sections(planes.map((_, plane) => `${plane},5:35,::2`));
    const options = { stretch: 300, q: 4, minimum: [1, 2, 3] as const, bin: 2 };
    const picture = await decoded(toLuptonPng(planes, options));
    const expected = lupton(arrays[0]!, arrays[1]!, arrays[2]!, options);
    expect([picture.width, picture.height, picture.channels]).toEqual([8, 15, 3]);
    expect(new Uint8Array(picture.data)).toEqual(expected.rgb);
    const flat = ndarray(new Float32Array(4), [2, 2]);
    await expect(decoded(toLuptonPng([flat, flat, planes[0]]))).rejects.toThrow(/differ in size/);
    await expect(decoded(toLuptonPng([flat, flat] as never))).rejects.toThrow(/takes three bands/);
  });
});
