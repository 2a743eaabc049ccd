import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
let tagged: RangeServer;
let bare: RangeServer;

beforeAll(async () => {
  cwd = workFolder("cli-index");
  const bytes = await exampleFile();
  // Another file of the same size: its first header is another one.
  const other = Buffer.from(bytes);
  other.write("HUT", other.indexOf("HST"), "latin1");
  const files = { "/a.fits": bytes, "/b.fits": other };
  tagged = await startRangeServer({ files });
  bare = await startRangeServer({ files, validators: false });
  for (const [name, server] of [
    ["tagged", tagged],
    ["bare", bare],
  ] as const)
    expect((await fitslice(["index", `${server.url}/a.fits`, "-o", `${name}.fidx`], { cwd })).code).toBe(0);
});
beforeEach(() => {
  tagged.requests.splice(0);
  bare.requests.splice(0);
});
afterAll(async () => {
  await tagged?.close();
  await bare?.close();
  rmSync(cwd, { recursive: true, force: true });
});

const asked = (server: RangeServer): unknown[] =>
  server.requests.map(({ offset, length }) => [offset, length]);

describe("with the index of another file nothing is printed", () => {
  test.each([
    ["info"],
    ["info", "--json"],
    ["layout"],
    ["header"],
    ["header", "--hdu", "SCI", "-k", "EXPTIME"],
    ["header", "--hdu", "NOPE"],
    ["explain", "--hdu", "SCI", "-s", "1:3,1:3"],
    ["section", "--hdu", "SCI", "-s", "1:3,1:3"],
    ["section", "--hdu", "NOPE"],
    ["stats", "--hdu", "SCI"],
    ["table", "--hdu", "CATALOG", "--rows", "0:0", "-o", "rows.csv", "--force"],
    ["table", "--hdu", "CATALOG", "--columns", "nope"],
  ])("%s %s %s %s", async (command, ...args) => {
    for (const [name, server] of [
      ["tagged", tagged],
      ["bare", bare],
    ] as const) {
      const given = [command!, `${server.url}/b.fits`, ...args, "--index", `${name}.fidx`];
      const { code, text, stderr } = await fitslice(given, { cwd });
      expect([code, text]).toEqual([1, ""]);
      expect(stderr).toMatch(/^fitslice: http[^\n]*the index does not belong to this file[^\n]*\n$/);
    }
  });

  test("with its own all is as without, at the price of a byte where there is an ETag", async () => {
    const url = `${tagged.url}/a.fits`;
    const { text } = await fitslice(["info", url], { cwd });
    tagged.requests.splice(0);
    const known = await fitslice(["info", url, "--index", "tagged.fidx"], { cwd });
    expect([known.code, known.text, known.stderr]).toEqual([0, text, ""]);
    expect(asked(tagged)).toEqual([[0, 1]]);
  });

  test("and at that of a few stretches of it where there is none", async () => {
    const { code } = await fitslice(["layout", `${bare.url}/a.fits`, "--index", "bare.fidx"], { cwd });
    const size = (await exampleFile()).length;
    expect(code).toBe(0);
    expect(asked(bare)).toEqual([
      [0, 1],
      [0, 1024],
      [Math.floor((size - 1024) / 2), 1024],
      [size - 1024, 1024],
    ]);
  });

  test("what reads data asks for nothing else", async () => {
    const args = ["section", `${tagged.url}/a.fits`, "--hdu", "WHT", "-s", "7,0:5", "--optimize", "bytes"];
    const { code } = await fitslice([...args, "--index", "tagged.fidx"], { cwd });
    expect([code, tagged.requests.length]).toEqual([0, 1]);
  });
});
