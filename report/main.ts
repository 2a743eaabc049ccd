/**
 * `npm run report`: the evidence report. Measures, and writes out/report: results.json, report.md, plots and index.html.
 *
 * Options: --smoke (tiny files, once, little latency; all readers in one process each), --runs N (3), --size PIXELS (4096),
 * --most N (1000: no pattern with more cutouts), --settings N (all that a reader has), --part image|cube|table|families (all; may be repeated), --docs (writes docs/report.md), --again (no new measures: pages
 * from results.json)
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { link } from "../bench/contest.js";
import { spawnServer } from "../test/servers/spawn.js";
import { type Copy, copiesOf, familyCopy } from "./copies.js";
import { type Family, families } from "./families.js";
import { type Laboratory, measure } from "./measure.js";
import { processes } from "./processes.js";
import { familyReaders, readersOf } from "./readers.js";
import type { Report, Studied } from "./results.js";
import { type Pattern, type Subject, subjects } from "./subjects.js";
import { writePages } from "./write.js";

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    runs: { type: "string", default: "3" },
    size: { type: "string", default: "4096" },
    part: { type: "string", multiple: true, default: ["image", "cube", "table", "families"] },
    settings: { type: "string" },
    most: { type: "string", default: "1000" },
    docs: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
  },
});
const { smoke } = values;
const target = smoke ? "out/report-smoke" : "out/report";
const folder = join(target, "files");
const file = join(target, "results.json");
await mkdir(folder, { recursive: true });
const known = smoke && !values.again ? undefined : await kept();
if (values.again && !known) {
  process.stderr.write(`report: no ${file} to make pages of; run it without --again first\n`);
  process.exit(2);
}
const report = values.again ? known! : await made(known?.studies ?? []);
await writePages(report, target, values.docs);
const count = report.studies.reduce((n, { measures }) => n + measures.length, 0);
process.stdout.write(`${count} measures, all values equal; see ${target}/index.html\n`);

/** Measures the parts that are wanted; `before` are the studies of other parts, which stay. */
async function made(before: readonly Studied[]): Promise<Report> {
  const wanted: [Subject, readonly Copy[]][] = [];
  for (const given of subjects(smoke, Number(values.size))) {
    const few = ({ cutouts = 1 }: Pattern): boolean => cutouts <= Number(values.most);
    const subject = { ...given, patterns: given.patterns.filter(few) };
    if (values.part.includes(subject.name)) wanted.push([subject, await copiesOf(subject, folder)]);
  }
  const archived: [Family, Copy][] = [];
  for (const family of values.part.includes("families") ? families(smoke) : []) {
    archived.push([family, await familyCopy(family, folder)]);
  }
  const latency = smoke ? 5 : link.latency;
  const server = await spawnServer({ folder, cors: true, ...link, latency });
  const team = await processes(!smoke);
  const runs = smoke ? 1 : Number(values.runs);
  const laboratory: Laboratory = {
    processes: team,
    server,
    latency,
    runs,
    settings: smoke ? 1 : Number(values.settings ?? Number.POSITIVE_INFINITY),
    patience: smoke ? 30 : 60,
  };
  const studies = new Map(before.map((study) => [study.subject.name, study]));
  const all = (): Report => ({
    machine: machine(),
    conditions: { ...link, latency, runs, smoke },
    studies: [...studies.values()],
  });
  const add = async (study: Studied): Promise<void> => {
    studies.set(study.subject.name, study);
    await writeFile(file, `${JSON.stringify(all(), undefined, 1)}\n`);
  };
  try {
    for (const [subject, copies] of wanted) {
      await add({
        subject: plain(subject),
        copies,
        ...(await measure(subject, copies, laboratory, readersOf)),
      });
    }
    for (const [family, copy] of archived) {
      const { title, scaled } = family;
      const found = await measure(family, [copy], laboratory, familyReaders);
      await add({ subject: plain(family), copies: [copy], family: { title, scaled }, ...found });
    }
    return all();
  } finally {
    await team.close();
    await server.close();
  }
}

async function kept(): Promise<Report | undefined> {
  return JSON.parse(await readFile(file, "utf8").catch(() => "null")) ?? undefined;
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
    load: Math.max(...loadavg()),
    date: new Date().toISOString().slice(0, 10),
  };
}
