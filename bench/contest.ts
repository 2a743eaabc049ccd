/**
 * One task, done by fitslice and by the reference in turn, on the same file in the same run. Every run is a process of
 * its own, which prints one line of JSON, an `Outcome`.
 */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import type { SpawnedServer } from "../test/servers/spawn.js";
import { type Measure, median, type Row } from "./rows.js";

const run = promisify(execFile);
const pythonCommand = "/usr/bin/python3";

/** Conditions of every remote task: milliseconds, bytes a second on each connection, bytes a second in all. */
export const link = { latency: 50, connectionThroughput: 50e6, totalThroughput: 200e6 } as const;

/** A reference slower than this is not run as often as fitslice: seconds in all, for each task. */
const patience = 20;
/** What even slower ones gave, by their arguments: those are run once, whatever tasks they stand beside. */
const slow = new Map<string, Outcome>();

/** What a process found out. */
export interface Outcome {
  /** Of its work, once or several times in a row. */
  readonly seconds: number | readonly number[];
  /** Of what it read: both must have read the same. */
  readonly checksum?: number;
  /** Peak memory of the process, bytes. */
  readonly maxRss?: number;
  readonly requests?: number;
  readonly roundTrips?: number;
  readonly bytes?: number;
}

export interface Task {
  readonly name: string;
  readonly title: string;
  /** Arguments of the suite's own script. */
  readonly ours: readonly string[];
  /** Arguments of the suite's Python script, for each way in which the reference may do best; none: no reference. */
  readonly theirs?: Readonly<Record<string, readonly string[]>>;
  /** What the reference is called; the best of its ways is put behind it. */
  readonly reference: string;
  /** Arguments with which the reference does what it does by itself. */
  readonly defaults?: readonly string[];
  /** Set for the processes of both. */
  readonly env?: Readonly<Record<string, string>>;
  /** Dependent round trips and bytes that no reader can do without. */
  readonly needs?: { readonly roundTrips: number; readonly bytes: number };
}

/** Where a suite's tasks are done. */
export interface Arena {
  readonly suite: string;
  readonly runs: number;
  /** Module that does the tasks with fitslice. */
  readonly script: string;
  /** Python script that does them with the reference; absent where that is not installed. */
  readonly python?: string | undefined;
  /** Counts what the reference moved. */
  readonly server?: SpawnedServer;
}

/** `script` if Debian's Python has these modules; if not, says so. */
export function pythonWith(modules: readonly string[], script: string): string | undefined {
  if (spawnSync(pythonCommand, ["-c", `import ${modules.join(", ")}`]).status === 0) return script;
  process.stderr.write(
    `bench: ${pythonCommand} does not have ${modules.join(", ")}: no comparison with them\n`,
  );
  return undefined;
}

/** Does a task `runs` times, fitslice and the reference in turn. Throws where they read different things. */
export async function compete(task: Task, { suite, runs, script, python, server }: Arena): Promise<Row> {
  const ours: Outcome[] = [];
  const theirs = new Map<string, Outcome[]>();
  let defaults: Outcome | undefined;
  let spent = 0;
  const reference = async (args: readonly string[]): Promise<Outcome> => {
    const key = [suite, JSON.stringify(task.env), ...args].join(" ");
    const known = slow.get(key);
    if (known) return known;
    const started = performance.now();
    await server?.requests();
    const outcome = await call(pythonCommand, [python!, ...args], task.env);
    compare(task, ours[0]!, outcome);
    const served = await server?.requests();
    const moved = served && {
      requests: served.length,
      bytes: served.reduce((total, { sent }) => total + sent, 0),
    };
    const measured = { ...outcome, ...moved };
    if (performance.now() - started > patience * 1000) slow.set(key, measured);
    return measured;
  };
  for (let i = 0; i < runs; i++) {
    ours.push(await call(process.execPath, [script, ...task.ours], task.env));
    if (!python) continue;
    const started = performance.now();
    // What it does by itself may be slow: once is enough to know.
    if (i === 0 && task.defaults) defaults = await reference(task.defaults);
    for (const [way, args] of Object.entries(task.theirs ?? {})) {
      if (i === 0 || spent < patience) theirs.set(way, [...(theirs.get(way) ?? []), await reference(args)]);
    }
    spent += (performance.now() - started) / 1000;
  }
  const [best] = [...theirs].sort((a, b) => first(a[1]) - first(b[1]));
  const row: Row = {
    suite,
    name: task.name,
    title: task.title,
    ...measureOf(ours),
    ...(ours[0]!.roundTrips !== undefined && { roundTrips: ours[0]!.roundTrips }),
    ...(task.needs && { bound: boundOf(task.needs) }),
    ...(best && {
      reference: { name: `${task.reference}${best[0] && ` (${best[0]})`}`, ...measureOf(best[1]) },
    }),
    ...(defaults && { defaults: measureOf([defaults]) }),
  };
  const other = row.reference ? `, reference ${row.reference.seconds.toFixed(3)} s` : "";
  process.stderr.write(`bench: ${suite} ${task.name}: ${row.seconds.toFixed(3)} s${other}\n`);
  return row;
}

/** Runs a process that tells an outcome. */
export async function call(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { stdout } = await run(command, [...args], { maxBuffer: 1 << 24, env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Outcome;
}

/** Seconds that physics asks of any reader: latency of its dependent round trips, and its bytes on the link. */
function boundOf({ roundTrips, bytes }: NonNullable<Task["needs"]>): number {
  return (roundTrips * link.latency) / 1000 + bytes / link.totalThroughput;
}

function compare({ name }: Task, { checksum: ours }: Outcome, { checksum: theirs }: Outcome): void {
  if (ours === undefined || theirs === undefined) return;
  if (ours === theirs || Math.abs(ours - theirs) <= 1e-3 * Math.abs(ours)) return;
  throw new Error(`${name}: fitslice read ${ours}, the reference ${theirs}`);
}

function measureOf(outcomes: readonly Outcome[]): Measure {
  const [{ requests, bytes, maxRss }] = outcomes as readonly [Outcome];
  const again = outcomes.flatMap(({ seconds }) => (typeof seconds === "number" ? [] : seconds.slice(1)));
  return {
    seconds: first(outcomes),
    ...(again.length > 0 && { again: median(again) }),
    ...(requests !== undefined && { requests }),
    ...(bytes !== undefined && { bytes }),
    ...(maxRss !== undefined && { memory: median(outcomes.map((outcome) => outcome.maxRss!)) }),
  };
}

/** Median of the first time that each process did it. */
function first(outcomes: readonly Outcome[]): number {
  return median(outcomes.map(({ seconds }) => (typeof seconds === "number" ? seconds : seconds[0]!)));
}
