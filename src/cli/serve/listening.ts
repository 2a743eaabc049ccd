/**
 * An HTTP server that runs until the program is interrupted.
 */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { cannotListen } from "../failure.js";
import { tell } from "../output.js";
import { interruption } from "../signals.js";

/** Milliseconds that answers under way have when the server is to end. */
const graceTime = 1000;

/** A server that listens. */
export interface Listening {
  readonly address: AddressInfo;
  /** Answers until the program is interrupted; `doing` says so to the user. */
  run(doing: string): Promise<void>;
}

/** Listens at `host` and `port` (0: a free one); `answer` is called for each request. Throws Failure where that cannot be done. */
export async function listening(
  answer: (request: Request) => Response | Promise<Response>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const server = createAdaptorServer({ fetch: answer, overrideGlobalObjects: false }) as Server;
  server.listen(port, host);
  await once(server, "listening").catch((cause: unknown) => {
    throw cannotListen(host, port, cause);
  });
  return {
    address: server.address() as AddressInfo,
    async run(doing) {
      tell(`${doing}; Ctrl-C ends`);
      if (!interruption.aborted)
        await new Promise((resolve) => interruption.addEventListener("abort", resolve));
      await stop(server);
    },
  };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceTime);
  await closed;
  clearTimeout(timer);
}
