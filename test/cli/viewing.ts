/** Runs `fitslice view` for the tests: each file of them has a folder and a run of its own. */
import type { ChildProcess } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { ndarray } from "../../src/array.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { fitslice, type RunOptions, start, workFolder } from "./run.js";

/** Holds m31.fits with its overview, and secret.fits, which nobody views. */
export const folder = workFolder("view");
const running: ChildProcess[] = [];
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

export interface Viewing {
  /** As it was printed. */
  readonly address: string;
  /** The address of the page, which ends in a slash. */
  readonly base: string;
  readonly child: ChildProcess;
  /** What has come on stderr. */
  told(): string;
}

/** Starts the program, and waits for the address. */
export async function view(args: readonly string[], options: RunOptions = {}): Promise<Viewing> {
  const child = start(["view", ...args], { cwd: folder, ...options });
  running.push(child);
  let stderr = "";
  const listens = new Promise<void>((resolve) =>
    child.stderr!.on("data", (text) => {
      stderr += text;
      if (stderr.includes("Ctrl-C ends")) resolve();
    }),
  );
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout!.once("data", (line: Buffer) => resolve(String(line).trim()));
    child.once("exit", () => reject(new Error(stderr)));
  });
  await listens;
  return { address, base: address.replace(/(files|#.*)$/, ""), child, told: () => stderr };
}

export interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** Sends a request as it is: fetch would mend the path and the headers. */
export function send(
  base: string,
  { path, method = "GET", headers = {} }: Sent,
): Promise<{ status: number; text: string }> {
  const { hostname, port, pathname } = new URL(base);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: path ?? pathname, method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, text }));
    })
      .on("error", reject)
      .end();
  });
}

export async function bytesAt(
  address: string,
  headers: Record<string, string> = {},
): Promise<[number, Buffer, Headers]> {
  const response = await fetch(address, { headers });
  return [response.status, Buffer.from(await response.arrayBuffer()), response.headers];
}

const shape = [1200, 1100];
/** Those of SCI in m31.fits. */
export const pixels = Float32Array.from({ length: 1200 * 1100 }, (_, i) => i % 1009);
/** The bytes of m31.fits. */
export let image: Buffer;
/** A run of `fitslice view` for all tests of a file. */
export let viewing: Viewing;

beforeAll(async () => {
  const hdus = [imageHdu(), imageHdu({ data: ndarray(pixels, shape), name: "SCI" })];
  image = Buffer.from(await fitsBytes(hdus));
  writeFileSync(join(folder, "m31.fits"), image);
  writeFileSync(join(folder, "secret.fits"), image);
  expect((await fitslice(["overview", "m31.fits", "-o", "m31.ovr.fits"], { cwd: folder })).code).toBe(0);
  viewing = await view(["m31.fits[SCI]", "--no-open"]);
});
