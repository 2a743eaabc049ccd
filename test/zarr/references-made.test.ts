/**
 * What references say, and what they refuse, without any other reader.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { type Fits, open } from "../../src/index.js";
import { resolveSource } from "../../src/source/resolve.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { commonAttributes } from "../../src/zarr/concat.js";
import { checkReferences, type ReferenceOptions, type References, references } from "../../src/zarr/index.js";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { plainFile, tiledFile } from "./files.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** References of files on a server of their own, which `after` may still use. */
async function made(
  files: Readonly<Record<string, Bytes>>,
  options: ReferenceOptions = {},
  after: (found: References, server: RangeServer) => Promise<void> = async () => undefined,
): Promise<References> {
  const server = await startRangeServer({
    files: new Map(Object.entries(files).map(([name, bytes]) => [`/${name}`, bytes] as const)),
  });
  const opened: Fits[] = [];
  try {
    for (const name of Object.keys(files)) opened.push(await open(`${server.url}/${name}`));
    const found = await references(opened, options);
    await after(found, server);
    return found;
  } finally {
    for (const fits of opened) await fits.close();
    await server.close();
  }
}

const document = ({ file }: References, key: string): Record<string, unknown> =>
  JSON.parse(file.refs[key] as string) as Record<string, unknown>;

/** Keys of chunks. */
const chunkKeys = ({ file }: References): string[] =>
  Object.keys(file.refs).filter((key) => /\/data\/(\d|c\/)/.test(key));

describe("references", () => {
  test("say where the rows of an image are, of which version of the file, and what the header holds", async () => {
    const found = await made(
      { "a.fits": plainFile("int16", [30, 40], { BLANK: 37, OBJECT: "{{u}}" }) },
      { chunkBytes: 1024 },
    );
    expect(document(found, "PRIMARY/data/.zarray")).toMatchObject({
      shape: [30, 40],
      chunks: [10, 40],
      dtype: ">i2",
      fill_value: 37,
    });
    expect(chunkKeys(found)).toEqual(["PRIMARY/data/0.0", "PRIMARY/data/1.0", "PRIMARY/data/2.0"]);
    expect(found.file.refs["PRIMARY/data/1.0"]).toEqual(["{{u}}", 2880 + 800, 800]);
    expect(found.file.templates).toEqual({ u: expect.stringMatching(/^http:.*\/a\.fits$/) });
    const root = document(found, ".zattrs");
    expect(root).toMatchObject({ fits_size: 5760, fits_etag: expect.stringMatching(/^".+"$/) });
    expect(document(found, "PRIMARY/.zattrs")).toMatchObject({
      hdu: 0,
      fits_header: expect.arrayContaining(["OBJECT  = '{{u}}   '"]),
    });
    expect(document(found, "PRIMARY/data/.zattrs")).toMatchObject({
      _ARRAY_DIMENSIONS: ["y", "x"],
      _FillValue: 37,
    });
  });

  test("of a table are records of its rows", async () => {
    const found = await made({ "a.fits": await exampleFile() }, { hdus: ["CATALOG"] });
    const { dtype, shape } = document(found, "CATALOG/data/.zarray");
    expect(shape).toEqual([200]);
    expect(dtype).toEqual([
      ["id", ">i8"],
      ["ra", ">f8"],
      ["dec", ">f8"],
      ["mag", ">f4"],
      ["flag", ">i2"],
      ["class", "|S8"],
    ]);
    expect(document(found, "CATALOG/data/.zattrs")).toMatchObject({ columns: { ra: { units: "deg" } } });
  });

  test("hold tiles at the edges as whole ones, filled up", async () => {
    const file = await tiledFile("int16", [10, 12], { algorithm: "gzip2", tile: [4, 6] });
    const found = await made({ "a.fits": file });
    const inline = chunkKeys(found).filter((key) => typeof found.file.refs[key] === "string");
    expect(inline.map((key) => key.split("/").at(-1))).toEqual(["2.0", "2.1"]);
  });

  test("of addresses that readers are to use", async () => {
    const found = await made({ "a.fits": plainFile("uint8", [4]) }, { urls: ["s3://archive/a.fits"] });
    expect(found.file.templates).toEqual({ u: "s3://archive/a.fits" });
  });
});

