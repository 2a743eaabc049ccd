import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shortestFloat32 } from "../../src/export/index.js";
import { open } from "../../src/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { exampleFile, examplePixel } from "../fixtures/example.js";
import { fitslice, program, workFolder } from "./run.js";

const script = spawnSync("script", ["--version"]).status === 0;

let cwd: string;
let bytes: Uint8Array;

beforeAll(async () => {
  cwd = workFolder("cli-output");
  bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  writeFileSync(
    join(cwd, "odd.fits"),
    await fitsBytes([
      imageHdu({
        header: [
          { keyword: "BIG", value: 9007199254740993n, comment: "more than a double holds" },
          { keyword: "CPLX", value: [1.5, -2], comment: "" },
          { keyword: "NOTHING", value: null },
          { keyword: "HISTORY", comment: "made" },
          { keyword: "FLAG", value: true },
        ],
      }),
      imageHdu({
        name: "LONG",
        data: { data: BigInt64Array.from([1n, 9007199254740993n]), shape: [1, 2], stride: [2, 1] },
      }),
      imageHdu({
        name: "NAN",
        data: { data: Float32Array.from([1, Number.NaN, 3, Infinity]), shape: [2, 2], stride: [2, 1] },
      }),
    ]),
  );
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const file = (name: string): Buffer => readFileSync(join(cwd, name));
const run = (...args: string[]) => fitslice(args, { cwd });
const json = async (...args: string[]): Promise<unknown> => (await run(...args, "--json")).json();
const href = (name: string): unknown => expect.stringMatching(new RegExp(`^file:///.*/${name}$`));

describe("info and layout", () => {
  test("info --json", async () => {
    expect(await json("info", "hst.fits")).toEqual({
      href: href("hst.fits"),
      size: bytes.length,
      hdus: [
        hdu([0, "PRIMARY", 1, "PRIMARY", 8, [], 0, 2880, 0, 5]),
        hdu([1, "SCI", 1, "IMAGE", -32, [300, 400], 2880, 5760, 480_000, 22]),
        hdu([2, "WHT", 1, "IMAGE", 16, [300, 400], 486_720, 489_600, 240_000, 8]),
        hdu([3, "CATALOG", 1, "BINTABLE", 8, [200, 38], 731_520, 734_400, 7600, 24]),
      ],
    });
  });
  test("layout --json", async () => {
    const { hdus } = (await json("layout", "hst.fits")) as { hdus: object[] };
    expect(hdus[1]).toEqual({
      ...{ index: 1, name: "SCI", ver: 1, type: "IMAGE", headerOffset: 2880, headerSize: 2880 },
      ...{ dataOffset: 5760, dataSize: 480_000, end: 486_720 },
    });
  });
  test("info for people", async () => {
    const { text } = await run("info", "hst.fits");
    expect(text.split("\n").slice(1)).toEqual([
      "No  Name     Ver  Type      Cards  Shape                 Values      Data",
      " 0  PRIMARY    1  PRIMARY       5",
      " 1  SCI        1  IMAGE        22  300 x 400             float32   480 kB",
      " 2  WHT        1  IMAGE         8  300 x 400             int16     240 kB",
      " 3  CATALOG    1  BINTABLE     24  200 rows x 6 columns           7.60 kB",
      "",
    ]);
  });
});

function hdu(facts: readonly unknown[]): object {
  const names = [
    "index",
    "name",
    "ver",
    "type",
    "bitpix",
    "shape",
    "headerOffset",
    "dataOffset",
    "dataSize",
    "cards",
  ];
  return Object.fromEntries(names.map((name, i) => [name, facts[i]]));
}

describe("header", () => {
  test("--json has exact values", async () => {
    const { text } = await run("header", "odd.fits", "--json");
    expect(text).toContain('{"keyword":"BIG","value":9007199254740993,"comment":"more than a double holds"}');
    const { cards } = JSON.parse(text) as { cards: { keyword: string; value: unknown; comment: string }[] };
    const values = Object.fromEntries(cards.map(({ keyword, value }) => [keyword, value]));
    expect(values).toMatchObject({ SIMPLE: true, CPLX: [1.5, -2], NOTHING: null, FLAG: true });
    expect(values["HISTORY"]).toMatch(/made$/);
    for (const card of cards) expect(Object.keys(card)).toEqual(["keyword", "value", "comment"]);
  });
  test("as it stands in the file", async () => {
    const { text } = await run("header", "hst.fits[SCI]");
    expect(text.split("\n").slice(0, 2)).toEqual([
      expect.stringMatching(/^XTENSION= 'IMAGE {3}'/),
      expect.stringMatching(/^BITPIX {2}= {18}-32/),
    ]);
  });
  test("--keyword prints values, one a line", async () => {
    expect((await run("header", "odd.fits", "-k", "BIG", "-k", "cplx", "-k", "FLAG")).text).toBe(
      "9007199254740993\n(1.5, -2)\nT\n",
    );
  });
});

describe("section", () => {
  /** As text has it. */
  const at = (y: number, x: number): number => shortestFloat32(Math.fround(examplePixel(y, x)));

  test("text, JSON, and the forms of addresses", async () => {
    const wanted = [10, 11].map((y) => [20, 21, 22].map((x) => at(y, x)));
    const forms = [
      ["hst.fits", "--hdu", "SCI", "-s", "10:12,20:23"],
      ["hst.fits", "--hdu", "1", "--fits-section", "[21:23,11:12]"],
      ["hst.fits[SCI][21:23,11:12]"],
      ["hst.fits[SCI,1]", "-s", "10:12, 20:23"],
      ["hst.fits", "-s", "-290:-288,20:23:1"],
    ];
    for (const form of forms) {
      expect(await json("section", ...form)).toEqual({ dtype: "float32", shape: [2, 3], data: wanted });
    }
    const { text } = await run("section", ...forms[0]!);
    expect(text).toBe(`${wanted.map((row) => row.join(" ")).join("\n")}\n`);
  });
  test("NaN, infinities and 64-bit integers in JSON", async () => {
    expect((await run("section", "odd.fits", "--hdu", "LONG", "--json")).text).toBe(
      '{"dtype":"int64","shape":[1,2],"data":[[1,9007199254740993]]}\n',
    );
    expect(await json("section", "odd.fits", "--hdu", "NAN")).toMatchObject({
      data: [
        [1, "NaN"],
        [3, "Infinity"],
      ],
    });
  });
  test("shapes: dropped axes, nothing, everything", async () => {
    expect(await json("section", "hst.fits", "-s", "3,4")).toEqual({
      dtype: "float32",
      shape: [],
      data: at(3, 4),
    });
    const all = (await json("section", "hst.fits")) as { shape: number[]; data: number[][] };
    expect([all.shape, all.data[299]![399]]).toEqual([[300, 400], at(299, 399)]);
  });
  test("what lies outside the image, or holds no pixel, is an error", async () => {
    for (const args of [
      ["section", "hst.fits", "-s", "350:360,:2"],
      ["section", "hst.fits", "-s", "350:350,:2", "--json"],
      ["stats", "hst.fits", "-s", "350:,0"],
      ["section", "hst.fits", "-s", "0:2,0:2", "-s", "350:360,:2", "-o", "outside"],
    ]) {
      const { code, text, stderr } = await run(...args);
      expect([code, text]).toEqual([1, ""]);
      expect(stderr).toMatch(
        /^fitslice: section 350:\S+ holds no pixel of HDU 1, which is 300 x 400, slowest axis first\n$/,
      );
    }
  });
  test("raw bytes, .npy and .png", async () => {
    for (const name of ["a.raw", "a.npy", "a.png"]) {
      const { code, text } = await run("section", "hst.fits", "-s", "10:12,20:23", "-o", name);
      expect([code, text]).toEqual([0, ""]);
    }
    const raw = file("a.raw");
    expect([...new Float32Array(raw.buffer, raw.byteOffset, 6)].slice(0, 2)).toEqual(
      [at(10, 20), at(10, 21)].map(Math.fround),
    );
    expect(file("a.npy").subarray(-24)).toEqual(raw);
    const picture = decode(file("a.png"));
    expect([picture.width, picture.height, picture.channels]).toEqual([3, 2, 1]);
  });
  test("a picture has its first row below, and the limits asked for", async () => {
    await run("section", "hst.fits", "-s", "170:180,205:220", "--vmin", "0", "--vmax", "8", "-o", "b.png");
    const { data, width } = decode(file("b.png"));
    const gray = (y: number, x: number): number => data[(9 - (y - 170)) * width + (x - 205)]!;
    for (const [y, x] of [
      [170, 205],
      [177, 212],
      [179, 219],
    ] as const) {
      expect(gray(y, x)).toBeCloseTo(255 * Math.min(1, at(y, x) / 8), -1);
    }
  });
  test("several sections go into a folder, numbered; --json tells which is which", async () => {
    writeFileSync(join(cwd, "list.txt"), "# stamps\n0:2,0:3\n\n[5:6,7:9]  # as FITS writes it\r\n");
    const { text } = await run("section", "hst.fits", "--sections", "list.txt", "-o", "stamps", "--json");
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { path: "stamps/section-0001.npy", section: "0:2,0:3", dtype: "float32", shape: [2, 3] },
      { path: "stamps/section-0002.npy", section: "6:9,4:6", dtype: "float32", shape: [3, 2] },
    ]);
    expect(readdirSync(join(cwd, "stamps")).sort()).toEqual(["section-0001.npy", "section-0002.npy"]);
    expect(file("stamps/section-0002.npy").readFloatLE(128)).toBe(Math.fround(examplePixel(6, 4)));
    const twice = await run("section", "hst.fits", "-s", "0,0:2", "-s", "1,0:2");
    expect(twice.text).toBe(`${at(0, 0)} ${at(0, 1)}\n\n${at(1, 0)} ${at(1, 1)}\n`);
  });
  test("sections from standard input, output to standard output", async () => {
    const { text } = await fitslice(["section", "hst.fits", "--sections", "-", "-o", "-"], {
      cwd,
      input: "3,4\n",
    });
    expect(text).toBe(`${at(3, 4)}\n`);
  });

  const numpy = spawnSync("/usr/bin/python3", ["-c", "import numpy"]).status === 0;
  test.skipIf(!numpy)("numpy reads the .npy files (needs numpy for /usr/bin/python3)", async () => {
    await run("section", "hst.fits", "--hdu", "SCI", "-o", "sci.npy");
    await run("section", "odd.fits", "--hdu", "LONG", "-o", "long.npy");
    await run("section", "hst.fits", "--hdu", "WHT", "-s", "5", "-o", "row.npy");
    const program =
      "import numpy as np\nfor n in ('sci','long','row'):\n a = np.load(n + '.npy'); print(a.dtype.str, a.shape, a.ravel()[-1])";
    const { stdout } = spawnSync("/usr/bin/python3", ["-c", program], { cwd, encoding: "utf8" });
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toMatch(/^<f4 \(300, 400\) /);
    expect(lines.slice(1)).toEqual(["<i8 (1, 2) 9007199254740993", "<i2 (400,) 1000"]);
  });
});

