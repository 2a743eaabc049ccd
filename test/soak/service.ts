/**
 * Hostile requests to `fitslice serve`: paths that lead out, addresses of other hosts, by ID, redirect and DNS, absurd shapes, files that
 * claim more than they are, slow readers, floods of headers. Each is refused in a line; between them the next good request is served.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { exampleFile } from "../fixtures/example.js";
import { newClient } from "./ask.js";
import { bombs, good, hostile, type Random } from "./hostile.js";
import type { SoakOptions, SoakResult, Violation } from "./report.js";

/** Most megabytes of the server's process. */
const mostMemory = 512;
/** Milliseconds after which an answer hangs. */
const limit = 90_000;
/** Hostile requests at a time. */
const atOnce = 16;

export async function soakService({ count, seed, folder }: SoakOptions): Promise<SoakResult> {
  const violations: Violation[] = [];
  const secret = await exampleFile();
  const root = join(folder, "root");
  mkdirSync(root);
  writeFileSync(join(folder, "secret.fits"), secret);
  writeFileSync(join(root, "hst.fits"), secret);
  symlinkSync(join(folder, "secret.fits"), join(root, "link.fits"));
  for (const [name, bytes] of Object.entries(bombs())) writeFileSync(join(root, name), bytes);
  const inner = await listen((_, response) => response.end(secret));
  const upstream = await listen((request, response) => {
    if (request.url === "/ok/away.fits")
      response.writeHead(302, { location: `${inner.url}/secret.fits` }).end();
    else if (request.url === "/ok/meta.fits")
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end();
    else if (request.url === "/ok/up.fits") response.writeHead(302, { location: "/secret.fits" }).end();
    else if (request.url === "/ok/loop.fits") response.writeHead(302, { location: "/ok/loop.fits" }).end();
    else response.writeHead(404).end();
  });
  const named = `http://${hostname()}:${new URL(upstream.url).port}`;
  const { child, url } = await served(root, [`${upstream.url}/ok/`, `${named}/ok/`]);
  const random = generator(seed);
  const makers = hostile({ folder, upstream: upstream.url, inner: inner.url, named });
  const client = newClient(limit);
  const { body: before } = await client.ask(url + good);
  const slow: Socket[] = [];
  const statuses = new Map<number, number>();
  let [goods, highest, at] = [0, 0, 0];
  const worker = async (): Promise<void> => {
    while (at < count) {
      const i = at++;
      const make = makers[Math.floor(random() * makers.length)]!;
      const { path, form, raw, flood, isServed, ...how } = make(random);
      const shown = raw ? `a raw request (${raw.length} bytes)` : path.slice(0, 200);
      try {
        if (raw) slow.push(rawRequest(url, raw, flood));
        else {
          const { status, body } = await client.ask(url + path, { form, ...how });
          const text = body.toString();
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          // Headers that are too long, and methods that are none, are refused before anybody reads them.
          const isUnread = status === 431 || (status === 400 && (how.method ?? "").length > 100);
          const isRefused = isUnread || (status >= 400 && /^[^\n]{1,2000}\n$/.test(text));
          if (!isRefused && status !== 204 && !(isServed && status < 500))
            violations.push({ kind: "wrong", text: `${shown}: ${status}` });
          if (text.includes(folder) && !path.includes(encodeURIComponent(folder)))
            violations.push({ kind: "leak", text: `${shown}: ${text}` });
          if (status === 500 && text.includes("unexpected"))
            violations.push({ kind: "untyped", text: shown });
        }
      } catch (error) {
        violations.push({ kind: "hang", text: `${shown}: ${String(error)}` });
      }
      if (slow.length > 200) for (const socket of slow.splice(0, 100)) socket.destroy();
      if (i % 25 !== 0) continue;
      const next = await client.ask(url + good);
      goods++;
      if (!next.body.equals(before)) violations.push({ kind: "wrong", text: "a good request after these" });
      const megabytes = memoryOf(child);
      highest = Math.max(highest, megabytes);
      if (megabytes > mostMemory) violations.push({ kind: "memory", text: `${megabytes} MB` });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  for (const socket of slow) socket.destroy();
  client.close();
  if (inner.requests() > 0)
    violations.push({ kind: "leak", text: `${inner.requests()} requests to another server` });
  if (child.exitCode !== null) violations.push({ kind: "unhandled", text: "the server has ended" });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const code = await ended;
  if (code !== 0) violations.push({ kind: "unhandled", text: `the server ended with ${code}` });
  upstream.close();
  inner.close();
  const answers = [...statuses]
    .sort()
    .map(([status, n]) => `${n} x ${status}`)
    .join(" ");
  return {
    numbers: {
      "hostile requests": count,
      "good ones between": goods,
      "MB at most": highest,
      "sent again": client.repeated,
      answers,
    },
    violations,
  };
}

async function served(
  root: string,
  allowed: readonly string[],
): Promise<{ child: ChildProcess; url: string }> {
  const args = [
    "dist/cli/main.js",
    "serve",
    root,
    "--port",
    "0",
    "--jobs",
    "4",
    ...allowed.flatMap((prefix) => ["--allow", prefix]),
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const url = await new Promise<string>((resolve) =>
    child.stdout!.once("data", (line: Buffer) => resolve(String(line).trim())),
  );
  return { child, url };
}

function rawRequest(url: string, text: string, flood = 0): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined).pause();
  socket.write(text, "latin1");
  let left = flood;
  const piece = Buffer.alloc(1 << 20, "x");
  const pump = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= piece.length;
      if (!socket.write(piece)) break;
    }
  };
  socket.on("drain", pump);
  pump();
  return socket;
}

async function listen(
  answer: Parameters<typeof createServer>[1] & object,
): Promise<{ readonly url: string; readonly requests: () => number; close(): void }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    (answer as (request: unknown, response: unknown) => void)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Megabytes of the process, 0 where the system does not tell. */
function memoryOf({ pid }: ChildProcess): number {
  try {
    return Math.round(
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024,
    );
  } catch {
    return 0;
  }
}

function generator(seed: number): Random {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}
