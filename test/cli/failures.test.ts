import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, outcomeOf, shell, start, workFolder } from "./run.js";

let cwd: string;
let server: RangeServer;

beforeAll(async () => {
  cwd = workFolder("cli-failures");
  const bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  writeFileSync(join(cwd, "cut.fits"), bytes.subarray(0, 400_000));
  writeFileSync(join(cwd, "bare.fits"), bytes.subarray(0, 2880));
  writeFileSync(join(cwd, "stamps.txt"), "0:2,0:2 # the first\n\n[1:3,1:4]\n0:2,9999\n");
  writeFileSync(join(cwd, "text.txt"), "hello, this is no FITS file\n");
  writeFileSync(join(cwd, "empty.fits"), "");
  writeFileSync(join(cwd, "hostile.fits"), hostileFile());
  mkdirSync(join(cwd, "folder"));
  server = await startRangeServer({ files: { "/hst.fits": bytes } });
});

afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** A file whose EXTNAME would clear the screen. */
function hostileFile(): Buffer {
  const cards = [
    "SIMPLE  =                    T",
    "BITPIX  =                    8",
    "NAXIS   =                    0",
  ];
  const more = [
    "EXTNAME = '\u001b[2J\u0007evil'",
    "OBJECT  = '\u001b]0;title\u0007'",
    "COMMENT \u001b[31mred",
  ];
  return Buffer.from(
    [...cards, ...more, "END"]
      .map((card) => card.padEnd(80))
      .join("")
      .padEnd(2880),
    "latin1",
  );
}

