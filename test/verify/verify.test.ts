import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { FitsError } from "../../src/errors.js";
import { open } from "../../src/open.js";
import { type Finding, verify } from "../../src/verify/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { exampleFile } from "../fixtures/example.js";
import { bytesOf, damagedFiles, soundFile } from "./damaged.js";

async function findingsOf(bytes: Uint8Array, data = true): Promise<Finding[]> {
  const fits = await open(bytes);
  const findings: Finding[] = [];
  for await (const finding of verify(fits, { data })) findings.push(finding);
  await fits.close();
  return findings;
}

/** The errors of a file; what keeps it from being opened is one. */
async function errorsOf(bytes: Uint8Array): Promise<string[]> {
  try {
    const findings = await findingsOf(bytes);
    return findings.filter(({ level }) => level === "error").map(({ message }) => message);
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    return [error.message];
  }
}

const files = damagedFiles();
const named = new Map(files);

describe("verify", () => {
  test("finds nothing in sound files", async () => {
    expect(await findingsOf(bytesOf(soundFile()))).toEqual([]);
    expect(await errorsOf(await exampleFile())).toEqual([]);
  });

  test("finds tiles without pixels, which end fitsverify by SIGFPE", async () => {
    const bytes = named.get("packed: nothing")!.slice();
    const card = Buffer.from(bytes.buffer).indexOf("ZTILE2  =");
    bytes.set(Buffer.from(`ZTILE2  = ${"0".padStart(20)}`), card);
    expect(await errorsOf(bytes)).toContain("ZTILE2 is 0, and must be 1 or more");
  });

  const one = (level: string, hdu: number, card?: number, keyword?: string): object => ({
    ...{ level, hdu, message: expect.any(String), advice: expect.any(String) },
    ...(card !== undefined && { card, keyword }),
  });
  test.each<[string, object, RegExp]>([
    ["0 bad number", one("error", 0, 21, "NUMBER"), /^1,50 is no FITS value$/],
    ["1 BITPIX as a string", one("error", 1), /^HDU 1 cannot be read.*BITPIX = '8' is not an integer/],
    ["BLANK of floats", one("error", 1, 9, "BLANK"), /^BLANK is for integers/],
    ["WCSAXES late", one("error", 0, 20, "WCSAXES"), /^WCSAXES stands behind CTYPE1$/],
    ["widths", one("error", 2, 4, "NAXIS1"), /^NAXIS1 is 23, and the columns take 27 bytes/],
    ["logical", one("error", 2), /^row 1, column 1: a logical is none of T, F and 0$/],
    ["array outside the heap", one("error", 2), /^row 2, column 6: the array lies outside the heap$/],
    ["large TDIM", one("error", 2, 25, "TDIM2"), /asks for 10 elements, and TFORM2 has 5/],
    [
      "junk behind",
      one("error", 3),
      /^2880 bytes lie behind the last HDU, from byte 23040 on: "junkjunkjunkjunk"$/,
    ],
    ["short data", one("error", 3), /^the file ends at byte 20170, 30 bytes before the data do$/],
    ["END with text", one("error", 0, 21, "END"), /^END is not followed by blanks/],
    ["0 OBJECT as a number", one("error", 0, 21, "TELESCOP"), /^TELESCOP is 5, and must be a string/],
  ])("tells where %s is wrong", async (name, finding, message) => {
    const [first] = await findingsOf(named.get(name)!);
    expect(first).toEqual(finding);
    expect(first!.message).toMatch(message);
  });

  test("checks checksums, and reads no data without `data`", async () => {
    const bytes = await fitsBytes([imageHdu({ data: ndarray(Int16Array.from([1, 2, 3, 4]), [2, 2]) })], {
      checksum: true,
    });
    expect(await findingsOf(bytes)).toEqual([]);
    bytes[2880 + 1] = 9;
    const found = await findingsOf(bytes);
    expect(found.map(({ level, keyword }) => [level, keyword])).toEqual([
      ["warning", "DATASUM"],
      ["warning", "CHECKSUM"],
    ]);
    expect(await findingsOf(bytes, false)).toEqual([]);
  });

  test("two HDUs of one name are a warning", async () => {
    const [primary, floats] = soundFile();
    const found = await findingsOf(bytesOf([primary!, floats!, soundFile()[1]!]));
    expect(found.map(({ hdu, message }) => [hdu, message])).toEqual([
      [2, "EXTNAME, EXTVER and EXTLEVEL are those of HDU 1"],
    ]);
  });

  test("a fault in every row is told three times, and counted", async () => {
    const hdus = soundFile();
    const row = hdus[2]!.data.slice(0, 23);
    row[0] = 88;
    row[18] = 0;
    const rows = Array.from({ length: 1000 }, () => row);
    hdus[2]!.data = new Uint8Array(Buffer.concat([...rows, new Uint8Array(12)]));
    hdus[2]!.cards[4] = `NAXIS2  = ${"1000".padStart(20)}`;
    expect(await errorsOf(bytesOf(hdus))).toEqual([
      ...[1, 2, 3].map((n) => `row ${n}, column 1: a logical is none of T, F and 0`),
      "997 more rows: column 1: a logical is none of T, F and 0",
    ]);
  });
});