describe("stats, preview, explain", () => {
  test("stats --json", async () => {
    const stats = await json("stats", "hst.fits[WHT][1:10,1:20]");
    expect(stats).toEqual({
      ...{ shape: [20, 10], dtype: "int16", count: 200, nan: 0, infinite: 0 },
      ...{ min: 1000, max: 1000, mean: 1000, std: 0 },
    });
    expect(await json("stats", "odd.fits", "--hdu", "NAN")).toMatchObject({
      count: 2,
      nan: 1,
      infinite: 1,
      mean: 2,
    });
  });
  test("preview draws as many lines as the picture is high, and --json has its values", async () => {
    const { text, stderr } = await run("preview", "hst.fits", "--width", "40");
    const lines = text.trimEnd().split("\n");
    expect([lines.length, lines[0]!.length]).toEqual([15, 40]);
    expect(stderr).toMatch(
      /^HDU 1 SCI: 300 x 400, each pixel the mean of 10 columns and 1 of 10 rows, from /,
    );
    const sampled = (await json("preview", "hst.fits", "--width", "40")) as {
      step: number;
      rows: number;
      data: number[][];
    };
    // Of each ten rows the one in the middle.
    const values = Array.from({ length: 10 }, (_, x) => Math.fround(examplePixel(14, 10 + x)));
    const mean = values.reduce((sum, value) => sum + value, 0) / 10;
    expect([sampled.step, sampled.rows]).toEqual([10, 1]);
    expect(sampled.data[1]![1]).toBeCloseTo(mean, 12);
    const most = (await json("preview", "hst.fits", "--width", "40", "--bin-by", "max")) as typeof sampled;
    expect(most.data[1]![1]).toBe(Math.max(...values));
  });
  test("preview in colors where it is asked for", async () => {
    const { text } = await fitslice(["preview", "hst.fits", "--width", "20"], {
      cwd,
      env: { FORCE_COLOR: "1", COLORTERM: "truecolor" },
    });
    expect(text).toContain("\u001b[38;2;");
    expect(text.split("\u2580").length - 1).toBe(20 * 8);
    const shown = async (env: Record<string, string>): Promise<string> =>
      (await fitslice(["preview", "hst.fits", "--width", "20"], { cwd, env: { FORCE_COLOR: "1", ...env } }))
        .text;
    expect(await shown({ TERM: "xterm-256color" })).toMatch(/.\[38;5;\d+;48;5;\d+m/);
    expect(await shown({ TERM: "xterm" })).toMatch(/.\[(3|9)\d;(4|10)\d+m/);
  });
  test.each([{ NO_COLOR: "1" }, { TERM: "dumb" }, { FORCE_COLOR: "0" }])(
    "preview without colors: %o",
    async (env) => {
      const args = ["preview", "hst.fits", "--width", "20"];
      const { text } = await fitslice(args, { cwd, env: { FORCE_COLOR: "1", ...env } });
      expect(text).toBe(await run(...args).then((plain) => plain.text));
      expect(text).not.toContain("\u001b");
    },
  );
  test.skipIf(!script).each([{ NO_COLOR: "1" }, { TERM: "dumb" }])(
    "on a terminal too: %o (needs util-linux's script)",
    (env) => {
      const command = `"${process.execPath}" "${program}" preview hst.fits --width 20 --profile`;
      const shown = (more: Record<string, string>): string =>
        spawnSync("script", ["-qec", command, "/dev/null"], {
          cwd,
          encoding: "utf8",
          env: { PATH: process.env["PATH"], ...more },
        }).stdout;
      expect(shown({ COLORTERM: "24bit" })).toContain("\u001b[38;2;");
      expect(shown({ TERM: "xterm-kitty" })).toContain("\u001b_Ga=T,f=100");
      expect(shown(env)).toContain("of 20 columns and 1 of 20 rows");
      expect(shown(env)).not.toContain("\u001b");
    },
  );
  test("info tells both sizes of a file that is compressed, as a whole or tile by tile", async () => {
    const plain = file("hst.fits");
    const packed = gzipSync(plain);
    writeFileSync(join(cwd, "sizes.fits.gz"), packed);
    const whole = await fitslice(["info", "sizes.fits.gz", "--json"], { cwd });
    expect(whole.json()).toMatchObject({ size: plain.length, storedSize: packed.length });
    const { text } = await fitslice(["info", "sizes.fits.gz"], { cwd });
    const [head] = text.split("\n");
    expect(head).toMatch(/sizes\.fits\.gz, [\d.]+ .B compressed, [\d.]+ .B whole$/);
    await fitslice(["compress", "hst.fits", "-o", "sizes.fits.fz"], { cwd });
    const tiled = await fitslice(["info", "sizes.fits.fz", "--json"], { cwd });
    const { hdus } = tiled.json<{ hdus: { name: string; fullSize?: number; dataSize: number }[] }>();
    expect(hdus.map(({ fullSize }) => fullSize)).toEqual([undefined, 480_000, 240_000, undefined]);
    const lines = (await fitslice(["info", "sizes.fits.fz"], { cwd })).text.split("\n");
    expect(lines[1]).toMatch(/Data +Full +Ratio$/);
    const ratio = (480_000 / hdus[1]!.dataSize).toFixed(2);
    expect(lines[3]).toMatch(new RegExp(`480 kB +${ratio.replace(".", "\\.")}$`));
    const raw = (await fitslice(["info", "sizes.fits.fz", "--raw"], { cwd })).text;
    expect(raw).not.toContain("Ratio");
    expect((await fitslice(["info", "hst.fits"], { cwd })).text).not.toMatch(/Ratio|compressed/);
  });
  test("explain of a .fits.gz says that its bytes are those of the decompressed file", async () => {
    writeFileSync(join(cwd, "hst.fits.gz"), gzipSync(file("hst.fits")));
    const told = async (name: string): Promise<string> =>
      (await run("explain", name, "--hdu", "SCI", "-s", "250,20:23")).text;
    expect(await told("hst.fits.gz")).toMatch(
      /compressed as a whole: these are bytes of what it decompresses to/,
    );
    expect(await told("hst.fits")).not.toMatch(/compressed as a whole/);
  });

  test("explain of an image and of a table, without reading", async () => {
    const image = (await json(
      "explain",
      "hst.fits",
      "--hdu",
      "SCI",
      "-s",
      "250,20:23",
      "--optimize",
      "bytes",
    )) as {
      requests: object[];
    };
    expect(image.requests).toEqual([{ offset: 5760 + 4 * (250 * 400 + 20), length: 12 }]);
    const table = await json(
      "explain",
      "hst.fits",
      "--hdu",
      "CATALOG",
      "--rows",
      "0:10",
      "--columns",
      "ra,dec",
    );
    expect(table).toMatchObject({ usedBytes: 10 * 38, ranges: [{ offset: 734_400, length: 380 }] });
  });
});

describe("compress, uncompress, index", () => {
  test("there and back: integers keep every bit, the rest its bytes", async () => {
    expect((await run("compress", "hst.fits", "-o", "c.fits.fz", "--checksum")).code).toBe(0);
    expect(statSync(join(cwd, "c.fits.fz")).size).toBeLessThan(bytes.length / 2);
    const listed = (await json("info", "c.fits.fz")) as {
      hdus: { type: string; shape: number[]; bitpix: number }[];
    };
    expect(listed.hdus[2]).toMatchObject({ type: "COMPRESSED_IMAGE", bitpix: 16, shape: [300, 400] });
    const raw = (await json("info", "c.fits.fz", "--raw")) as typeof listed;
    expect(raw.hdus[2]).toMatchObject({ type: "BINTABLE", bitpix: 8, shape: [300, 8] });
    const hidden = await run("table", "c.fits.fz", "--hdu", "WHT", "--describe");
    expect(hidden.text.split("\n")[1]).toMatch(/^COMPRESSED_DATA {2}1PB/);
    expect((await run("header", "c.fits.fz", "--hdu", "WHT", "-k", "BITPIX")).text).toBe("16\n");
    expect((await run("header", "c.fits.fz", "--hdu", "WHT", "-k", "BITPIX", "--raw")).text).toBe("8\n");
    expect((await run("uncompress", "c.fits.fz", "-o", "u.fits")).code).toBe(0);
    for (const hdu of ["WHT", "CATALOG"]) {
      const [before, after] = await Promise.all(
        ["hst.fits", "u.fits"].map(async (name) => (await open(new Uint8Array(file(name)))).hdu(hdu)),
      );
      const data = (name: string, { dataOffset, dataSize }: { dataOffset: number; dataSize: number }) =>
        file(name).subarray(dataOffset, dataOffset + dataSize);
      expect(data("u.fits", after!).equals(data("hst.fits", before!))).toBe(true);
    }
  });
  test("options of compression are those asked for", async () => {
    const args = ["--algorithm", "gzip2", "--quantize", "0", "--tile", "100,50", "--json"];
    const { json: told } = await run("compress", "hst.fits", "-o", "g.fits.fz", ...args);
    expect(told()).toMatchObject({
      path: "g.fits.fz",
      size: bytes.length,
      written: file("g.fits.fz").length,
    });
    const keywords = ["ZCMPTYPE", "ZTILE1", "ZTILE2"].flatMap((keyword) => ["-k", keyword]);
    expect((await run("header", "g.fits.fz", "--hdu", "SCI", "--raw", ...keywords)).text).toBe(
      "GZIP_2\n50\n100\n",
    );
    const values = await json("section", "g.fits.fz", "--hdu", "SCI", "-s", "7,8:10");
    expect(values).toMatchObject({
      data: [examplePixel(7, 8), examplePixel(7, 9)].map((value) => shortestFloat32(Math.fround(value))),
    });
  });
  test("an index belongs to its file alone", async () => {
    expect((await run("index", "hst.fits", "-o", "hst.fidx")).code).toBe(0);
    const { text } = await run("header", "hst.fits", "--index", "hst.fidx", "--hdu", "SCI", "-k", "EXPTIME");
    expect(text).toBe("2028.5\n");
    writeFileSync(join(cwd, "longer.fits"), Buffer.concat([bytes, Buffer.alloc(2880)]));
    const refused = await run("header", "longer.fits", "--index", "hst.fidx");
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/index does not belong to this file/),
    ]);
  });
});

