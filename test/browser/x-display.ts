/** An X server without a screen: on one Firefox draws WebGL2 by software; headless it does not. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

export interface XDisplay {
  /** For the variable DISPLAY. */
  readonly name: string;
  close(): void;
}

const xvfb = "/usr/bin/Xvfb";
const args = ["-displayfd", "3", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"];

/** The display ends with this process, or at `close()`. `undefined` where there is no Xvfb. */
export async function startXDisplay(): Promise<XDisplay | undefined> {
  if (!existsSync(xvfb)) return undefined;
  const server = spawn(xvfb, args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const close = (): void => void server.kill();
  process.once("exit", close);
  server.once("exit", () => process.off("exit", close));
  // Xvfb tells the number that it has chosen once it takes clients.
  for await (const line of createInterface({ input: server.stdio[3] as NodeJS.ReadableStream }))
    return { name: `:${line}`, close };
  throw new Error(`${xvfb} ended with code ${server.exitCode}`);
}
