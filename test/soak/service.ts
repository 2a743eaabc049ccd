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
import { gzipSync } from "node:zlib";
import { exampleFile } from "../fixtures/example.js";
import type { SoakOptions, SoakResult, Violation } from "./report.js";

/** Most megabytes of the server's process. */
const mostMemory = 512;
/** Milliseconds after which an answer hangs. */
const limit = 90_000;
/** Hostile requests at a time. */
const atOnce = 16;

const good = "cutout?id=hst.fits&ra=150.421375&dec=2.422383&size=64pix";

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
  const before = Buffer.from(await (await fetch(url + good)).arrayBuffer());
  const slow: Socket[] = [];
  const statuses = new Map<string, number>();
  let [goods, highest, at] = [0, 0, 0];
  const worker = async (): Promise<void> => {
    while (at < count) {
      const i = at++;
      const make = makers[Math.floor(random() * makers.length)]!;
      const { path, form, raw } = make(random);
      const shown = raw ? `a raw request (${raw.length} bytes)` : path.slice(0, 200);
      try {
        if (raw) slow.push(rawRequest(url, raw));
        else {
          const response = await fetch(url + path, {
            ...(form && { method: "POST", body: form }),
            signal: AbortSignal.timeout(limit),
          });
          const text = await response.text();
          statuses.set(String(response.status), (statuses.get(String(response.status)) ?? 0) + 1);
          // Headers that are too long are refused before anybody reads them.
          const isRefused =
            response.status === 431 || (response.status >= 400 && /^[^\n]{1,2000}\n$/.test(text));
          if (!isRefused && response.status !== 204)
            violations.push({ kind: "wrong", text: `${shown}: ${response.status}` });
          if (text.includes(folder) && !path.includes(encodeURIComponent(folder)))
            violations.push({ kind: "leak", text: `${shown}: ${text}` });
          if (response.status === 500 && text.includes("unexpected"))
            violations.push({ kind: "untyped", text: shown });
        }
      } catch (error) {
        violations.push({ kind: "hang", text: `${shown}: ${String(error)}` });
      }
      if (slow.length > 200) for (const socket of slow.splice(0, 100)) socket.destroy();
      if (i % 25 !== 0) continue;
      const next = await fetch(url + good, { signal: AbortSignal.timeout(limit) });
      goods++;
      if (!Buffer.from(await next.arrayBuffer()).equals(before))
        violations.push({ kind: "wrong", text: "a good request after these" });
      const megabytes = memoryOf(child);
      highest = Math.max(highest, megabytes);
      if (megabytes > mostMemory) violations.push({ kind: "memory", text: `${megabytes} MB` });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  for (const socket of slow) socket.destroy();
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
    numbers: { "hostile requests": count, "good ones between": goods, "MB at most": highest, answers },
    violations,
  };
}

interface Hostile {
  readonly path: string;
  readonly form?: URLSearchParams;
  /** Bytes of a request as no client would send it; the connection is left open, and not read. */
  readonly raw?: string;
}

type Random = () => number;

interface Places {
  readonly folder: string;
  readonly upstream: string;
  readonly inner: string;
  readonly named: string;
}