/** Arguments, exit code, what the one line says. */
const wrong: [string, number, RegExp][] = [
  ["inof hst.fits", 2, /unknown command 'inof' \(Did you mean info\?\); see "fitslice --help"/],
  ["fitsverify hst.fits", 2, /unknown command 'fitsverify' \(Did you mean verify\?\)/],
  ["info", 2, /missing required argument 'src'; see "fitslice info --help"/],
  ["info --foo hst.fits", 2, /unknown option '--foo'/],
  ["index hst.fits more.fits -o x.fidx", 2, /too many arguments .* \(a value with blanks is quoted/],
  ["rgb hst.fits hst.fits hst.fits -o x.jpg", 2, /rgb writes PNG: end x\.jpg in \.png/],
  ["info nothing.fits", 1, /nothing\.fits: no such file/],
  ["info folder", 1, /folder is a folder; give the path of a FITS file/],
  ["info text.txt", 1, /text\.txt: the file begins with .*: it is no FITS file/],
  ["info empty.fits", 1, /empty\.fits: the file is empty/],
  ["info gopher://host/a.fits", 1, /"gopher:" is not known/],
  ["info http://127.0.0.1:1/a.fits --retries 0", 1, /no answer \(ECONNREFUSED\)/],
  ["info hst.fits --index text.txt", 1, /--index text\.txt: the index file cannot be used/],
  ["headers - -k NAXIS", 2, /standard input cannot be read here; save it to a file/],
  ["serve hst.fits[SCI]", 2, /cannot serve hst.fits\[SCI\]: whole files are served; leave out/],
  ["download - -o x.fits", 2, /standard input cannot be read here; save it to a file/],
  ["info hst.fits hst.fits --index x.fidx", 2, /--index is of one file; name one/],
  ["info hst.fits -o x.csv --json", 2, /-o writes a table, --json to stdout; leave out one/],
  [
    "section hst.fits hst.fits --hdu SCI -s 1:2 -o x.npy",
    2,
    /x\.npy is named like a file; name a folder with -o/,
  ],
  ["section hst.fits hst.fits --hdu SCI -s 1:2 -s 2:3", 2, /several sections are of one file/],
  ["section hst.fits hst.fits --hdu SCI --format npy", 2, /many files as npy go into a folder/],
  ["info nothing*.fits", 1, /nothing\*\.fits: no file there/],
  ["header hst.fits -k ", 2, /--keyword is empty/],
  [
    "table hst.fits[CATALOG][raa>150]",
    2,
    /no column 'raa' \(Did you mean ra\?\), at character 1, before 'raa>150'/,
  ],
  ["section bare.fits", 1, /bare\.fits: no image with pixels; there are 0 PRIMARY/],
  ["explain bare.fits", 1, /bare\.fits: no image with pixels; there are 0 PRIMARY/],
  ["table bare.fits", 1, /bare\.fits: no table; there are 0 PRIMARY/],
  ["explain bare.fits --columns ra", 1, /bare\.fits: no table; there are 0 PRIMARY/],
  ["section hst.fits --sections stamps.txt -o stamps", 1, /--sections stamps\.txt, line 4: .*index 9999/],
  [
    "info hst.fits --profile-json folder/none/p.json",
    1,
    /cannot write folder\/none\/p\.json: there is no such folder/,
  ],
  ["help xyzzy", 2, /^fitslice: unknown command 'xyzzy'; see "fitslice --help"/],
  ["help inof", 2, /unknown command 'inof' \(Did you mean info\?\)/],
  ["info ", 2, /the source is empty; give a path/],
  ["download  -o x.fits", 2, /the source is empty; give a path/],
  ["info hst.fits[SCI]", 2, /about the whole file; leave out what stands in brackets/],
  ["layout hst.fits[1:2,1:2]", 2, /about the whole file/],
  ["compress hst.fits[SCI] -o x.fz", 2, /about the whole file/],
  ["index hst.fits[SCI] -o x.fidx", 2, /about the whole file/],
  ["header hst.fits[SCI][1:2,1:2]", 2, /reads no pixels; leave out the section \[1:2,1:2\]/],
  [
    "header hst.fits[SCI] --hdu WHT",
    2,
    /\[SCI\] behind the source and --hdu WHT name two HDUs; leave one out/,
  ],
  ["stats hst.fits[1] --hdu 2", 2, /\[1\] behind the source and --hdu 2 name two HDUs/],
  ["explain hst.fits --hdu SCI --columns ra", 2, /HDU 1 "SCI" is no table; --columns, .* are for tables/],
  ["explain hst.fits --hdu SCI --cone-columns ra,dec", 2, /HDU 1 "SCI" is no table/],
  ["section hst.fits --stretch log -o x.npy", 2, /--stretch is for pictures; write a \.png/],
  ["section hst.fits --vmin 0", 2, /--vmin is for pictures/],
  ["section hst.fits --vmax 0 --json", 2, /--vmax is for pictures/],
  ["section hst.fits -s 1:2 -s 2:3 --colormap gray -o stamps", 2, /--colormap is for pictures/],
  ["preview hst.fits --json --stretch log", 2, /--stretch is for pictures; --json gives the values/],
  ["info --retries 101 hst.fits", 2, /It must be a whole number from 0 to 100/],
  ["info --retries 1k hst.fits", 2, /It must be a whole number from 0 to 100/],
  ["info --concurrency 1G hst.fits", 2, /It must be a whole number from 1 to 1024/],
  ["info --concurrency 0 hst.fits", 2, /It must be a whole number from 1 to 1024/],
  ["info --workers 65 hst.fits", 2, /It must be a whole number from 0 to 64/],
  ["info --timeout 0 hst.fits", 2, /It must be a number of seconds from 0\.001 to 2147483/],
  ["info --timeout 9999999 hst.fits", 2, /It must be a number of seconds/],
  ["info --gap some hst.fits", 2, /as in 65536, 64k or 1MiB/],
  ["table --limit 1.5 hst.fits", 2, /It must be a whole number of at least 0/],
  ["table --head 1k hst.fits", 2, /It must be a whole number of at least 0/],
  ["table --tail -1 hst.fits", 2, /It must be a whole number of at least 0/],
  ["preview --width 1 hst.fits", 2, /It must be a whole number from 2 to 10000/],
  ["compress --seed 10001 hst.fits -o x.fz", 2, /It must be a whole number from 1 to 10000/],
  [
    "info --header secret hst.fits",
    2,
    /^fitslice: --header must be like "Authorization: Bearer abc", .* name\n$/,
  ],
  ["info --retries many hst.fits", 2, /'--retries <n>' argument 'many' is invalid/],
  ["header hst.fits --hdu NOPE", 1, /no HDU "NOPE"; there are 0 PRIMARY, 1 SCI, 2 WHT, 3 CATALOG/],
  ["header hst.fits -k NOPE", 1, /no keyword "NOPE" in HDU 0/],
  ["section hst.fits --hdu 9", 1, /no HDU 9; there are 0 PRIMARY/],
  ["section hst.fits --hdu CATALOG", 1, /HDU 3 "CATALOG" is a table, not an image/],
  ["section hst.fits --hdu 0", 1, /no pixels \(NAXIS = 0\)/],
  ["section hst.fits -s abc", 2, /argument 'abc' is invalid/],
  ["section hst.fits -s [1:2,1:2]", 2, /that is --fits-section/],
  [
    "section hst.fits -s 1:2,1:2,1:2",
    1,
    /HDU 1 \(SCI\): bad section: 3 selectors for an image of shape \(300, 400\)/,
  ],
  ["section hst.fits -s 5000", 1, /index 5000 is outside axis 0/],
  ["section hst.fits --fits-section [1:5000,1:2]", 1, /5000 .* is outside NAXIS1 = 400/],
  ["section hst.fits -s 1:3 -o none/x.npy", 1, /cannot write none\/x\.npy: there is no such folder/],
  ["section hst.fits -s 1:3 -o folder --format npy", 2, /folder is a folder; name a file in it/],
  ["table hst.fits -o folder --format csv", 2, /folder is a folder; name a file in it/],
  ["section hst.fits -s 1:3 -o x.doc", 2, /cannot tell the format of x\.doc; end it in \.npy/],
  ["section hst.fits -s 1:3 -s 4:5 -o cut.fits", 2, /several results go into a folder, and cut\.fits/],
  ["section hst.fits --sections none.txt -o stamps", 1, /cannot read --sections none\.txt: no such file/],
  ["section hst.fits --sections empty.fits -o stamps", 1, /--sections empty\.fits holds no section/],
  ["section hst.fits --colormap nice -o x.png", 2, /no color map "nice"; there are gray, viridis/],
  ["section hst.fits --vmin 3 --vmax 2 -o x.png", 2, /--vmin 3 is not below --vmax 2/],
  ["section cut.fits --hdu SCI -o x.npy", 1, /HDU 1 \(SCI\): the file ends at byte 400000/],
  ["stats hst.fits -s 1:2 -s 2:3", 2, /takes one section/],
  ["table hst.fits --hdu SCI", 1, /is an image, not a table/],
  ["table hst.fits --columns nope", 1, /no column 'nope'; it has id, ra, dec/],
  ["table hst.fits --columns ra,,dec", 2, /cannot read the columns/],
  ["table hst.fits --where mag<", 2, /where: expected a value/],
  ["table hst.fits --rows x", 2, /argument 'x' is invalid/],
  ["table hst.fits --head 2 --tail 2", 2, /--head or --tail/],
  ["table hst.fits --cone-columns ra,dec", 2, /--cone-columns is for --cone/],
  ["table hst.fits -o x.xls", 2, /cannot tell the format of x\.xls/],
  ["index hst.fits -o - --json", 2, /-o - and --json both write to stdout/],
  ["info hst.fits --har - --profile-json -", 2, /--profile-json and --har both write to stdout/],
  ["download hst.fits", 2, /required option '-o, --output <path>' not specified/],
  ["download hst.fits -o cut.fits", 2, /cut\.fits exists; add --force/],
  ["compress hst.fits -o x.fz --tile 0,3", 2, /It must be like 100,100/],
  ["section hst.fits --hdu SCI --section=", 2, /--section is empty; leave it out/],
  ["uncompress hst.fits -o x.fits.gz", 2, /x\.fits\.gz: what is written is FITS, not compressed as a whole/],
  ["compress hst.fits -o x.fz --scale 1", 2, /--scale does nothing with rice; it is for hcompress/],
  ["compress hst.fits -o x.fz --smooth --algorithm gzip", 2, /--smooth does nothing with gzip/],
  ["compress hst.fits -o x.fz --dither 0 --seed 5", 2, /--seed does nothing with --dither 0/],
  [
    "compress hst.fits -o x.fz --algorithm gzip --quantize 0 --dither 2",
    2,
    /--dither does nothing with --quantize 0/,
  ],
  ["compress hst.fits -o none/x.fz", 1, /cannot write none\/x\.fz/],
  ["index hst.fits -o none/x.fidx", 1, /cannot write none\/x\.fidx/],
];

describe("failures are one line on stderr, nothing on stdout, and an exit code", () => {
  test.each(wrong)("fitslice %s: %i", async (line, code, message) => {
    const before = readdirSync(cwd);
    const outcome = await fitslice(line.split(" "), { cwd });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/^fitslice: [^\n]+\n$/);
    expect(outcome.code).toBe(code);
    // A profile that cannot be written is told when all else is done.
    if (!line.includes("--profile-json")) expect(outcome.text).toBe("");
    const left = readdirSync(cwd).filter((name) => !before.includes(name));
    expect(left.filter((name) => name !== "stamps")).toEqual([]);
  });

  test("404", async () => {
    const { code, stderr } = await fitslice(["info", `${server.url}/none.fits`]);
    expect([code, stderr]).toEqual([
      1,
      `fitslice: ${server.url}/none.fits: nothing there (404); check the address\n`,
    ]);
  });

  test("secrets in an address are not repeated", async () => {
    const { stderr, code } = await fitslice([
      "info",
      `${server.url.replace("//", "//me:pass@")}/none.fits?sig=secret`,
    ]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/pass|secret/);
  });

  test("no arguments: the help, and bad usage", async () => {
    const { code, text, stderr } = await fitslice([]);
    expect([code, text]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Usage: fitslice COMMAND/);
  });
});

