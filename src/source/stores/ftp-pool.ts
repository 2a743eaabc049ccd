/**
 * Connections to FTP servers that reads share: one transfer at a time each, a few for each login, closed when nobody needs them.
 */
import { onAbort } from "../../abort.js";
import type { ConnectFtp, FtpConnection, FtpLogin, FtpRefusal } from "../../platform/types.js";
import { OutOfPatience } from "../retry.js";

/** Most connections of a login: servers count them, and refuse more. */
export const mostConnections = 4;
/** Milliseconds that a connection waits for more work. */
const idleTime = 10_000;

interface UseOptions {
  /** Aborting it closes the connection. */
  readonly signal: AbortSignal;
  /** Milliseconds that a login may take. */
  readonly timeout: number;
}

export interface FtpPool {
  /** Lets `work` use a connection. A failure of the connection closes it; a refusal of the server's does not. */
  use<T>(options: UseOptions, work: (connection: FtpConnection) => Promise<T>): Promise<T>;
}

const pools = new Map<string, FtpPool>();

/** The pool of a login: the same one for all files of a server. */
export function ftpPool(connect: ConnectFtp, login: Omit<FtpLogin, "signal">): FtpPool {
  const key = JSON.stringify([login.host, login.port, login.secure, login.user, login.password]);
  const known = pools.get(key);
  if (known) return known;
  const pool = newPool(connect, login, () => pools.delete(key));
  pools.set(key, pool);
  return pool;
}

interface Idle {
  readonly connection: FtpConnection;
  readonly timer: ReturnType<typeof setTimeout>;
}

function newPool(connect: ConnectFtp, login: Omit<FtpLogin, "signal">, forget: () => void): FtpPool {
  const idle: Idle[] = [];
  const waiting = new Set<() => void>();
  let open = 0;
  let most = mostConnections;

  function next(): void {
    const [first] = waiting;
    if (first) {
      waiting.delete(first);
      first();
    } else if (open === 0) forget();
  }

  function drop(connection: FtpConnection): void {
    connection.close();
    open--;
    next();
  }

  /** A connection that waits, or undefined. */
  function waitingOne(): FtpConnection | undefined {
    for (let last = idle.pop(); last; last = idle.pop()) {
      clearTimeout(last.timer);
      if (!last.connection.closed) {
        last.connection.hold(true);
        return last.connection;
      }
      open--;
    }
    return undefined;
  }

  async function take({ signal, timeout }: UseOptions): Promise<FtpConnection> {
    for (;;) {
      signal.throwIfAborted();
      const kept = waitingOne();
      if (kept) return kept;
      if (open < most) {
        open++;
        try {
          return await connectWithin(timeout, signal);
        } catch (error) {
          open--;
          // 421: the server has enough of us. What is open has to do.
          const isFull = (error as Partial<FtpRefusal>).reply === 421 && open > 0;
          if (isFull) most = open;
          else next();
          if (!isFull) throw error;
        }
      }
      await turn(signal);
    }
  }

  async function connectWithin(timeout: number, signal: AbortSignal): Promise<FtpConnection> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new OutOfPatience(0)), timeout);
    const end = onAbort(signal, () => stop.abort(signal.reason));
    try {
      return await connect({ ...login, signal: stop.signal });
    } finally {
      end();
      clearTimeout(timer);
    }
  }

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        end();
        resolve();
      };
      const end = onAbort(signal, () => {
        waiting.delete(go);
        reject(signal.reason);
      });
      waiting.add(go);
    });
  }

  function keep(connection: FtpConnection): void {
    if (connection.closed) {
      drop(connection);
      return;
    }
    connection.hold(false);
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((each) => each.connection === connection),
        1,
      );
      drop(connection);
    }, idleTime);
    (timer as { unref?(): void }).unref?.();
    idle.push({ connection, timer });
    next();
  }

  return {
    async use(options, work) {
      const { signal } = options;
      const connection = await take(options);
      const end = onAbort(signal, () => connection.close());
      try {
        const result = await work(connection);
        keep(connection);
        return result;
      } catch (error) {
        const { reply } = error as Partial<FtpRefusal>;
        if (reply === undefined || reply === 421) drop(connection);
        else keep(connection);
        throw error;
      } finally {
        end();
      }
    },
  };
}
