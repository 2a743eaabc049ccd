import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { open } from "../../src/index.js";
import { skyFile } from "../stamps/images.js";
import { fitslice, separately, workFolder } from "./run.js";

let cwd: string;
beforeAll(async () => {
  cwd = workFolder("cli-jobs");
  for (const name of ["a.fits", "b.fits"])
    writeFileSync(join(cwd, name), await skyFile({ ra: 0.01, dec: 10, side: 200, name: "SCI" }));
  const rows = Array.from(
    { length: 50 },
    (_, i) => `s${i},${(0.0002 * i).toFixed(6)},${10 + 0.0001 * i},${i % 2 ? "a" : "b"}.fits`,
  );
  const odd = ["gone,0.01,10,no.fits", "bad,,10,a.fits", "far,90,0,a.fits"];
  writeFileSync(join(cwd, "list.csv"), `name,ra,dec,file\n${[...rows, ...odd].join("\n")}\n`);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const plan = (job: string, ...more: string[]) =>
  fitslice(["cutouts", "plan", "list.csv", "--size", "16pix", "--shard-targets", "10", "-o", job, ...more], {
    cwd,
  });
const run = (job: string, ...more: string[]) => fitslice(["cutouts", "run", job, ...more], { cwd });

interface Manifest {
  shard: string;
  folder: string;
  counts: Record<string, number>;
  failures: { name: string }[];
  files: { name: string; bytes: number; sha256: string }[];
}

/** The manifests of a job, by name; each is held against the files that it names. */
function manifests(job: string): Map<string, Manifest> {
  const output = join(cwd, job, "output");
  const found = new Map<string, Manifest>();
  for (const name of readdirSync(output).filter((name) => name.endsWith(".json"))) {
    const manifest = JSON.parse(readFileSync(join(output, name), "utf8")) as Manifest;
    for (const { name, bytes, sha256 } of manifest.files) {
      const there = readFileSync(join(output, manifest.folder, name));
      expect([there.length, createHash("sha256").update(there).digest("hex")]).toEqual([bytes, sha256]);
    }
    found.set(name, manifest);
  }
  return found;
}

const allNames = [...Array.from({ length: 50 }, (_, i) => `s${i}`), "gone", "bad", "far"].sort();

/** Names of the targets in a joined manifest. */
function namesIn(path: string): string[] {
  const lines = readFileSync(join(cwd, path), "utf8").trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as { name: string }).name).sort();
}

test("a job is run in shares, says what is missing, and runs nothing twice", async () => {
  expect((await plan("job")).stderr).toBe(
    "job: 52 stamps in 7 shards; for 1 target there is nothing to cut\n",
  );
  const first = await run("job", "--shard", "1/3", "--json");
  expect(first.json()).toMatchObject({ shards: 2, before: 0 });
  const status = await fitslice(["cutouts", "status", "job", "--json"], { cwd });
  expect(status.code).toBe(1);
  expect(status.json()).toMatchObject({ shards: 7, done: 2, array: "0,2-3,5-6", tasks: 7 });
  expect(status.stderr).toContain("5 shards missing");
  expect((await fitslice(["cutouts", "merge", "job"], { cwd })).stderr).toMatch(
    /5 of 7 shards are missing \(--array=0,2-3,5-6\)/,
  );
  const before = manifests("job");
  const rest = await run("job", "--json");
  expect([rest.code, rest.json()]).toMatchObject([
    0,
    { shards: 7, before: 2, done: 50, outside: 1, failed: 1 },
  ]);
  const after = manifests("job");
  for (const [name, manifest] of before) expect(after.get(name)).toEqual(manifest);
  expect((await run("job", "--json")).json()).toMatchObject({ before: 7 });
  const told = await fitslice(["cutouts", "status", "job"], { cwd });
  expect([told.code, told.text.split("\n")]).toEqual([
    0,
    [
      "7 of 7 shards: 50 stamps, 1 target outside, 2 failed",
      expect.stringMatching(/^failed: gone \(row 51\): .*no\.fits: no such file/),
      "failed: bad (row 52): line 53: the row has no position",
      "",
    ],
  ]);
  expect((await fitslice(["cutouts", "merge", "job"], { cwd })).stderr).toBe(
    "job.manifest.ndjson: 53 targets\n",
  );
  expect(namesIn("job.manifest.ndjson")).toEqual(allNames);
});

