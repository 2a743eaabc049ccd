/**
 * `npm run soak -- [--count N] [--seed S] [--only NAME] [--fault KIND] [--minutes N]`: reads, downloads, mutations, aborts, killed stamps, a shared cache, a queue, a SLURM, hostile requests and a walk through the viewer at random, many of them.
 * Prints one line of numbers for each, and ends with status 1 where anything is wrong. Nothing here is part of `npm test`:
 * CI runs small counts.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { soakAborts } from "./aborts.js";
import { soakCache } from "./cache.js";
import { soakDownloads } from "./downloads.js";
import { soakMutations } from "./mutations.js";
import { soakQueue } from "./queue.js";
import { soakReads } from "./reads.js";
import { describeError, printResult, type SoakOptions, type SoakResult, type Violation } from "./report.js";
import { soakService } from "./service.js";
import { soakSlurm } from "./slurm.js";
import { soakStamps } from "./stamps.js";
import { soakViewer } from "./viewer.js";

interface Harness {
  readonly run: (options: SoakOptions) => Promise<SoakResult>;
  /** Without --count. */
  readonly count: number;
}

const harnesses: Readonly<Record<string, Harness>> = {
  reads: { run: soakReads, count: 2000 },
  downloads: { run: soakDownloads, count: 60 },
  mutations: { run: soakMutations, count: 20_000 },
  aborts: { run: soakAborts, count: 3000 },
  stamps: { run: soakStamps, count: 20 },
  cache: { run: soakCache, count: 10_000 },
  queue: { run: soakQueue, count: 100_000 },
  slurm: { run: soakSlurm, count: 100_000 },
  service: { run: soakService, count: 10_000 },
  viewer: { run: soakViewer, count: 0 },
};

const { values } = parseArgs({
  options: {
    count: { type: "string" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    minutes: { type: "string" },
    fault: { type: "string", multiple: true },
  },
});
const names = values.only === undefined ? Object.keys(harnesses) : values.only.split(",");
for (const name of names) {
  if (harnesses[name]) continue;
  console.error(`no soak of the name ${name}; there are ${Object.keys(harnesses).join(", ")}`);
  process.exit(2);
}

const unhandled: Violation[] = [];
process.on("unhandledRejection", (error) =>
  unhandled.push({ kind: "unhandled", text: describeError(error) }),
);
process.on("uncaughtException", (error) => unhandled.push({ kind: "unhandled", text: describeError(error) }));

let failed = false;
for (const name of names) {
  const { run, count } = harnesses[name]!;
  const folder = mkdtempSync(join(tmpdir(), "fitslice-soak-"));
  const began = performance.now();
  try {
    const result = await run({
      count: Number(values.count ?? count),
      seed: Number(values.seed),
      minutes: values.minutes === undefined ? undefined : Number(values.minutes),
      faults: values.fault,
      folder,
    });
    const violations = [...result.violations, ...unhandled.splice(0)];
    printResult(name, { ...result, violations }, (performance.now() - began) / 1000);
    failed ||= violations.length > 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(failed ? 1 : 0);