function hostile({ folder, upstream, inner, named }: Places): ((random: Random) => Hostile)[] {
  const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const place = "ra=150.421375&dec=2.422383&size=8pix";
  const outside = [
    "../secret.fits",
    "..\\secret.fits",
    `${folder}/secret.fits`,
    `file://${folder}/secret.fits`,
    "link.fits",
  ];
  const odd = [
    "hst.fits/../../secret.fits",
    "hst.fits\0",
    "./hst.fits",
    "//hst.fits",
    "%2e%2e/secret.fits",
    "x".repeat(5000),
  ];
  const addresses = [
    ...[
      `${inner}/secret.fits`,
      "http://169.254.169.254/latest/meta-data",
      "s3://bucket/a.fits",
      "data:,SIMPLE",
      "http://[::1]/a.fits",
    ],
    ...[
      `${upstream}/ok/away.fits`,
      `${upstream}/ok/meta.fits`,
      `${upstream}/ok/up.fits`,
      `${upstream}/ok/loop.fits`,
    ],
    ...[`${upstream}/ok/../secret.fits`, `${upstream}/ok/%2e%2e/secret.fits`, `${named}/ok/a.fits`],
    `${upstream.replace("://", "://user:pw@")}/ok/a.fits`,
  ];
  const numbers = ["1e999", "-1", "NaN", "0x10", "1e308", "1e", "'", "<script>", "9".repeat(400), "Infinity"];
  const id = (text: string): string => encodeURIComponent(text);
  return [
    (random) => ({ path: `cutout?id=${id(pick(random, [...outside, ...odd]))}&${place}` }),
    (random) => ({ path: `file/${id(pick(random, [...outside, ...odd]))}` }),
    (random) => ({ path: `zarr/${id(pick(random, [...outside, ...odd]))}/zarr.json` }),
    (random) => ({ path: `view/${id(pick(random, outside))}` }),
    (random) => ({ path: `cutout?id=${id(pick(random, addresses))}&${place}` }),
    (random) => ({ path: `file/${id(pick(random, addresses))}` }),
    (random) => ({
      path: `soda/sync?ID=hst.fits&CIRCLE=${id(`${pick(random, numbers)} ${pick(random, numbers)} 1`)}`,
    }),
    (random) => ({
      path: `soda/sync?ID=hst.fits&POLYGON=${id(Array(1000).fill(pick(random, numbers)).join(" "))}`,
    }),
    (random) => ({ path: `cutout?id=hst.fits&ra=150&dec=2&size=${id(pick(random, numbers))}pix` }),
    (random) => ({
      path: `section?id=${pick(random, ["huge.fits", "tiles.fits", "long.fits.gz"])}&section=${pick(random, [":", "-2:,-2:", "0:99999999999999"])}`,
    }),
    (random) => ({
      path: `soda/sync?ID=${pick(random, ["huge.fits", "tiles.fits", "long.fits.gz"])}&POS=RANGE%200%20360%20-90%2090`,
    }),
    (random) => ({
      path: `table?id=hst.fits&hdu=CATALOG&where=${id(`${"(".repeat(2000)}mag${pick(random, numbers)}`)}`,
    }),
    (random) => ({
      path: pick(random, [
        "%ff",
        "soda/%zz",
        "__proto__",
        "cutout/a/b",
        "soda/async/../../x",
        "soda/async/none",
      ]),
    }),
    () => ({ path: "soda/sync", form: new URLSearchParams({ ID: "x".repeat(100_000) }) }),
    () => ({
      path: "",
      raw: `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 3000 }, (_, i) => `X-${i}: ${"y".repeat(20)}\r\n`).join("")}\r\n`,
    }),
    () => ({ path: "", raw: "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " }),
    () => ({
      path: "",
      raw: "POST /soda/sync HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nID=",
    }),
    () => ({ path: "", raw: "GET /section?id=hst.fits HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20) }),
  ];
}

/** Files of a few bytes that claim to be large: pixels, one tile of all pixels, and zeros compressed a thousandfold. */
function bombs(): Record<string, Uint8Array> {
  const header = (cards: Readonly<Record<string, string | number | true>>): Buffer => {
    const lines = Object.entries(cards).map(([keyword, value]) => {
      const shown = value === true ? "T" : typeof value === "string" ? `'${value.padEnd(8)}'` : String(value);
      return `${keyword.padEnd(8)}= ${typeof value === "string" ? shown.padEnd(20) : shown.padStart(20)}`.padEnd(
        80,
      );
    });
    const text = `${lines.join("")}${"END".padEnd(80)}`;
    return Buffer.from(text.padEnd(Math.ceil(text.length / 2880) * 2880));
  };
  const huge = header({ SIMPLE: true, BITPIX: -32, NAXIS: 2, NAXIS1: 2_000_000_000, NAXIS2: 2_000_000_000 });
  const table = header({
    ...{ XTENSION: "BINTABLE", BITPIX: 8, NAXIS: 2, NAXIS1: 8, NAXIS2: 1, PCOUNT: 16, GCOUNT: 1, TFIELDS: 1 },
    ...{
      TTYPE1: "COMPRESSED_DATA",
      TFORM1: "1PB(16)",
      ZIMAGE: true,
      ZBITPIX: 16,
      ZNAXIS: 2,
      ZNAXIS1: 7000,
      ZNAXIS2: 7000,
    },
    ...{ ZTILE1: 7000, ZTILE2: 7000, ZCMPTYPE: "GZIP_1" },
  });
  const data = Buffer.alloc(2880);
  data.writeInt32BE(16, 0);
  const primary = header({ SIMPLE: true, BITPIX: 8, NAXIS: 0 });
  const long = header({ SIMPLE: true, BITPIX: -32, NAXIS: 2, NAXIS1: 14_000, NAXIS2: 14_000 });
  return {
    "huge.fits": Buffer.concat([huge, Buffer.alloc(2880)]),
    "tiles.fits": Buffer.concat([primary, table, data]),
    "long.fits.gz": gzipSync(Buffer.concat([long, Buffer.alloc(100 << 20)])),
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

function rawRequest(url: string, text: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined).pause();
  socket.write(text);
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
