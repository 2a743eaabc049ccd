/**
 * `npm run bench`: prints a table, and writes bench/out/results.json and a plot for each suite.
 *
 * Options: --smoke (once, quickly), --runs N (5), --suite NAME (all; may be repeated)
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { codecsBench } from "./codecs.js";
import { localBench } from "./local.js";
import { remoteBench } from "./remote.js";
import { type BenchOptions, plot, type Row, table } from "./rows.js";
import { stampsBench } from "./stamps.js";
import { tablesBench } from "./tables.js";
import { viewerBench } from "./viewer.js";
import { wcsBench } from "./wcs.js";

const suites: Readonly<Record<string, { title: string; bench: (options: BenchOptions) => Promise<Row[]> }>> =
  {
    remote: { title: "Remote, 50 ms, 50 MB/s each", bench: remoteBench },
    local: { title: "Local images", bench: localBench },
    codecs: { title: "Compressed images", bench: codecsBench },
    tables: { title: "Tables", bench: tablesBench },
    stamps: { title: "Stamps of a list of targets", bench: stampsBench },
    viewer: { title: "The viewer, 50 ms, 50 MB/s each", bench: viewerBench },
    wcs: { title: "World coordinates, ten million points", bench: wcsBench },
  };

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    runs: { type: "string", default: "5" },
    suite: { type: "string", multiple: true, default: Object.keys(suites) },
  },
});
const folder = "bench/out";
const options: BenchOptions = { smoke: values.smoke, runs: values.smoke ? 1 : Number(values.runs), folder };
await mkdir(folder, { recursive: true });

const results: Row[] = [];
for (const name of values.suite) {
  const suite = suites[name];
  if (!suite) {
    process.stderr.write(`bench: no suite "${name}"; there are ${Object.keys(suites).join(", ")}\n`);
    process.exit(2);
  }
  const rows = await suite.bench(options);
  process.stdout.write(`${suite.title}\n\n${table(rows)}\n`);
  await writeFile(join(folder, `${name}.svg`), plot(rows, suite.title));
  results.push(...rows);
}
const machine = {
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  date: new Date().toISOString(),
};
await writeFile(
  join(folder, "results.json"),
  `${JSON.stringify({ machine, options, results }, undefined, 1)}\n`,
);
process.stdout.write(`results and plots: ${folder}/\n`);
