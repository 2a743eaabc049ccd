/** Sources of HTTP addresses, as `resolveSource` makes them, without waiting; and servers for their tests. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { SourceOptions } from "../../src/source/options.js";
import {
  noise,
  type RangeServer,
  type RangeServerOptions,
  startRangeServer,
} from "../servers/range-server.js";

export { httpSource } from "../../src/source/http.js";

/** The two clients that http.ts runs over. */
export const clients: [string, SourceOptions][] = [
  ["node:http", {}],
  ["fetch", { fetch: (url, init) => fetch(url, init) }],
];

/** What lies at /a.fits. */
export const data: Uint8Array = noise(100_000);

export interface Servers {
  serve(options?: RangeServerOptions): Promise<RangeServer>;
  /** A server that answers as no server should. */
  serveBy(handler: Parameters<typeof createServer>[1]): Promise<string>;
  /** Ends another server with the test. */
  end(server: { close(): Promise<void> }): void;
}

/** Starts servers that end with the test. */
export function testServers(): Servers {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  return {
    async serve(options = {}) {
      const server = await startRangeServer({ files: { "/a.fits": data }, ...options });
      open.push(server);
      return server;
    },
    end: (server) => void open.push(server),
    async serveBy(handler) {
      const server: Server = createServer({}, handler as never);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      open.push({
        close: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  };
}
