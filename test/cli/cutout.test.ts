import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../src/open.js";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { skyFile } from "../stamps/images.js";
import { fitslice, type Outcome, workFolder } from "./run.js";

let cwd: string;
let server: RangeServer;

const center = "150.421375 2.422383";
const run = (...args: string[]): Promise<Outcome> => fitslice(args, { cwd });

beforeAll(async () => {
  cwd = workFolder("cli-cutout");
  const bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  server = await startRangeServer({ files: { "/hst.fits": bytes } });
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** Stored values of an image of a file here. */
async function pixels(name: string, hdu: string | number, section?: string): Promise<number[]> {
  await using fits = await open(join(cwd, name));
  const { data } = await (await fits.image(hdu)).section(section, { raw: true });
  return Array.from(data, Number);
}

describe("cutout", () => {
  test("into each format, of the pixels around the position", async () => {
    const expected = await pixels("hst.fits", "SCI", "134:165,184:215");
    for (const name of ["a.fits", "a.fits.fz"]) {
      const { code, text } = await run(
        "cutout",
        "hst.fits",
        "--hdu",
        "SCI",
        "--at",
        center,
        "--size",
        "1.5arcsec",
        "-o",
        name,
        "--json",
      );
      expect(code).toBe(0);
      const told = {
        path: name,
        hdu: 1,
        name: "SCI",
        section: "[185:215,135:165]",
        shape: [31, 31],
        status: "whole",
      };
      expect(JSON.parse(text)).toEqual(told);
      expect(await pixels(name, name === "a.fits" ? 0 : 1)).toEqual(expected);
    }
    for (const name of ["a.npy", "a.png"]) {
      expect(
        (await run("cutout", "hst.fits", "--hdu", "SCI", "--at", center, "--size", "31pix", "-o", name)).code,
      ).toBe(0);
    }
    const npy = readFileSync(join(cwd, "a.npy"));
    const values = new Float32Array(new Uint8Array(npy.subarray(npy.length - 4 * expected.length)).buffer);
    expect([...values]).toEqual(expected);
    expect(readFileSync(join(cwd, "a.png")).subarray(1, 4).toString()).toBe("PNG");
  });

  test("--resolve asks nobody about a position, and is named where a name needs it", async () => {
    const place = ["cutout", "hst.fits", "--hdu", "SCI", "--size", "9pix", "--at"];
    const { code, stderr } = await run(...place, "150.421375 2.422383", "--resolve", "-o", "resolve.fits");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^resolve\.fits: 9 x 9 pixels/)]);
    const unnamed = await run(...place, "M42", "-o", "m42.fits");
    expect([unnamed.code, unnamed.stderr]).toEqual([
      2,
      expect.stringMatching(/; the name of an object needs --resolve\n$/),
    ]);
  });

  test("to standard output is the same file", async () => {
    const args = ["cutout", "hst.fits", "--hdu", "SCI", "--at", "pixel 10 10", "--size", "8pix"];
    const { code, stdout } = await run(...args, "-o", "-", "--format", "fits");
    expect([code, stdout.length % 2880, stdout.subarray(0, 6).toString()]).toEqual([0, 0, "SIMPLE"]);
  });

  test("of several HDUs: the primary header, and the same region of each", async () => {
    const { text } = await run(
      "cutout",
      "hst.fits",
      "--hdu",
      "SCI,WHT",
      "--at",
      center,
      "--size",
      "20pix",
      "-o",
      "b.fits",
      "--json",
    );
    expect(JSON.parse(text).hdus).toMatchObject([
      { name: "SCI", shape: [20, 20] },
      { name: "WHT", shape: [20, 20] },
    ]);
    await using fits = await open(join(cwd, "b.fits"));
    expect((await fits.layouts()).map(({ name }) => name)).toEqual(["PRIMARY", "SCI", "WHT"]);
    expect((await fits.hdu("PRIMARY")).shape).toEqual([]);
    expect(await pixels("b.fits", "WHT")).toEqual(await pixels("hst.fits", "WHT", "140:160,190:210"));
  });

  test("of several positions: a folder, with a line for each", async () => {
    const at = ["--at", center, "--at", "pixel 1 1"];
    const { text, code } = await run(
      "cutout",
      "hst.fits",
      "--hdu",
      "SCI",
      ...at,
      "--size",
      "16pix",
      "-o",
      "stars",
      "--json",
      "--mode",
      "partial",
    );
    expect(code).toBe(0);
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ path, status, shape }) => [path, status, shape])).toEqual([
      [join("stars", "cutout-0001.fits"), "whole", [16, 16]],
      [join("stars", "cutout-0002.fits"), "partial", [16, 16]],
    ]);
    expect((await pixels("stars/cutout-0002.fits", 0)).filter(Number.isNaN)).toHaveLength(256 - 64);
  });

  test("of a remote file takes two round trips: the header and the pixels", async () => {
    server.requests.splice(0);
    const args = [
      "cutout",
      `${server.url}/hst.fits`,
      "--hdu",
      "SCI",
      "--at",
      center,
      "--size",
      "1.5arcsec",
      "-o",
      "remote.fits",
      "--profile-json",
      "-",
    ];
    const { json, code } = await run(...args, "--optimize", "bytes", "--block-size", "20000");
    expect(code).toBe(0);
    expect(json<{ roundTrips: number }>().roundTrips).toBe(2);
    expect(server.requests[0]).toMatchObject({ offset: 0, sent: 20_000 });
    // The rows of the cutout and the short gaps between them, as a section of the same pixels.
    const own = server.requests.slice(1).map(({ offset, sent }) => [offset, sent]);
    server.requests.splice(0);
    const same = [
      "--hdu",
      "SCI",
      "-s",
      "134:165,184:215",
      "-o",
      "same.fits",
      "--optimize",
      "bytes",
      "--block-size",
      "20000",
    ];
    expect((await run("section", `${server.url}/hst.fits`, ...same)).code).toBe(0);
    expect(own).toEqual(server.requests.slice(1).map(({ offset, sent }) => [offset, sent]));
    expect(own.reduce((sum, [, sent]) => sum + sent!, 0)).toBe(30 * 400 * 4 + 31 * 4);
    expect(await pixels("remote.fits", 0)).toEqual(await pixels("hst.fits", "SCI", "134:165,184:215"));
  });
});

