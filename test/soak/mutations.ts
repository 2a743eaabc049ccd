/**
 * Files with flipped bytes, changed cards, cut ends and huge sizes, through everything that reads a file: each call ends with
 * an answer or a FitsError, soon, and in little memory. The reading is done by mutant-reader.ts in processes of their own.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bundle } from "../../scripts/run-ts.mjs";
import { soakFiles } from "./files.js";
import type { MutantLine, MutantReaderConfig } from "./mutant-reader.js";
import { type SoakOptions, type SoakResult, tally, type Violation } from "./report.js";

/** Milliseconds without a sign of life after which a mutant hangs its reader. */
const limit = 60_000;
/** Mutants that one process reads: leaks show, one violation of memory does not hide the next for ever. */
const batch = 2500;

export async function soakMutations({ count: mutants, seed, folder }: SoakOptions): Promise<SoakResult> {
  const files = (await soakFiles(folder)).map(({ onDisk }) => onDisk);
  const script = await bundle("test/soak/mutant-reader.ts");
  const violations: Violation[] = [];
  const codes = new Map<string, number>();
  let done = 0;
  let calls = 0;
  let peak = 0;

  /** Reads mutants from number `from` on in a fresh process; answers with the number to go on from. */
  function read(from: number): Promise<number> {
    const config: MutantReaderConfig = { files, seed, from, to: Math.min(from + batch, mutants) };
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [script, JSON.stringify(config)], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let at = from;
      let what = "";
      let stderr = "";
      let hung = false;
      const late = (): NodeJS.Timeout =>
        setTimeout(() => {
          hung = true;
          child.kill("SIGKILL");
        }, limit);
      let timer = late();
      child.stderr.on("data", (text) => (stderr = (stderr + text).slice(-2000)));
      createInterface({ input: child.stdout }).on("line", (text) => {
        clearTimeout(timer);
        timer = late();
        const line = JSON.parse(text) as MutantLine;
        if ("begun" in line) {
          at = line.begun;
          what = line.what;
        } else if ("violation" in line) violations.push(line.violation);
        else {
          for (const [code, n] of Object.entries(line.codes)) codes.set(code, (codes.get(code) ?? 0) + n);
          calls += line.calls;
          peak = Math.max(peak, line.peak);
        }
      });
      child.on("close", (status) => {
        clearTimeout(timer);
        if (status === 0) {
          done += config.to - from;
          return resolve(config.to);
        }
        done += at + 1 - from;
        if (hung) violations.push({ kind: "hang", text: `${what}, for ${limit / 1000} s` });
        // The reader ends itself, with a violation of its own, where memory grows: that is status 3.
        else if (status !== 3)
          violations.push({
            kind: "untyped",
            text: `${what}: the process ended with ${status}: ${stderr.slice(-500)}`,
          });
        resolve(at + 1);
      });
    });
  }

  for (let from = 0; from < mutants; ) from = await read(from);
  const errors = [...codes.values()].reduce((a, b) => a + b, 0);
  return {
    numbers: {
      mutants: done,
      calls,
      "typed errors": errors,
      codes: `(${tally(codes)}) as`,
      "MB at most": peak,
    },
    violations,
  };
}
