import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { isTarget, parseList, type Target, targetsIn, usefulColumns } from "../../src/stamps/index.js";
import { fitsBytes, tableHdu } from "../../src/write/index.js";

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function targets(bytes: Uint8Array<ArrayBuffer> | string): Promise<Target[]> {
  const list = await parseList(typeof bytes === "string" ? bytesOf(bytes) : bytes, { wanted: usefulColumns });
  const found = [...targetsIn(list)];
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

describe("units of columns", () => {
  const table = async (
    units: readonly [ra: string, dec: string, size: string],
    values: readonly [number, number, number],
  ): Promise<Uint8Array<ArrayBuffer>> =>
    fitsBytes([
      tableHdu({
        columns: ["ra", "dec", "size"].map((name, i) => ({ name, format: "D", unit: units[i]! })),
        batches: [{ columns: values.map((value) => ({ values: Float64Array.of(value) })) }],
      }),
    ]);

  test.each([
    [["deg", "deg", "arcsec"], [150, 2, 36], "deg", 0.01],
    [["rad", "rad", "arcmin"], [(150 * Math.PI) / 180, (2 * Math.PI) / 180, 0.6], "deg", 0.01],
    [["h", "arcmin", "pix"], [10, 120, 64], "pixel", 64],
    [["hourangle", "degrees", "pixel"], [10, 2, 64], "pixel", 64],
  ] as const)("of a FITS table: %j", async (units, values, unit, side) => {
    const [one] = await targets(await table(units, values));
    expect(one!.lon).toBeCloseTo(150, 9);
    expect(one!.lat).toBeCloseTo(2, 9);
    expect(one!.size!.unit).toBe(unit);
    expect(one!.size!.width).toBeCloseTo(side, 12);
  });

  test("of ECSV: those of numbers; text says its own", async () => {
    const columns = (ra: string): string =>
      `# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, unit: ${ra}, datatype: float64, description: 'an angle'}\n# - {name: dec, unit: rad, datatype: float64}\n`;
    const [rad] = await targets(`${columns("rad")}ra dec\n${(150 * Math.PI) / 180} 0.05\n`);
    expect(rad!.lon).toBeCloseTo(150, 9);
    expect(rad!.lat).toBeCloseTo((0.05 * 180) / Math.PI, 9);
    const [text] = await targets(`${columns('"h:m:s"')}ra,dec\n10:00:00,+02:00:00\n`);
    expect([text!.lon, text!.lat]).toEqual([150, 2]);
  });

  test("that are no angles are refused", async () => {
    await expect(targets(await table(["deg", "mag", "pix"], [1, 2, 3]))).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: "the column dec of the list of targets is in 'mag', which is no angle; give degrees",
    });
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
  expect([...targetsIn(list)]).toEqual(two);
});
