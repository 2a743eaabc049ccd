import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as zarr from "zarrita";
import { type Arrays, bytesOf, type DType, elementCount, ndarray } from "../../src/array.js";
import type { ImageHdu } from "../../src/hdu/image.js";
import { open } from "../../src/open.js";
import { createProfile } from "../../src/read/profile.js";
import { openSession } from "../../src/read/session.js";
import type { ByteRange } from "../../src/source/source.js";
import { fitsBytes, imageHdu, tableHdu } from "../../src/write/index.js";
import { type ZarrStore, zarrStore } from "../../src/zarr/store.js";
import { exampleFile } from "../fixtures/example.js";
import { compared, readByZarrita } from "./equal.js";
import { plainFile, tiledFile } from "./files.js";

const fixtures = ["cutout", "table", "tiled", "packed"].flatMap((folder) =>
  readdirSync(`test/fixtures/${folder}`)
    .filter((name) => /\.(fits|fz|gz)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

describe("zarrita over the store reads what section and column do", () => {
  it.each(fixtures)("of %s", async (name) => {
    const fits = await open(`test/fixtures/${name}`);
    for (const [values, format] of [
      ["physical", 3],
      ["raw", 2],
    ] as const) {
      const arrays = await compared(fits, values, format);
      for (const { path, given, expected } of arrays) {
        expect(given.length, path).toBe(expected.length);
        expect(given.equals(expected), path).toBe(true);
      }
    }
    await fits.close();
  });

  it("of all types that pixels have", async () => {
    const types = new Set<string>();
    for (const name of fixtures)
      for (const { path, type } of await compared(await open(`test/fixtures/${name}`), "physical", 3))
        if (path.endsWith("/data")) types.add(type);
    expect([...types].sort()).toEqual(
      expect.arrayContaining(["float32", "float64", "int16", "int32", "int64", "uint16", "uint32", "uint8"]),
    );
  });
});

describe("values of float32", () => {
  const shape = [11, 13];
  const images = {
    int64: plainFile("int64", shape),
    uint64: plainFile("int64", shape, { BZERO: 9223372036854775808n }),
    float64: plainFile("float64", shape),
    "scaled int32": plainFile("int32", shape, { BSCALE: 0.5, BZERO: 3 }),
    "int64 with BLANK": plainFile("int64", shape, { BLANK: 0 }),
  };

  it.each(Object.entries(images))("are those of %s, rounded", async (_, bytes) => {
    const fits = await open(bytes);
    const { data } = await (await fits.image(0)).section();
    expect(data.BYTES_PER_ELEMENT).toBe(8);
    const store = zarrStore(fits, { values: "float32", chunkShape: [4, 5] });
    for (const format of [2, 3] as const) {
      const given = await readByZarrita(store, "PRIMARY/data", format);
      expect(given.equals(Buffer.from(Float32Array.from(data as Float64Array, Number).buffer))).toBe(true);
    }
  });

  it("leave other images and all columns as they are", async () => {
    const typesOf = async (values: "physical" | "float32") =>
      (await zarrStore(await open(await exampleFile()), { values }).describe()).groups;
    expect(await typesOf("float32")).toEqual(await typesOf("physical"));
  });
});

it("gives any part of any image, in chunks of any shape", async () => {
  const dtypes = ["uint8", "int16", "int32", "int64", "float32", "float64", "uint16", "int8"] as const;
  const image = fc.record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    chunk: fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 4, maxLength: 4 }),
    corners: fc.array(
      fc.tuple(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      {
        minLength: 4,
        maxLength: 4,
      },
    ),
  });
  await fc.assert(
    fc.asyncProperty(image, async ({ dtype, shape, chunk, corners }) => {
      const bytes = Uint8Array.from({ length: 8 * elementCount(shape) }, (_, i) => (i * 37) % 251);
      const data = typed(dtype, bytes.buffer as ArrayBuffer).subarray(
        0,
        elementCount(shape),
      ) as Arrays[DType];
      const fits = await open(await fitsBytes([imageHdu({ name: "A", data: ndarray(data, shape) })]));
      const store = zarrStore(fits, { chunkShape: chunk.slice(0, shape.length) });
      const array = await zarr.open.v3(zarr.root(store).resolve("A/data"), { kind: "array" });
      const ranges = shape.map((length, axis) => {
        const start = Math.floor(corners[axis]![0] * length);
        return [start, start + 1 + Math.floor(corners[axis]![1] * (length - start - 1))] as const;
      });
      const part = await zarr.get(
        array,
        ranges.map(([start, stop]) => zarr.slice(start, stop)),
      );
      const section = await (await fits.image("A")).section(ranges);
      expect(part.shape).toEqual(section.shape);
      expect(Buffer.from(bytesOf(part.data as Arrays[DType])).equals(bytesOf(section.data))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

function typed(dtype: DType, buffer: ArrayBuffer): Arrays[DType] {
  const kinds = {
    uint8: Uint8Array,
    int8: Int8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
  };
  const wide = { uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, float32: Float32Array };
  return new { ...kinds, ...wide, float64: Float64Array }[dtype](buffer);
}

describe("a store", () => {
  it("pads chunks over the edge, with NaN where elements are floats, and has no chunks beyond", async () => {
    const image = (name: string, data: Arrays["float32" | "int16"]) =>
      imageHdu({ name, data: ndarray(data as Float32Array<ArrayBuffer>, [2, 3]) });
    const pixels = [1, 2, 3, 4, 5, 6];
    const file = await fitsBytes([
      image("F", Float32Array.from(pixels)),
      image("I", Int16Array.from(pixels)),
    ]);
    const store = zarrStore(await open(file), { chunkShape: [2, 2] });
    const floats = new Float32Array((await store.get("/F/data/c/0/1"))!.buffer);
    expect([...floats]).toEqual([3, Number.NaN, 6, Number.NaN]);
    expect([...new Int16Array((await store.get("I/data/0.1"))!.buffer)]).toEqual([3, 0, 6, 0]);
    for (const key of [
      "I/data/0.2",
      "I/data/1.0",
      "I/data/c/0",
      "I/data/00.1",
      "I/data/-1.0",
      "I/data/c/0/0/0",
    ])
      expect(await store.get(key), key).toBeUndefined();
    for (const key of ["", "J/data/0.0", "I/constructor/0.0", "__proto__/data/0.0", "I/data", "I/data/c"])
      expect(await store.get(key), key).toBeUndefined();
  });

  it("gives a part of a value, and its size, without reading pixels for the size", async () => {
    const profile = createProfile();
    const fits = await open(await exampleFile(), { profile });
    const store = zarrStore(fits);
    const whole = (await store.get("/SCI/data/c/0/0"))!;
    expect(await store.getRange("/SCI/data/c/0/0", { offset: 8, length: 4 })).toEqual(whole.slice(8, 12));
    expect(await store.getRange("/SCI/data/c/0/0", { suffixLength: 4 })).toEqual(whole.slice(-4));
    const { bytes } = profile.summary();
    expect(await store.stat("/WHT/data/c/0/0")).toEqual({ kind: "chunk", size: 4800 });
    expect(await store.stat("/WHT/data/c/50/0")).toBeUndefined();
    expect(profile.summary().bytes).toBe(bytes);
  });

  it("tells header, units, world coordinates, and where the file is", async () => {
    const store = zarrStore(await open(await exampleFile()));
    const { attributes, groups } = await store.describe();
    expect(attributes).toEqual({ fits_source: expect.any(String) });
    expect(Object.keys(groups)).toEqual(["PRIMARY", "SCI", "WHT", "CATALOG"]);
    const { data } = groups["SCI"]!.arrays;
    expect(data).toMatchObject({ type: "float32", shape: [300, 400], dimensions: ["y", "x"] });
    expect(data!.attributes).toMatchObject({ units: "electron/s", CTYPE1: "RA---TAN", CD1_1: -1.2e-5 });
    expect(groups["SCI"]!.attributes).toMatchObject({
      hdu: 1,
      fits_header: expect.arrayContaining(["COMMENT made up, pixel by pixel"]),
    });
    const catalog = groups["CATALOG"]!;
    expect(Object.keys(catalog.arrays)).toEqual(["id", "ra", "dec", "mag", "flag"]);
    expect(catalog.arrays["ra"]).toMatchObject({ dimensions: ["row"], attributes: { units: "deg" } });
    expect(catalog.attributes["fits_left_out"]).toEqual(["class (8A): text"]);
  });

  it("reads the chunks of one turn in one wave, at no more bytes than section reads", async () => {
    const file = await exampleFile();
    const readSection = createProfile();
    const bySection = await open(file, { profile: readSection });
    await (await bySection.image("SCI")).section([[0, 200], null]);
    const profile = createProfile();
    const fits = await open(file, { profile });
    const store = zarrStore(fits, { chunkShape: [50, 100] });
    const array = await zarr.open.v3(zarr.root(store).resolve("SCI/data"), { kind: "array" });
    const before = profile.summary();
    await zarr.get(array, [zarr.slice(0, 200), null]);
    expect(profile.summary().roundTrips - before.roundTrips).toBeLessThanOrEqual(1);
    expect(profile.summary().bytes - before.bytes).toBeLessThanOrEqual(readSection.summary().bytes);
  });

  it("moves over a network what section moves, where a part ends at the edges of chunks, and little more elsewhere", async () => {
    const file = await fitsBytes([imageHdu({ data: ndarray(new Float32Array(256 * 8192), [256, 8192]) })]);
    const tiles = { algorithm: "rice", tile: [1, 4096] } as const;
    const tiled = await tiledFile("int16", [256, 4096], tiles);
    const moved = async (
      bytes: Uint8Array<ArrayBuffer>,
      read: (image: ImageHdu, array: zarr.Array<"float32", ZarrStore>) => Promise<unknown>,
    ): Promise<number[]> => {
      const profile = createProfile();
      const session = openSession();
      const source = {
        ...{ href: "test://plain", size: bytes.length },
        getRange: async ({ offset, length }: ByteRange) => bytes.slice(offset, offset + length),
      };
      const fits = await open(source, { profile, session });
      const image = await fits.image();
      const store = zarrStore(fits);
      const group = Object.entries((await store.describe()).groups).find(([, { arrays }]) => arrays["data"])!;
      const path = zarr.root(store).resolve(`${group[0]}/data`);
      const array = await zarr.open.v3(path, { kind: "array" });
      const before = profile.summary();
      await read(image, array as zarr.Array<"float32", ZarrStore>);
      const { bytes: sum, requests, roundTrips } = profile.summary();
      await session.close();
      return [sum - before.bytes, requests - before.requests, roundTrips - before.roundTrips];
    };
    type Box = readonly [readonly [number, number], readonly [number, number]];
    const bySection = (bytes: Uint8Array<ArrayBuffer>, box: Box) =>
      moved(bytes, (image) => image.section(box));
    const byStore = (bytes: Uint8Array<ArrayBuffer>, box: Box) =>
      moved(bytes, (_, array) =>
        zarr.get(
          array,
          box.map(([from, to]) => zarr.slice(from, to)),
        ),
      );
    const aligned = [
      [64, 192],
      [4096, 8192],
    ] as const;
    expect((await bySection(file, aligned))[0]).toBeGreaterThan(2 ** 20);
    expect(await byStore(file, aligned)).toEqual(await bySection(file, aligned));
    const anywhere = [
      [37, 237],
      [700, 900],
    ] as const;
    for (const bytes of [file, tiled]) {
      const [section, store] = [await bySection(bytes, anywhere), await byStore(bytes, anywhere)];
      expect(store[0]! / section[0]!).toBeLessThan(1.08);
      expect(store[2]).toBe(section[2]);
    }
  });

  it("rejects an aborted call, and no other one of its turn", async () => {
    const store = zarrStore(await open(await exampleFile()));
    await store.describe();
    const controller = new AbortController();
    const gone = store.get("SCI/data/c/0/0", { signal: controller.signal });
    const kept = store.get("WHT/data/c/0/0");
    controller.abort(new Error("no longer"));
    await expect(gone).rejects.toThrow("no longer");
    expect((await kept)!.length).toBe(4800);
    await expect(store.get("SCI/zarr.json", { signal: controller.signal })).rejects.toThrow("no longer");
  });

  it("fails the chunk that cannot be read, and no other one of its turn", async () => {
    const name = "test/fixtures/tiled/008-fpack-rice_1-i2.fits";
    const bytes = new Uint8Array(readFileSync(name));
    const layout = (await (await open(bytes)).layouts()).find(({ type }) => type === "COMPRESSED_IMAGE")!;
    // The descriptor of the first tile: its array ends behind the heap.
    bytes.fill(0x7f, layout.dataOffset, layout.dataOffset + 8);
    const fits = await open(bytes);
    const { tileShape, shape } = await fits.image(layout.index);
    const store = zarrStore(fits, { chunkShape: tileShape!, hdus: [layout.index] });
    const [group] = Object.keys((await store.describe()).groups);
    expect(shape[0]).toBeGreaterThan(tileShape![0]!);
    const [bad, good] = await Promise.allSettled(
      [0, 1].map((i) => store.get(`${group}/data/${[i, ...shape.slice(1).map(() => 0)].join(".")}`)),
    );
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "BAD_DATA" } });
    expect(good).toMatchObject({ status: "fulfilled" });
  });

  it("refuses options that make no sense", async () => {
    const fits = await open(await exampleFile());
    const bad = (options: object) => () => zarrStore(fits, options);
    expect(bad({ values: "cooked" })).toThrow('values must be "physical", "float32" or "raw"');
    expect(bad({ zarrFormat: 4 })).toThrow("zarrFormat must be 2 or 3");
    expect(bad({ chunkShape: [0, 5] })).toThrow(
      "every length of chunkShape must be an integer of at least 1",
    );
    await expect(zarrStore(fits, { hdus: ["NONE"] }).describe()).rejects.toMatchObject({
      code: "NO_SUCH_HDU",
    });
  });

  it("says in version 2 and 3 alone only what was asked for", async () => {
    const fits = await open(await exampleFile());
    expect(await zarrStore(fits, { zarrFormat: 3 }).get(".zmetadata")).toBeUndefined();
    expect(await zarrStore(fits, { zarrFormat: 3 }).get("SCI/data/0.0")).toBeUndefined();
    expect(await zarrStore(fits, { zarrFormat: 2 }).get("zarr.json")).toBeUndefined();
    expect(await zarrStore(fits, { zarrFormat: 2 }).get("SCI/data/c/0/0")).toBeUndefined();
  });
});

it("gives vectors, logicals and complex numbers of a table as arrays, and says what is left out", async () => {
  const table = tableHdu({
    name: "T",
    columns: [
      { name: "row", format: "3E", dim: "(3)" },
      { name: "a b", format: "L" },
      { name: "vis", format: "C" },
      { name: "list", format: "PJ()" },
      { name: "a/b", format: "I" },
    ],
    batches: [
      {
        columns: [
          { values: Float32Array.from([1, 2, 3, 4, 5, 6]) },
          { values: Uint8Array.of(1, 0) },
          { values: Float32Array.from([1, -1, 2, -2]) },
          { values: { offsets: Int32Array.of(0, 1, 3), values: Int32Array.of(1, 2, 3) } },
          { values: Int16Array.of(7, 8) },
        ],
      },
    ],
  });
  const store = zarrStore(await open(await fitsBytes([imageHdu(), table])));
  const { arrays, attributes } = (await store.describe()).groups["T"]!;
  expect(arrays["row"]).toMatchObject({ shape: [2, 3], dimensions: ["row_", "row_axis_1"] });
  expect(arrays["col2"]).toMatchObject({ type: "bool", shape: [2] });
  expect(arrays["col5"]).toMatchObject({ type: "int16" });
  expect(arrays["vis"]).toMatchObject({ type: "complex64", shape: [2] });
  expect(attributes["fits_left_out"]).toEqual(["list (1PJ(2)): arrays of variable length"]);
  expect([...(await store.get("T/col2/0"))!]).toEqual([1, 0]);
  expect([...new Float32Array((await store.get("T/vis/c/0"))!.buffer)]).toEqual([1, -1, 2, -2]);
});

it("tells the null of 64-bit integers by all of its digits, next to values that differ by one", async () => {
  const none = -(2n ** 62n);
  const values = BigInt64Array.of(none + 1n, none - 1n, 0n);
  const columns = [{ name: "a", format: "K", null: none }];
  const table = tableHdu({ name: "T", columns, batches: [{ columns: [{ values }] }] });
  const store = zarrStore(await open(await fitsBytes([imageHdu(), table])), { values: "raw" });
  const text = new TextDecoder().decode(await store.get("T/a/.zattrs"));
  expect(text).toMatch(/"_FillValue": ?-4611686018427387904\b/);
  expect(new BigInt64Array((await store.get("T/a/0"))!.buffer)).toEqual(values);
});

it("gives the arrays of random groups, and tells their parameters", async () => {
  const cards = ["SIMPLE  = T", "BITPIX  = 16", "NAXIS   = 3", "NAXIS1  = 0", "NAXIS2  = 3", "NAXIS3  = 2"];
  cards.push("GROUPS  = T", "PCOUNT  = 1", "GCOUNT  = 4", "PTYPE1  = 'UU'", "CTYPE2  = 'COMPLEX'", "END");
  const header = cards.map((card) => card.padEnd(80)).join("");
  const file = new Uint8Array(2 * 2880);
  file.set(new TextEncoder().encode(header.padEnd(2880)));
  const view = new DataView(file.buffer, 2880);
  for (let i = 0; i < 4 * 7; i++) view.setInt16(2 * i, i);
  const store = zarrStore(await open(file));
  const { arrays, attributes } = (await store.describe()).groups["PRIMARY"]!;
  expect(arrays["data"]).toMatchObject({ shape: [4, 2, 3], dimensions: ["group", "y", "complex"] });
  expect(attributes["fits_left_out"]).toEqual(["parameters UU"]);
  const array = await zarr.open.v2(zarr.root(store).resolve("PRIMARY/data"), { kind: "array" });
  const { data } = await zarr.get(array, [zarr.slice(1, 3), null, null]);
  expect([...(data as Int16Array)]).toEqual([8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20]);
});

it("tells the ZBLANK of compressed integers, which alone makes them blank, with stored values", async () => {
  const cards = { BLANK: 4, BSCALE: 2 };
  const file = Buffer.from(await tiledFile("int16", [5, 7], { algorithm: "rice", tile: [2, 7] }, cards));
  file.write("ZBLANK  =", file.indexOf("BLANK   ="), "latin1");
  const fits = await open(new Uint8Array(file));
  expect([...(await (await fits.image(1)).section()).data].filter(Number.isNaN).length).toBeGreaterThan(0);
  const store = zarrStore(fits, { values: "raw" });
  const arrays = Object.values((await store.describe()).groups).flatMap(({ arrays }) =>
    Object.values(arrays),
  );
  expect(arrays.map(({ attributes }) => attributes)).toEqual([
    expect.objectContaining({ scale_factor: 2, add_offset: 0, _FillValue: 4n }),
  ]);
});

it("gives nulls of an ASCII table that are integers the number that _FillValue tells, not 0", async () => {
  const fields = [
    { TFORM: "I4", TBCOL: 1, TNULL: "***" },
    { TFORM: "I9", TBCOL: 5, TNULL: "-999" },
    { TFORM: "F6.2", TBCOL: 14, TNULL: "-99.9" },
  ];
  const card = (name: string, value: string | number) =>
    `${name.padEnd(8)}= ${typeof value === "string" ? `'${value.padEnd(8)}'` : value}`.padEnd(80);
  const head = ["XTENSION= 'TABLE   '".padEnd(80), card("BITPIX", 8), card("NAXIS", 2), card("NAXIS1", 20)];
  head.push(card("NAXIS2", 3), card("PCOUNT", 0), card("GCOUNT", 1), card("TFIELDS", 3));
  for (const [i, field] of fields.entries())
    for (const [name, value] of Object.entries(field)) head.push(card(`${name}${i + 1}`, value));
  const rows = "   1       10  1.50  ***     -999 -99.9    0        0  0.00 ";
  const text = [...head, "END"].join("").padEnd(2880) + rows.padEnd(2880);
  const primary = await fitsBytes([imageHdu()]);
  const file = new Uint8Array([...primary, ...new TextEncoder().encode(text)]);
  for (const [values, last] of [
    ["physical", Number.NaN],
    ["raw", -99.9],
  ] as const) {
    const store = zarrStore(await open(file), { values });
    const { arrays } = (await store.describe()).groups["1"]!;
    const chunk = async (name: string) => (await store.get(`1/${name}/0`))!.buffer;
    expect(arrays["col1"]).toMatchObject({ type: "int16", attributes: { _FillValue: -32768n } });
    expect([...new Int16Array(await chunk("col1"))]).toEqual([1, -32768, 0]);
    expect(arrays["col2"]).toMatchObject({ type: "int32", attributes: { _FillValue: -999n } });
    expect([...new Int32Array(await chunk("col2"))]).toEqual([10, -999, 0]);
    expect([...new Float64Array(await chunk("col3"))]).toEqual([1.5, last, 0]);
    expect(arrays["col3"]!.attributes["_FillValue"]).toBe(values === "raw" ? -99.9 : undefined);
  }
});
