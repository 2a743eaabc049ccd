import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
let bytes: Uint8Array;
const run = (...args: string[]): ReturnType<typeof fitslice> => fitslice(args, { cwd });

interface Place {
  readonly name: string;
  readonly headerOffset: number;
  readonly dataOffset: number;
  readonly end: number;
}

async function layout(path: string): Promise<Place[]> {
  return (await run("layout", path, "--json")).json<{ hdus: Place[] }>().hdus;
}

beforeAll(async () => {
  cwd = workFolder("cli-copy");
  bytes = await exampleFile();
  writeFileSync(join(cwd, "a.fits"), bytes);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe("copy", () => {
  test("without changes is the file, byte for byte", async () => {
    const { code, stderr } = await run("copy", "a.fits", "-o", "same.fits");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^same\.fits: /)]);
    expect(readFileSync(join(cwd, "same.fits")).equals(bytes)).toBe(true);
  });

  test("of some HDUs is these, block by block", async () => {
    await run("copy", "a.fits", "-o", "some.fits", "--hdus", "0,CATALOG");
    const [primary, , , catalog] = await layout("a.fits");
    const wanted = [primary!, catalog!].map(({ headerOffset, end }) => bytes.subarray(headerOffset, end));
    expect(readFileSync(join(cwd, "some.fits")).equals(Buffer.concat(wanted))).toBe(true);
  });

  test("sets cards in their place, with their comments, and drops others; data stay", async () => {
    const { code } = await run(
      ...["copy", "a.fits", "-o", "set.fits", "--set", "[SCI]BUNIT=Jy", "--set", "NEW=2.5 / a comment"],
      ...["--set", "[0]HISTORY=edited", "--drop", "[SCI]CRPIX*", "--checksum"],
    );
    expect(code).toBe(0);
    const [before, after] = [await layout("a.fits"), await layout("set.fits")];
    const copy = readFileSync(join(cwd, "set.fits"));
    for (const [i, { dataOffset, end }] of before.entries())
      expect(copy.subarray(after[i]!.dataOffset, after[i]!.end).equals(bytes.subarray(dataOffset, end))).toBe(
        true,
      );
    const { text } = await run("diff", "a.fits", "set.fits", "--ignore-keyword", "*SUM");
    expect(text.trimEnd().split("\n")).toEqual([
      "HDU 0, header: NEW is only in B: 2.5",
      "HDU 0, header: HISTORY is only in B: 'edited'",
      expect.stringMatching(/^HDU 1, header: BUNIT: '.*' in A, 'Jy' in B$/),
      ...["CRPIX1", "CRPIX2"].map((name) => expect.stringMatching(`^HDU 1, header: ${name} is only in A`)),
      "HDU 1, header: NEW is only in B: 2.5",
      "HDU 2, header: NEW is only in B: 2.5",
      "HDU 3, header: NEW is only in B: 2.5",
    ]);
    expect((await run("verify", "set.fits")).text).not.toMatch(/CHECKSUM|DATASUM/);
  });

  test("a header that was edited as text is given back", async () => {
    const { text } = await run("header", "a.fits", "--hdu", "SCI");
    writeFileSync(join(cwd, "sci.txt"), `${text.replace(/^CRVAL1 .*$/m, "CRVAL1  = 12.5")}COMMENT by hand\n`);
    await run("copy", "a.fits", "-o", "hand.fits", "--hdus", "SCI", "--cards", "sci.txt", "--force");
    const cards = (await run("header", "hand.fits", "-k", "CRVAL1", "-k", "COMMENT")).text;
    expect(cards).toMatch(/^12\.5\n(.*\n)*by hand\n$/);
    writeFileSync(
      join(cwd, "bad.txt"),
      text.replace("NAXIS1  =                  400", "NAXIS1  =                  200"),
    );
    const bad = await run("copy", "a.fits", "-o", "x.fits", "--hdus", "SCI", "--cards", "bad.txt");
    expect([bad.code, bad.stderr]).toEqual([
      2,
      expect.stringMatching(/say NAXIS1 = 200 where the header says NAXIS1 = 400/),
    ]);
  });

  test("compression on and off gives the same pixels and tables", async () => {
    await run("copy", "a.fits", "-o", "small.fits.fz", "--compress", "--set", "[SCI]BUNIT=Jy");
    await run("copy", "small.fits.fz", "-o", "plain.fits", "--uncompress", "--hdus", "0,1");
    expect((await run("header", "plain.fits", "--hdu", "1", "-k", "BUNIT")).text).toBe("Jy\n");
    const one = await run("stats", "a.fits", "--hdu", "SCI", "--json");
    expect((await run("stats", "plain.fits", "--hdu", "1", "--json")).text).toBe(one.text);
    expect((await layout("plain.fits")).length).toBe(2);
  });

  test.each<[string, RegExp]>([
    ["--set NAXIS1=5", /NAXIS1 describes the data, and stays as it is/],
    ["--drop BITPIX", /BITPIX describes the data, and stays as it is/],
    ["--set nothing", /"nothing" is no card; write KEY=VALUE/],
    ["--set [NOPE]A=1", /no HDU "NOPE"; there are 0 PRIMARY/],
    ["--hdus 9", /no HDU 9/],
    ["--cards a.fits", /--cards is the header of one HDU; name it with --hdus|is no header/],
    ["--compress zip", /argument 'zip' is invalid/],
  ])("%s is refused in one line, and nothing is written", async (options, message) => {
    const { code, stderr } = await run("copy", "a.fits", "-o", "x.fits", ...options.split(" "));
    expect([code === 0, stderr]).toEqual([false, expect.stringMatching(message)]);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(() => readFileSync(join(cwd, "x.fits"))).toThrow();
  });
});
