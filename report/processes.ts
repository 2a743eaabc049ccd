/**
 * The readers' processes. In Node one for each job, so that nothing is compiled or cached; in a smoke run one for all. Python
 * and Chromium start slowly, and keep nothing from job to job (each opens its file anew, Chromium in a new page): one each.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { bundle } from "../scripts/run-ts.mjs";
import { startChromium } from "./chromium.js";
import type { Job, Outcome, Worker } from "./job.js";
import type { Program } from "./readers.js";

export interface Processes {
  readonly there: (program: Program) => boolean;
  /** Performs a job; one that takes longer than `patience` seconds is an error, and its process ended. */
  perform(program: Program, job: Job, patience: number): Promise<Outcome>;
  close(): Promise<void>;
}

const modules = "astropy, fsspec, aiohttp, fitsio, zarr, h5py, osgeo";

/** `cold`: a new process of Node for each job. */
export async function processes(cold: boolean): Promise<Processes> {
  const script = await bundle("report/read.ts");
  const starts: Record<Program, (() => Promise<Worker>) | undefined> = {
    node: async () => lineWorker(process.execPath, [script]),
    python:
      spawnSync("/usr/bin/python3", ["-c", `import ${modules}`]).status === 0
        ? async () => lineWorker("/usr/bin/python3", ["report/read.py"])
        : undefined,
    chromium: await startChromium(),
  };
  const kept = new Map<Program, Worker>();
  const running = new Set<Worker>();

  async function perform(program: Program, job: Job, patience: number): Promise<Outcome> {
    const worker = kept.get(program) ?? (await starts[program]!());
    const fresh = cold && program === "node";
    running.add(worker);
    if (!fresh) kept.set(program, worker);
    const outcome = await withinSeconds(worker.perform(job), patience);
    if (fresh || "error" in outcome) {
      kept.delete(program);
      running.delete(worker);
      await worker.close();
    }
    return outcome;
  }
  return {
    there: (program) => starts[program] !== undefined,
    perform,
    close: async () => {
      await Promise.all([...running].map((worker) => worker.close()));
    },
  };
}

async function withinSeconds(outcome: Promise<Outcome>, seconds: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ error: `over ${seconds} s` }), seconds * 1000);
  });
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}

/** A process that reads jobs and writes outcomes, a line each. */
function lineWorker(command: string, args: readonly string[]): Worker {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const complaints: string[] = [];
  child.stderr.on("data", (text: Buffer) => complaints.push(text.toString()));
  return {
    perform: async (job) => {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const { done, value } = await lines.next();
      return done
        ? { error: `the process ended: ${complaints.join("").slice(-300)}` }
        : (JSON.parse(value) as Outcome);
    },
    close: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
