import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
let server: RangeServer;

const center = [150.421375, 2.422383] as const;

/** Equal but for errors of rounding. */
function closeTo(point: readonly number[], wanted: readonly number[]): void {
  for (const [i, value] of wanted.entries()) expect(point[i]).toBeCloseTo(value, 11);
}

const numbersOf = (line: string): number[] => line.split(" ").map(Number);

const pad = (lines: readonly string[]): string => [...lines, "END"].map((line) => line.padEnd(80)).join("");
const cards = [
  "CTYPE1  = 'RA---TAN'",
  "CTYPE2  = 'DEC--TAN'",
  "CRVAL1  =            150.421375",
  "CRVAL2  =              2.422383",
  "CRPIX1  =                 200.5",
  "CRPIX2  =                 150.5",
  "CDELT1  =               -1.2E-5",
  "CDELT2  =                1.2E-5",
  "EQUINOX =                2000.0",
];

beforeAll(async () => {
  cwd = workFolder("cli-wcs");
  const bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  writeFileSync(join(cwd, "cards.hdr"), pad(cards));
  writeFileSync(join(cwd, "noend.hdr"), pad(cards).slice(0, -80));
  writeFileSync(join(cwd, "lines.txt"), `${cards.map((card) => card.trimEnd()).join("\r\n")}\r\n`);
  writeFileSync(
    join(cwd, "simple.hdr"),
    pad(["SIMPLE  =                    T", "BITPIX  = -32", "NAXIS   = 2", ...cards]),
  );
  writeFileSync(join(cwd, "points.txt"), "# x y\n200.5 150.5\n\n1, 1\n");
  writeFileSync(join(cwd, "prose.txt"), "No header here.\nNothing at all.\n");
  server = await startRangeServer({ files: { "/hst.fits": bytes, "/cards.hdr": Buffer.from(pad(cards)) } });
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

interface Answer {
  readonly sky: ([number, number] | null)[];
  readonly pixel: ([number, number] | null)[];
}

async function answer(...args: string[]): Promise<Answer> {
  const { code, stderr, json } = await fitslice(["wcs", ...args, "--json"], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  const found = json<Answer>();
  expect(Object.keys(found)).toEqual(["sky", "pixel"]);
  return found;
}

describe("pixels to the sky", () => {
  test("are counted from 1, or from 0 where asked", async () => {
    const first = await answer("hst.fits", "--to-sky", "200.5 150.5", "--to-sky", "1,1");
    closeTo(first.sky[0]!, center);
    expect(first.pixel).toEqual([]);
    const zero = await answer("hst.fits", "--to-sky", "199.5 149.5", "--to-sky", "0 0", "--origin", "0");
    expect(zero.sky).toEqual(first.sky);
  });

  test("come back as they were, in full precision", async () => {
    const { sky } = await answer("hst.fits", "--to-sky", "12.25 -7.5");
    const back = await answer("hst.fits", "--to-pixel", sky[0]!.join(" "));
    expect(back.pixel[0]![0]).toBeCloseTo(12.25, 8);
    expect(back.pixel[0]![1]).toBeCloseTo(-7.5, 8);
  });

  test("from a file and from standard input, in order", async () => {
    const fromFile = await answer("hst.fits", "--to-sky", "@points.txt", "--to-sky", "5 5");
    expect(fromFile.sky.length).toBe(3);
    closeTo(fromFile.sky[0]!, center);
    const { text, code } = await fitslice(["wcs", "hst.fits", "--to-sky", "-"], {
      cwd,
      input: "200.5 150.5\n1 1\n",
    });
    expect(code).toBe(0);
    closeTo(numbersOf(text.split("\n")[0]!), center);
    expect(text.split("\n").length).toBe(3);
  });

  test("in another frame", async () => {
    const { sky } = await answer("hst.fits", "--to-sky", "200.5 150.5", "--frame", "galactic");
    // astropy: SkyCoord(150.421375, 2.422383, unit="deg").galactic
    expect(sky[0]![0]).toBeCloseTo(236.49, 0);
    const back = await answer("hst.fits", "--to-pixel", sky[0]!.join(" "), "--frame", "galactic");
    expect(back.pixel[0]![0]).toBeCloseTo(200.5, 6);
  });
});

describe("positions to pixels", () => {
  test.each([
    "10h01m41.13s +02d25m20.5788s",
    "10:01:41.13 +02:25:20.5788",
    "150.421375 2.422383",
    "150.421375, +2.422383",
  ])("%s", async (text) => {
    const { pixel } = await answer("hst.fits", "--to-pixel", text);
    expect(pixel[0]![0]).toBeCloseTo(200.5, 4);
    expect(pixel[0]![1]).toBeCloseTo(150.5, 4);
  });

  test("null, and nan in plain text, where there is none", async () => {
    expect((await answer("hst.fits", "--to-pixel", "330.4 -2.4")).pixel).toEqual([null]);
    const { text } = await fitslice(
      ["wcs", "hst.fits", "--to-pixel", "330.4 -2.4", "--to-sky", "200.5 150.5"],
      { cwd },
    );
    closeTo(numbersOf(text.split("\n")[0]!), center);
    expect(text.split("\n").slice(1)).toEqual(["nan nan", ""]);
  });
});

test("a point that is nowhere stays nowhere", async () => {
  const { sky, pixel } = await answer("hst.fits", "--to-sky", "nan nan", "--to-pixel", "nan nan");
  expect([sky, pixel]).toEqual([[null], [null]]);
});

describe("a bare header", () => {
  test.each(["cards.hdr", "noend.hdr", "lines.txt", "simple.hdr"])("%s", async (name) => {
    const { sky } = await answer(name, "--to-sky", "200.5 150.5");
    closeTo(sky[0]!, center);
  });

  test("of standard input, and behind a URL", async () => {
    const { text, code } = await fitslice(["wcs", "-", "--to-sky", "200.5 150.5"], {
      cwd,
      input: readFileSync(join(cwd, "lines.txt"), "utf8"),
    });
    expect(code).toBe(0);
    closeTo(numbersOf(text), center);
    closeTo((await answer(`${server.url}/cards.hdr`, "--to-sky", "200.5 150.5")).sky[0]!, center);
  });

  test("is read where its lines are indented or compressed", async () => {
    const lines = readFileSync(join(cwd, "lines.txt"), "utf8");
    const indented = lines.replace(/^(?=.)/gm, "    ");
    writeFileSync(join(cwd, "indented.txt"), indented);
    writeFileSync(join(cwd, "lines.txt.gz"), gzipSync(lines));
    for (const name of ["indented.txt", "lines.txt.gz"])
      closeTo((await answer(name, "--to-sky", "200.5 150.5")).sky[0]!, center);
  });

  test("has no other HDUs", async () => {
    const { code, stderr } = await fitslice(["wcs", "lines.txt", "--hdu", "SCI"], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/leave out --hdu SCI\n$/)]);
  });

  test("is refused where there is none", async () => {
    const prose = await fitslice(["wcs", "prose.txt"], { cwd });
    expect([prose.code, prose.stderr]).toEqual([1, expect.stringMatching(/^fitslice: prose\.txt: .*\n$/)]);
    const none = await fitslice(["wcs", "none.fits"], { cwd });
    expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/^fitslice: [^\n]+\n$/)]);
  });
});

