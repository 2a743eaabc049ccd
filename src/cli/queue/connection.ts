/**
 * The queue of shards: BullMQ, loaded when it is used, on Redis, Valkey or PostgreSQL. Work that is lost there, or done twice, does no harm:
 * what counts are the manifests of the shards.
 */
import type { IQueueBackend, Job, Queue } from "bullmq";
import { badUsage } from "../failure.js";
import type { ShardEntry } from "../jobs/job-folder.js";
import type { Connected } from "./connected.js";

/** A job of the queue: one shard. */
export interface ShardJob {
  /** Folder or address of the job that the shard is of. */
  readonly job: string;
  /** The job's own id: another one may be planned in that place. */
  readonly id: string;
  readonly entry: ShardEntry;
}

/** A queue of jobs that hold `Data`, and leave a `Result`. */
export type QueueOf<Data, Result = undefined> = Queue<
  Data,
  Result,
  string,
  Data,
  Result,
  string,
  IQueueBackend,
  unknown
>;
export type ShardQueue = QueueOf<ShardJob>;
export type QueuedShard = Job<ShardJob, undefined, string>;

/** The name of the queue of shards. */
export const shardQueue = "fitslice";

/** Events that are kept: for those who watch, and so few that nothing grows. */
export const keptEvents = 1000;
/** Of jobs that failed for good, so many are kept, for status to name. */
export const keptFailures = 1000;

/** The queues that there are, by the schemes of their addresses. */
const schemes: Readonly<Record<string, (url: URL, shown: string) => Promise<Connected>>> = {
  "redis:": async (...at) => (await import("./redis.js")).connectRedis(...at),
  "rediss:": async (...at) => (await import("./redis.js")).connectRedis(...at),
  "postgres:": async (...at) => (await import("./postgres.js")).connectPostgres(...at),
};

/** Connects to an address, in which a password may stand: no message shows it. Throws `Failure` where nothing answers. */
async function connect(text: string): Promise<Connected> {
  let url: URL | undefined;
  try {
    url = new URL(text.replace(/^valkey(s?):/i, "redis$1:").replace(/^postgresql:/i, "postgres:"));
  } catch {
    // No URL at all.
  }
  const to = url && url.hostname !== "" ? schemes[url.protocol] : undefined;
  if (!url || !to)
    throw badUsage(
      "--queue must be like redis://host:6379, with rediss:// for TLS, or postgres://host/database",
    );
  return to(url, `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`);
}

/** Lets `work` use the queue of shards at an address, and closes it. */
export function withQueue<T>(
  text: string,
  work: (queue: ShardQueue, connected: Connected) => Promise<T>,
): Promise<T> {
  return withQueueOf<ShardJob, undefined, T>(text, shardQueue, work);
}

/** The same, with a queue of any name. */
export async function withQueueOf<Data, Result, T>(
  text: string,
  name: string,
  work: (queue: QueueOf<Data, Result>, connected: Connected) => Promise<T>,
): Promise<T> {
  const connected = await connect(text);
  try {
    const { Queue } = await import("bullmq");
    const queue: QueueOf<Data, Result> = new Queue(
      name,
      {
        connection: connected.connection,
        streams: { events: { maxLen: keptEvents } },
        skipVersionCheck: true,
      },
      connected.backend,
    );
    // The connection tells of what happens to it.
    queue.on("error", () => undefined);
    try {
      return await work(queue, connected);
    } finally {
      await queue.close();
    }
  } finally {
    await connected.close();
  }
}

/** The name of a shard in the queue: a second one of that name is not added. */
export function jobIdOf({ id }: Pick<ShardEntry, "id">): string {
  return `shard-${id}`;
}
