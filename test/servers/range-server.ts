/**
 * An HTTP server of byte ranges on loopback, with a chosen latency and throughput, and faults on demand.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { asFile, type Content, type VirtualFile } from "./content.js";
import { type Fault, type FaultOptions, failAtOnce, faultSource, loginPage } from "./faults.js";
import { type Line, line, unlimited, until } from "./shaping.js";

export { fileOnDisk, noise, seeded, sparseFile } from "./content.js";

export interface RangeServerOptions {
  /** By path, with its slash, not percent-encoded: `{ "/a.fits": bytes }`. */
  readonly files?: Readonly<Record<string, Content>> | ReadonlyMap<string, Content>;
  /** Milliseconds before the first byte of every answer. Default 0. */
  readonly latency?: number;
  /** Bytes per second of each connection. Default: no limit. */
  readonly connectionThroughput?: number;
  /** Bytes per second of all connections together. Default: no limit. */
  readonly totalThroughput?: number;
  /** Lets pages of other origins in, showing them these headers; `true` for Content-Range, ETag, Accept-Ranges. */
  readonly cors?: boolean | readonly string[];
  readonly faults?: FaultOptions;
  /** False to answer every request with the whole object. Default true. */
  readonly ranges?: boolean;
  /** 200 to send parts as if they were all there is: without Content-Range. Default 206. */
  readonly partStatus?: 200 | 206;
  /** False to send neither ETag nor Last-Modified. Default true. */
  readonly validators?: boolean;
  /** Sent with every object. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Looks at a request before anything is served: another path to serve, or an answer. */
  readonly route?: (request: IncomingMessage, path: string) => { path: string } | Reply;
  /** Answer for a path where nothing is. */
  readonly missing?: (path: string) => Reply;
  /** Default 0: any free port. */
  readonly port?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request that came. `offset` and `length` are those asked for, within the object. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly offset?: number;
  readonly length?: number;
  /** Number of its connection. */
  readonly connection: number;
  /** Milliseconds of `performance.now()`. */
  readonly start: number;
  end?: number;
  status?: number;
  /** Bytes of body that were sent. */
  sent: number;
  fault?: Fault;
}

export interface RangeServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Every request since the start, or since the array was last emptied. */
  readonly requests: ServedRequest[];
  /** The next requests meet these faults, one each, before any by chance. */
  readonly nextFaults: Fault[];
  /** Puts content at a path, with another ETag than what was there; `undefined` removes it. */
  set(path: string, content: Content | undefined): void;
  close(): Promise<void>;
}

interface Entry {
  readonly content: Content;
  readonly etag: string;
  readonly lastModified: string;
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Bytes written at a time: few enough to be paced, many enough to cost little. */
const piece = 128 * 1024;

export async function startRangeServer(options: RangeServerOptions = {}): Promise<RangeServer> {
  const entries = new Map<string, Entry>();
  const requests: ServedRequest[] = [];
  const nextFaults: Fault[] = [];
  const nextFault = faultSource(options.faults, nextFaults);
  const connections = new Map<Socket, { id: number; line: Line }>();
  const total = options.totalThroughput ? line(options.totalThroughput) : unlimited;
  let versions = 0;
  let opened = 0;

  const set = (path: string, content: Content | undefined): void => {
    versions++;
    const lastModified = new Date(Date.UTC(2024, 0, 1) + versions * 1000).toUTCString();
    if (content) entries.set(path, { content, etag: `"v${versions}"`, lastModified });
    else entries.delete(path);
  };
  const given = options.files ?? {};
  for (const [path, content] of given instanceof Map ? given : Object.entries(given)) set(path, content);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const connection = connections.get(request.socket)!;
    const asked = decodeURIComponent((request.url ?? "/").replace(/[?#].*$/s, ""));
    const route = options.route?.(request, asked) ?? { path: asked };
    const path = "path" in route ? route.path : asked;
    const entry = "status" in route ? undefined : entries.get(path);
    const file = entry && !("redirect" in entry.content) ? asFile(entry.content) : undefined;
    const range = file && options.ranges !== false ? parseRange(request.headers.range, file.size) : undefined;
    const log: ServedRequest = {
      method: request.method ?? "GET",
      path,
      headers: request.headers,
      ...(typeof range === "object" && range),
      connection: connection.id,
      start,
      sent: 0,
    };
    requests.push(log);
    response.on("close", () => {
      log.end = performance.now();
      log.status = response.statusCode;
    });
    for (const [name, value] of Object.entries(corsHeaders(options.cors))) response.setHeader(name, value);
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (options.latency) await until(start + options.latency);
    if ("status" in route) return reply(response, route);
    if (request.method !== "GET" && request.method !== "HEAD") return reply(response, { status: 405 });
    if (!entry) return reply(response, options.missing?.(path) ?? { status: 404, body: "not found" });
    if (!file) return redirect(response, entry.content as { redirect: string; status?: number });

    const fault = request.method === "GET" ? nextFault() : undefined;
    if (fault) log.fault = fault;
    if (failAtOnce(fault, response, options.faults?.retryAfter ?? 0)) return;
    response.setHeader("accept-ranges", options.ranges === false ? "none" : "bytes");
    response.setHeader("content-type", "application/octet-stream");
    if (options.validators !== false && fault !== "bare" && fault !== "page") {
      response.setHeader("etag", fault === "etag" ? '"another"' : entry.etag);
      response.setHeader("last-modified", entry.lastModified);
    }
    for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value);
    if (range === "outside") {
      return reply(response, { status: 416, headers: { "content-range": `bytes */${file.size}` } });
    }
    const part = range === undefined || fault === "200" ? { offset: 0, length: file.size } : range;
    const sent = announce(
      response,
      part,
      file.size,
      range === undefined || fault === "200" ? 200 : (options.partStatus ?? 206),
      fault,
    );
    if (request.method === "HEAD") return void response.end();
    if (fault === "page") return void response.end(loginPage);
    if (fault === "trickle") return trickle(response, file, sent, options.faults?.trickle ?? 20);
    await sendBody(response, file, sent, [connection.line, total], fault, log);
  }

  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(599);
      response.end(String(error));
    });
  });
  server.on("connection", (socket) => {
    const { connectionThroughput } = options;
    connections.set(socket, {
      id: opened++,
      line: connectionThroughput ? line(connectionThroughput) : unlimited,
    });
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => {});
  });
  const port = await listen(server, options.port ?? 0);
  return { url: `http://127.0.0.1:${port}`, port, requests, nextFaults, set, close: () => close(server) };
}

