/**
 * What the tests of all queues begin with: a folder with an image and sixty targets, and jobs of them.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { skyFile } from "../stamps/images.js";
import { fitslice, type Outcome, workFolder } from "./run.js";

export interface QueueFolder {
  readonly cwd: string;
  /** Plans a job of the targets in the folder. */
  plan(job: string, shardTargets?: number): Promise<Outcome>;
  remove(): void;
}

export async function queueFolder(name: string): Promise<QueueFolder> {
  const cwd = workFolder(name);
  writeFileSync(join(cwd, "a.fits"), await skyFile({ ra: 0.01, dec: 10, side: 200 }));
  const rows = Array.from({ length: 60 }, (_, i) => `s${i},${(0.0002 * i).toFixed(6)},10,a.fits`);
  writeFileSync(join(cwd, "list.csv"), `name,ra,dec,file\n${rows.join("\n")}\n`);
  return {
    cwd,
    plan(job, shardTargets = 10) {
      const what = ["list.csv", "--size", "16pix", "--as", "fits", "--shard-targets", String(shardTargets)];
      return fitslice(["cutouts", "plan", ...what, "-o", job], { cwd });
    },
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  };
}
