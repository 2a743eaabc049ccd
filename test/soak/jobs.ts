/**
 * Jobs of many targets on a queue whose workers are killed, and whose Redis is restarted, and on a SLURM of three nodes whose tasks fail: in
 * the end each target has come exactly once, the manifests are true, and what is submitted again is only what is missing.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { seeded } from "../servers/content.js";
import type { Violation } from "./report.js";

export const program: string = resolve("dist/cli/main.js");
const imageSide = 1000;
const files = 50;

/** Writes 50 images and a list of `count` targets over them. */
export async function makeInputs(folder: string, count: number, seed: number): Promise<void> {
  const random = seeded(seed);
  const pixels = Float32Array.from({ length: imageSide ** 2 }, (_, i) => i);
  const rows: string[] = [];
  for (let file = 0; file < files; file++) {
    const header = [
      ["CTYPE1", "RA---TAN"],
      ["CTYPE2", "DEC--TAN"],
      ["CRVAL1", 10 + file],
      ["CRVAL2", 20],
      ["CRPIX1", imageSide / 2],
      ["CRPIX2", imageSide / 2],
      ["CDELT1", -1 / 3600],
      ["CDELT2", 1 / 3600],
    ].map(([keyword, value]) => ({ keyword: String(keyword), value: value! }));
    const hdu = imageHdu({ data: ndarray(pixels, [imageSide, imageSide]), header });
    writeFileSync(join(folder, `f${file}.fits`), await fitsBytes([hdu]));
    const offset = (): number => ((random() - 0.5) * 0.9 * imageSide) / 3600;
    for (let i = file; i < count; i += files)
      rows.push(`s${i},${10 + file + offset()},${20 + offset()},f${file}.fits`);
  }
  writeFileSync(join(folder, "list.csv"), `name,ra,dec,file\n${rows.join("\n")}\n`);
}

/** Runs the command line to its end; throws where it fails. */
export function cli(folder: string, args: readonly string[], statuses: readonly number[] = [0]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (!statuses.includes(status ?? -1)) throw new Error(`${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Plans the job of a folder. */
export function planJob(folder: string, job: string, shardTargets: number): void {
  const what = ["list.csv", "--size", "16pix", "--as", "fits", "--shard-targets", String(shardTargets)];
  cli(folder, ["cutouts", "plan", ...what, "-o", job]);
}

/** What is wrong with the outputs of a job that is done: each target comes once, and each manifest is true. */
export function wrongIn(folder: string, job: string, count: number): Violation[] {
  const wrong = (text: string): Violation => ({ kind: "wrong", text: `${job}: ${text}` });
  const violations: Violation[] = [];
  cli(folder, ["cutouts", "merge", job, "--force"]);
  const output = join(folder, job, "output");
  const seen = new Map<string, number>();
  const folders = new Set<string>();
  for (const name of readdirSync(output).filter((name) => name.endsWith(".json"))) {
    const manifest = JSON.parse(readFileSync(join(output, name), "utf8")) as {
      folder: string;
      counts: { done: number };
      files: { name: string; bytes: number; sha256: string }[];
    };
    folders.add(manifest.folder);
    for (const file of manifest.files) {
      const bytes = readFileSync(join(output, manifest.folder, file.name));
      const hash = createHash("sha256").update(bytes).digest("hex");
      if (hash !== file.sha256 || bytes.length !== file.bytes)
        violations.push(wrong(`${name} is not true of ${file.name}`));
      if (file.name !== "stamps.fits") continue;
      const names = extensionNames(bytes);
      if (names.length !== manifest.counts.done) violations.push(wrong(`${name} counts what is not there`));
      for (const target of names) seen.set(target, (seen.get(target) ?? 0) + 1);
    }
  }
  for (const name of readdirSync(output))
    if (!name.endsWith(".json") && !folders.has(name)) violations.push(wrong(`${name} is left over`));
  for (let i = 0; i < count; i++)
    if (seen.get(`s${i}`) !== 1) violations.push(wrong(`target s${i} came ${seen.get(`s${i}`) ?? 0} times`));
  const rows = readFileSync(join(folder, `${job}.manifest.ndjson`), "utf8")
    .trimEnd()
    .split("\n");
  if (rows.length !== count) violations.push(wrong(`the joined manifest has ${rows.length} rows`));
  return violations;
}

/** EXTNAME of each extension of a file of stamps; a header and its pixels are one block each. */
function extensionNames(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2880; at < bytes.length; at += 2 * 2880) {
    const header = bytes.toString("latin1", at, at + 2880);
    names.push(/EXTNAME = '([^' ]+)/.exec(header)?.[1] ?? "?");
  }
  return names;
}

/** Whether a program is there. */
export function has(name: string): boolean {
  return spawnSync("/bin/sh", ["-c", `command -v ${name}`]).status === 0;
}

/** Starts a server of the test; its output goes into a file. */
export function server(folder: string, name: string, args: readonly string[], env = {}): ChildProcess {
  mkdirSync(folder, { recursive: true });
  return spawn(name, args, { cwd: folder, stdio: "ignore", env: { ...process.env, ...env } });
}

export function ended(child: ChildProcess): Promise<number | null> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((done) => child.on("exit", done));
}

export function wait(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
