import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;

beforeAll(async () => {
  cwd = workFolder("cli-zarr");
  const bytes = await exampleFile();
  for (const name of ["a.fits", "b.fits"]) writeFileSync(join(cwd, name), bytes);
  writeFileSync(join(cwd, "short.fits"), bytes.subarray(0, 100_000));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

interface Written {
  readonly templates: Record<string, string>;
  readonly refs: Record<string, string | [string, number, number]>;
}

const read = (name: string): Written => JSON.parse(readFileSync(join(cwd, name), "utf8")) as Written;

test("zarr writes references to a file by its path, with all HDUs that have data", async () => {
  const { code, stderr } = await fitslice(["zarr", "a.fits", "-o", "a.json"], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^3 chunks, .* of JSON\n$/) });
  const { templates, refs } = read("a.json");
  expect(templates).toEqual({ u: join(cwd, "a.fits") });
  expect(Object.keys(refs).filter((key) => key.endsWith("/.zarray"))).toEqual(
    ["SCI", "WHT", "CATALOG"].map((name) => `${name}/data/.zarray`),
  );
});

test("zarr joins files, and takes their addresses from --url", async () => {
  const args = [
    "zarr",
    "a.fits",
    "b.fits",
    "--hdu",
    "SCI",
    "--concat",
    "new=visit",
    "--url",
    "s3://archive/{}",
    "-o",
    "-",
  ];
  const { code, text } = await fitslice(args, { cwd });
  expect(code).toBe(0);
  const { templates, refs } = JSON.parse(text) as Written;
  expect(templates).toEqual({ u0: "s3://archive/a.fits", u1: "s3://archive/b.fits" });
  expect(JSON.parse(refs["SCI/data/.zarray"] as string)).toMatchObject({ shape: [2, 300, 400] });
});

test("zarr --check passes a file that is the same, and fails for one that was cut short", async () => {
  writeFileSync(join(cwd, "c.fits"), readFileSync(join(cwd, "a.fits")));
  expect((await fitslice(["zarr", "c.fits", "-o", "c.json"], { cwd })).code).toBe(0);
  const same = await fitslice(["zarr", "c.json", "--check"], { cwd });
  expect([same.code, same.text]).toEqual([0, "c.json: 1 file unchanged\n"]);
  writeFileSync(join(cwd, "c.fits"), readFileSync(join(cwd, "a.fits")).subarray(0, 100_000));
  const cut = await fitslice(["zarr", "c.json", "--check"], { cwd });
  expect([cut.code, cut.text]).toEqual([1, ""]);
  expect(cut.stderr).toMatch(
    /^fitslice: c\.json: file:.*c\.fits: the file ends at byte 100000, its references need byte \d+\n$/,
  );
});

test.each([
  [["a.fits"], /say with -o where the references go/],
  [["a.fits", "-o", "x.json", "--check"], /--check writes nothing/],
  [["a.fits", "-o", "x.json", "--concat", "new"], /joins several files/],
  [["a.fits", "b.fits", "-o", "x.json", "--url", "s3://a/b"], /has \{\} in the place of their names/],
  [["a.fits", "-o", "a.fits"], /a\.fits is the file being read/],
  [["a.fits[SCI]", "-o", "x.json"], /about the whole file/],
  [["a.fits", "-o", "-", "--json"], /both write to stdout/],
])("zarr %j is wrong usage", async (args, message) => {
  const { code, stderr } = await fitslice(["zarr", ...args], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(stderr.split("\n")).toHaveLength(2);
});

test("zarr of a file that is cut short fails, and writes nothing", async () => {
  const { code, stderr } = await fitslice(["zarr", "short.fits", "-o", "short.json"], { cwd });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/short\.fits: HDU 1 \(SCI\): the file ends at byte 100000/),
  ]);
  expect(() => read("short.json")).toThrow(/ENOENT/);
});
