/**
 * Runs the built command line: as users do, in a process of its own, or in this one, which takes a twentieth of the time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

export const program: string = join(process.cwd(), "dist", "cli", "main.js");
if (!existsSync(program)) throw new Error("dist is missing: run npm test, which builds it");

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

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

/** Runs the program in a process of its own: for tests of processes, streams and signals, or of several at a time. */
export function separately(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(args, options);
  if (options.input !== undefined) child.stdin!.end(options.input);
  return outcomeOf(child);
}

let last: Promise<unknown> = Promise.resolve();

/** Runs the program in this process, one run after the other; with `input` in a process of its own. */
export function fitslice(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  if (options.input !== undefined) return separately(args, options);
  const outcome = last.then(() => runHere(args, options));
  last = outcome.catch(() => undefined);
  return outcome;
}

async function runHere(args: readonly string[], { cwd = process.cwd(), env }: RunOptions): Promise<Outcome> {
  const address = pathToFileURL(join(dirname(program), "program.js")).href;
  const { run } = (await import(/* @vite-ignore */ address)) as typeof import("../../src/cli/program.js");
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const undo = [
    atFolder(cwd),
    withEnv({ ...cleanEnv, ...env }),
    caught(process.stdout, out),
    caught(process.stderr, err),
  ];
  try {
    const code = await run(args, version);
    return outcomeFrom(code, out, err);
  } finally {
    for (const back of undo) back();
  }
}

function atFolder(folder: string): () => void {
  const before = process.cwd();
  process.chdir(folder);
  return () => process.chdir(before);
}

/** Gives this process only these variables, and those of the test runner. */
function withEnv(env: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  const set = (to: NodeJS.ProcessEnv): void => {
    for (const name of Object.keys(process.env)) if (!(name in to)) delete process.env[name];
    Object.assign(process.env, to);
  };
  const runner = Object.entries(before).filter(([name]) => /^(VITEST|TINYPOOL|NODE_V8|TMPDIR)/.test(name));
  set({ ...Object.fromEntries(runner), ...env });
  return () => set(before);
}

/** Keeps what is written to a stream of this process. */
function caught(stream: NodeJS.WriteStream, kept: Buffer[]): () => void {
  const before = stream.write;
  stream.write = ((data: string | Uint8Array, ...rest: unknown[]): boolean => {
    kept.push(Buffer.from(data as string));
    const callback = rest.find((item) => typeof item === "function") as (() => void) | undefined;
    if (callback) queueMicrotask(callback);
    return true;
  }) as typeof stream.write;
  return () => {
    stream.write = before;
  };
}

/** The arguments of `fitslice` in a line of a shell; undefined where it takes a shell to read the line. */
export function argumentsIn(line: string): string[] | undefined {
  if (!/^fitslice( +([\w./:@,=+[\]-]|'[^']*'|"[^"$`\\]*")+)+$/.test(line)) return undefined;
  const words = line.match(/('[^']*'|"[^"]*"|[^ '"])+/g)!;
  return words.slice(1).map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"));
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
    child.on("close", (code) => resolve(outcomeFrom(code, out, err)));
  });
}

function outcomeFrom(code: number | null, out: readonly Buffer[], err: readonly Buffer[]): Outcome {
  const stdout = Buffer.concat(out);
  const text = stdout.toString("utf8");
  const stderr = Buffer.concat(err).toString("utf8");
  return { code, stdout, stderr, text, json: <T>() => JSON.parse(text) as T };
}

/** A folder of its own under out/, inside the package. */
export function workFolder(name: string): string {
  mkdirSync("out", { recursive: true });
  return join(process.cwd(), mkdtempSync(`out/${name}-`));
}