const corpus = join("..", "shared", "corpus");
describe.skipIf(!existsSync(corpus))("the corpus (../shared/corpus)", () => {
  test("info --json of every file is what astropy sees", { timeout: 120_000 }, async () => {
    interface Truth {
      error?: string;
      size: number;
      hdus: {
        name: string;
        ver: number;
        type: string;
        ncards?: number;
        image?: { shape: number[] } | null;
      }[];
    }
    const truth = JSON.parse(readFileSync(join(corpus, "truth.json"), "utf8")) as Record<string, Truth>;
    const names = Object.keys(truth).filter((name) => !truth[name]!.error);
    const check = async (name: string): Promise<void> => {
      const { code, json: told } = await fitslice(["info", "--json", join(corpus, "files", name)]);
      expect([name, code]).toEqual([name, 0]);
      const { hdus } = told<{ hdus: { name: string; ver: number; type: string; shape: number[] }[] }>();
      const wanted = truth[name]!.hdus;
      expect([name, hdus.map((hdu) => [hdu.name, hdu.ver, hdu.type])]).toEqual([
        name,
        wanted.map((hdu) => [hdu.name, hdu.ver, hdu.type]),
      ]);
      for (const [i, { image }] of wanted.entries()) if (image) expect(hdus[i]!.shape).toEqual(image.shape);
    };
    for (let at = 0; at < names.length; at += 4) await Promise.all(names.slice(at, at + 4).map(check));
  });
});
