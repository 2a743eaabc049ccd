/**
 * Sessions, which files share: memory for kept bytes, bytes in flight, connections to each origin, workers.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { checkIntegers, checkLeast, checkObject } from "../argument.js";
import { FitsError } from "../errors.js";
import { type Connections, connections, type Flight, flight } from "./flight.js";

export interface SessionOptions {
  /** Most bytes, read or decoded, that all files together keep for later reads. Default 128 MiB; 0 keeps nothing. */
  cacheBytes?: number | undefined;
  /** Most bytes that were asked for and are not decoded yet; one request alone may take more. Default 64 MiB. */
  bytesInFlight?: number | undefined;
  /** Most requests in flight at once to one origin. Default 32 over a network, 4 on a disk. */
  concurrency?: number | undefined;
  /**
   * Most workers that decode compressed tiles; none is started for sections that are decoded sooner than a worker
   * starts. In Node the calling thread decodes beside them and counts as one processor. Default: one for each
   * processor, at most 8, none on a machine with one. 0 decodes in the calling thread.
   */
  workers?: number | undefined;
}

/**
 * Shared by the files that are opened with it. `open` uses one default session; a service or a viewer makes its own.
 * The files of a session are closed with it.
 */
export interface Session {
  /**
   * Cancels all reads under way, closes all files of the session, ends its workers. Final: no file opens with it again.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  /** Most workers, as given. @internal */
  readonly workers: number | undefined;
  /** The budget of kept bytes. @internal */
  readonly memory: Budget;
  /** The bytes that were asked for and are not decoded yet. @internal */
  readonly flight: Flight;
  /** Requests in flight to an origin. @internal */
  connections(origin: string, usual: number): Connections;
  /** A resource that the files of a session share, made when the first file asks for it. @internal */
  shared<T extends { close(): void }>(name: string, make: () => Promise<T>): Promise<T>;
  /**
   * Takes a file into the session; answers with a function that takes it out again. The session holds the file weakly.
   * Throws CLOSED. @internal
   */
  join(file: Closable): () => void;
}

interface Closable {
  close(): Promise<void>;
}

const defaultCacheBytes = 128 * 1024 * 1024;
const defaultBytesInFlight = 64 * 1024 * 1024;

/** A new session. Throws BAD_ARGUMENT for options that make no sense. */
export function openSession(options: SessionOptions = {}): Session {
  checkObject(options);
  const { cacheBytes, bytesInFlight, concurrency, workers } = options;
  checkLeast({ cacheBytes }, 0);
  checkLeast({ bytesInFlight }, 1);
  checkIntegers({ workers }, 0);
  checkIntegers({ concurrency }, 1);
  const origins = new Map<string, Connections>();
  const { shared, closeShared } = sharedResources();
  /** Weak, so that a file that nobody closed can be collected; its descriptor is closed then, too. */
  const files = new Set<WeakRef<Closable>>();
  const forgotten = new FinalizationRegistry<WeakRef<Closable>>((file) => files.delete(file));
  let closes: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    // A file that cannot be closed must not keep the others open.
    const closing = [...files].map((file) => file.deref()?.close());
    const [closed] = await Promise.all([Promise.allSettled(closing), closeShared()]);
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  }
  const close = (): Promise<void> => (closes ??= closeAll());

  return {
    workers,
    memory: budget(cacheBytes ?? defaultCacheBytes),
    flight: flight(bytesInFlight ?? defaultBytesInFlight),
    connections(origin, usual) {
      let known = origins.get(origin);
      if (!known) origins.set(origin, (known = connections(concurrency ?? usual)));
      return known;
    },
    shared,
    join(file) {
      if (closes) throw closed("the session");
      const weak = new WeakRef(file);
      files.add(weak);
      forgotten.register(file, weak);
      return () => void files.delete(weak);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A part of `session` that has workers of its own, and shares all else. */
export function withOwnWorkers(session: Session, workers: number): Session {
  checkIntegers({ workers }, 0);
  const { shared, closeShared } = sharedResources();
  return { ...session, workers, shared, close: closeShared, [Symbol.asyncDispose]: closeShared };
}

/** Resources that are made when the first file asks, and closed together; after that none is made. */
function sharedResources(): { shared: Session["shared"]; closeShared(): Promise<void> } {
  const resources = new Map<string, Promise<{ close(): void }>>();
  let isClosed = false;
  return {
    async shared<T extends { close(): void }>(name: string, make: () => Promise<T>): Promise<T> {
      if (isClosed) throw closed("the session");
      const known = resources.get(name) as Promise<T> | undefined;
      if (known) return known;
      const made = make();
      resources.set(name, made);
      // A failure is not kept: the next file that asks tries again.
      made.catch(() => resources.get(name) === made && resources.delete(name));
      return made;
    },
    async closeShared() {
      isClosed = true;
      const made = [...resources.values()];
      resources.clear();
      for (const resource of made) (await resource.catch(() => undefined))?.close();
    },
  };
}

let common: Session | undefined;

/** The session of all files that are opened without one. */
export function defaultSession(): Session {
  common ??= openSession();
  return common;
}

/** The error of reads of a file, source or session that was closed. */
export function closed(what: string): FitsError {
  return new FitsError("CLOSED", `${what} was closed; open it again`);
}

/** Memory for kept bytes: the least recently used bytes go first. */
export interface Budget {
  /** Most bytes, and bytes that are kept. */
  readonly limit: number;
  readonly held: number;
  /**
   * Counts `bytes` that a keeper holds. `drop` is called when the bytes have to go, perhaps at once: the keeper forgets
   * them then.
   */
  hold(bytes: number, drop: () => void): Holding;
  /** Drops all kept bytes; bytes that are counted later are dropped at once. */
  close(): void;
}

/** Kept bytes. */
export interface Holding {
  /** Notes that the bytes were used. */
  use(): void;
  /** Gives up the bytes: they count no longer. */
  free(): void;
}

interface Entry {
  readonly bytes: number;
  readonly drop: () => void;
}

/** A budget of `limit` bytes; with `whole`, a part of that budget: its bytes count there, too. */
export function budget(limit: number, whole?: Budget): Budget {
  /** In order of use, the least recent first. */
  const entries = new Set<Entry>();
  let held = 0;
  let isClosed = false;

  function remove(entry: Entry): boolean {
    if (!entries.delete(entry)) return false;
    held -= entry.bytes;
    return true;
  }

  return {
    limit: Math.min(limit, whole?.limit ?? limit),
    get held() {
      return held;
    },
    close() {
      isClosed = true;
      for (const entry of [...entries]) if (remove(entry)) entry.drop();
    },
    hold(bytes, drop) {
      if (isClosed) {
        drop();
        return { use() {}, free() {} };
      }
      let outer: Holding | undefined;
      const entry: Entry = {
        bytes,
        drop: () => {
          outer?.free();
          drop();
        },
      };
      entries.add(entry);
      held += bytes;
      outer = whole?.hold(bytes, () => {
        if (remove(entry)) drop();
      });
      for (const oldest of entries) {
        if (held <= limit) break;
        remove(oldest);
        oldest.drop();
      }
      return {
        use() {
          if (!entries.delete(entry)) return;
          entries.add(entry);
          outer?.use();
        },
        free() {
          if (remove(entry)) outer?.free();
        },
      };
    },
  };
}
