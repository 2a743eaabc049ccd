/**
 * Gives shards to threads, or cuts them on this one.
 */
import { Worker } from "node:worker_threads";
import type { Profile } from "fitslice";
import type { Outcome, Shard, ShardTarget } from "fitslice/stamps";
import { Failure } from "../failure.js";
import { interruption } from "../signals.js";
import { isRemote, type StampTask, workShard } from "./work.js";

/** To a thread: a shard, and the numbers of those of its targets that are done. */
export interface ToWorker {
  readonly shard: Shard;
  readonly done: readonly number[];
}

/** From a thread. */
export type ToMain =
  | { readonly outcomes: Outcome[] }
  | { readonly finished: true }
  | { readonly failure: string; readonly isExpected: boolean };

export interface PoolOptions {
  /** Threads; 1 is the calling one. */
  readonly jobs: number;
  readonly wants: (target: ShardTarget, shard: Shard) => boolean;
  readonly told: (outcomes: Outcome[]) => void;
  /** Of one thread: where its requests are recorded. */
  readonly profile?: Profile | undefined;
}

/** Shards of servers that one thread cuts at a time: it waits for most of them. */
const remoteAtOnce = 6;

/** Cuts all shards. Throws `Failure` where stamps cannot be written. */
export async function cutShards(
  shards: readonly Shard[],
  task: StampTask,
  { jobs, wants, told, profile }: PoolOptions,
): Promise<void> {
  const left = shards.filter((shard) => shard.targets.some((target) => wants(target, shard))).reverse();
  const atOnce = left.some(({ source }) => isRemote(source)) ? remoteAtOnce : 1;
  const threads = Math.min(jobs, left.length);
  if (threads <= 1) {
    const one = async (): Promise<void> => {
      for (let shard = left.pop(); shard; shard = left.pop()) {
        const own = shard;
        const reading = { signal: interruption, profile };
        await workShard(own, task, (target) => wants(target, own), told, reading);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    return;
  }
  const next = (): ToWorker | undefined => {
    const shard = left.pop();
    if (!shard) return undefined;
    const done = shard.targets.filter((target) => !wants(target, shard)).map(({ number }) => number);
    return { shard, done };
  };
  // The threads are the machine's processors: none of them needs threads of its own for decoding.
  const shared: StampTask = { ...task, access: { workers: 0, ...task.access } };
  await Promise.all(Array.from({ length: threads }, () => thread(shared, atOnce, next, told)));
}

/** One thread, until no shard is left. */
function thread(
  task: StampTask,
  atOnce: number,
  next: () => ToWorker | undefined,
  told: (outcomes: Outcome[]) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: task });
    let busy = 0;
    let ended = false;
    const give = (): void => {
      for (
        let message = busy < atOnce ? next() : undefined;
        message;
        message = busy < atOnce ? next() : undefined
      ) {
        busy++;
        worker.postMessage(message);
      }
      if (busy === 0) end(resolve);
    };
    const end = (how: () => void): void => {
      ended = true;
      interruption.removeEventListener("abort", stop);
      void worker.terminate().then(how, how);
    };
    const stop = (): void => end(() => reject(interruption.reason));
    const fail = (error: unknown): void => end(() => reject(error));
    worker.on("message", (message: ToMain) => {
      if (interruption.aborted) return;
      try {
        if ("outcomes" in message) return told(message.outcomes);
      } catch (error) {
        return fail(error);
      }
      if ("failure" in message) return fail(reported(message));
      busy--;
      give();
    });
    worker.on("error", fail);
    worker.on("exit", () => {
      if (!ended) reject(new Failure(1, "a thread that cuts stamps has ended; try fewer --jobs"));
    });
    interruption.addEventListener("abort", stop, { once: true });
    if (interruption.aborted) stop();
    else give();
  });
}

function reported({ failure, isExpected }: { failure: string; isExpected: boolean }): Error {
  return isExpected ? new Failure(1, failure) : new Error(failure);
}
