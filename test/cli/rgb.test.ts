/**
 * `fitslice rgb`: bands that do not lie on one grid of pixels.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;

beforeAll(async () => {
  cwd = workFolder("cli-rgb");
  const bytes = Buffer.from(await exampleFile());
  writeFileSync(join(cwd, "hst.fits"), bytes);
  const at = bytes.indexOf("CRPIX1  =");
  const value = Number(bytes.subarray(at + 10, at + 30).toString("latin1"));
  for (const [name, shift] of [
    ["near", 0.25],
    ["off", 12],
  ] as const) {
    const moved = Buffer.from(bytes);
    moved.write(String(value + shift).padStart(20), at + 10, "latin1");
    writeFileSync(join(cwd, `${name}.fits`), moved);
  }
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("bands whose world coordinates put them elsewhere are drawn with a warning that says how far", async () => {
  const [red, green, blue] = ["hst.fits[SCI]", "near.fits[SCI]", "off.fits[SCI]"] as const;
  const { code, stderr } = await fitslice(["rgb", red, green, blue, "-o", "x.png"], { cwd });
  expect([code, stderr]).toEqual([
    0,
    "fitslice: warning: by their world coordinates red and blue lie up to 12 pixels apart; " +
      "the picture lays them on each other pixel by pixel\n",
  ]);
  expect(readFileSync(join(cwd, "x.png")).subarray(1, 4).toString("latin1")).toBe("PNG");
  const same = await fitslice(["rgb", red, green, red, "-o", "y.png"], { cwd });
  expect([same.code, same.stderr]).toEqual([0, ""]);
});
