import { expect, it } from "vitest";
import { parseCard } from "../../src/header/card.js";
import { headerOf } from "../../src/header/header.js";
import { binaryColumns } from "../../src/table/column.js";
import {
  columnAttributes,
  groupAttributes,
  imageAttributes,
  wcsAttributes,
} from "../../src/zarr/attributes.js";
import { arrayV2, arrayV3, documentsV2, documentsV3, toJson, typeV2 } from "../../src/zarr/metadata.js";

const header = (...cards: string[]) => headerOf(cards.map((card) => parseCard(card.padEnd(80))));

const array = {
  type: "int16",
  shape: [4, 6],
  chunkShape: [2, 6],
  dimensions: ["y", "x"],
  attributes: { units: "adu" },
} as const;
const store = {
  attributes: { fits_source: "a.fits" },
  groups: { SCI: { attributes: { hdu: 1 }, arrays: { data: array } } },
};

it("describes every node in both versions, and all of them at the root", () => {
  const v2 = documentsV2(store);
  expect([...v2.keys()]).toEqual([
    ...[".zgroup", ".zattrs", "SCI/.zgroup", "SCI/.zattrs", "SCI/data/.zarray", "SCI/data/.zattrs"],
    ".zmetadata",
  ]);
  expect(Object.keys((v2.get(".zmetadata") as { metadata: object }).metadata)).toHaveLength(6);
  const v3 = documentsV3(store);
  expect([...v3.keys()]).toEqual(["zarr.json", "SCI/zarr.json", "SCI/data/zarr.json"]);
  expect(v3.get("zarr.json")).toMatchObject({
    consolidated_metadata: { metadata: { SCI: { node_type: "group" }, "SCI/data": { node_type: "array" } } },
  });
});

it("gives integers no fill value in version 2, where xarray would make NaN of it, and floats NaN", () => {
  expect(arrayV2(array)).toMatchObject({ dtype: "<i2", fill_value: null, chunks: [2, 6] });
  expect(arrayV3(array)).toMatchObject({ data_type: "int16", fill_value: 0, dimension_names: ["y", "x"] });
  expect(arrayV2({ ...array, type: "float32", endian: "big" })).toMatchObject({
    dtype: ">f4",
    fill_value: "NaN",
  });
});

it("writes types as numpy does", () => {
  expect(["uint8", "int8", "bool", "uint64", "complex64", "float64"].map((t) => typeV2(t as "bool"))).toEqual(
    ["|u1", "|i1", "|b1", "<u8", "<c8", "<f8"],
  );
});

it("writes integers beyond 2^53 with all digits", () => {
  expect(toJson({ a: [-(2n ** 63n), 2 ** 63, null, "\n", Number.NaN] })).toBe(
    '{"a":[-9223372036854775808,9223372036854775808,null,"\\n",null]}',
  );
});

it("writes text beyond ASCII as escapes: zarr-python 2 refuses a document that holds other bytes", () => {
  const value = { Å: ["é\u0000 𝛼"] };
  expect(toJson(value)).toBe(String.raw`{"\u00c5":["\u00e9\u0000 \ud835\udefc"]}`);
  expect(JSON.parse(toJson(value))).toEqual(value);
});

it("takes cards as they stand, CONTINUE among them", () => {
  const cards = ["OBJECT  = 'M 31&'", "CONTINUE  'b'", "HISTORY x"];
  const text = [cards[0]!.padEnd(80) + cards[1]!.padEnd(80), cards[2]!.padEnd(80)];
  expect(groupAttributes({ index: 3, header: headerOf(text.map(parseCard)) })).toEqual({
    hdu: 3,
    fits_header: cards,
  });
});

it("takes keywords of world coordinates, of alternates and SIP, and nothing else", () => {
  const made = wcsAttributes(
    header(
      ...["CTYPE1  = 'RA---TAN-SIP'", "CRVAL1  = 10.5", "CD1_1A  = 1E-4", "A_2_0   = 2E-5", "OBJECT  = 'x'"],
      ...["PV2_1   = 1", "CPDIS1  = 'Lookup'", "CRVAL1  = 11", "MJD-OBS = 55000.5", "CRPIX2  = 1E999"],
    ),
  );
  expect(made).toEqual({
    ...{ CTYPE1: "RA---TAN-SIP", CRVAL1: 10.5, CD1_1A: 1e-4, A_2_0: 2e-5, PV2_1: 1, "MJD-OBS": 55000.5 },
  });
});

it("says of stored values how they become physical ones, and nothing of physical ones", () => {
  const hdu = {
    ...{ index: 1, name: "SCI" },
    header: header("BSCALE  = 0.5", "BZERO   = 10", "BLANK   = -9223372036854775808", "BUNIT   = 'Jy '"),
  };
  expect(imageAttributes(hdu, "int64", "raw")).toEqual({
    ...{ units: "Jy", scale_factor: 0.5, add_offset: 10, _FillValue: -(2n ** 63n) },
  });
  expect(imageAttributes(hdu, "int64", "physical")).toEqual({ units: "Jy" });
});

it("says of columns which value is none, and how stored values become physical ones", () => {
  const keywords: Record<string, unknown> = {
    ...{ TFIELDS: 3, TFORM1: "I", TTYPE1: "a", TNULL1: -32768, TZERO1: 32768, TUNIT1: "ct" },
    ...{ TFORM2: "J", TTYPE2: "b", TSCAL2: 0.5, TNULL2: 7, TFORM3: "E", TCOMM3: "flux" },
  };
  const cards = Object.entries(keywords).map(([keyword, value]) =>
    parseCard(`${keyword.padEnd(8)}= ${typeof value === "string" ? `'${value}'` : value}`.padEnd(80)),
  );
  const { columns } = binaryColumns(headerOf(cards), 10);
  expect(columns.map((column) => columnAttributes(column, "physical"))).toEqual([
    { units: "ct", _FillValue: 0n },
    {},
    { long_name: "flux" },
  ]);
  expect(columns.map((column) => columnAttributes(column, "raw"))).toEqual([
    { units: "ct", scale_factor: 1, add_offset: 32768, _FillValue: -32768n },
    { scale_factor: 0.5, add_offset: 0, _FillValue: 7n },
    { long_name: "flux" },
  ]);
});