/**
 * The range that a header asks for, of an object of `size` bytes (RFC 9110, 14.1.2): undefined for no range, or one
 * that a server may ignore (another unit, malformed, several).
 */
export function parseRange(header: string | undefined, size: number): Range | "outside" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return undefined;
    const length = Math.min(Number(last), size);
    return length === 0 ? "outside" : { offset: size - length, length };
  }
  const offset = Number(first);
  if (last !== "" && Number(last) < offset) return undefined;
  if (offset >= size) return "outside";
  return { offset, length: (last === "" ? size : Math.min(Number(last) + 1, size)) - offset };
}

/** Writes the headers of a body; answers with the bytes that it is to have. */
function announce(response: ServerResponse, part: Range, size: number, status: number, fault?: Fault): Range {
  const { offset, length } = part;
  let sent = part;
  if (fault === "less") sent = { offset, length: Math.ceil(length / 2) };
  if (fault === "more") sent = { offset, length: Math.min(length + 100, size - offset) };
  if (fault === "range") sent = { offset: Math.max(0, offset - 1), length };
  if (status === 206) {
    const told = fault === "range" ? sent : fault === "shift" ? { offset: offset + 1, length } : part;
    const of = fault === "size" ? size + 1 : size;
    response.setHeader("content-range", `bytes ${told.offset}-${told.offset + told.length - 1}/${of}`);
  }
  if (fault === "page") response.setHeader("content-type", "text/html");
  if (fault !== "clean")
    response.setHeader("content-length", fault === "page" ? loginPage.length : sent.length);
  response.writeHead(status);
  return sent;
}

async function sendBody(
  response: ServerResponse,
  file: VirtualFile,
  { offset, length }: Range,
  lines: readonly Line[],
  fault: Fault | undefined,
  log: ServedRequest,
): Promise<void> {
  const broken = fault === "reset" || fault === "short" || fault === "stall" || fault === "clean";
  const end = broken ? offset + Math.floor(length / 2) : offset + length;
  response.flushHeaders();
  for (let at = offset; at < end && !response.destroyed; at += piece) {
    const bytes = await file.read(at, Math.min(piece, end - at));
    await until(Math.max(...lines.map((line) => line.send(bytes.length))));
    log.sent += bytes.length;
    if (!response.write(bytes)) await drained(response);
  }
  if (fault === "stall") return;
  if (fault === "reset") response.socket?.resetAndDestroy();
  else if (fault === "short") response.socket?.end();
  else response.end();
}

/** Sends a byte now and then, for as long as anybody waits. */
async function trickle(
  response: ServerResponse,
  file: VirtualFile,
  { offset, length }: Range,
  milliseconds: number,
): Promise<void> {
  for (let at = offset; at < offset + length && !response.destroyed; at++) {
    response.write(await file.read(at, 1));
    await until(performance.now() + milliseconds);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.on("drain", go);
    response.on("close", go);
    if (response.destroyed) go();
  });
}

function reply(response: ServerResponse, { status, headers = {}, body = "" }: Reply): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers }).end(body);
}

function redirect(
  response: ServerResponse,
  { redirect, status = 302 }: { redirect: string; status?: number },
): void {
  reply(response, { status, headers: { location: redirect }, body: "elsewhere" });
}

function corsHeaders(cors: boolean | readonly string[] | undefined): Record<string, string> {
  if (!cors) return {};
  const exposed = cors === true ? ["Content-Range", "ETag", "Accept-Ranges"] : cors;
  return {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*, Authorization",
    "access-control-allow-methods": "GET, HEAD",
    ...(exposed.length > 0 && { "access-control-expose-headers": exposed.join(", ") }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
