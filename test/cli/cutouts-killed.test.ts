import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { skyFile } from "../stamps/images.js";
import { fitslice, separately, start, workFolder } from "./run.js";

const count = 1500;
let cwd: string;
beforeAll(async () => {
  cwd = workFolder("cli-cutouts-killed");
  writeFileSync(join(cwd, "a.fits"), await skyFile({ ra: 0.01, dec: 10, side: 200, name: "SCI" }));
  const rows = Array.from(
    { length: count },
    (_, i) => `s${i},${(0.0002 * (i % 100)).toFixed(6)},${10 + 0.0001 * Math.floor(i / 10)}`,
  );
  writeFileSync(join(cwd, "many.csv"), `name,ra,dec\n${rows.join("\n")}\n`);
  writeFileSync(join(cwd, "few.csv"), `name,ra,dec\n${rows.slice(0, 3).join("\n")}\n`);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const stampsIn = (folder: string): string[] =>
  readdirSync(join(cwd, folder))
    .filter((name) => name.endsWith(".fits"))
    .sort();

test("killed at any moment and resumed, each target comes exactly once, and no file is torn", async () => {
  const args = [
    "cutouts",
    "a.fits",
    "--targets",
    "many.csv",
    "--size",
    "16pix",
    "--jobs",
    "2",
    "-o",
    "killed",
  ];
  const manifest = join(cwd, "killed/manifest.ndjson");
  const settled = (): number =>
    existsSync(manifest) ? readFileSync(manifest, "utf8").split("\n").length - 1 : 0;
  let kills = 0;
  for (let i = 0; i < 10; i++) {
    const child = start([...args, ...(i > 0 ? ["--resume"] : [])], { cwd });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    // From when there is something to be lost, further on each time, at moments of chance.
    const rows = i * 150 + Math.random() * 100;
    const isThere = (): boolean => existsSync(join(cwd, "killed/job.json")) && (i === 0 || settled() >= rows);
    while (child.exitCode === null && !isThere()) await wait(2);
    child.kill("SIGKILL");
    if ((await ended) === null) kills++;
    else break;
  }
  expect(kills).toBeGreaterThan(0);
  const { code, stderr } = await separately([...args, "--resume"], { cwd });
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^1500 stamps/)]);
  const rows = readFileSync(manifest, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { row: number; output: string })
    .sort((a, b) => a.row - b.row);
  expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(stampsIn("killed")).toEqual(rows.map(({ output }) => output).sort());
  const sizes = new Set(stampsIn("killed").map((name) => readFileSync(join(cwd, "killed", name)).length));
  expect([...sizes]).toEqual([2880 + 2880]);
  expect(readdirSync(join(cwd, "killed")).filter((name) => name.startsWith("."))).toEqual([]);
}, 60_000);

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

test("what a run left that was killed while it removed its folder is removed by the next one", async () => {
  const args = ["cutouts", "a.fits", "--targets", "few.csv", "--size", "8pix", "-o", "packed.zip"];
  expect((await fitslice(args, { cwd })).stderr).toContain("stamps");
  mkdirSync(join(cwd, "packed.zip.parts"));
  writeFileSync(join(cwd, "packed.zip.parts/.lock"), "");
  writeFileSync(join(cwd, "packed.zip.parts/s1.fits"), "");
  const again = await fitslice([...args, "--resume"], { cwd });
  expect(again.code).toBe(0);
  expect(existsSync(join(cwd, "packed.zip.parts"))).toBe(false);
  // A folder that no run has made is left alone.
  mkdirSync(join(cwd, "packed.zip.parts"));
  await fitslice([...args, "--resume"], { cwd });
  expect(existsSync(join(cwd, "packed.zip.parts"))).toBe(true);
});
