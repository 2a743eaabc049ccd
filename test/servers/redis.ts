/**
 * A Redis of the tests, where redis-server is installed.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { freePort } from "./free-port.js";

export const hasRedis: boolean = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no redis-server here");

export interface Redis {
  readonly port: number;
  /** The address, with its password. */
  readonly url: string;
  /** The answer of redis-cli; empty while nobody answers. */
  ask(...command: string[]): string;
  stop(): Promise<void>;
}

/** Starts one that keeps nothing on the disk. */
export async function startRedis(cwd: string, password: string): Promise<Redis> {
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", password];
  const server: ChildProcess = spawn("redis-server", settings, { cwd, stdio: "ignore" });
  const ask = (...command: string[]): string => {
    const args = ["-p", String(port), "-a", password, "--no-auth-warning", ...command];
    return spawnSync("redis-cli", args, { encoding: "utf8" }).stdout;
  };
  while (!ask("ping").includes("PONG")) await new Promise((go) => setTimeout(go, 50));
  return {
    port,
    url: `redis://:${password}@127.0.0.1:${port}`,
    ask,
    async stop() {
      const ended = new Promise((done) => server.once("exit", done));
      server.kill();
      await ended;
    },
  };
}
