/**
 * `npm run report`: the evidence report. Measures, and writes out/report: results.json, report.md, plots and index.html.
 *
 * Options: --smoke (tiny files, once, little latency; all readers in one process each), --runs N (3), --size PIXELS (4096),
 * --part image|cube|table|families (all; may be repeated), --docs (writes docs/report.md), --again (no new measures: pages
 * from results.json)
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { link } from "../bench/contest.js";
import { spawnServer } from "../test/servers/spawn.js";
import { copiesOf, familyCopy } from "./copies.js";
import { families } from "./families.js";
import { type Laboratory, measure } from "./measure.js";
import { processes } from "./processes.js";
import { readersOf } from "./readers.js";
import type { Report, Studied } from "./results.js";
import { type Subject, subjects } from "./subjects.js";
import { writePages } from "./write.js";

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    runs: { type: "string", default: "3" },
    size: { type: "string", default: "4096" },
    part: { type: "string", multiple: true, default: ["image", "cube", "table", "families"] },
    docs: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
  },
});
const { smoke } = values;
const target = smoke ? "out/report-smoke" : "out/report";
const folder = join(target, "files");
await mkdir(folder, { recursive: true });
const file = join(target, "results.json");
const report = values.again ? (JSON.parse(await readFile(file, "utf8")) as Report) : await made();
await writeFile(file, `${JSON.stringify(report, undefined, 1)}\n`);
await writePages(report, target, values.docs);
const count = report.studies.reduce((n, { measures }) => n + measures.length, 0);
process.stdout.write(`${count} measures, all values equal; see ${target}/index.html\n`);

async function made(): Promise<Report> {
  const wanted = subjects(smoke, Number(values.size)).filter(({ name }) => values.part.includes(name));
  const ofFamilies = values.part.includes("families") ? families(smoke) : [];
  const studied = [];
  for (const subject of wanted) studied.push({ subject, copies: await copiesOf(subject, folder) });
  const archived = [];
  for (const family of ofFamilies)
    archived.push({ subject: family, copies: [await familyCopy(family, folder)] });

  const latency = smoke ? 5 : link.latency;
  const server = await spawnServer({ folder, cors: true, ...link, latency });
  const team = await processes(!smoke);
  const runs = smoke ? 1 : Number(values.runs);
  const laboratory: Laboratory = { processes: team, server, latency, runs, patience: smoke ? 30 : 60 };
  try {
    const studies: Studied[] = [];
    for (const { subject, copies } of studied) {
      studies.push({ subject: plain(subject), copies, ...(await measure(subject, copies, laboratory)) });
    }
    for (const { subject, copies } of archived) {
      const { title, scaled } = subject;
      const found = await measure(subject, copies, laboratory, (copy) =>
        readersOf(copy).map((reader) =>
          reader.name === "fitslice" ? { ...reader, settings: () => ["default", "index"] } : reader,
        ),
      );
      studies.push({ subject: plain(subject), copies, family: { title, scaled }, ...found });
    }
    return { machine: machine(), conditions: { ...link, latency, runs, smoke }, studies };
  } finally {
    await team.close();
    await server.close();
  }
}

/** A subject without the boxes of its patterns. */
function plain({ name, title, shape, itemSize, patterns }: Subject): Studied["subject"] {
  const shown = patterns.map(({ want: _, ...pattern }) => pattern);
  return { name, title, shape, itemSize, patterns: shown };
}

function machine(): Report["machine"] {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    date: new Date().toISOString().slice(0, 10),
  };
}
