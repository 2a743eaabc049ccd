/**
 * Threads that cut stamps, order after order.
 */
import { Worker } from "node:worker_threads";
import { Failure } from "../failure.js";
import { interruption } from "../signals.js";
import type { StampTask } from "./work.js";

/** What a thread is started with: the stamps of a run, or the shards of a job, are its work. */
export type ThreadData = { readonly stamps: StampTask } | { readonly jobs: true };

/** To a thread. */
export interface ToThread<Order> {
  readonly id: number;
  readonly order: Order;
}

/** From a thread, of the order of that id. */
export type FromThread<Note, Result> = { readonly id: number } & (
  | { readonly note: Note }
  | { readonly result: Result }
  | { readonly failure: string; readonly isExpected: boolean }
);

export interface Threads<Order, Note, Result> {
  /** Gives an order to the thread that has the fewest. Throws `Failure` where the thread says so, or ends. */
  run(order: Order, heard: (note: Note) => void): Promise<Result>;
  close(): Promise<void>;
}

interface Pending<Note, Result> {
  readonly heard: (note: Note) => void;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread<Note, Result> {
  readonly worker: Worker;
  readonly pending: Map<number, Pending<Note, Result>>;
}

/** Starts threads as they are needed, at most `count`; an interruption of the program ends all orders. */
export function threads<Order, Note, Result>(
  workerData: ThreadData,
  count: number,
): Threads<Order, Note, Result> {
  const all = new Set<Thread<Note, Result>>();
  let next = 0;
  const start = (): Thread<Note, Result> => {
    const thread = {
      worker: new Worker(new URL("./worker.js", import.meta.url), { workerData }),
      pending: new Map(),
    };
    all.add(thread);
    thread.worker.on("message", (message: FromThread<Note, Result>) => hear(thread, message));
    thread.worker.on("error", (error) => leave(thread, error));
    thread.worker.on("exit", () =>
      leave(thread, new Failure(1, "a thread that cuts stamps has ended; try fewer --jobs")),
    );
    return thread;
  };
  const stop = (): void => {
    for (const thread of all) leave(thread, interruption.reason);
  };
  interruption.addEventListener("abort", stop, { once: true });
  return {
    run(order, heard) {
      if (interruption.aborted) return Promise.reject(interruption.reason as Error);
      const [idle] = [...all].sort((a, b) => a.pending.size - b.pending.size);
      const thread = idle && (idle.pending.size === 0 || all.size >= count) ? idle : start();
      const id = next++;
      return new Promise((resolve, reject) => {
        thread.pending.set(id, { heard, resolve, reject });
        thread.worker.postMessage({ id, order } satisfies ToThread<Order>);
      });
    },
    async close() {
      interruption.removeEventListener("abort", stop);
      const ended = [...all].map(({ worker }) => worker.terminate());
      all.clear();
      await Promise.all(ended);
    },
  };

  /** No order goes to a thread that has ended; those that it had have failed. */
  function leave(thread: Thread<Note, Result>, error: unknown): void {
    all.delete(thread);
    for (const { reject } of thread.pending.values()) reject(error);
    thread.pending.clear();
    void thread.worker.terminate();
  }
}

function hear<Note, Result>({ pending }: Thread<Note, Result>, message: FromThread<Note, Result>): void {
  const order = pending.get(message.id);
  if (!order || interruption.aborted) return;
  if ("note" in message) {
    try {
      order.heard(message.note);
    } catch (error) {
      pending.delete(message.id);
      order.reject(error);
    }
    return;
  }
  pending.delete(message.id);
  if ("result" in message) order.resolve(message.result);
  else order.reject(message.isExpected ? new Failure(1, message.failure) : new Error(message.failure));
}
