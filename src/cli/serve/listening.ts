/**
 * An HTTP server that runs until the program is interrupted.
 */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { cannotListen } from "../failure.js";
import { tell } from "../output.js";
import { endsWithin, interruption } from "../signals.js";

/** Milliseconds that answers under way have when the server is to end. */
const graceTime = 1000;

/** A server that listens. */
export interface Listening {
  readonly address: AddressInfo;
  /**
   * Answers until the program is interrupted; `doing` says so to the user. Then `drain` is waited for, which ends when no answer is
   * under way, but not longer than `seconds` (default 1).
   */
  run(doing: string, how?: { drain?: () => Promise<void>; seconds?: number }): Promise<void>;
}

/** How a server keeps those out who only take its connections. */
export interface Guarding {
  /** Most connections. */
  readonly connections?: number;
  /** Milliseconds for the headers of a request, for the whole of it, and without a byte either way. */
  readonly headersTime?: number;
  readonly requestTime?: number;
  readonly idleTime?: number;
}

/**
 * Listens at `host` and `port` (0: a free one); `answer` is called for each request, with the address of who asks. Throws Failure where
 * that cannot be done.
 */
export async function listening(
  answer: (request: Request, client: string) => Response | Promise<Response>,
  { host, port, guard = {} }: { readonly host: string; readonly port: number; readonly guard?: Guarding },
): Promise<Listening> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const { connections, headersTime, requestTime, idleTime } = guard;
  const server = createAdaptorServer({
    fetch: (request, { incoming }) => answer(request, incoming.socket.remoteAddress ?? ""),
    serverOptions: {
      ...(headersTime !== undefined && { headersTimeout: headersTime, connectionsCheckingInterval: 1000 }),
      ...(requestTime !== undefined && { requestTimeout: requestTime }),
    },
  }) as Server;
  server.on("clientError", refuse);
  if (connections !== undefined) server.maxConnections = connections;
  if (idleTime !== undefined) server.setTimeout(idleTime);
  server.listen(port, host);
  await once(server, "listening").catch((cause: unknown) => {
    throw cannotListen(host, port, cause);
  });
  return {
    address: server.address() as AddressInfo,
    async run(doing, { drain, seconds = graceTime / 1000 } = {}) {
      tell(`${doing}; Ctrl-C ends`);
      endsWithin(seconds * 1000 + 500);
      if (!interruption.aborted)
        await new Promise((resolve) => interruption.addEventListener("abort", resolve));
      await stop(server, drain, seconds * 1000);
    },
  };
}

const refusals: Readonly<Record<string, readonly [status: string, why: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "address and headers are longer than 16 kB"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "the request did not come in time"],
};
/** Milliseconds in which the rest of a request that was refused is thrown away. */
const lingering = 1000;

/**
 * Refuses what is no request. A connection that is closed on bytes that nobody has read is reset, and the client may lose the answer:
 * so the rest is read for a moment, and thrown away.
 */
function refuse({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === "ECONNRESET" || !socket.writable) {
    // Bytes behind a refused request raise this event again, when the answer is under way.
    if (!socket.writableEnded) socket.destroy();
    return;
  }
  const [status, why] = refusals[code ?? ""] ?? ["400 Bad Request", "this is no request of HTTP"];
  const text = `UsageError: ${why}\n`;
  const head = [
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${text.length}`,
    "Connection: close",
  ];
  socket.end([`HTTP/1.1 ${status}`, ...head, "", text].join("\r\n"));
  setTimeout(() => socket.destroy(), lingering).unref();
}

async function stop(server: Server, drain: (() => Promise<void>) | undefined, time: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), time);
  await drain?.();
  server.closeIdleConnections();
  await closed;
  clearTimeout(timer);
}