describe("references refuse, in one line that names the way that reads it all the same,", () => {
  const live = /references cannot say this: .*; read it live, by fitslice serve or zarrStore$/;

  test("quantized floats, among other HDUs and alone", async () => {
    const quantized = readFileSync("test/fixtures/tiled/002-fpack-gzip_2-f8.fits");
    await expect(made({ "a.fits": new Uint8Array(quantized) })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringMatching(live),
    });
    const plain = plainFile("int16", [3, 4]);
    const start = 2880;
    const both = new Uint8Array(plain.length + quantized.length - start);
    both.set(plain);
    both.set(quantized.subarray(start), plain.length);
    const found = await made({ "a.fits": both });
    expect(found.refused).toEqual([
      { href: expect.any(String), hdu: 1, reason: expect.stringMatching(live) },
    ]);
    expect(chunkKeys(found)).toEqual(["PRIMARY/data/0.0"]);
  });

  test("unsigned 64-bit integers, tables of text and compressed ones, whole files compressed", async () => {
    const unsigned = plainFile("int64", [4], { BZERO: 2n ** 63n });
    await expect(made({ "a.fits": unsigned })).rejects.toThrow(live);
    const ascii = new Uint8Array(readFileSync("test/fixtures/table/t2.fits"));
    await expect(made({ "a.fits": ascii })).rejects.toThrow(/ASCII table/);
    const packed = new Uint8Array(readFileSync("test/fixtures/packed/packed.fits.fz"));
    await expect(made({ "a.fits": packed })).rejects.toThrow(live);
    const gzip = new Uint8Array(readFileSync("test/fixtures/cutout/cd.fits.gz"));
    await expect(made({ "a.fits.gz": gzip })).rejects.toThrow(/compressed as a whole/);
  });

  test("a file that is cut short, naming the file", async () => {
    const whole = plainFile("int16", [100, 100]);
    await expect(made({ "a.fits": whole.slice(0, 2880 + 10_000) })).rejects.toMatchObject({
      code: "TRUNCATED",
      message: expect.stringMatching(/a\.fits: HDU 0 \(PRIMARY\): the file ends at byte 12880/),
    });
    const tiles = await tiledFile("int16", [100, 100], { algorithm: "rice" });
    await expect(made({ "a.fits": tiles.slice(0, tiles.length - 5760) })).rejects.toMatchObject({
      code: "TRUNCATED",
    });
  });

  test("options that make no sense", async () => {
    const files = { "a.fits": plainFile("uint8", [4]) };
    for (const wrong of [
      { chunkBytes: 3 },
      { zarrFormat: 4 as 3 },
      { urls: [] },
      { hdus: [] },
      { concat: { newAxis: "a/b" } },
    ])
      await expect(made(files, wrong)).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    await expect(references([])).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    await expect(references(await open(files["a.fits"]))).rejects.toThrow(/say by urls where it is/);
  });
});