describe("what cannot be is told in one line, and nothing is written", () => {
  const sci = ["cutout", "hst.fits", "--hdu", "SCI"];
  test.each<[string, string[], number, RegExp]>([
    [
      "a place outside",
      [...sci, "--at", "150.43 2.42", "--size", "8pix"],
      1,
      /shares no pixel with HDU 1 \(SCI\), which is 400 x 300 pixels.*150\.43 2\.42 is pixel/,
    ],
    [
      "the other side of the sky",
      [...sci, "--at", "330 -2", "--size", "8pix"],
      1,
      /nowhere in the projection/,
    ],
    [
      "strict",
      [...sci, "--at", "pixel 1 1", "--size", "8pix", "--mode", "strict"],
      1,
      /reaches beyond HDU 1/,
    ],
    [
      "integers without NaN",
      ["cutout", "hst.fits", "--hdu", "WHT", "--at", "pixel 1 1", "--size", "8pix", "--mode", "partial"],
      2,
      /have no NaN .*give a fill value/,
    ],
    [
      "no sky",
      ["cutout", "hst.fits", "--hdu", "WHT", "--at", center, "--size", "8pix"],
      1,
      /has no celestial coordinates; give the center and the size in pixels/,
    ],
    ["no position", [...sci, "--at", "the middle", "--size", "8pix"], 2, /the middle/],
    ["no size", [...sci, "--at", center, "--size", "large"], 2, /large/],
    [
      "less than a pixel",
      [...sci, "--at", center, "--size", "0.001arcsec"],
      2,
      /0\.001arcsec is .* of a pixel/,
    ],
    [
      "no plane",
      [...sci, "--at", center, "--size", "8pix", "--plane", "1"],
      1,
      /has 0 axes beside those of the sky/,
    ],
    [
      "--fill alone",
      [...sci, "--at", center, "--size", "8pix", "--fill", "0"],
      2,
      /--fill does nothing without --mode partial/,
    ],
    [
      "an algorithm for .fits",
      [...sci, "--at", center, "--size", "8pix", "--algorithm", "rice"],
      2,
      /--algorithm is for \.fits\.fz/,
    ],
  ])("%s", async (_, args, exit, message) => {
    const { code, text, stderr } = await run(...args, "-o", "none.fits");
    expect([code, text, stderr.split("\n").length]).toEqual([exit, "", 2]);
    expect(stderr).toMatch(message);
    expect(existsSync(join(cwd, "none.fits"))).toBe(false);
  });

  test("an image as several", async () => {
    const { code, stderr } = await run(
      ...sci.slice(0, 2),
      "--hdu",
      "SCI,WHT",
      "--at",
      center,
      "--size",
      "8pix",
      "-o",
      "x.png",
    );
    expect([code, stderr]).toEqual([2, "fitslice: several HDUs go into a .fits or .fits.fz, not a .png\n"]);
  });
});