test("a shard that is run again gives the same bytes, and one whose file is gone is run again", async () => {
  await plan("twice");
  await run("twice");
  const before = manifests("twice");
  const [[name, manifest], [other, damaged]] = [...before] as [[string, Manifest], [string, Manifest]];
  rmSync(join(cwd, "twice/output", name));
  rmSync(join(cwd, "twice/output", damaged.folder, damaged.files[0]!.name));
  expect((await run("twice", "--json")).json()).toMatchObject({ before: 5 });
  expect(manifests("twice").get(name)).toEqual(manifest);
  // The damaged folder is in the way of a whole one of the same name.
  expect(manifests("twice").get(other)).toEqual(damaged);
});

test("outputs of a job that was planned anew stay in the folder, and count no more", async () => {
  await plan("anew");
  await run("anew");
  const before = manifests("anew");
  // Another size is another specification, and so other shards.
  expect((await plan("anew", "--size", "12pix", "--force")).code).toBe(0);
  const status = await fitslice(["cutouts", "status", "anew", "--json"], { cwd });
  expect([status.code, status.json()]).toMatchObject([
    1,
    { shards: 7, done: 0, counts: { done: 0, partial: 0, outside: 0, failed: 1 }, array: "0-6" },
  ]);
  expect((await fitslice(["cutouts", "merge", "anew"], { cwd })).stderr).toContain(
    "7 of 7 shards are missing",
  );
  expect((await run("anew", "--json")).json()).toMatchObject({ shards: 7, before: 0, done: 50 });
  await fitslice(["cutouts", "merge", "anew"], { cwd });
  expect(namesIn("anew.manifest.ndjson")).toEqual(allNames);
  const after = manifests("anew");
  for (const [name, manifest] of before) expect(after.get(name)).toEqual(manifest);
  expect(after.size).toBe(2 * before.size);
  const joined = readFileSync(join(cwd, "anew.manifest.ndjson"), "utf8");
  for (const { folder } of before.values()) expect(joined).not.toContain(folder);
});

test("two runs of one job at once: each target once, nothing left over", async () => {
  await plan("both", "--as", "fits");
  const args = ["cutouts", "run", "both", "--jobs", "1"];
  const ended = await Promise.all([separately(args, { cwd }), separately(args, { cwd })]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  const found = [...manifests("both").values()];
  const folders = found.flatMap(({ folder, shard }) => [folder, `${shard}.json`]);
  expect(readdirSync(join(cwd, "both/output")).sort()).toEqual(folders.sort());
});

test("what failed is cut again when that is asked for", async () => {
  await plan("late");
  await run("late");
  onTestFinished(() => rmSync(join(cwd, "no.fits")));
  writeFileSync(join(cwd, "no.fits"), readFileSync(join(cwd, "a.fits")));
  expect((await run("late", "--json")).json()).toMatchObject({ failed: 1 });
  expect((await run("late", "--retry-failed", "--json")).json()).toMatchObject({ before: 6, failed: 0 });
  expect([...manifests("late").values()].flatMap(({ failures }) => failures)).toEqual([]);
});

describe("shards of other kinds, joined", () => {
  test("FITS extensions, each once", async () => {
    await plan("mef", "--as", "fits");
    await run("mef");
    expect((await fitslice(["cutouts", "merge", "mef", "-o", "all.fits"], { cwd })).code).toBe(0);
    const fits = await open(join(cwd, "all.fits"));
    const names = (await fits.hdus()).slice(1).map(({ name }) => name);
    await fits.close();
    expect(names.sort()).toEqual(Array.from({ length: 50 }, (_, i) => `s${i}`).sort());
    expect(namesIn("all.fits.manifest.ndjson")).toEqual(allNames);
  });

  test("a Zarr array whose table finds each stamp", async () => {
    await plan("cube", "--as", "zarr");
    await run("cube");
    await plan("plain");
    await run("plain");
    expect((await fitslice(["cutouts", "merge", "cube", "-o", "all.zarr"], { cwd })).code).toBe(0);
    const note = JSON.parse(readFileSync(join(cwd, "all.zarr/images/.zarray"), "utf8")) as {
      shape: number[];
      chunks: number[];
    };
    expect(note.chunks).toEqual([10, 16, 16]);
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(join(cwd, "all.zarr/images_metadata.parquet")),
    });
    const plain = [...manifests("plain").values()];
    for (const { name, idx_in_zarr, status, ra } of rows) {
      if (status !== "done") continue;
      const place = Number(idx_in_zarr);
      const chunk = readFileSync(join(cwd, `all.zarr/images/${Math.floor(place / 10)}.0.0`));
      const pixels = chunk.subarray((place % 10) * 1024, ((place % 10) + 1) * 1024);
      const { folder } = plain.find(({ files }) => files.some((file) => file.name === `${name}.fits`))!;
      const fits = await open(join(cwd, "plain/output", folder, `${name}.fits`));
      const { data } = await (await fits.image()).section();
      await fits.close();
      expect([...new Float32Array(new Uint8Array(pixels).buffer)]).toEqual([...(data as Float32Array)]);
      const vector = readFileSync(join(cwd, "all.zarr/ra/0"));
      expect(vector.readDoubleLE(8 * place)).toBe(ra);
    }
    expect(rows.filter(({ status }) => status === "done").length).toBe(50);
  });

  test("a table with an image in each row, and the coordinates of each in columns", async () => {
    await plan("table", "--as", "table");
    await run("table");
    const [first] = [...manifests("table").values()].filter(({ counts }) => counts["done"] === 10);
    const fits = await open(join(cwd, "table/output", first!.folder, "stamps.fits"));
    const rows = await (await fits.table()).select();
    expect(rows.length).toBe(10);
    expect(rows.column("DATA").shape).toEqual([10, 16, 16]);
    expect([...new Set(Array.from({ length: 10 }, (_, i) => rows.column("1CTYP1").get(i)))]).toEqual([
      "RA---TAN",
    ]);
    await fits.close();
  });
});

