import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { isTarget, parseList, type Target, targetsIn, usefulColumns } from "../../src/stamps/index.js";
import { fitsBytes, tableHdu } from "../../src/write/index.js";

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function targets(bytes: Uint8Array<ArrayBuffer> | string): Promise<Target[]> {
  const list = await parseList(typeof bytes === "string" ? bytesOf(bytes) : bytes, { wanted: usefulColumns });
  const found = targetsIn(list);
  expect(found.filter((target) => !isTarget(target))).toEqual([]);
  return found.filter(isTarget);
}

const two = [
  { row: 0, name: "M 31", lon: 10.5, lat: 41.25 },
  { row: 1, name: "b", lon: 20, lat: -5 },
];

describe("a list as text", () => {
  test.each([
    ["commas", "name,ra,dec\nM 31,10.5,41.25\nb,20,-5\n"],
    ["semicolons, and Windows' line ends", "name;ra;dec\r\nM 31;10.5;41.25\r\nb;20;-5\r\n"],
    ["tabs", "name\tra\tdec\nM 31\t10.5\t41.25\nb\t20\t-5"],
    ["bars", "name|ra|dec\nM 31|10.5|41.25\nb|20|-5"],
    ["blanks, many of them", '  name    ra   dec\n"M 31"  10.5  41.25\n b  20 -5\n'],
    ["quotes", '"name","ra","dec"\n"M 31","10.5","41.25"\n"b",20,-5'],
    [
      "a byte order mark, blank lines and comments",
      "\ufeff# by me\n\nname,ra,dec\n# not this\nM 31,10.5,41.25\n\nb,20,-5",
    ],
    [
      "ECSV",
      '# %ECSV 1.0\n# ---\n# datatype:\n# - {name: name, datatype: string}\nname ra dec\n"M 31" 10.5 41.25\nb 20 -5',
    ],
    ["names in a comment", "# stars of mine\n# name, ra, dec\nM 31, 10.5, 41.25\nb, 20, -5\n"],
    ["sexagesimal positions", "name,RA,Dec\nM 31,0:42:00,+41:15:00\nb,1h20m00s,-5d00m00s"],
    ["Cutana's names", "SourceID,RA,Dec\nM 31,10.5,41.25\nb,20,-5"],
    ["VizieR's names", "Name,RAJ2000,DEJ2000\nM 31,10.5,41.25\nb,20,-5"],
    ["a name with a # in it", "name,ra,dec\nM 31,10.5,41.25\nb,20,-5"],
  ])("%s", async (_, text) => {
    const found = await targets(text);
    expect(found.map(({ row, name }) => ({ row, name }))).toEqual(
      two.map(({ row, name }) => ({ row, name })),
    );
    for (const [i, { lon, lat }] of found.entries()) {
      expect(lon).toBeCloseTo(two[i]!.lon, 9);
      expect(lat).toBeCloseTo(two[i]!.lat, 9);
    }
  });

  test("a # within a name is no comment", async () => {
    expect((await targets("name,ra,dec\nNGC #1,1,2"))[0]).toMatchObject({ name: "NGC #1", lat: 2 });
  });

  test("sizes and files come along", async () => {
    const [one] = await targets(
      'SourceID,RA,Dec,diameter_pixel,fits_file_paths\nx,1,2,64,"[\'/a/b.fits\', ""/c d.fits""]"\n',
    );
    expect(one).toMatchObject({
      size: { height: 64, width: 64, unit: "pixel" },
      files: ["/a/b.fits", "/c d.fits"],
    });
  });

  test.each([
    ["", "the list is empty"],
    ["# nothing\n", "the list is empty"],
    ["name,ra,dec\n", "the list has no rows"],
    ["10.5,41.25\n20,30\n", "the list of targets has no columns ra and dec; it has 10.5, 41.25"],
    ["a\0b", "the list is neither text nor Parquet nor FITS"],
  ])("%j is refused", async (text, message) => {
    await expect(targets(text)).rejects.toMatchObject({ code: "BAD_ARGUMENT", message });
  });
});

test("a list as Parquet, compressed by any codec that the writer has", async () => {
  for (const codec of ["SNAPPY", "UNCOMPRESSED"] as const) {
    const buffer = parquetWriteBuffer({
      codec,
      columnData: [
        { name: "name", data: ["M 31", "b"], type: "STRING" },
        { name: "ra", data: [10.5, 20], type: "DOUBLE" },
        { name: "dec", data: [41.25, -5], type: "DOUBLE" },
        { name: "other", data: [1n, 2n], type: "INT64" },
      ],
    });
    expect(await targets(new Uint8Array(buffer))).toEqual(two);
  }
  await expect(targets(bytesOf("PAR1 and no more"))).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
});

test("a list as a FITS table, by the name of the table", async () => {
  const columns = [
    { name: "Name", format: "4A" },
    { name: "RAJ2000", format: "D" },
    { name: "DEJ2000", format: "E" },
  ];
  const values = [["M 31", "b"], Float64Array.of(10.5, 20), Float32Array.of(41.25, -5)];
  const other = tableHdu({
    name: "OTHER",
    columns: [{ name: "x", format: "J" }],
    batches: [{ columns: [{ values: Int32Array.of(1) }] }],
  });
  const table = tableHdu({
    name: "CAT",
    columns,
    batches: [{ columns: values.map((each) => ({ values: each })) }],
  });
  expect(await targets(await fitsBytes([table]))).toEqual(two);
  const list = await parseList(await fitsBytes([other, table]), { wanted: usefulColumns, hdu: "CAT" });
  expect(targetsIn(list)).toEqual(two);
});