describe("what the WCS is", () => {
  test("in words", async () => {
    const { text, code, stderr } = await fitslice(["wcs", "hst.fits"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    for (const words of [
      "TAN",
      "ICRS",
      "400 x 300",
      "0.04896 x 0.04896 arcsec/pixel",
      "10:01:41.130 +02:25:20.58",
      "north ",
    ])
      expect(text).toContain(words);
    expect(text.match(/\d, \d+\.5: |0\.5: /g)?.length).toBeGreaterThanOrEqual(1);
  });

  test("as JSON", async () => {
    const { json } = await fitslice(["wcs", "hst.fits", "--json"], { cwd });
    const facts = json<Record<string, unknown>>();
    expect(facts).toMatchObject({
      projection: "TAN",
      frame: { name: "icrs" },
      shape: [400, 300],
      asSeen: true,
      warnings: [],
    });
    expect((facts["corners"] as unknown[]).length).toBe(4);
  });

  test("without celestial axes", async () => {
    const { text, code } = await fitslice(["wcs", "hst.fits", "--hdu", "WHT"], { cwd });
    expect([code, text]).toEqual([0, expect.stringContaining("no longitude and latitude")]);
    const points = await fitslice(["wcs", "hst.fits", "--hdu", "WHT", "--to-sky", "1 1"], { cwd });
    expect([points.code, points.stderr]).toEqual([1, expect.stringContaining("no celestial axes")]);
  });

  test("reads no pixels", async () => {
    server.requests.splice(0);
    await answer(`${server.url}/hst.fits`, "--to-sky", "1 1");
    expect(server.requests.length).toBe(1);
  });
});

describe("wrong usage", () => {
  test.each([
    [["--to-sky", "1"], /two numbers/],
    [["--to-sky", "1 b"], /two numbers/],
    [["--to-sky", "1", "2"], /a point is one argument/],
    [["--to-pixel", "somewhere"], /somewhere/],
    [["--to-sky", "1 1", "--origin", "2"], /--origin/],
    [["--to-sky", "1 1", "--frame", "teme"], /no celestial frame 'teme'/],
    [["--to-sky", "-", "--to-pixel", "-"], /standard input can be read once/],
    [["--alternate", "BB"], /letter from A to Z/],
  ] as const)("%j", async (args, message) => {
    const { code, stderr, text } = await fitslice(["wcs", "hst.fits", ...args], { cwd, input: "" });
    expect([code, text]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  test("an alternate that is not there", async () => {
    const { code, stderr } = await fitslice(["wcs", "hst.fits", "--alternate", "B"], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining("no WCS B")]);
  });
});
