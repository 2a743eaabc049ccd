/**
 * The queue of shards: BullMQ on Redis or Valkey, loaded when it is used. Work that is lost there, or done twice, does no harm:
 * what counts are the manifests of the shards.
 */
import type { Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { badUsage, Failure } from "../failure.js";
import type { ShardEntry } from "../jobs/job-folder.js";
import { tell } from "../output.js";

/** A job of the queue: one shard. */
export interface ShardJob {
  /** Folder or address of the job that the shard is of. */
  readonly job: string;
  readonly entry: ShardEntry;
}

export type ShardQueue = Queue<ShardJob, undefined, string>;
export type QueuedShard = Job<ShardJob, undefined, string>;

export const queueName = "fitslice";

/** Events that are kept: for those who watch, and so few that nothing grows. */
export const keptEvents = 1000;
/** Of jobs that failed for good, so many are kept, for status to name. */
export const keptFailures = 1000;

/** A connection, with a way of saying which one without its password. */
export interface Connected {
  readonly redis: Redis;
  readonly shown: string;
}

const advice = "a queue needs two optional packages: npm install bullmq@6 ioredis@5";

async function installed<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
      throw new Failure(1, advice, { cause });
    throw cause;
  }
}

export function loadBullmq(): Promise<typeof import("bullmq")> {
  return installed(import("bullmq"));
}

const firstAnswer = 5000;

/** Connects to `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. Throws `Failure` where nothing answers. */
export async function connect(text: string): Promise<Connected> {
  const url = checkedUrl(text);
  const shown = `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
  const { Redis } = await installed(import("ioredis"));
  let last = "nobody answers there";
  let isAnswering = true;
  const redis = new Redis(url.href, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(100 * times, 2000),
  });
  redis.on("error", (error: Error & { code?: string }) => {
    last = error.message || (error.code ?? last);
  });
  let isFirst = true;
  redis.on("close", () => {
    if (!isFirst && isAnswering) tell(`fitslice: ${shown} has left (${last}); trying again`);
    isAnswering = false;
  });
  redis.on("ready", () => {
    if (!isFirst && !isAnswering) tell(`fitslice: ${shown} is back`);
    isAnswering = true;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Failure(1, `the queue ${shown} cannot be reached: ${last}`)),
      firstAnswer,
    );
  });
  try {
    await Promise.race([redis.ping(), late]);
  } catch (error) {
    redis.disconnect();
    if (error instanceof Failure) throw error;
    throw new Failure(1, `the queue ${shown} refuses: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  isFirst = false;
  return { redis, shown };
}

/** A password may stand in it: no message shows it. */
function checkedUrl(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text.replace(/^valkey(s?):/i, "redis$1:"));
  } catch {
    // No URL at all.
  }
  if (url && /^rediss?:$/.test(url.protocol) && url.hostname !== "") return url;
  throw badUsage("--queue must be like redis://host:6379, with rediss:// for TLS");
}

/** The queue over a connection; whoever opens it closes it. */
export async function openQueue(redis: Redis): Promise<ShardQueue> {
  const { Queue } = await loadBullmq();
  const queue: ShardQueue = new Queue(queueName, {
    connection: redis,
    streams: { events: { maxLen: keptEvents } },
    skipVersionCheck: true,
  });
  // The connection tells of what happens to it.
  queue.on("error", () => undefined);
  return queue;
}

/** Lets `work` use the queue at an address, and closes it. */
export async function withQueue<T>(
  text: string,
  work: (queue: ShardQueue, connected: Connected) => Promise<T>,
): Promise<T> {
  const connected = await connect(text);
  const queue = await openQueue(connected.redis);
  try {
    return await work(queue, connected);
  } finally {
    connected.redis.removeAllListeners("close");
    await queue.close();
    connected.redis.disconnect();
  }
}

/** The name of a shard in the queue: a second one of that name is not added. */
export function jobIdOf({ id }: Pick<ShardEntry, "id">): string {
  return `shard-${id}`;
}