describe("what a file says cannot steer the terminal", () => {
  test.each([["info"], ["layout"], ["header"]])("%s", async (command) => {
    const { text, stderr, code } = await fitslice([command, "hostile.fits"], { cwd });
    expect(code).toBe(0);
    expect(text).toContain("\\x1b");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
  test("JSON keeps it exactly", async () => {
    const { json } = await fitslice(["header", "hostile.fits", "--json", "-k", "OBJECT"], { cwd });
    expect(json()).toMatchObject({ cards: [{ keyword: "OBJECT", value: "\u001b]0;title\u0007" }] });
  });
});

test("a truncated file is listed with a warning, and read where its bytes are", async () => {
  const listed = await fitslice(["info", "cut.fits"], { cwd });
  expect([listed.code, listed.text.split("\n").length]).toEqual([0, 5]);
  expect(listed.stderr).toMatch(/^fitslice: warning: HDU 1: the file ends at byte 400000/);
  const read = await fitslice(["section", "cut.fits", "--hdu", "SCI", "-s", "0,0:2"], { cwd });
  expect([read.code, read.text.split(" ").length]).toEqual([0, 2]);
});

describe("pipes", () => {
  test("a reader that leaves early ends the program silently", async () => {
    const child = start(["section", "hst.fits", "--hdu", "SCI", "--profile-json", "left.json"], { cwd });
    child.stdout!.once("data", () => child.stdout!.destroy());
    const { code, stderr } = await outcomeOf(child);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(readFileSync(join(cwd, "left.json"), "utf8")).requests).toBeGreaterThan(0);
  });
  test.skipIf(process.platform !== "linux").each(["info hst.fits", "--version"])(
    "a full device is a failure: %s",
    async (args) => {
      const { code, stderr } = await shell(`fitslice ${args} > /dev/full`, { cwd });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^fitslice: cannot write to standard output: no space is left on the device\n$/);
    },
  );
  test("closed standard input and output", async () => {
    expect(await shell("fitslice info hst.fits <&-", { cwd })).toMatchObject({ code: 0, stderr: "" });
    const closed = await shell("fitslice section hst.fits --sections - <&-", { cwd });
    expect(closed.code).toBe(1);
    expect(closed.stderr).toMatch(/^fitslice: [^\n]+\n$/);
  });
  test("an interrupt tidies up", async () => {
    const slow = await startRangeServer({
      files: { "/hst.fits": readFileSync(join(cwd, "hst.fits")) },
      connectionThroughput: 200_000,
    });
    const child = start(
      ["section", `${slow.url}/hst.fits`, "-o", "late.npy", "--profile-json", "stop.json"],
      { cwd },
    );
    setTimeout(() => child.kill("SIGINT"), 1500);
    const { code, stderr } = await outcomeOf(child);
    expect([code, stderr]).toEqual([130, "fitslice: interrupted\n"]);
    expect(readdirSync(cwd).filter((name) => name.startsWith("late"))).toEqual([]);
    expect(readdirSync(cwd)).toContain("stop.json");
    await slow.close();
  });
});

test.skipIf(process.getuid?.() === 0)(
  "a file that may not be read (needs a user who is not root)",
  async () => {
    writeFileSync(join(cwd, "private.fits"), "", { mode: 0 });
    expect((await fitslice(["info", "private.fits"], { cwd })).stderr).toMatch(/may not be read by you/);
  },
);

const script = spawnSync("script", ["--version"]).status === 0;
test.skipIf(!script)("on a terminal requests are red (needs util-linux's script)", async () => {
  const { stdout } = spawnSync(
    "script",
    ["-qec", `"${process.execPath}" dist/cli/main.js info "${join(cwd, "hst.fits")}" --profile`, "/dev/null"],
    { encoding: "utf8", env: { PATH: process.env["PATH"] } },
  );
  expect(stdout).toContain("\u001b[31m  bytes 0-131071  131 kB");
});
