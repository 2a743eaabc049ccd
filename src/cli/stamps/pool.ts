/**
 * Gives shards to threads, or cuts them on this one.
 */
import type { Profile } from "fitslice";
import type { Outcome, Shard, ShardTarget } from "fitslice/stamps";
import { interruption } from "../signals.js";
import { threads } from "./threads.js";
import { isRemote, type StampTask, workShard } from "./work.js";

/** To a thread: a shard, and the numbers of those of its targets that are done. */
export interface ToWorker {
  readonly shard: Shard;
  readonly done: readonly number[];
}

export interface PoolOptions {
  /** Threads; 1 is the calling one. */
  readonly jobs: number;
  readonly wants: (target: ShardTarget, shard: Shard) => boolean;
  readonly told: (outcomes: Outcome[]) => void;
  /** Of one thread: where its requests are recorded. */
  readonly profile?: Profile | undefined;
}

/** Shards of servers that one thread cuts at a time: it waits for most of them. */
export const remoteAtOnce = 6;

/** Cuts all shards. Throws `Failure` where stamps cannot be written. */
export async function cutShards(
  shards: readonly Shard[],
  task: StampTask,
  { jobs, wants, told, profile }: PoolOptions,
): Promise<void> {
  const left = shards.filter((shard) => shard.targets.some((target) => wants(target, shard))).reverse();
  const atOnce = left.some(({ source }) => isRemote(source)) ? remoteAtOnce : 1;
  const count = Math.min(jobs, left.length);
  if (count <= 1) {
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
  const pool = threads<ToWorker, Outcome[], undefined>({ stamps: shared }, count);
  const one = async (): Promise<void> => {
    for (let order = next(); order; order = next()) await pool.run(order, told);
  };
  try {
    await Promise.all(Array.from({ length: count * atOnce }, one));
  } finally {
    await pool.close();
  }
}
