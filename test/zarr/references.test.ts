/**
 * References, read by other people's readers: zarrita here, zarr-python and xarray of Debian where they are installed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ReferenceStore from "@zarrita/storage/ref";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as zarrita from "zarrita";
import { cStrides, elementCount, type NdArray } from "../../src/array.js";
import { loadCodec } from "../../src/codec/codec.js";
import { open } from "../../src/index.js";
import { type References, references } from "../../src/zarr/index.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { referencedFiles } from "./files.js";
import { hasZarr, runPython } from "./python.js";

let files: Record<string, Uint8Array<ArrayBuffer>>;
let server: RangeServer;
let folder: string;

beforeAll(async () => {
  files = await referencedFiles();
  const entries = Object.entries(files).map(([name, bytes]) => [`/${name}.fits`, bytes] as const);
  server = await startRangeServer({ files: new Map(entries) });
  folder = mkdtempSync(join(tmpdir(), "fitslice-references-"));
  mkdirSync(join(folder, "fits"));
  for (const [name, bytes] of Object.entries(files))
    writeFileSync(join(folder, "fits", `${name}.fits`), bytes);
});

afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function referencesOf(
  name: string,
  options: Parameters<typeof references>[1] = {},
): Promise<References> {
  const fits = await open(`${server.url}/${name}.fits`);
  try {
    return await references(fits, options);
  } finally {
    await fits.close();
  }
}

/** Whether fitslice refuses to make references of a file, saying that its floats are quantized. */
async function made(name: string, chunkBytes: number): Promise<References | undefined> {
  try {
    return await referencesOf(name, { chunkBytes });
  } catch (error) {
    expect((error as Error).message).toContain("its floats are quantized");
    return undefined;
  }
}

describe.runIf(hasZarr)("through references, in chunks of some rows, by zarr-python and xarray", () => {
  test("every image has the values that the FITS Standard gives to what astropy reads", async () => {
    const jobs: object[] = [];
    for (const name of Object.keys(files)) {
      const found = await made(name, 1024);
      if (!found) continue;
      const path = join(folder, `${name}.json`);
      writeFileSync(path, JSON.stringify(found.file));
      jobs.push({
        references: path,
        file: join(folder, "fits", `${name}.fits`),
        options: { remote_protocol: "http" },
      });
    }
    const { stdout, stderr } = await runPython(["test/zarr/read_references.py"], {
      input: JSON.stringify(jobs),
    });
    expect(stderr).toBe("");
    const verdicts = JSON.parse(stdout) as { file: string; stored: boolean; decoded: boolean }[];
    expect(verdicts.length).toBeGreaterThanOrEqual(jobs.length);
    expect(jobs.length).toBeGreaterThan(35);
    expect(verdicts.filter(({ stored, decoded }) => !stored || !decoded)).toEqual([]);
  }, 300_000);
});

/** The array of an HDU's group, read whole by zarrita. */
async function readByZarrita(
  { file }: References,
  group: string,
): Promise<{ data: unknown; shape: number[] }> {
  const store = ReferenceStore.fromSpec(structuredClone(file));
  const array = await zarrita.open(zarrita.root(store).resolve(`${group}/data`), { kind: "array" });
  return (await zarrita.get(array)) as never;
}

const plainNames = [
  "unsigned16",
  "unsigned32",
  "signed8",
  "uint8",
  "int16",
  "int32",
  "int64",
  "float32",
  "float64",
  "cube",
  "prime",
];

describe("through references, by zarrita", () => {
  test.each([2, 3] as const)(
    "plain images and GZIP tiles have their values (version %i)",
    async (zarrFormat) => {
      const names = [
        ...plainNames,
        "011-astropy-gzip_2-u1.fits",
        "018-fitsio-gzip_1-i4.fits",
        "009-fpack-gzip_1-u4.fits",
      ];
      for (const name of names) {
        const made = await referencesOf(name, { chunkBytes: 1024, zarrFormat });
        const fits = await open(files[name]!);
        const image = await fits.image();
        const expected: NdArray = await image.section();
        const group = Object.keys(made.file.refs)
          .find((key) => /\/data\/(\.zarray|zarr\.json)$/.test(key))!
          .split("/")[0]!;
        const got = await readByZarrita(made, group);
        expect(got.shape, name).toEqual(expected.shape);
        const plain = (values: unknown): unknown[] =>
          Array.from(values as ArrayLike<number | bigint>, Number);
        expect(plain(got.data), name).toEqual(plain(expected.data));
      }
    },
  );
});

