/**
 * An HTTP server of byte ranges that answers wrongly on purpose, in a process of its own. All that it sends wrongly can
 * be told from a right answer by its status, its headers or its length: a reader has no excuse for a wrong pixel.
 *
 * argv[2] is a JSON of FaultyServerConfig. Prints one line of JSON, `{ "url" }`; answers each line on standard input with
 * one line of JSON, a ServerReport; ends when standard input does.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { fileOnDisk, seeded, type VirtualFile } from "../servers/content.js";
import { parseRange } from "../servers/range-server.js";

export interface FaultyServerConfig {
  /** Paths on disk by path of the URL, with its slash. */
  readonly files: Readonly<Record<string, string>>;
  /** Share of requests that meet a fault, 0 to 1. */
  readonly rate: number;
  readonly seed: number;
  /** Default: all. */
  readonly kinds?: readonly string[] | undefined;
  /** Milliseconds before an answer. Default 0. */
  readonly latency?: number;
}

export interface ServerReport {
  /** Requests so far, and those that are not over. */
  readonly requests: number;
  readonly active: number;
  readonly connections: number;
  /** How often each fault was met. */
  readonly faults: Readonly<Record<string, number>>;
}

/** One request, and the right answer to it. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly status: 200 | 206;
  readonly offset: number;
  readonly size: number;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly random: () => number;
}

type Headers = Readonly<Record<string, string | number>>;

const page = Buffer.from(
  "<!doctype html><title>Please log in</title><p>Your session has expired.</p>\n".repeat(3),
);
const lastModified = new Date(Date.UTC(2026, 0, 1)).toUTCString();

const contentRange = ({ offset, bytes, size }: Asked): string =>
  `bytes ${offset}-${offset + bytes.length - 1}/${size}`;

/** The headers of the right answer, without its length. */
function headersOf(asked: Asked): Record<string, string | number> {
  return {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    etag: asked.etag,
    "last-modified": lastModified,
    ...(asked.status === 206 && { "content-range": contentRange(asked) }),
  };
}

/** The value of a header that is not sent. */
const leftOut = "";

/** The right answer, but for `headers`, `body` and `status`. */
function answer(
  asked: Asked,
  headers: Headers = {},
  body: Buffer = asked.bytes,
  status: number = asked.status,
): void {
  const all: Headers = { ...headersOf(asked), "content-length": body.length, ...headers };
  const sent = Object.entries(all).filter(([, value]) => value !== leftOut);
  asked.response.writeHead(status, Object.fromEntries(sent)).end(body);
}

function refuse({ response }: Asked, status: number, headers: Headers = {}, body: Buffer = page): void {
  response
    .writeHead(status, { "content-type": "text/html", "content-length": body.length, ...headers })
    .end(body);
}

