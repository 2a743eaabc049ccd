/**
 * Starts the servers in a process of their own, for the demo and the benchmark.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { createInterface, type Interface } from "node:readline";
import type { ChildConfig } from "./child.js";
import type { ServedRequest } from "./range-server.js";

export type { ChildBucket, ChildConfig } from "./child.js";

export interface SpawnedServer {
  /** `http://127.0.0.1:PORT`: base of the files, or S3 endpoint. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The requests served since the last call. */
  requests(): Promise<Omit<ServedRequest, "headers">[]>;
  close(): Promise<void>;
}

/** Starts `test/servers/child.ts` with `config`; it ends with this process, or at `close()`. */
export async function spawnServer(
  config: ChildConfig,
  options: { script?: string } = {},
): Promise<SpawnedServer> {
  const script = options.script ?? (await bundle());
  const child = spawn(process.execPath, [script, JSON.stringify(config)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = lines(createInterface({ input: child.stdout! }), child);
  const { url, port } = JSON.parse(await answers.next()) as { url: string; port: number };
  if (!options.script) await rm(script);
  return {
    url,
    port,
    pid: child.pid!,
    requests: async () => {
      child.stdin!.write("\n");
      return JSON.parse(await answers.next()) as Omit<ServedRequest, "headers">[];
    },
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.stdin!.end();
      }),
  };
}

/** The child's lines, one for each call. */
function lines(from: Interface, child: ChildProcess): { next(): Promise<string> } {
  const iterator = from[Symbol.asyncIterator]();
  return {
    next: async () => {
      const line = await iterator.next();
      if (line.done) throw new Error(`the server process ended with code ${child.exitCode}`);
      return line.value as string;
    },
  };
}

let bundles = 0;

/** child.ts as one file that Node runs: beside the other caches of the repository, wherever this file was bundled to. */
async function bundle(): Promise<string> {
  const { build } = await import("esbuild");
  const { join } = await import("node:path");
  const outfile = join(
    process.cwd(),
    "node_modules",
    ".cache",
    "fitslice",
    `server-${process.pid}-${bundles++}.mjs`,
  );
  const entryPoints = [join(process.cwd(), "test", "servers", "child.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", target: "node20" });
  return outfile;
}
