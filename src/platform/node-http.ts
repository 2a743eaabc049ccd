/**
 * The transport of Node: node:http, which answers its first request 40 ms sooner than the global fetch, and node:https,
 * with their shared keep-alive agents. Same exports as browser-http.ts; reached as `#http`.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { onAbort } from "../abort.js";
import { orUntrusted } from "./node-certificate.js";
import { hasProxies, orNoProxy, proxyAgent } from "./node-proxy.js";
import type { Transport, TransportRequest, TransportResponse } from "./types.js";

type Request = (options: RequestOptions, callback: (response: IncomingMessage) => void) => ClientRequest;

/** How requests go out: over HTTP/1.1, or over HTTP/2 where `isHttp2` says so and the server speaks it. */
export function transportBy(isHttp2?: boolean): Transport | undefined {
  return isHttp2 ? overHttp2 : overHttp;
}

const overHttp: Transport = async (url, options) => {
  // Loaded with the first address that needs them: they cost 4 ms and 5 ms.
  const { request } = await (url.startsWith("https:") ? import("node:https") : import("node:http"));
  const agent = hasProxies() ? await proxyAgent(url) : undefined;
  const through: Request = (to, callback) => request(agent ? { ...to, agent } : to, callback);
  const answer = get(through, url, options);
  return agent ? answer.catch((error) => Promise.reject(orNoProxy(error, agent))) : answer;
};

/** Loaded with the first address that is asked over HTTP/2. */
let http2: typeof import("./node-http2.js") | undefined;
/** For servers that turn out not to speak HTTP/2: as many connections as to others. */
let fewAgent: HttpsAgent | undefined;

const overHttp2: Transport = async (url, options) => {
  if (!isForHttp2(url)) return overHttp(url, options);
  http2 ??= await import("./node-http2.js");
  const answer = await http2.overStream(url, addressOf(url, options), options.signal);
  if (answer) return answer;
  const https = await import("node:https");
  fewAgent ??= new https.Agent({ keepAlive: true, maxSockets: 32 });
  return get((to, callback) => https.request({ ...to, agent: fewAgent! }, callback), url, options);
};

/** Streams that are reckoned with before a server has said how many it lets in. */
const mostStreams = 100;

/** Proxies are spoken to in HTTP/1.1. */
function isForHttp2(url: string): boolean {
  return url.startsWith("https:") && !hasProxies();
}

/** How many requests at a time are of use: streams of HTTP/2; else Node opens as many connections as are asked for. */
export function connectionsTo(url: string, isHttp2: boolean | undefined): number | undefined {
  return isHttp2 && isForHttp2(url) ? (http2 ? http2.streamsTo(url) : mostStreams) : undefined;
}

function get(request: Request, url: string, options: TransportRequest): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const sent = request(addressOf(url, options), (message) => {
      answered = true;
      message.on("error", () => {}); // a reset before anyone reads: read() tells
      resolve(fromMessage(url, message));
    });
    // Node's own `signal` option costs a first request two milliseconds.
    onAbort(options.signal, () => sent.destroy(new Error("aborted")));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // The server closed an idle kept-alive connection just as it was taken: it answered nothing, so ask anew.
      const stale = !answered && sent.reusedSocket && error.code === "ECONNRESET" && !options.signal.aborted;
      if (stale) resolve(get(request, url, options));
      else reject(orUntrusted(error, new URL(url).host));
    });
    sent.end();
  });
}

/** The path goes out as it stands: `new URL` would resolve the `..` that an S3 key may hold. */
function addressOf(url: string, { headers }: TransportRequest): RequestOptions {
  const { protocol, hostname, port } = new URL(url);
  const path = url.indexOf("/", protocol.length + 2);
  return {
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    path: path < 0 ? "/" : url.slice(path),
    headers: { "user-agent": "fitslice", ...headers },
  };
}

function fromMessage(url: string, message: IncomingMessage): TransportResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    status: message.statusCode ?? 0,
    url,
    headers,
    filtered: false,
    raw: true,
    read: (take) => readBody(message, take),
    cancel: () => void message.destroy(),
  };
}

function readBody(message: IncomingMessage, take: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void =>
      message.complete ? resolve() : reject(message.errored ?? new Error("the connection was closed"));
    if (message.destroyed) return closed();
    message.on("data", (chunk: Uint8Array) => {
      try {
        take(chunk);
      } catch (error) {
        reject(error);
        message.destroy();
      }
    });
    message.on("end", resolve);
    message.on("error", reject);
    message.on("close", closed);
  });
}