describe("several files", () => {
  const image = (shape: number[], cards = {}): Bytes => plainFile("int16", shape, cards);

  test("are groups without concat", async () => {
    const found = await made({ "a.fits": image([3, 4]), "b.fits": image([5, 6]) });
    expect(chunkKeys(found)).toEqual(["a/PRIMARY/data/0.0", "b/PRIMARY/data/0.0"]);
    expect(found.file.refs["b/PRIMARY/data/0.0"]).toEqual(["{{u1}}", 2880, 60]);
    expect(document(found, ".zattrs")).toMatchObject({
      fits_sources: [{ fits_size: 5760 }, { fits_size: 5760 }],
    });
  });

  test("are one array along a new axis; what differs in their headers is left out", async () => {
    const files = {
      "a.fits": image([3, 4], { CRVAL1: 1, CRPIX1: 2 }),
      "b.fits": image([3, 4], { CRVAL1: 5, CRPIX1: 2 }),
    };
    const found = await made(files, { concat: { newAxis: "time" } });
    expect(document(found, "PRIMARY/data/.zarray")).toMatchObject({ shape: [2, 3, 4], chunks: [1, 3, 4] });
    const attributes = document(found, "PRIMARY/data/.zattrs");
    expect(attributes).toMatchObject({ _ARRAY_DIMENSIONS: ["time", "y", "x"], CRPIX1: 2 });
    expect(attributes).not.toHaveProperty("CRVAL1");
    expect(found.file.refs["PRIMARY/data/1.0.0"]).toEqual(["{{u1}}", 2880, 24]);
    const { fits_header: cards } = document(found, "PRIMARY/.zattrs") as { fits_header: string[] };
    expect(cards.map((card) => card.slice(0, 8).trim())).toEqual(
      expect.arrayContaining(["SIMPLE", "NAXIS2", "CRPIX1"]),
    );
    expect(cards.some((card) => card.startsWith("CRVAL1"))).toBe(false);
    for (const newAxis of ["x", "data"])
      await expect(made(files, { concat: { newAxis } })).rejects.toThrow(
        `the new axis cannot be called ${newAxis}: PRIMARY has an`,
      );
  });

  test("share a card only with the lines that continue it", () => {
    const long = ["LONG    = 'a&'", "CONTINUE  'b'"];
    const of = (...fits_header: string[]) => ({ hdu: 1, fits_header });
    expect(commonAttributes([of("A = 1", ...long), of(...long, "A = 2")])).toEqual(of(...long));
    expect(commonAttributes([of(...long), of(long[0]!, "CONTINUE  'c'")])).toEqual({ hdu: 1 });
  });

  test("are one array along an axis that they have, whatever their lengths there", async () => {
    const files = { "a.fits": image([6, 4]), "b.fits": image([9, 4]) };
    for (const axis of [0, "y"]) {
      const found = await made(files, { concat: { axis } });
      expect(document(found, "PRIMARY/data/.zarray")).toMatchObject({ shape: [15, 4], chunks: [3, 4] });
      expect(found.file.refs["PRIMARY/data/2.0"]).toEqual(["{{u1}}", 2880, 24]);
      expect(found.file.refs["PRIMARY/data/4.0"]).toEqual(["{{u1}}", 2880 + 48, 24]);
    }
    const wide = { "a.fits": image([3, 4]), "b.fits": image([3, 4]) };
    const side = await made(wide, { concat: { axis: "x" } });
    expect(document(side, "PRIMARY/data/.zarray")).toMatchObject({ shape: [3, 8], chunks: [3, 4] });
    await expect(made(files, { concat: { axis: "z" } })).rejects.toThrow(
      /has no axis z; its axes are 0 \(y\), 1 \(x\)/,
    );
  });

  test("that are not alike are refused, naming the file and what differs", async () => {
    const first = { "a.fits": image([3, 4]) };
    const concat = { newAxis: "time" };
    const joined = (other: Bytes): Promise<References> => made({ ...first, "b.fits": other }, { concat });
    await expect(joined(image([3, 5]))).rejects.toThrow(
      /b\.fits: PRIMARY differs in its shape, \(3, 5\) and \(3, 4\), from that of .*a\.fits/,
    );
    await expect(joined(image([3, 4], { BSCALE: 2 }))).rejects.toThrow(
      /b\.fits: PRIMARY differs in its scaling or unit/,
    );
    await expect(joined(plainFile("int32", [3, 4]))).rejects.toThrow(
      /b\.fits: PRIMARY differs in its type or compression/,
    );
    const sci = await fitsBytes([
      imageHdu(),
      imageHdu({ name: "SCI", data: ndarray(new Int16Array(4), [2, 2]) }),
    ]);
    await expect(made({ "a.fits": sci, ...{ "b.fits": image([2, 2]) } }, { concat })).rejects.toThrow(
      /b\.fits: no HDU is named SCI/,
    );
  });
});

describe("a check of references", () => {
  const whole = plainFile("int16", [100, 100]);
  const check = (found: References): Promise<string[]> =>
    checkReferences(JSON.stringify(found.file), (url) => resolveSource(url));

  test.each([2, 3] as const)(
    "passes files that are the same, and finds those that are not (version %i)",
    async (zarrFormat) => {
      await made({ "a.fits": whole }, { zarrFormat }, async (found, server) => {
        await expect(check(found)).resolves.toEqual([`${server.url}/a.fits`]);
        // Another file of the same size has another ETag.
        server.set("/a.fits", whole.slice());
        await expect(check(found)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
        server.set("/a.fits", whole.slice(0, 5000));
        await expect(check(found)).rejects.toMatchObject({ code: "TRUNCATED" });
        server.set("/a.fits", undefined);
        await expect(check(found)).rejects.toMatchObject({ code: "NOT_FOUND" });
      });
    },
  );

  test.each(["", "[]", "{}", '{"version":1}', '{"version":1,"refs":{".zattrs":"{}"},"templates":{"u":3}}'])(
    "refuses %j, which is none of ours",
    async (text) => {
      await expect(checkReferences(text, (url) => resolveSource(url))).rejects.toMatchObject({
        code: "BAD_ARGUMENT",
      });
    },
  );
});