describe("section", () => {
  test("into .fits and .fits.fz, of one HDU and several, with steps", async () => {
    const expected = await pixels("hst.fits", "SCI", "250:100:-3,50:150:2");
    for (const name of ["s.fits", "s.fits.fz"]) {
      const { code, text } = await run(
        "section",
        "hst.fits",
        "--hdu",
        "SCI",
        "-s",
        "250:100:-3,50:150:2",
        "-o",
        name,
        "--json",
      );
      expect(code).toBe(0);
      expect(JSON.parse(text)).toMatchObject({
        path: name,
        section: "[51:149:2,251:104:3]",
        shape: [50, 50],
        status: "whole",
      });
      expect(await pixels(name, name === "s.fits" ? 0 : 1)).toEqual(expected);
    }
    expect((await run("section", "hst.fits", "--hdu", "all", "-s", "1:9,1:9", "-o", "t.fits")).code).toBe(0);
    expect(await pixels("t.fits", "WHT")).toEqual(await pixels("hst.fits", "WHT", "1:9,1:9"));
  });

  test("that reaches beyond the image: --mode", async () => {
    const outside = ["section", "hst.fits", "--hdu", "SCI", "--fits-section", "[-2:3,1:2]"];
    expect((await run(...outside, "--mode", "partial", "--fill", "-1")).text.split("\n")[0]).toMatch(
      /^-1 -1 -1 \S+ \S+ \S+$/,
    );
    expect((await run(...outside, "--mode", "trim")).text.split("\n")[0]).toMatch(/^\S+ \S+ \S+$/);
    const strict = await run(...outside, "--mode", "strict");
    expect([strict.code, strict.text]).toEqual([1, ""]);
    expect(strict.stderr).toMatch(/reaches beyond HDU 1/);
    expect(
      (
        await run(
          "section",
          "hst.fits",
          "--hdu",
          "SCI",
          "-s",
          "298:303,0:2",
          "--mode",
          "partial",
          "--fill",
          "7",
          "-o",
          "p.fits",
        )
      ).code,
    ).toBe(0);
    expect((await pixels("p.fits", 0)).slice(4)).toEqual([7, 7, 7, 7, 7, 7]);
  });

  test("that lies outside is an error, and no file", async () => {
    for (const more of [[], ["--mode", "trim"], ["--mode", "partial"]]) {
      const { code, stderr } = await run(
        "section",
        "hst.fits",
        "--hdu",
        "SCI",
        "-s",
        "350:360,:2",
        "-o",
        "none.fits",
        ...more,
      );
      expect([code, stderr.split("\n").length, existsSync(join(cwd, "none.fits"))]).toEqual([1, 2, false]);
      expect(stderr).toMatch(/pixel/);
    }
  });
});

test("of all HDUs names those that do not show the position, and cuts the others", async () => {
  const images = [
    { ra: 10, dec: 0, name: "CCD1", side: 20 },
    { ra: 11, dec: 0, name: "CCD2", side: 20 },
  ];
  writeFileSync(join(cwd, "ccds.fits"), await skyFile(...images));
  const args = ["cutout", "ccds.fits", "--hdu", "all", "--size", "4pix"];
  const { code, stderr } = await run(...args, "--at", "10 0", "-o", "ccd1.fits");
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/warning: .*shares no pixel with HDU 1 \(CCD2\)/),
  ]);
  expect((await pixels("ccd1.fits", 0)).length).toBe(16);
  expect((await run(...args, "--at", "50 0", "-o", "none.fits")).code).toBe(1);
});
