/**
 * Runs the built command line as users do: in a process of its own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";

export const program: string = join(process.cwd(), "dist", "cli", "main.js");
if (!existsSync(program)) throw new Error("dist is missing: run npm test, which builds it");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** stdout as text. */
  readonly text: string;
  /** stdout as JSON. */
  json<T = unknown>(): T;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** No key, proxy or setting of the machine that runs the tests. */
const cleanEnv = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  AWS_EC2_METADATA_DISABLED: "true",
  NO_COLOR: "",
};

export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...cleanEnv, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
}

export function fitslice(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(args, options);
  if (options.input !== undefined) child.stdin!.end(options.input);
  return outcomeOf(child);
}

/** A line of a shell, `fitslice` being the built program. */
export function shell(line: string, options: RunOptions = {}): Promise<Outcome> {
  const call = `fitslice() { "${process.execPath}" "${program}" "$@"; }\n${line}`;
  return outcomeOf(
    spawn("/bin/sh", ["-ec", call], {
      cwd: options.cwd ?? process.cwd(),
      env: { ...cleanEnv, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      const stdout = Buffer.concat(out);
      const text = stdout.toString("utf8");
      resolve({
        code,
        stdout,
        stderr: Buffer.concat(err).toString("utf8"),
        text,
        json: <T>() => JSON.parse(text) as T,
      });
    });
  });
}

/** A folder of its own under out/, inside the package. */
export function workFolder(name: string): string {
  mkdirSync("out", { recursive: true });
  return join(process.cwd(), mkdtempSync(`out/${name}-`));
}
