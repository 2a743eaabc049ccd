/**
 * Requests over HTTP/2 (RFC 9113) in Node: one connection to an origin, on which each request is a stream. Loaded where somebody
 * asks for HTTP/2.
 */
import type { RequestOptions } from "node:http";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  connect as speakHttp2,
} from "node:http2";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { onAbort } from "../abort.js";
import { orUntrusted } from "./node-certificate.js";
import type { TransportResponse } from "./types.js";

/** So many streams at a time: a server should let in 100 (RFC 9113, 6.5.2), and more are of no use. */
const mostStreams = 100;
/** Bytes that may be on their way, of a stream and of a connection. By Node's own 64 KiB each 64 KiB would cost a round trip. */
const streamWindow = 16 * 2 ** 20;
const connectionWindow = 64 * 2 ** 20;
/** Milliseconds without a byte after which a connection takes no more requests. */
const idleTime = 60_000;
/** How often a request that the server has not begun with is sent again at once. */
const mostAnew = 3;
/** Origins that are remembered. */
const mostOrigins = 1000;

/** A connection that speaks HTTP/2. */
interface Line {
  readonly session: ClientHttp2Session;
  /** Requests under way. */
  open: number;
  /** The server has answered. */
  served: boolean;
}

/** The way to an origin. */
interface Way {
  /** Undefined where the server does not speak HTTP/2. */
  readonly coming: Promise<Line | undefined>;
  /** Once it has come. */
  line: Line | undefined;
  isOld: boolean;
  readonly socket: TLSSocket;
  /** Requests that wait for the connection. */
  waiting: number;
}

const ways = new Map<string, Way>();

/** The server has not begun with the request, which may go out again. */
class NotBegun extends Error {}

/** How many requests at a time are of use; undefined where the server does not speak HTTP/2. */
export function streamsTo(url: string): number | undefined {
  const { line, isOld = false } = ways.get(new URL(url).origin) ?? {};
  if (isOld) return undefined;
  return Math.min(mostStreams, line?.session.remoteSettings?.maxConcurrentStreams ?? mostStreams);
}

/** The answer to a GET; undefined where the server does not speak HTTP/2, and nothing was asked. */
export async function overStream(
  url: string,
  address: RequestOptions,
  signal: AbortSignal,
): Promise<TransportResponse | undefined> {
  for (let anew = 0; ; anew++) {
    const line = await lineTo(new URL(url), signal);
    if (!line) return undefined;
    try {
      return await exchange(line, url, address, signal);
    } catch (error) {
      if (!(error instanceof NotBegun)) throw error;
      if (anew === mostAnew || signal.aborted) throw error.cause;
    }
  }
}

/** The connection to an origin, which all its requests share. */
async function lineTo(url: URL, signal: AbortSignal): Promise<Line | undefined> {
  const way = ways.get(url.origin) ?? newWay(url);
  way.waiting++;
  // A server that never answers holds nobody but those who wait.
  const forget = onAbort(signal, () => {
    if (--way.waiting === 0 && !way.line) way.socket.destroy();
  });
  try {
    const line = await way.coming;
    if (!signal.aborted) way.waiting--;
    return line;
  } finally {
    forget();
  }
}

function newWay(url: URL): Way {
  const { origin, host, hostname, port } = url;
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  const socket = connect({
    ...{ host: name, port: Number(port || 443), ALPNProtocols: ["h2", "http/1.1"] },
    ...(!isIP(name) && { servername: name }),
  });
  const forget = (): void => {
    if (ways.get(origin) === way) ways.delete(origin);
  };
  const coming = new Promise<Line | undefined>((resolve, reject) => {
    const failed = (error: unknown): void => {
      forget();
      reject(orUntrusted(error, host));
    };
    socket.once("error", failed);
    socket.once("close", () => {
      if (!way.isOld) failed(new Error("the connection was closed"));
    });
    socket.once("secureConnect", () => {
      way.isOld = socket.alpnProtocol !== "h2";
      way.line = way.isOld ? undefined : lineOver(socket, origin, forget);
      resolve(way.line);
      if (way.isOld) socket.destroy();
    });
  });
  coming.catch(() => {}); // who waits is told
  const way: Way = { coming, socket, line: undefined, isOld: false, waiting: 0 };
  ways.set(origin, way);
  for (const oldest of ways.keys()) {
    if (ways.size <= mostOrigins) break;
    ways.delete(oldest);
  }
  return way;
}

/** Speaks HTTP/2 over a socket; `forget` is called when it takes no more requests. */
function lineOver(socket: TLSSocket, origin: string, forget: () => void): Line {
  const session = speakHttp2(origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: streamWindow },
  });
  session.once("connect", () => session.setLocalWindowSize(connectionWindow));
  session.on("error", () => {}); // its streams tell
  session.once("goaway", forget);
  session.once("close", forget);
  session.setTimeout(idleTime, () => {
    forget();
    session.close();
  });
  session.unref(); // a connection without requests keeps no process alive
  return { session, open: 0, served: false };
}

/** One request. Throws `NotBegun` where another connection may help. */
function exchange(
  line: Line,
  url: string,
  { path, headers }: RequestOptions,
  signal: AbortSignal,
): Promise<TransportResponse> {
  const { session } = line;
  return new Promise((resolve, reject) => {
    const { host: given, ...own } = { ...(headers as Record<string, string>) };
    let stream: ClientHttp2Stream;
    try {
      stream = session.request({ ":path": path!, ":authority": given ?? new URL(url).host, ...own });
    } catch (cause) {
      reject(session.closed || session.destroyed ? new NotBegun("closed", { cause }) : cause);
      return;
    }
    if (line.open++ === 0) session.ref();
    const hadServed = line.served;
    const fail = (cause: unknown): void => {
      const isStale = hadServed && (session.closed || session.destroyed);
      const isRefused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      reject((isStale || isRefused) && !signal.aborted ? new NotBegun("refused", { cause }) : cause);
    };
    stream.on("error", fail); // also before anyone reads, and after
    stream.once("close", () => {
      if (--line.open === 0) session.unref();
      fail(broken(stream));
    });
    stream.once("response", (fields) => {
      line.served = true;
      resolve(fromStream(url, fields, stream));
    });
    onAbort(signal, () => {
      reject(new Error("aborted"));
      stream.close(constants.NGHTTP2_CANCEL);
    });
  });
}

function broken(stream: ClientHttp2Stream): Error {
  const { rstCode } = stream;
  return (
    stream.errored ?? new Error(rstCode ? `the stream was reset (${rstCode})` : "the connection was closed")
  );
}

function fromStream(url: string, fields: IncomingHttpHeaders, stream: ClientHttp2Stream): TransportResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && !name.startsWith(":"))
      headers[name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return {
    status: Number(fields[":status"]),
    url,
    headers,
    filtered: false,
    raw: true,
    read: (take) => readBody(stream, take),
    cancel() {
      if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
      stream.resume(); // what has come and nobody reads keeps the stream from ending
    },
  };
}

function readBody(stream: ClientHttp2Stream, take: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    // A stream that was reset ends, too.
    const over = (): void => (stream.readableEnded && !stream.rstCode ? resolve() : reject(broken(stream)));
    if (stream.destroyed) return over();
    stream.on("data", (chunk: Uint8Array) => {
      try {
        take(chunk);
      } catch (error) {
        reject(error);
        stream.close(constants.NGHTTP2_CANCEL);
      }
    });
    stream.once("end", over);
    stream.once("error", reject);
    stream.once("close", over);
  });
}
