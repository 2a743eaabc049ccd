import { afterEach, describe, expect, test, vi } from "vitest";
import { ndarray } from "../../src/array.js";
import { createProfile, type Progress } from "../../src/index.js";
import { open } from "../../src/open.js";
import { render, renderImage, toImageData } from "../../src/picture/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { exampleFile } from "../fixtures/example.js";

const levels = ndarray(Float32Array.of(0, 128, 255, Number.NaN, 64, 300), [2, 3]);
const limits = { vmin: 0, vmax: 255 };

afterEach(() => vi.unstubAllGlobals());

describe("toImageData", () => {
  test("is RGBA, opaque, the first row of the array lowest", async () => {
    const pixels = await toImageData(levels, limits);
    expect(pixels).toEqual({
      width: 3,
      height: 2,
      colorSpace: "srgb",
      data: Uint8ClampedArray.from([0, 64, 255, 0, 128, 255].flatMap((level) => [level, level, level, 255])),
    });
  });

  test("has the colors of render", async () => {
    const options = { stretch: "asinh", colormap: "inferno_r" } as const;
    const { rgb } = render(levels, options);
    const { data } = await toImageData(levels, options);
    expect([...data].filter((_, i) => i % 4 !== 3)).toEqual([...rgb]);
    expect([...data].filter((_, i) => i % 4 === 3)).toEqual(Array.from({ length: 6 }, () => 255));
  });

  test("reads the section of an image HDU that it draws", async () => {
    const data = Int16Array.from({ length: 12 }, (_, i) => i);
    const fits = await open(await fitsBytes([imageHdu({ data: ndarray(data, [3, 4]) })]));
    const image = await fits.image(0);
    const pixels = await toImageData(image, { section: "::2,1:3", vmin: 0, vmax: 255 });
    expect([pixels.width, pixels.height, [...pixels.data].filter((_, i) => i % 4 === 0)]).toEqual([
      ...[2, 2, [9, 10, 1, 2]],
    ]);
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(toImageData(image, { signal })).rejects.toThrow("gone");
    await fits.close();
  });

  test("is an ImageData where the platform has one", async () => {
    class ImageData {
      readonly colorSpace = "srgb";
      readonly data: Uint8ClampedArray;
      readonly width: number;
      readonly height: number;
      constructor(data: Uint8ClampedArray, width: number, height: number) {
        [this.data, this.width, this.height] = [data, width, height];
      }
    }
    const plain = await toImageData(levels, limits);
    vi.stubGlobal("ImageData", ImageData);
    const pixels = await toImageData(levels, limits);
    expect(pixels).toBeInstanceOf(ImageData);
    expect({ ...pixels }).toEqual(plain);
  });

  test.each([
    [ndarray(new Float32Array(8), [2, 2, 2]), {}, /a picture has two axes, not 3/],
    [ndarray(new Float32Array(0), [0, 3]), {}, /no pixels to draw/],
    [levels, { colormap: "nice" }, /no color map "nice"/],
    [levels, { stretch: "cube" as never }, /no stretch "cube"; there are linear, log, sqrt, asinh/],
  ])("refuses what cannot be drawn: %#", async (array, options, message) => {
    await expect(toImageData(array, options)).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: expect.stringMatching(message),
    });
  });

  test("its type is that of a canvas's pixels", async () => {
    const pixels: ImageData = await toImageData(levels);
    expect(pixels.data.length).toBe(24);
  });
});

test("reading for a picture tells how far it is, and goes into a profile, as every other read", async () => {
  for (const draw of [toImageData, renderImage]) {
    await using fits = await open(await exampleFile());
    const image = await fits.image("SCI");
    const profile = createProfile();
    const seen: Progress[] = [];
    await draw(image, { profile, onProgress: (progress) => void seen.push(progress) });
    const { bytes } = profile.summary();
    expect(bytes).toBeGreaterThan(300_000);
    expect(seen.at(-1)).toEqual({ bytes, total: bytes });
  }
});
