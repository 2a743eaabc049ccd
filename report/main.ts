/**
 * `npm run report`: the evidence report. Measures, and writes out/report: results.json, report.md, plots and index.html.
 *
 * A part that fails is told, and the others go on; the exit code is 1 then. SIGINT and SIGTERM end all that was started.
 *
 * Options: --smoke (tiny files, once, little latency; all readers in one process each), --runs N (3), --size PIXELS (4096),
 * --most N (1000: no pattern with more cutouts), --settings N (all that a reader has), --part image|cube|table|families|directory (all; may be repeated), --docs (writes docs/report.md), --again (no new measures: pages
 * from results.json)
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { link } from "../bench/contest.js";
import { spawnServer } from "../test/servers/spawn.js";
import { type Copy, copiesOf, familyCopy } from "./copies.js";
import { type Family, families, manyHdus } from "./families.js";
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
    part: { type: "string", multiple: true, default: ["image", "cube", "table", "families", "directory"] },
    settings: { type: "string" },
    most: { type: "string", default: "1000" },
    docs: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
  },
});
const { smoke } = values;
const runs = smoke ? 1 : Number(values.runs);
/** Names of what could not be measured. */
const failed: string[] = [];
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
if (failed.length > 0) {
  tell(`not measured: ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** One subject or family. Its files are made before the server starts, which looks at its folder once. */
interface Unit {
  readonly part: string;
  readonly name: string;
  copies(): Promise<readonly Copy[]>;
  study(copies: readonly Copy[], laboratory: Laboratory): Promise<Studied>;
}

function units(signal: AbortSignal): readonly Unit[] {
  const few = ({ cutouts = 1 }: Pattern): boolean => cutouts <= Number(values.most);
  const formats = subjects(smoke, Number(values.size)).map((given): Unit => {
    const subject = { ...given, patterns: given.patterns.filter(few) };
    return {
      part: subject.name,
      name: subject.name,
      copies: () => copiesOf(subject, folder, signal),
      study: async (copies, laboratory) => ({
        subject: plain(subject),
        copies,
        ...(await measure(subject, copies, laboratory, readersOf)),
      }),
    };
  });
  const archived = (part: string, all: readonly Family[]): Unit[] =>
    all.map((family) => ({
      part,
      name: family.name,
      copies: async () => [await familyCopy(family, folder, signal)],
      study: async (copies, laboratory) => {
        const found = await measure(family, copies, laboratory, familyReaders);
        const { title, scaled } = family;
        return { subject: plain(family), copies, family: { title, scaled }, ...found };
      },
    }));
  const all = [
    ...formats,
    ...archived("families", families(smoke)),
    ...archived("directory", manyHdus(smoke)),
  ];
  return all.filter(({ part }) => values.part.includes(part));
}

/** Measures the parts that are wanted; `before` are the studies of other parts, which stay, as do those of parts that fail. */
async function made(before: readonly Studied[]): Promise<Report> {
  const stop = new AbortController();
  const ends: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (const close of ends.splice(0)) await close();
  };
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(name, () => {
      stop.abort();
      tell(`stopped by ${name}; ${file} holds what was measured before`);
      void end().finally(() => process.exit(code));
    });
  }
  const wanted = units(stop.signal);
  const began = performance.now();
  const there = new Map<string, readonly Copy[]>();
  await each(wanted, stop.signal, async ({ name, copies }) => {
    there.set(name, await copies());
  });
  tell(`the files of ${there.size} of ${wanted.length} are there, after ${minutes(began)}`);
  const latency = smoke ? 5 : link.latency;
  const server = await spawnServer({ folder, cors: true, ...link, latency });
  ends.push(server.close);
  const team = await processes(!smoke);
  ends.unshift(team.close);
  const laboratory: Laboratory = {
    processes: team,
    server,
    latency,
    runs,
    settings: smoke ? 1 : Number(values.settings ?? Number.POSITIVE_INFINITY),
    patience: smoke ? 30 : 20,
  };
  const studies = new Map(before.map((study) => [study.subject.name, study]));
  const all = (): Report => ({
    machine: machine(),
    conditions: { ...link, latency, runs, patience: laboratory.patience, smoke },
    studies: [...studies.values()],
  });
  const ready = wanted.filter(({ name }) => there.has(name));
  await each(ready, stop.signal, async ({ part, name, study }) => {
    const started = performance.now();
    tell(`${ready.findIndex((unit) => unit.name === name) + 1} of ${ready.length}: ${part}, ${name}`);
    const found = await study(there.get(name)!, laboratory);
    if (stop.signal.aborted) return;
    if (found.measures.length === 0) throw new Error("no reader gave anything");
    studies.set(name, found);
    await writeFile(file, `${JSON.stringify(all(), undefined, 1)}\n`);
    tell(`${name} took ${minutes(started)}, all so far ${minutes(began)}`);
  });
  await end();
  return all();
}

/** Does the work of one unit after the other; one that fails is told. Never answers when it is to stop: the process ends then. */
async function each(
  all: readonly Unit[],
  signal: AbortSignal,
  work: (unit: Unit) => Promise<void>,
): Promise<void> {
  for (const unit of all) {
    try {
      await work(unit);
    } catch (error) {
      if (!signal.aborted) {
        failed.push(unit.name);
        tell(
          `${unit.name} failed, the others go on: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    if (signal.aborted) await new Promise(() => {});
  }
}

function minutes(since: number): string {
  return `${((performance.now() - since) / 60_000).toFixed(1)} min`;
}

function tell(text: string): void {
  process.stderr.write(`report: ${text}\n`);
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
