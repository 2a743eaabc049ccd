/**
 * Stamps by the command line, killed at moments of chance and gone on with: in the end each target has come exactly once, into a
 * folder, a ZIP, a FITS file and a Zarr group, and what is there is what a run that nobody kills writes.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ndarray, open } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { seeded } from "../servers/content.js";
import type { SoakOptions, SoakResult, Violation } from "./report.js";

const program = resolve("dist/cli/main.js");
const targets = 3000;
const imageSide = 400;
const outputs = ["folder", "x.zip", "x.fits", "x.zarr"];

/** Kills `count` runs of each kind of output. */
export async function soakStamps({ count, seed, folder }: SoakOptions): Promise<SoakResult> {
  const random = seeded(seed);
  await makeInputs(folder, random);
  const violations: Violation[] = [];
  let completed = 0;
  for (const output of outputs) {
    const check = async (): Promise<void> => {
      completed++;
      const wrong = await differences(folder, output);
      for (const text of wrong) violations.push({ kind: "wrong", text: `${output}, seed ${seed}: ${text}` });
    };
    const began = performance.now();
    runToEnd(folder, `whole-${output}`);
    const seconds = (performance.now() - began) / 1000;
    for (let kills = 0; kills < count; ) {
      if (await killed(folder, output, random() * seconds)) {
        kills++;
        continue;
      }
      await check();
      for (const name of readdirSync(folder))
        if (name.startsWith(output)) rmSync(join(folder, name), { recursive: true });
    }
    runToEnd(folder, output);
    await check();
  }
  return { numbers: { kills: count * outputs.length, completed, targets }, violations };
}

function argsOf(output: string): string[] {
  const what = ["--targets", "list.csv", "--size", "16pix", "--jobs", "2"];
  return [program, "cutouts", "a.fits", ...what, "-o", output, "--resume"];
}

function runToEnd(folder: string, output: string): void {
  const { status, stderr } = spawnSync(process.execPath, argsOf(output), { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${output}: ${stderr}`);
}

/** Whether a run was killed before its end. */
async function killed(folder: string, output: string, seconds: number): Promise<boolean> {
  const child = spawn(process.execPath, argsOf(output), { cwd: folder, stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const status = await new Promise<number | null>((done) => child.on("exit", done));
  clearTimeout(timer);
  return status === null;
}

async function makeInputs(folder: string, random: () => number): Promise<void> {
  const pixels = Float32Array.from({ length: imageSide ** 2 }, (_, i) => i);
  const header = [
    ["CTYPE1", "RA---TAN"],
    ["CTYPE2", "DEC--TAN"],
    ["CRVAL1", 10],
    ["CRVAL2", 20],
    ["CRPIX1", imageSide / 2],
    ["CRPIX2", imageSide / 2],
    ["CDELT1", -1 / 3600],
    ["CDELT2", 1 / 3600],
  ].map(([keyword, value]) => ({ keyword: String(keyword), value: value! }));
  const hdu = imageHdu({ data: ndarray(pixels, [imageSide, imageSide]), header });
  writeFileSync(join(folder, "a.fits"), await fitsBytes([hdu]));
  const offset = (): number => ((random() - 0.5) * 0.9 * imageSide) / 3600;
  const rows = Array.from({ length: targets }, (_, i) => `s${i},${10 + offset()},${20 + offset()}`);
  writeFileSync(join(folder, "list.csv"), `name,ra,dec\n${rows.join("\n")}\n`);
}

/** How an output and its manifest differ from those of the run that nobody killed. */
async function differences(folder: string, output: string): Promise<string[]> {
  const wrong: string[] = [];
  const rowsOf = (name: string): string[] => {
    const manifest = output === "folder" ? `${name}/manifest.ndjson` : `${name}.manifest.ndjson`;
    return readFileSync(join(folder, manifest), "utf8").trimEnd().split("\n").sort();
  };
  if (rowsOf(output).join() !== rowsOf(`whole-${output}`).join()) wrong.push("its manifest is another");
  const [got, whole] = await Promise.all(
    [output, `whole-${output}`].map((name) => contentsOf(join(folder, name))),
  );
  for (const name of new Set([...got!.keys(), ...whole!.keys()]))
    if (got!.get(name) !== whole!.get(name)) wrong.push(`${name} is another`);
  if (existsSync(join(folder, `${output}.parts`))) wrong.push("its folder of parts is still there");
  return wrong;
}

/** What must be equal, by name. Headers hold the date: of files the pixels count, of a ZIP its length. */
async function contentsOf(path: string): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  if (statSync(path).isDirectory()) {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || /^(manifest\.ndjson|job\.json)$/.test(entry.name)) continue;
      const bytes = readFileSync(join(entry.parentPath ?? entry.path, entry.name));
      const start = entry.name.endsWith(".fits") ? bytes.length - 2880 : 0;
      contents.set(`${entry.name} ${bytes.length}`, bytes.subarray(start).toString("base64"));
    }
  } else if (path.endsWith(".fits")) {
    const fits = await open(path);
    for (const { name, ver } of await fits.hdus()) {
      const { data } =
        ver > 1 || name !== "PRIMARY" ? await (await fits.image([name, ver])).section() : { data: "" };
      contents.set(`${name} ${ver}`, String(data));
    }
    await fits.close();
  } else {
    contents.set("length", String(statSync(path).size));
  }
  return contents;
}
