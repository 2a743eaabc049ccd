import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Arrays, type DType, ndarray } from "../../src/array.js";
import type { Fits } from "../../src/fits.js";
import { open } from "../../src/open.js";
import {
  findOverview,
  levelShape,
  type OverviewOptions,
  openOverview,
  overviewAddress,
  overviewFactors,
  writeOverview,
} from "../../src/overview/index.js";
import { arraySource, compressedHdu, fitsBytes, type HeaderCard, imageHdu } from "../../src/write/index.js";
import { type RangeServer, seeded, startRangeServer } from "../servers/range-server.js";

type Bytes = Uint8Array<ArrayBuffer>;

async function overviewOf(fits: Fits, options: OverviewOptions = {}): Promise<Bytes> {
  const chunks: Bytes[] = [];
  for await (const chunk of writeOverview(fits, options)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Noise with some NaN and infinities, and a block of nothing else. */
function noisy(shape: readonly number[]): Float32Array<ArrayBuffer> {
  const random = seeded(5);
  const width = shape.at(-1)!;
  const data = new Float32Array(shape.reduce((count, n) => count * n, 1));
  for (let i = 0; i < data.length; i++) data[i] = 100 * random() + i / 1000;
  for (let i = 0; i < data.length; i += 997) data[i] = i % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
  for (let y = 16; y < 24; y++) data.fill(Number.NaN, y * width + 8, y * width + 16);
  return data;
}

/** The means of blocks, one after the other, as they are defined. */
function meansOf(data: ArrayLike<number | bigint>, shape: readonly number[], factor: number): number[] {
  const [height, width] = shape.slice(-2) as [number, number];
  const means: number[] = [];
  for (let plane = 0; plane < data.length; plane += height * width)
    for (let top = 0; top < height; top += factor)
      for (let left = 0; left < width; left += factor) {
        let [sum, count] = [0, 0];
        for (let y = top; y < Math.min(height, top + factor); y++)
          for (let x = left; x < Math.min(width, left + factor); x++) {
            const value = Number(data[plane + y * width + x]);
            if (Number.isFinite(value)) [sum, count] = [sum + value, count + 1];
          }
        means.push(Math.fround(sum / count));
      }
  return means;
}

async function fileOf<D extends DType>(
  data: Arrays[D],
  shape: number[],
  header: HeaderCard[] = [],
): Promise<Bytes> {
  return fitsBytes([imageHdu<D>({ data: ndarray(data, shape), header })]);
}

describe("levels", () => {
  it("are binned until the larger side has 512 blocks or fewer", () => {
    expect(overviewFactors([512, 512])).toEqual([]);
    expect(overviewFactors([3, 513, 2])).toEqual([8]);
    expect(overviewFactors([40_000, 40_000])).toEqual([8, 16, 32, 64, 128]);
    expect(overviewFactors([10_000])).toEqual([]);
    expect(overviewFactors([10_000, 0])).toEqual([]);
    expect(levelShape([3, 513, 2], 8)).toEqual([3, 65, 1]);
  });

  it.each<[string, number[], OverviewOptions["compress"]]>([
    ["plain", [1111, 5003], false],
    ["compressed without loss", [1111, 5003], { algorithm: "gzip2", quantize: 0 }],
    ["of a cube", [3, 530, 77], { algorithm: "gzip2", quantize: 0 }],
    ["one row high", [1, 4099], false],
  ])("hold the means of finite pixels, bit by bit: %s", async (_, shape, compress) => {
    const data = noisy(shape);
    await using fits = await open(await fileOf(data, shape));
    await using overview = await open(await overviewOf(fits, { compress }));
    const levels = (await overview.hdus()).filter((hdu) => hdu.header.has("OVRFACT"));
    expect(levels.map(({ header }) => header.get("OVRFACT"))).toEqual(overviewFactors(shape).reverse());
    for (const [i, factor] of overviewFactors(shape).reverse().entries()) {
      const level = await overview.image(i + 1);
      const { data: means, shape: own, dtype } = await level.section();
      expect([own, dtype]).toEqual([levelShape(shape, factor), "float32"]);
      const expected = meansOf(data, shape, factor);
      // Sums of the coarser levels are added in another order.
      const wrong = expected.filter((mean, at) => {
        const value = Number(means[at]);
        return !(Number.isNaN(mean) ? Number.isNaN(value) : Math.abs(value - mean) <= 1e-6 * Math.abs(mean));
      });
      expect(wrong).toEqual([]);
    }
  });

  it("of wide levels are cut into tiles from bands of rows", async () => {
    const shape = [520, 8 * 4500];
    const data = new Int16Array(shape[0]! * shape[1]!).map((_, i) => (i * 7) % 1001);
    await using fits = await open(await fileOf<"int16">(data, shape));
    await using overview = await open(
      await overviewOf(fits, { compress: { algorithm: "gzip", quantize: 0 } }),
    );
    const level = await overview.image(["OVERVIEW", 5]);
    expect([level.shape, level.tileShape]).toEqual([
      [65, 4500],
      [65, 256],
    ]);
    expect([...(await level.section()).data]).toEqual(meansOf(data, shape, 8));
  });

  it("of scaled integers with BLANK are means of physical values", async () => {
    const shape = [8, 1024];
    const data = new Int16Array(8 * 1024).fill(5).fill(-1, 0, 3);
    const bytes = await fitsBytes([
      imageHdu({
        data: ndarray(data, shape),
        bscale: 0.5,
        bzero: 100,
        blank: -1,
        header: [{ keyword: "DATAMAX", value: 5 }],
      }),
    ]);
    await using fits = await open(bytes);
    await using overview = await open(await overviewOf(fits, { compress: false }));
    const level = await overview.image(1);
    expect([...(await level.section()).data]).toEqual(new Array(128).fill(102.5));
    for (const keyword of ["BSCALE", "BZERO", "BLANK", "DATAMAX"])
      expect(level.header.has(keyword)).toBe(false);
  });

  it("by default lose less than a sixteenth of the noise, and keep zeros", async () => {
    const shape = [2048, 2048];
    const random = seeded(2);
    const data = new Float32Array(2048 * 2048).map((_, i) => (i % 2048 < 512 ? 0 : 10 * random()));
    await using fits = await open(await fileOf<"float32">(data, shape));
    const bytes = await overviewOf(fits);
    expect(bytes.length).toBeLessThan(100_000);
    await using overview = await open(bytes);
    const level = await overview.image(1);
    const { data: means } = await level.section();
    const expected = meansOf(data, shape, 8);
    // The noise of uniform values from 0 to 10 is 2.9, that of means of 64 of them 0.36.
    expect(expected.every((mean, i) => Math.abs(mean - Number(means[i])) < 0.36 / 16)).toBe(true);
    expect(expected.every((mean, i) => (mean === 0) === (means[i] === 0))).toBe(true);
  });

  it("are made of the images that are asked for, and refused where there is nothing to be made", async () => {
    const image = (shape: number[], name: string) =>
      imageHdu({ data: ndarray(new Float32Array(shape[0]! * shape[1]!), shape), name });
    const bytes = await fitsBytes([
      imageHdu(),
      image([600, 4], "SCI"),
      image([3, 3], "TINY"),
      image([4, 600], "ERR"),
    ]);
    await using fits = await open(bytes);
    const names = async (hdus: OverviewOptions["hdus"]): Promise<unknown[]> => {
      await using overview = await open(await overviewOf(fits, { hdus }));
      return (await overview.hdus()).slice(1).map(({ header, ver }) => [header.get("OVRNAME"), ver]);
    };
    expect(await names(undefined)).toEqual([["SCI", 1]]);
    expect(await names("all")).toEqual([
      ["SCI", 1],
      ["ERR", 2],
    ]);
    await expect(overviewOf(fits, { hdus: ["TINY"] })).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: expect.stringMatching(/^HDU 2 \(TINY\) is of 3 x 3 pixels: .*more than 512 pixels/),
    });
  });

  it("are those of a compressed image, too", async () => {
    const shape = [700, 530];
    const data = Int32Array.from({ length: 700 * 530 }, (_, i) => i % 4099);
    const source = arraySource(ndarray(data, shape));
    await using fits = await open(
      await fitsBytes([compressedHdu(source, { algorithm: "rice", tile: [100, 100] })]),
    );
    await using overview = await open(await overviewOf(fits, { compress: false }));
    expect([...(await (await overview.image(1)).section()).data]).toEqual(meansOf(data, shape, 8));
  });

  it("are refused in one line for arguments of other types", async () => {
    await using fits = await open(await fileOf(noisy([600, 4]), [600, 4]));
    const untyped = (value: unknown): never => value as never;
    const bad = { code: "BAD_ARGUMENT" };
    for (const options of [{ hdus: "SCI" }, { spool: 1 }, { compress: "rice" }, { onTaken: {} }, 3])
      await expect(overviewOf(fits, untyped(options)), JSON.stringify(options)).rejects.toMatchObject(bad);
    await expect(overviewOf(untyped("a.fits"))).rejects.toMatchObject(bad);
    await expect(openOverview(untyped({}), "b")).rejects.toMatchObject(bad);
    await expect(findOverview(fits, "b.fits", untyped({ onLevel: 1 }))).rejects.toMatchObject(bad);
    expect(() => overviewAddress(untyped(undefined))).toThrow(/must be a string/);
    expect(() => levelShape([2, 2], 0)).toThrow(/factor must be/);
  });

  it("stop where the reading is aborted", async () => {
    await using fits = await open(await fileOf(noisy([600, 600]), [600, 600]));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(overviewOf(fits, { signal })).rejects.toThrow("enough");
  });
});

