/**
 * Starts the faulty server in a process of its own.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bundle } from "../../scripts/run-ts.mjs";
import type { FaultyServerConfig, ServerReport } from "./faulty-server.js";

export interface FaultyServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
  report(): Promise<ServerReport>;
  close(): Promise<void>;
}

export async function startFaultyServer(config: FaultyServerConfig): Promise<FaultyServer> {
  const script = await bundle("test/soak/faulty-server.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(config)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the faulty server ended with code ${child.exitCode}`);
    return JSON.parse(value as string);
  };
  const { url } = (await next()) as { url: string };
  return {
    url,
    report: async () => {
      child.stdin.write("\n");
      return (await next()) as ServerReport;
    },
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.stdin.end();
      }),
  };
}
