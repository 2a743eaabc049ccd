/**
 * TSV, ECSV and VOTable of all kinds of columns, read back by astropy, and VOTable by stilts. Skipped where they are not installed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "fitslice";
import { toEcsv, toTsv, toVotable } from "fitslice/export";
import { afterAll, expect, test } from "vitest";

const python = "/usr/bin/python3";
const script = join(import.meta.dirname, "text_formats.py");
const hasAstropy = spawnSync(python, ["-c", "import astropy.io.votable, astropy.table"]).status === 0;
const hasStilts = hasAstropy && spawnSync("stilts", ["-version"]).status === 0;
if (!hasAstropy)
  console.warn("skipped: astropy is not installed, so nothing compares TSV, ECSV and VOTable with it");

const folder = mkdtempSync(join(tmpdir(), "fitslice-text-formats-"));
afterAll(() => rmSync(folder, { recursive: true }));
const base = join(folder, "kinds");

async function write(): Promise<void> {
  const { stderr } = spawnSync(python, [script, "make", `${base}.fits`], { encoding: "utf8" });
  expect(stderr).toBe("");
  const fits = await open(`${base}.fits`);
  const table = await fits.table(1);
  for (const [ending, made] of [
    ["tsv", toTsv(table)],
    ["ecsv", toEcsv(table)],
    ["vot", toVotable(table)],
  ] as const) {
    const pieces: Uint8Array[] = [];
    for await (const piece of made) pieces.push(piece);
    writeFileSync(`${base}.${ending}`, Buffer.concat(pieces));
  }
  await fits.close();
}

test.skipIf(!hasAstropy)(
  "astropy and Python read the values, units and descriptions of the table",
  { timeout: 60_000 },
  async () => {
    await write();
    const { stdout, stderr } = spawnSync(python, [script, "check", `${base}.fits`], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([]);
  },
);

test.skipIf(!hasStilts)("stilts reads and validates the VOTable (needs stilts)", { timeout: 120_000 }, () => {
  const run = (...args: string[]) => spawnSync("stilts", args, { encoding: "utf8" });
  expect(run("votlint", `votable=${base}.vot`).stdout).not.toMatch(/^ERROR/m);
  const { stdout } = run(
    ...["tpipe", `in=${base}.vot`, "ifmt=votable", "ofmt=csv", "cmd=keepcols 'short long ulong text'"],
  );
  const [head, first, second] = stdout.split("\n");
  expect([head, first, second]).toEqual([
    "short,long,ulong,text",
    "1,9007199254740993,0,plain",
    ",-9223372036854775808,1,a\tb",
  ]);
});
