/**
 * What the benchmark of stamps does with fitslice: one list, cut by the command line. argv: LIST. Prints one line of JSON: seconds
 * of the whole process, and the sum of the first stamps.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { open } from "fitslice";
import { checksum, tell } from "./task.js";

/** Stamps that are compared. */
const compared = 50;

const [list] = process.argv.slice(2) as [string];
const folder = mkdtempSync("bench/out/stamps-");
try {
  const started = performance.now();
  const args = ["dist/cli/main.js", "cutouts", "--targets", list, "-o", folder];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(stderr);
  const first: Parameters<typeof checksum>[0][number][] = [];
  const count = Number(/^(\d+) stamps/.exec(stderr)![1]);
  for (let i = 0; i < Math.min(compared, count); i++) {
    const fits = await open(join(folder, `s${i}.fits`));
    first.push(await (await fits.image()).section());
    await fits.close();
  }
  tell({ seconds, checksum: checksum(first) });
} finally {
  rmSync(folder, { recursive: true });
}