test("a job that was edited, or copied in part, is refused in a line", async () => {
  await plan("edited");
  const job = (name: string) => join(cwd, "edited", name);
  const texts = new Map(readdirSync(job("")).map((name) => [name, readFileSync(job(name), "utf8")]));
  const told = async (name: string, change: (text: string) => string, ...args: string[]) => {
    for (const [each, text] of texts) writeFileSync(job(each), each === name ? change(text) : text);
    const { code, stderr } = await fitslice(["cutouts", ...args], { cwd });
    return [code, stderr.split("\n").length, stderr];
  };
  const byHand = [1, 2, expect.stringContaining("edited: job.json or shards.ndjson was changed by hand")];
  const trim = (text: string) => text.replace('"partial"', '"trim"');
  const elsewhere = (text: string) => text.replaceAll("a.fits", "b.fits");
  expect(await told("job.json", trim, "run", "edited")).toEqual(byHand);
  expect(existsSync(job("output"))).toBe(false);
  expect(await told("shards.ndjson", elsewhere, "run", "edited")).toEqual(byHand);
  const short = [
    1,
    2,
    expect.stringMatching(/edited\/index\.ndjson: it has 6 shards, and the job has 7; copy/),
  ];
  const cut = (text: string) => text.replace(/[^\n]*\n$/, "");
  for (const command of ["run", "status", "merge"])
    expect(await told("index.ndjson", cut, command, "edited")).toEqual(short);
  expect((await told("job.json", (text) => text, "run", "edited"))[0]).toBe(0);
});

test("an output folder that cannot be made is told in a line", async () => {
  writeFileSync(join(cwd, "file"), "");
  await plan("barred", "--to", "file/out");
  for (const args of [["run"], ["run", "--jobs", "1"]]) {
    const { code, stderr } = await run("barred", ...args.slice(1));
    expect([code, stderr]).toEqual([
      1,
      `fitslice: cannot write ${join(cwd, "file/out")}: a part of its path is not a folder\n`,
    ]);
  }
});

test("an interrupted merge, or a job of another kind, is told in a line", async () => {
  await plan("refused");
  const told = async (...args: string[]) => (await fitslice(["cutouts", ...args], { cwd })).stderr;
  expect(await told("plan", "list.csv", "--size", "16pix", "-o", "refused")).toContain(
    "refused/job.json exists; add --force",
  );
  expect(await told("merge", "refused", "-o", "x.fits")).toContain("without -o their manifests are joined");
  expect(await told("run", "nowhere")).toContain("nowhere/job.json: no such file");
  expect(await told("run", "refused", "--shard", "3/3")).toContain("there is no such task among 3");
  expect(await told("run", "refused", "--of", "3")).toContain("--shard I/N");
  expect(await told("plan", "list.csv", "-o", "y", "--to", "ftp://h/x", "--size", "9pix")).toContain(
    "cannot be written",
  );
  expect(await told("plan", "list.csv", "-o", "y")).toBe(
    "fitslice: no target can be cut; row 1: the row has no size, and no other was given\n",
  );
  expect(existsSync(join(cwd, "y"))).toBe(false);
});
