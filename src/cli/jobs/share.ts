/**
 * Which shards are one task's: by its number among so many, as the user or the scheduler of an array of tasks gives them.
 */
import { badUsage } from "../failure.js";

/** Task `index` of `of`, which runs the shards whose index is `index` modulo `of`. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** What schedulers name the index of a task. */
const indexNames = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] as const;

/**
 * The share of this task: `--shard I/N`; else of SLURM, a Kubernetes Indexed Job or AWS Batch, with `of` where these do not say how
 * many tasks there are; undefined where nothing says that there are several. Throws `Failure`.
 */
export function shareOf(shard: string | undefined, of: number | undefined, env: Env): Share | undefined {
  if (shard !== undefined) {
    const [, index, all] = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(shard) ?? [];
    if (all === undefined) throw badUsage(`--shard ${shard}: it must be I/N, as in 0/50; I counts from 0`);
    if (of !== undefined) throw badUsage("--shard I/N says of how many; leave --of out");
    return checked(Number(index), Number(all), `--shard ${shard}`);
  }
  const named = indexNames.filter((name) => numberIn(env, name) !== undefined);
  if (named.length > 1)
    throw badUsage(`${named.join(" and ")} are set, and each gives this task another share; say --shard I/N`);
  const found = slurm(env, of) ?? indexed(env, of);
  if (!found && of !== undefined)
    throw badUsage("--of goes with a task of an array (SLURM, Kubernetes, AWS Batch); else say --shard I/N");
  return found;
}

function slurm(env: Env, of: number | undefined): Share | undefined {
  const index = numberIn(env, "SLURM_ARRAY_TASK_ID");
  if (index === undefined) return undefined;
  if (of !== undefined) return checked(index, of, `SLURM_ARRAY_TASK_ID ${index}`);
  const count = numberIn(env, "SLURM_ARRAY_TASK_COUNT");
  const least = numberIn(env, "SLURM_ARRAY_TASK_MIN") ?? 0;
  const most = numberIn(env, "SLURM_ARRAY_TASK_MAX");
  if (count === undefined)
    throw badUsage(`SLURM_ARRAY_TASK_ID is ${index}; say with --of how many tasks there are`);
  if (most !== undefined && most - least + 1 !== count)
    throw badUsage(
      "the tasks of this SLURM array are not consecutive; say with --of how many there are in all",
    );
  return checked(index - least, count, `SLURM_ARRAY_TASK_ID ${index}`);
}

function indexed(env: Env, of: number | undefined): Share | undefined {
  for (const [name, size] of [
    ["JOB_COMPLETION_INDEX", undefined],
    ["AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"],
  ] as const) {
    const index = numberIn(env, name);
    if (index === undefined) continue;
    const all = of ?? (size === undefined ? undefined : numberIn(env, size));
    if (all === undefined) throw badUsage(`${name} is ${index}; say with --of how many tasks there are`);
    return checked(index, all, `${name} ${index}`);
  }
  return undefined;
}

function numberIn(env: Env, name: string): number | undefined {
  const text = env[name]?.trim();
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badUsage(`${name} is no number`);
  return Number(text);
}

function checked(index: number, of: number, what: string): Share {
  if (of >= 1 && index < of) return { index, of };
  throw badUsage(`${what}: there is no such task among ${of}; the first one is 0`);
}

/** The shards of a share. */
export function partOf<T extends { readonly index: number }>(entries: readonly T[], share?: Share): T[] {
  return entries.filter(({ index }) => !share || index % share.of === share.index);
}

/** Tasks as SLURM writes them: `0,3-7`. */
export function arrayExpression(tasks: Iterable<number>): string {
  const ranges: [first: number, last: number][] = [];
  for (const task of [...new Set(tasks)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === task - 1) last[1] = task;
    else ranges.push([task, task]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
