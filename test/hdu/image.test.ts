import { describe, expect, expectTypeOf, test } from "vitest";
import type { NdArray } from "../../src/array.js";
import type { Band } from "../../src/hdu/bands.js";
import { type ImageHdu, imageHdu } from "../../src/hdu/image.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import type { ReadOptions } from "../../src/read/options.js";
import type { Plan } from "../../src/read/plan.js";
import { at, failure, firstStep, madeLayout, runOn } from "../image/made.js";

const shape = [100, 50];
const file = new Uint8Array(2 * 5000);
for (let i = 0; i < 5000; i++) new DataView(file.buffer).setInt16(2 * i, i - 2500);

interface Made {
  image: ImageHdu;
  /** Plans run, and the options that came with them. */
  ran: { plan: Plan<unknown>; options: ReadOptions | undefined }[];
}

function made(cards = {}, run?: <T>(plan: Plan<T>) => Promise<T>): Made {
  const layout = at(madeLayout(16, shape, cards), 0);
  const ran: Made["ran"] = [];
  const image = imageHdu(layout, contiguousPixels(layout, file.length), (plan, options) => {
    const reads = firstStep(plan) !== undefined;
    if (reads) ran.push({ plan, options });
    return run && reads ? run(plan) : runOn(plan, file);
  });
  return { image, ran };
}

describe("an image HDU", () => {
  test("has the fields of its layout and the types of its values", () => {
    const { image } = made({ BZERO: 32768 });
    expect(image).toMatchObject({
      kind: "image",
      index: 0,
      name: "PRIMARY",
      type: "PRIMARY",
      bitpix: 16,
      shape,
    });
    expect([image.dtype, image.rawDtype]).toEqual(["uint16", "int16"]);
    expect("tileShape" in image).toBe(false);
  });

  test("reads sections, physical or stored", async () => {
    const { image } = made({ BZERO: 32768 });
    const values = await image.section("1:3, 7");
    expect(values).toEqual({
      dtype: "uint16",
      data: Uint16Array.of(32768 - 2443, 32768 - 2393),
      shape: [2],
      stride: [1],
    });
    const stored = await image.section("1:3, 7", { raw: true });
    expect(stored.data).toEqual(Int16Array.of(-2443, -2393));
  });

  test("narrows to the type of its values", async () => {
    const { image } = made({ BZERO: 32768 });
    expect(image.is("int16")).toBe(false);
    if (!image.is("uint16")) throw new Error("not narrowed");
    expectTypeOf(image.section()).toEqualTypeOf<Promise<NdArray<"uint16">>>();
    expectTypeOf(image.section([], { raw: true })).toEqualTypeOf<Promise<NdArray>>();
    const values = await image.section();
    expectTypeOf(values.data).toEqualTypeOf<Uint16Array<ArrayBuffer>>();
    expect(values.data[0]).toBe(32768 - 2500);
  });

  test("reads many sections in one step", async () => {
    const { image, ran } = made();
    const [a, b] = await image.sections(["0:2, 0:2", [99, [null, null, 25]]]);
    expect([a!.data, b!.data]).toEqual([
      Int16Array.of(-2500, -2499, -2450, -2449),
      Int16Array.of(2450, 2475),
    ]);
    expect(ran).toHaveLength(1);
    expect(firstStep(ran[0]!.plan)?.ranges).toHaveLength(2);
    expect(await image.sections([])).toEqual([]);
    await expect(image.sections("0:2, 0:2" as never)).rejects.toMatchObject({ code: "BAD_SELECTION" });
  });

  test("streams bands that make up the section, out of the cache", async () => {
    const { image, ran } = made();
    const values: number[] = [];
    const starts: number[][] = [];
    for await (const band of image.bands(":, ::-1", { rows: 30 })) {
      starts.push(band.start);
      values.push(...(band as Band<"int16">).data);
    }
    expect(starts).toEqual([
      [0, 0],
      [30, 0],
      [60, 0],
      [90, 0],
    ]);
    expect(values).toEqual([...(await image.section(":, ::-1")).data]);
    expect(ran.slice(0, 4).every(({ plan }) => firstStep(plan)?.keep === false)).toBe(true);
  });

  test("ends bands at the edges of tiles, counted in the image", async () => {
    const layout = at(madeLayout(16, shape), 0);
    const tiled = { ...contiguousPixels(layout), tileShape: [16, 50] };
    const image = imageHdu(layout, tiled, (plan) => runOn(plan, file));
    const starts: number[] = [];
    for await (const band of image.bands("10:70", { rows: 20 })) starts.push(10 + band.start[0]!);
    expect([image.tileShape, starts]).toEqual([
      [16, 50],
      [10, 16, 32, 48, 64],
    ]);
  });

  test("reads one band ahead, and stops when the loop is left", async () => {
    const { image, ran } = made();
    for await (const band of image.bands([], { rows: 10 })) {
      expect(ran).toHaveLength(band.start[0]! / 10 + 2);
      if (band.start[0] === 30) break;
    }
    expect(ran).toHaveLength(5);
    expect(ran.at(-1)!.options!.signal!.aborted).toBe(true);
  });

  test("passes the failure of a band on when its turn comes", async () => {
    let reads = 0;
    const { image } = made({}, (plan) =>
      ++reads === 3 ? Promise.reject(new Error("lost")) : runOn(plan, file),
    );
    const seen: number[] = [];
    const error = await failure(async () => {
      for await (const band of image.bands([], { rows: 10 })) seen.push(band.start[0]!);
    });
    expect(error).toEqual(new Error("lost"));
    expect(seen).toEqual([0, 10]);
  });

  test("has statistics of any section", async () => {
    const { image } = made();
    expect(await image.stats()).toMatchObject({ shape, count: 5000, min: -2500, max: 2499, mean: -0.5 });
    expect(await image.stats("0, ::10")).toMatchObject({
      shape: [5],
      dtype: "int16",
      count: 5,
      min: -2500,
      max: -2460,
    });
    expect(await image.stats("5:5")).toMatchObject({ shape: [0, 50], count: 0 });
  });

  test("without axes says that it has no pixels", async () => {
    const layout = madeLayout(8, []);
    const image = imageHdu(layout, contiguousPixels(layout), (plan) => runOn(plan, file));
    for (const read of [
      () => image.section(),
      () => image.stats(),
      () => image.plan(),
      () => image.sections([[]]),
    ]) {
      expect(await failure(read)).toMatchObject({
        code: "BAD_SELECTION",
        message: expect.stringContaining("NAXIS = 0"),
      });
    }
  });

  test("with a scaling that is no number is listed, and its stored values read", async () => {
    const { image } = made({ BSCALE: "two" });
    expect((await image.section("0, 0:1", { raw: true })).data).toEqual(Int16Array.of(-2500));
    expect(await failure(() => image.section())).toMatchObject({ code: "BAD_HEADER" });
    expect(await failure(() => image.dtype)).toMatchObject({ code: "BAD_HEADER" });
  });
});