/** Where the verdict is another than that of fitsverify 4.20, and why. */
const others: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["1 PCOUNT", "1 GCOUNT", "2 PCOUNT", "2 GCOUNT", "2 TFIELDS", "3 PCOUNT", "3 GCOUNT", "3 TFIELDS"].map(
      (name) => [
        `${name} again`,
        "fitsverify looks for repeated mandatory keywords among those up to NAXISn alone; its own list names them all",
      ],
    ),
  ),
  "1 EXTVER as a string": "EXTVER is there twice, and fitsverify looks at the type of the first",
  ...Object.fromEntries(
    ["DATASUM", "CHECKSUM"].map((name) => [
      `${name} as a number`,
      "by the Standard (4.4.2.7) the value is a string; fitsverify takes the number",
    ]),
  ),
  ...Object.fromEntries(
    ["OBJECT", "OBJECT  ='M 51'"].map((card) => [
      `no indicator: ${card}`,
      "OBJECT is there twice, and fitsverify looks at the type of the first",
    ]),
  ),
  "packed: ZTILE1 = 'a '":
    "by the Standard (10.1.1) ZTILEn is an integer; fitsverify takes 0, and may end by SIGFPE",
  "packed: ZVAL1 = '32 '": "by the Standard (10.4.1) BLOCKSIZE is a number; fitsverify converts the string",
  "packed: ZVAL1 = -4": "by the Standard (10.4.1) BLOCKSIZE counts pixels; fitsverify does not look",
  "packed: ZBITPIX = 12":
    "by the Standard (10.1.1) ZBITPIX has the values that BITPIX may have; fitsverify does not look",
  "a tab in a comment":
    "by the Standard (4.1.2.3) text is printable ASCII; fitsverify does not look at comments of the first cards",
  "date +12020-01-02": "by the Standard (9.1.1) a year may have a sign and five digits",
  "TZERO of logicals": "fitsverify's own list names the error; it looks for TZEROn of text and bits alone",
  "TFORM4 again as 1J":
    "two formats of a column contradict each other; fitsverify takes the last, and looks whether the widths fit",
  "ASCII: TBCOL2 again as 8": "two places of a column contradict each other; fitsverify takes the last",
  "small TDIM": "by the Standard (7.3.2) TDIMn may hold fewer elements than TFORMn; fitsverify wants as many",
  "ASCII: a blank in an integer":
    "by the Standard (7.2.5) no blank may stand inside; fitsverify reads past the blank",
  "END with text": "by the Standard (4.4.1.1) blanks follow END; cfitsio 4.20 no longer looks",
};

const oracle = existsSync("/usr/bin/fitsverify");

test.skipIf(!oracle)(
  "agrees with fitsverify on each damaged file, but for differences with a reason (needs Debian's fitsverify)",
  async () => {
    expect(files.length).toBeGreaterThan(200);
    const folder = mkdtempSync(join(tmpdir(), "fitslice-verify-"));
    const wrong: string[] = [];
    try {
      const paths = files.map(([, bytes], i) => {
        const path = join(folder, `${i}.fits`);
        writeFileSync(path, bytes);
        return path;
      });
      const sound = soundForFitsverify(paths);
      for (const [i, [name, bytes]] of files.entries()) {
        const theirs = sound.has(paths[i]!);
        const ours = (await errorsOf(bytes)).length === 0;
        if ((theirs !== ours) !== name in others) wrong.push(`${name}: fitsverify ${theirs}, verify ${ours}`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(wrong).toEqual([]);
  },
  60_000,
);

/** The files in which fitsverify finds no error. */
function soundForFitsverify(paths: readonly string[]): Set<string> {
  // Its exit code counts errors.
  const { stdout } = spawnSync("fitsverify", ["-q", ...paths], { encoding: "latin1", maxBuffer: 2 ** 24 });
  const verdicts = [...stdout.matchAll(/^verification (?:OK|FAILED): (\S+?) *(?:, .* (\d+) errors)?$/gm)];
  expect(verdicts).toHaveLength(paths.length);
  return new Set(verdicts.flatMap(([, path, errors = "0"]) => (errors === "0" ? [path!] : [])));
}