/** Bytes as they stand on the wire: the answer's head with these headers, then the body. */
function wire(asked: Asked, headers: Headers, body: Buffer = asked.bytes, version = "1.1"): Buffer {
  const lines = Object.entries({ ...headersOf(asked), ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const reason = asked.status === 206 ? "Partial Content" : "OK";
  return Buffer.concat([
    Buffer.from(`HTTP/${version} ${asked.status} ${reason}\r\n${lines.join("")}\r\n`, "latin1"),
    body,
  ]);
}

/** Sends bytes past the HTTP server, and ends the connection: in good order, or by a reset. */
function raw({ response }: Asked, bytes: Buffer, end: "fin" | "reset" | "open"): void {
  const { socket } = response;
  if (!socket) return;
  socket.write(bytes, () => {
    // A reset at once might overtake the bytes.
    if (end === "reset") setTimeout(() => socket.resetAndDestroy(), 2);
  });
  if (end === "fin") socket.end();
}

const some = ({ bytes, random }: Asked): Buffer => bytes.subarray(0, Math.floor(random() * bytes.length));
const full = (asked: Asked): Headers => ({ "content-length": asked.bytes.length });

/** What can go wrong: each kind answers one request. */
const kinds = {
  "status 500": (asked: Asked) => refuse(asked, 500),
  "status 502": (asked: Asked) => refuse(asked, 502),
  "status 503, Retry-After 0": (asked: Asked) => refuse(asked, 503, { "retry-after": 0 }),
  "status 504": (asked: Asked) => refuse(asked, 504),
  "status 408": (asked: Asked) => refuse(asked, 408, { connection: "close" }),
  "status 429, Retry-After 0": (asked: Asked) => refuse(asked, 429, { "retry-after": 0 }),
  "status 429, Retry-After a date": (asked: Asked) =>
    refuse(asked, 429, { "retry-after": new Date().toUTCString() }),
  "status 403": (asked: Asked) => refuse(asked, 403),
  "status 404": (asked: Asked) => refuse(asked, 404),
  "status 204": ({ response }: Asked) => void response.writeHead(204).end(),
  "status 416, without a size": (asked: Asked) => refuse(asked, 416),
  "status 416, with the size": (asked: Asked) =>
    refuse(asked, 416, { "content-range": `bytes */${asked.size}` }),
  // At the beginning this would be an empty file, told as it is.
  "status 416, with size 0": (asked: Asked) =>
    refuse(asked, 416, asked.offset > 0 ? { "content-range": "bytes */0" } : {}),
  "reset before an answer": ({ response }: Asked) => void response.socket?.resetAndDestroy(),
  "end before an answer": ({ response }: Asked) => void response.socket?.end(),
  "no HTTP": (asked: Asked) => raw(asked, Buffer.from("\u0000\u0001 nothing of HTTP\r\n\r\n"), "fin"),
  "headers cut short": (asked: Asked) => {
    const head = wire(asked, full(asked), Buffer.alloc(0));
    raw(asked, head.subarray(0, Math.floor(asked.random() * head.length)), "fin");
  },
  "reset within the headers": (asked: Asked) => {
    const head = wire(asked, full(asked), Buffer.alloc(0));
    raw(asked, head.subarray(0, Math.floor(asked.random() * head.length)), "reset");
  },
  "headers of 100 kB": (asked: Asked) =>
    raw(asked, wire(asked, { ...full(asked), "x-long": "x".repeat(1e5) }), "fin"),
  "reset after the headers": (asked: Asked) => raw(asked, wire(asked, full(asked), Buffer.alloc(0)), "reset"),
  "reset within the body": (asked: Asked) => raw(asked, wire(asked, full(asked), some(asked)), "reset"),
  "reset before the last byte": (asked: Asked) =>
    raw(asked, wire(asked, full(asked), asked.bytes.subarray(0, -1)), "reset"),
  "end within the body": (asked: Asked) => raw(asked, wire(asked, full(asked), some(asked)), "fin"),
  "a short body, and its own length": (asked: Asked) => answer(asked, {}, some(asked)),
  "a short body in chunks, ended in good order": (asked: Asked) =>
    answer(asked, { "content-length": leftOut }, some(asked)),
  "a short body without a length, HTTP/1.0": (asked: Asked) =>
    raw(asked, wire(asked, {}, some(asked), "1.0"), "fin"),
  "a body without a length, HTTP/1.0": (asked: Asked) =>
    raw(asked, wire(asked, {}, asked.bytes, "1.0"), "fin"),
  "an empty body": (asked: Asked) => answer(asked, {}, Buffer.alloc(0)),
  "a chunk sent twice": (asked: Asked) => {
    const { response, bytes, status } = asked;
    response.writeHead(status, headersOf(asked));
    response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    response.end(bytes);
  },
  "a body that is too long": (asked: Asked) => answer(asked, {}, Buffer.concat([asked.bytes, page])),
  "bytes behind the body": (asked: Asked) =>
    raw(asked, Buffer.concat([wire(asked, full(asked)), page]), "open"),
  "two lengths": (asked: Asked) =>
    raw(
      asked,
      wire(asked, { "content-length": asked.bytes.length, "Content-Length": asked.bytes.length + 7 }),
      "fin",
    ),
  "another range, told as it is": (asked: Asked) =>
    answer(asked, { "content-range": contentRange({ ...asked, offset: asked.offset + 1 }) }),
  "another range, far away": (asked: Asked) =>
    answer(asked, { "content-range": contentRange({ ...asked, offset: asked.size + 2880 }) }),
  "no Content-Range": (asked: Asked) => answer(asked, { "content-range": leftOut }),
  "a Content-Range that is none": (asked: Asked) => answer(asked, { "content-range": "bytes some/of-it" }),
  "a Content-Range that ends earlier": (asked: Asked) => {
    const bytes = asked.bytes.subarray(0, Math.ceil(asked.bytes.length / 2));
    answer(asked, { "content-range": contentRange({ ...asked, bytes }) }, bytes);
  },
  "a Content-Range of another size": (asked: Asked) =>
    answer(asked, { "content-range": contentRange({ ...asked, size: asked.size + 2880 }) }),
  "an HTML page, status 200": (asked: Asked) => refuse(asked, 200),
  "an HTML page, status 206, the right Content-Range": (asked: Asked) =>
    refuse(asked, 206, { "content-range": contentRange(asked), etag: asked.etag }),
  "an HTML page in chunks, status 206, the right Content-Range": (asked: Asked) => {
    asked.response.writeHead(206, { ...headersOf(asked), "content-type": "text/html" });
    asked.response.end(page);
  },
  "another ETag": (asked: Asked) => answer(asked, { etag: '"another"' }),
  "no ETag, no Last-Modified": (asked: Asked) => answer(asked, { etag: leftOut, "last-modified": leftOut }),
  "a weak ETag": (asked: Asked) => answer(asked, { etag: `W/${asked.etag}` }),
  "another Last-Modified": (asked: Asked) => answer(asked, { "last-modified": new Date(0).toUTCString() }),
  "a redirect to itself, once": (asked: Asked) => redirect(asked, `${pathOf(asked.request)}?again`, 302),
  "a redirect for ever": (asked: Asked) => redirect(asked, "/loop", 307),
  "a redirect to a page that is not there": (asked: Asked) => redirect(asked, "/none", 302),
  "a redirect to nowhere": (asked: Asked) => redirect(asked, "http://[", 302),
  "gzip that nobody asked for": (asked: Asked) =>
    answer(asked, { "content-encoding": "gzip" }, gzipSync(asked.bytes)),
  "gzip that is cut short": (asked: Asked) => {
    const packed = gzipSync(asked.bytes);
    answer(asked, { "content-encoding": "gzip" }, packed.subarray(0, Math.floor(packed.length / 2)));
  },
  "an encoding that nobody knows": (asked: Asked) => answer(asked, { "content-encoding": "rot13" }),
  "multipart/byteranges": (asked: Asked) => {
    const head = `--b\r\nContent-Type: application/fits\r\nContent-Range: ${contentRange(asked)}\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), asked.bytes, Buffer.from("\r\n--b--\r\n")]);
    answer(
      asked,
      { "content-type": "multipart/byteranges; boundary=b", "content-range": leftOut },
      body,
      206,
    );
  },
  "the whole object": (asked: Asked) => asked.response.writeHead(599).end(),
  "early hints first": (asked: Asked) => {
    asked.response.writeEarlyHints({ link: "</a.css>; rel=preload" });
    answer(asked);
  },
  "no answer": () => {},
  "silence within the body": (asked: Asked) => raw(asked, wire(asked, full(asked), some(asked)), "open"),
  "one byte at a time, then all": (asked: Asked) => {
    const { response, bytes, status } = asked;
    response.writeHead(status, { ...headersOf(asked), ...full(asked) });
    let at = 0;
    const timer = setInterval(() => {
      if (at === 20 || at >= bytes.length || response.destroyed) {
        clearInterval(timer);
        response.end(bytes.subarray(at));
      } else response.write(bytes.subarray(at, ++at));
    }, 5);
  },
} as const satisfies Record<string, (asked: Asked) => void>;

export type FaultKind = keyof typeof kinds;

const allKinds = Object.keys(kinds) as readonly FaultKind[];

function redirect({ response }: Asked, location: string, status: number): void {
  response.writeHead(status, { location, "content-length": 0 }).end();
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").replace(/[?#].*$/s, "");
}

async function serve(config: FaultyServerConfig): Promise<void> {
  const random = seeded(config.seed);
  const chosen = allKinds.filter((kind) => config.kinds?.includes(kind) ?? true);
  if (chosen.length === 0) throw new Error(`no such fault; there are:\n${allKinds.join("\n")}`);
  const files = new Map<string, VirtualFile>();
  for (const [path, name] of Object.entries(config.files)) files.set(path, fileOnDisk(name));
  const faults: Record<string, number> = {};
  let requests = 0;
  let active = 0;
  let connections = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests++;
    active++;
    response.on("close", () => active--);
    const path = pathOf(request);
    if (config.latency) await new Promise((resolve) => setTimeout(resolve, config.latency));
    if (path === "/loop")
      return void response.writeHead(307, { location: "/loop", "content-length": 0 }).end();
    const file = files.get(path);
    if (!file) return void response.writeHead(404, { "content-length": 0 }).end();
    const range = parseRange(request.headers.range, file.size);
    if (range === "outside") {
      const headers = { "content-range": `bytes */${file.size}`, etag: `"${path}"` };
      return void response.writeHead(416, headers).end();
    }
    const { offset, length } = range ?? { offset: 0, length: file.size };
    const read = async (at: number, n: number): Promise<Buffer> => Buffer.from(await file.read(at, n));
    const bytes = request.method === "HEAD" ? Buffer.alloc(0) : await read(offset, length);
    const status = range ? 206 : 200;
    const asked: Asked = {
      request,
      response,
      status,
      offset,
      size: file.size,
      bytes,
      etag: `"${path}"`,
      random,
    };
    const again = request.url?.endsWith("?again");
    if (request.method === "HEAD") return answer(asked, { "content-length": length });
    if (again || random() >= config.rate) return answer(asked);
    const kind = chosen[Math.floor(random() * chosen.length)]!;
    faults[kind] = (faults[kind] ?? 0) + 1;
    if (kind !== "the whole object") return kinds[kind](asked);
    answer({ ...asked, status: 200, offset: 0, bytes: await read(0, file.size) });
  }

  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(599);
      response.end(String(error));
    });
  });
  server.on("connection", (socket) => {
    connections++;
    socket.on("close", () => connections--);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  for await (const _ of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify({ requests, active, connections, faults } satisfies ServerReport));
  }
  process.exit(0);
}

await serve(JSON.parse(process.argv[2] ?? "{}") as FaultyServerConfig);
