/**
 * Mistakes that are easily made: each is one clear line, never a hang, a wrong value or a silent default.
 */
import { describe, expect, test } from "vitest";
import { cutout, cutoutHdus, cutouts } from "../src/cutout/index.js";
import { ndarray, open } from "../src/index.js";
import { encodePng, render } from "../src/picture/index.js";
import { imagePlot, linePlot } from "../src/plot/index.js";
import { cutShard, planStamps, type StampSpec } from "../src/stamps/index.js";
import { convertPoint, parseFrame, readWcs, wcsOf } from "../src/wcs/index.js";
import { imageHdu, writeFits } from "../src/write/index.js";
import { exampleFile } from "./fixtures/example.js";

const refused = (message: RegExp) =>
  expect.objectContaining({ code: "BAD_ARGUMENT", message: expect.stringMatching(message) });
const data = ndarray(new Float32Array(6), [2, 3]);
const size = { width: 4, height: 4, unit: "pixel" } as const;
const targets = [{ row: 0, name: "A", lon: 150.42, lat: 2.42 }];
const center = { x: 0, y: 0 };

/** A value that TypeScript would refuse. */
const untyped = (value: unknown): never => value as never;

describe("plots", () => {
  test("of a width, height or size that is no length are refused", () => {
    for (const width of [Number.NaN, 0, -5, Number.POSITIVE_INFINITY, untyped("a")])
      expect(() => linePlot([1, 2], [1, 2], { width })).toThrow(
        refused(/the width of a plot is a number above 0/),
      );
    expect(() => linePlot([1, 2], [1, 2], { height: Number.NaN })).toThrow(refused(/height/));
    const picture = { ...render(data), png: new Uint8Array(8) };
    expect(() => imagePlot(picture, { size: Number.NaN })).toThrow(refused(/size/));
  });
});

describe("stamps", () => {
  const spec: StampSpec = { size, raw: true };

  test("are not planned of shards without targets, or by a specification that cannot be", async () => {
    const source = "a.fits";
    await expect(planStamps(targets, spec, { source, shardTargets: 0 })).rejects.toEqual(
      refused(/shardTargets/),
    );
    await expect(planStamps(targets, { ...spec, size: untyped("5arcsec") }, { source })).rejects.toEqual(
      refused(/parseSize/),
    );
    await expect(planStamps(targets, { ...spec, hdus: untyped("SCI") }, { source })).rejects.toEqual(
      refused(/hdus is a list/),
    );
    await expect(planStamps(targets, { ...spec, raw: untyped("raw") }, { source })).rejects.toEqual(
      refused(/raw must be true or false/),
    );
  });

  test("end with an abort, also while a file opens that never answers", async () => {
    const { shards } = await planStamps(targets, spec, { source: "a.fits" });
    const controller = new AbortController();
    const open = () => new Promise<never>(() => queueMicrotask(() => controller.abort(new Error("enough"))));
    const cutting = cutShard(shards[0]!, spec, { open, signal: controller.signal });
    await expect(cutting.next()).rejects.toThrow("enough");
  });
});

test("a writer leaves a sink that never answers, and refuses a path", async () => {
  const controller = new AbortController();
  const write = () => new Promise<void>(() => queueMicrotask(() => controller.abort(new Error("enough"))));
  await expect(writeFits({ write }, [imageHdu({ data })], { signal: controller.signal })).rejects.toThrow(
    "enough",
  );
  await expect(writeFits(untyped("a.fits"), [imageHdu({ data })])).rejects.toEqual(refused(/not to a path/));
});

test("frames by name are refused, not taken for one and the same", () => {
  expect(() => convertPoint([1, 2], untyped("icrs"), untyped("galactic"))).toThrow(refused(/parseFrame/));
  expect(() => convertPoint([1, 2], parseFrame("icrs"), untyped(undefined))).toThrow(refused(/parseFrame/));
});

test("cutouts say which options they cannot use", async () => {
  await using fits = await open(await exampleFile());
  const sci = await fits.image("SCI");
  await expect(cutout(sci, { hdu: "WHT", center, size: 4 })).rejects.toEqual(refused(/give the file/));
  await expect(cutoutHdus(fits, untyped({ hdu: "SCI", center, size: 4 }))).rejects.toEqual(refused(/hdus/));
  await expect(cutoutHdus(untyped(sci), { center, size: 4 })).rejects.toEqual(refused(/open file/));
  await expect(cutouts(fits, untyped({ center, size: 4 }))).rejects.toEqual(refused(/list/));
  await expect(cutout(untyped(undefined), { center, size: 4 })).rejects.toEqual(refused(/open file/));
  const fill = untyped("a");
  await expect(cutout(fits, { hdu: "SCI", center, size: 5, mode: "partial", fill })).rejects.toEqual(
    refused(/a fill is/),
  );
  const cut = await cutout(fits, { hdu: "SCI", center, size: 5 });
  await expect(cut.file({ compress: untyped("gzip2") })).rejects.toEqual(refused(/compress is true/));
});

test("readWcs and wcsOf say what they take", async () => {
  await using fits = await open(await exampleFile());
  const sci = await fits.image("SCI");
  expect(() => wcsOf(untyped(sci))).toThrow(refused(/wcsOf\(hdu\.header\)/));
  await expect(readWcs(untyped(sci), "SCI")).rejects.toEqual(refused(/readWcs\(fits, "SCI"\)/));
});

test("pictures are drawn of arrays whose values fill their shape", async () => {
  expect(() => render(untyped(new Float32Array(6)))).toThrow(refused(/ndarray/));
  expect(() => render({ ...data, shape: [3, 3] })).toThrow(
    refused(/6 elements do not fill the shape \[3, 3\]/),
  );
  expect(() => render({ ...data, shape: [-2, -3] })).toThrow(refused(/do not fill/));
  await expect(encodePng({ width: 2, height: 2, rgb: new Uint8Array(3) })).rejects.toEqual(
    refused(/three bytes/),
  );
  await expect(encodePng(untyped(data))).rejects.toEqual(
    refused(/a picture must be \{ width, height, rgb \}/),
  );
});