describe("scaled short numbers, by zarrita", () => {
  test.each([2, 3] as const)("are doubles of the stored ones (version %i)", async (zarrFormat) => {
    for (const name of ["scaled-float", "blank-unsigned", "blank-scaled8", "blank-scaled16", "gzip-edges"]) {
      const made = await referencesOf(name, { chunkBytes: 1024, zarrFormat });
      const group = Object.keys(made.file.refs)
        .find((key) => key.includes("/data/"))!
        .split("/")[0]!;
      const fits = await open(files[name]!);
      const { data } = await (await fits.image()).section(undefined, { raw: true });
      const got = await readByZarrita(made, group);
      if (name !== "gzip-edges") expect(got.data, name).toBeInstanceOf(Float64Array);
      expect(Array.from(got.data as Float64Array), name).toEqual(Array.from(data as Int16Array));
    }
  });
});

/** Codecs of arrays under the names of imagecodecs-zarr, on the decoders of fitslice. */
async function registerImagecodecs(): Promise<void> {
  for (const [name, algorithm] of [
    ["imagecodecs_rcomp", "RICE_1"],
    ["imagecodecs_hcomp", "HCOMPRESS_1"],
  ] as const) {
    const decode = await loadCodec(algorithm);
    const codec = {
      kind: "array_to_bytes" as const,
      fromConfig(
        { nblock = 32, smooth = 0 }: { nblock?: number; smooth?: number },
        { dataType, shape }: { dataType: string; shape: number[] },
      ) {
        const dtype = dataType as "int16";
        const bytePix = { uint8: 1, int16: 2, int32: 4 }[dataType]!;
        const how = {
          dtype,
          shape,
          tilePixels: elementCount(shape),
          bytePix,
          blockSize: nblock,
          smooth: smooth !== 0,
        };
        return {
          kind: "array_to_bytes" as const,
          encode: () => Promise.reject(new Error("read-only")),
          decode: async (bytes: Uint8Array) => ({ data: decode(bytes, how), shape, stride: cStrides(shape) }),
        };
      },
    };
    zarrita.registry.set(name, (async () => codec) as never);
  }
}

test("RICE and HCOMPRESS tiles have their values by version 3, under the names that imagecodecs-zarr registers; PLIO is refused", async () => {
  await registerImagecodecs();
  let read = 0;
  for (const name of Object.keys(files).filter((name) => /rice|hcompress/i.test(name))) {
    const made = await referencesOf(name, { zarrFormat: 3 }).catch((error: Error) => error);
    if (made instanceof Error) {
      expect(made.message, name).toContain("references cannot say this");
      continue;
    }
    const fits = await open(files[name]!);
    const image = await fits.image();
    const expected = await image.section(undefined, { raw: !/^u?int/.test(image.dtype) });
    const key = Object.keys(made.file.refs).find((key) => key.endsWith("/data/zarr.json"))!;
    const { codecs } = JSON.parse(made.file.refs[key] as string) as { codecs: { name: string }[] };
    expect(codecs.at(-1)!.name, name).toMatch(/^imagecodecs_(rcomp|hcomp)$/);
    const got = await readByZarrita(made, key.split("/")[0]!);
    const plain = (values: unknown): number[] => Array.from(values as ArrayLike<number | bigint>, Number);
    expect(plain(got.data), name).toEqual(plain(expected.data));
    read++;
  }
  expect(read).toBeGreaterThan(5);
  const plio = Object.keys(files).find((name) => /plio/i.test(name))!;
  await expect(referencesOf(plio, { zarrFormat: 3 })).rejects.toThrow(
    "version 3 of Zarr has no name for this compression; make references of version 2",
  );
});