describe("where an overview lies", () => {
  it.each([
    ["a/x.fits", "a/x.ovr.fits"],
    ["x.fits.fz", "x.ovr.fits"],
    ["https://host/d/x.fits.gz", "https://host/d/x.ovr.fits"],
    ["https://host/d/x.FIT#a", "https://host/d/x.ovr.fits"],
    ["s3://bucket/x.dat", "s3://bucket/x.dat.ovr.fits"],
    ["C:\\data\\x.fts", "C:\\data\\x.ovr.fits"],
    ["odd?name#.fits", "odd?name#.ovr.fits"],
  ])("beside %s it is %s", (address, beside) => expect(overviewAddress(address)).toBe(beside));

  it.each([
    "https://host/x.fits?sig=1",
    "https://host/",
    "mast:HST/x.fits",
    "blob:abc",
    "x.ovr.fits",
    ".fits",
    "",
  ])("nothing is looked for beside %s", (address) => expect(overviewAddress(address)).toBeUndefined());
});

describe("an overview beside its file", () => {
  const shape = [1030, 4130];
  let server: RangeServer;
  let image: Bytes;
  let overview: Bytes;

  beforeAll(async () => {
    image = await fileOf(noisy(shape), shape, [{ keyword: "OBJECT", value: "M31" }]);
    server = await startRangeServer({ files: { "/x.fits": image } });
    await using fits = await open(`${server.url}/x.fits`);
    overview = await overviewOf(fits);
    server.set("/x.ovr.fits", overview);
  });
  afterAll(() => server.close());

  const url = (path = "/x.fits"): string => `${server.url}${path}`;

  it("is found, the coarsest level first, by its version alone", async () => {
    await using fits = await open(url());
    server.requests.length = 0;
    const order: number[] = [];
    const found = await findOverview(fits, url(), { onLevel: ({ factor }) => order.push(factor) });
    expect(order).toEqual([16, 8]);
    expect(found!.levels.map(({ factor, image: { shape: own } }) => [factor, own])).toEqual([
      [8, [129, 517]],
      [16, [65, 259]],
    ]);
    expect(server.requests.map(({ path }) => path)).toEqual(["/x.ovr.fits"]);
    await found!.close();
    await expect(found!.levels[0]!.image.section()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("stays open when the signal of its opening aborts, which stops an opening", async () => {
    await using fits = await open(url());
    const controller = new AbortController();
    const { signal } = controller;
    const found = await findOverview(fits, url(), { signal });
    controller.abort(new Error("enough"));
    expect((await found!.levels[0]!.image.section("0:2, 0:3")).shape).toEqual([2, 3]);
    await found!.close();
    await expect(findOverview(fits, url(), { signal })).rejects.toThrow("enough");
  });

  it("tells nothing of where its file lies", () => {
    const text = Buffer.from(overview).toString("latin1");
    expect(text).toContain('"v1"');
    expect(text).not.toMatch(/127\.0\.0\.1|http|x\.fits/);
  });

  it("is not missed where there is none: one request, no error", async () => {
    server.set("/lonely.fits", image);
    await using fits = await open(url("/lonely.fits"));
    server.requests.length = 0;
    expect(await findOverview(fits, url("/lonely.fits"))).toBeUndefined();
    expect(server.requests.map(({ path, status }) => [path, status])).toEqual([["/lonely.ovr.fits", 404]]);
    expect(await findOverview(fits, url("/lonely.fits?a=1"))).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it("is not missed where a server answers with a page, or refuses", async () => {
    server.set("/page.ovr.fits", new TextEncoder().encode("<!doctype html><title>Not here</title>"));
    await using fits = await open(url());
    expect(await findOverview(fits, url("/page.fits"))).toBeUndefined();
  });

  it("is refused once the file is another version", async () => {
    server.set("/new.fits", image);
    server.set("/new.ovr.fits", overview);
    await using fits = await open(url("/new.fits"));
    await expect(findOverview(fits, url("/new.fits"))).rejects.toMatchObject({
      code: "BAD_INDEX",
      message: expect.stringMatching(
        /^http.*new\.ovr\.fits does not belong to this file: it is of the version "v1", this one is "v\d+"; make a new overview$/,
      ),
    });
  });

  const changed = (change: (bytes: Bytes) => void): Bytes => {
    const copy = image.slice();
    change(copy);
    return copy;
  };

  it("of a file without a version is known by checksums, four reads in one wave", async () => {
    await using fits = await open(image);
    await using local = await open(await overviewOf(fits));
    expect((await local.hdu(0)).header.has("OVRTAG")).toBe(false);
    const found = await openOverview(fits, overview);
    expect(found.levels.map(({ factor }) => factor)).toEqual([8, 16]);
  });

  it.each<[string, (bytes: Bytes) => Bytes, RegExp]>([
    [
      "a longer file",
      (bytes) => new Uint8Array([...bytes, ...new Uint8Array(2880)]),
      /of a file of \d+ bytes/,
    ],
    [
      "another header",
      () => changed((bytes) => bytes.set([78], Buffer.from(bytes).indexOf("M31"))),
      /header or data/,
    ],
    ["other first pixels", () => changed((bytes) => (bytes[2880 + 100]! ^= 1)), /header or data/],
    [
      "other last pixels",
      () => changed((bytes) => (bytes[2880 + 4 * 1030 * 4130 - 9]! ^= 1)),
      /header or data/,
    ],
  ])("is refused for %s without a version", async (_, change, message) => {
    await using fits = await open(change(image));
    await expect(openOverview(fits, overview)).rejects.toMatchObject({
      code: "BAD_INDEX",
      message: expect.stringMatching(message),
    });
  });

  it("is refused where it is a FITS file of another kind, or lies about its levels", async () => {
    await using fits = await open(url());
    await expect(openOverview(fits, image)).rejects.toMatchObject({
      code: "BAD_INDEX",
      message: expect.stringMatching(/no overview/),
    });
    const lying = overview.slice();
    const at = Buffer.from(lying).indexOf("OVRFACT =");
    lying.set(new TextEncoder().encode("OVRFACT =                   32"), at);
    await expect(openOverview(fits, lying)).rejects.toMatchObject({
      code: "BAD_INDEX",
      message: expect.stringMatching(/is no level of HDU 0/),
    });
  });

  it("of another HDU has no levels", async () => {
    const two = await fitsBytes([
      imageHdu({ data: ndarray(noisy(shape), shape) }),
      imageHdu({ data: ndarray(noisy(shape), shape), name: "ERR" }),
    ]);
    await using fits = await open(two);
    const own = await overviewOf(fits, { hdus: ["ERR"] });
    expect((await openOverview(fits, own)).levels).toEqual([]);
    expect((await openOverview(fits, own, { hdu: "ERR" })).levels).toHaveLength(2);
  });
});
