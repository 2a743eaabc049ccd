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

describe("a VOTable", () => {
  const votable = (rows: string): string => `<?xml version="1.0"?>
<!-- <TR> of a comment -->
<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>
<FIELD name="name" datatype="char" arraysize="*"/>
<FIELD name="ra" datatype="double" unit="h"/><FIELD ID="dec" datatype="double" unit='deg'><DESCRIPTION>d</DESCRIPTION></FIELD>
<DATA>${rows}</DATA></TABLE></RESOURCE></VOTABLE>`;

  test("its rows as TABLEDATA, with units, entities, comments, CDATA, empty cells", async () => {
    const rows = `<TABLEDATA>
<TR><TD>M &#51;1<!-- x --></TD><TD>0.7</TD><TD>41.25</TD></TR>
<TR>
  <TD><![CDATA[<b>]]> &amp;lt;</TD><TD> 2 </TD><TD>-5</TD></TR><TR><TD/><TD>1</TD><TD>2</TD></TR></TABLEDATA>`;
    const found = await targets(votable(rows));
    expect(found.map(({ name, lat }) => [name, lat])).toEqual([
      ["M 31", 41.25],
      ["<b> &lt;", -5],
      ["row-000003", 2],
    ]);
    for (const [i, lon] of [10.5, 30, 15].entries()) expect(found[i]!.lon).toBeCloseTo(lon, 9);
  });

  test("its rows in another form, or none, are an error", async () => {
    await expect(parseList(bytesOf(votable("<BINARY2><STREAM/></BINARY2>")))).rejects.toThrow(
      "the rows of the VOTable are BINARY2, and only TABLEDATA is read",
    );
    await expect(parseList(bytesOf(votable("")))).rejects.toThrow("no table with rows");
    for (const broken of [
      `<VOTABLE>${"<!--<a '<TR x=\"".repeat(100_000)}`,
      "<VOTABLE>&undeclared;</VOTABLE>",
    ])
      await expect(parseList(bytesOf(broken))).rejects.toThrow(
        expect.objectContaining({
          code: "BAD_ARGUMENT",
          message: expect.stringMatching(/cannot be read: 1:/),
        }),
      );
  });
});

describe("a row that is no target says where it stands", () => {
  const votable = `<VOTABLE><FIELD name="ra"/><FIELD name="dec"/><TABLEDATA>
<TR><TD>1</TD><TD>2</TD></TR>

<TR><TD>1</TD><TD>95</TD></TR>
</TABLEDATA></VOTABLE>`;
  test.each([
    ["CSV", "# mine\n\nra,dec\n1,2\n\n# a comment\n1,95\n", "line 7"],
    ["CSV with line ends of Windows", "ra,dec\r\n1,2\r\n1,95\r\n", "line 3"],
    ["CSV with a field of two lines", 'name,ra,dec\n"a\nb",1,2\nc,1,95\n', "line 4"],
    ["columns between blanks", "ra dec\n1 2\n\n1 95\n", "line 4"],
    ["ECSV", "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra}\nra dec\n1 2\n1 95\n", "line 7"],
    ["VOTable", votable, "line 4"],
  ])("%s", async (_, text, place) => {
    const [, bad] = targetsIn(await parseList(bytesOf(text)));
    expect(bad).toMatchObject({ row: 1, place, reason: "no position on the sky: 1 95" });
  });

  test("FITS and Parquet, by the row", async () => {
    const columns = ["ra", "dec"].map((name) => ({ name, format: "D" }));
    const values = [Float64Array.of(1, 1), Float64Array.of(2, 95)];
    const fits = await fitsBytes([
      tableHdu({ columns, batches: [{ columns: values.map((values) => ({ values })) }] }),
    ]);
    const parquet = parquetWriteBuffer({
      columnData: columns.map(({ name }, i) => ({ name, data: [...values[i]!], type: "DOUBLE" as const })),
    });
    for (const bytes of [fits, new Uint8Array(parquet)]) {
      const [, bad] = targetsIn(await parseList(bytes as Uint8Array<ArrayBuffer>));
      expect(bad).toMatchObject({ row: 1, place: "row 2", reason: "no position on the sky: 1 95" });
    }
  });

  test("a quote that does not end, by its line", async () => {
    await expect(parseList(bytesOf('# mine\nra,dec\n1,2\n"1,2\n'))).rejects.toThrow(/line 4/);
  });
});

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

  test("tells how many rows it has read", async () => {
    const text = `ra,dec\n${"1,2\n".repeat(3500)}`;
    const told: number[] = [];
    const list = await parseList(bytesOf(text), { onRows: (count) => told.push(count) });
    expect([list.length, told]).toEqual([3500, [1000, 2000, 3000]]);
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
