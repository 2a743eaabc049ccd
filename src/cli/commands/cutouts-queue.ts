/** `cutouts submit` and `work`: the shards of a job over a queue. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { badUsage, Failure } from "../failure.js";
import { openOptions, type SharedOptions, wholeNumber, withSharedOptions } from "../options.js";
import { counted, tell, toJson, write } from "../output.js";

interface QueueOptions extends SharedOptions {
  queue?: string;
  retryFailed?: boolean;
  jobs?: number;
  drain?: boolean;
}

/** How the queue is named, in all commands that have one. */
export const queueOption = [
  "--queue <url>",
  "redis://[user:password@]host[:port][/db], rediss:// for TLS,\nor postgres://[user:password@]host[:port]/database",
] as const;

/** The queue that is meant: a password in a list of processes is everybody's. */
export function queueOf(queue: string | undefined): string {
  const url = queue ?? process.env["FITSLICE_QUEUE"];
  if (url === undefined || url === "")
    throw badUsage(
      "name the queue with --queue redis://host:6379 or postgres://host/database, or in FITSLICE_QUEUE",
    );
  return url;
}

const aboutQueue =
  "The queue is BullMQ on Redis or Valkey (npm install bullmq@6 ioredis@5) or on PostgreSQL (npm install bullmq@6 pg@8); FITSLICE_QUEUE may name it, too.";

export function submitCommand(command: Command): void {
  command
    .summary("put what is left of a job on a queue")
    .description(
      `Put the shards of a job that are not done on a queue, where workers take them. A shard is there once, however often it is submitted. ${aboutQueue}`,
    )
    .argument("<job>", "the folder of the job, as the workers see it, or its address")
    .option(...queueOption)
    .option("--json", "print how many shards were submitted, as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice cutouts submit job --queue redis://127.0.0.1:6379
  $ fitslice cutouts status job --queue redis://127.0.0.1:6379`,
    );
  withSharedOptions(command, { index: false }).action(async (given: string, options: QueueOptions) => {
    const [
      { isAddress, readEntries, readNote },
      { finishedShards },
      { placeFor },
      { withQueue },
      { submitShards },
    ] = await Promise.all([
      import("../jobs/job-folder.js"),
      import("../jobs/finished.js"),
      import("../jobs/place-for.js"),
      import("../queue/connection.js"),
      import("../queue/submit.js"),
    ]);
    const job = isAddress(given) ? given : resolve(given);
    const open = await openOptions(options);
    const note = await readNote(job, open);
    const entries = await readEntries(job, note, open);
    const done = await finishedShards(await placeFor(job, note, options), entries);
    const left = entries.filter(({ id }) => !done.has(id));
    await withQueue(queueOf(options.queue), (queue) => submitShards(queue, { job, id: note.id }, left));
    if (options.json) await write(`${toJson({ submitted: left.length, done: done.size })}\n`);
    tell(`${counted(left.length, "shard")} submitted${done.size > 0 ? `, ${done.size} done before` : ""}`);
  });
}

export function workCommand(command: Command): void {
  command
    .summary("cut the shards that a queue has")
    .description(
      `Take shards from a queue and cut them, until SIGTERM or SIGINT: then what is being cut is finished, and a second signal ends it at once. The shards of a worker that dies are taken over within 20 seconds. ${aboutQueue}`,
    )
    .option(...queueOption)
    .option(
      "--jobs <n>",
      "shards cut at a time, each by a thread (default: the processors)",
      wholeNumber(1, 256),
    )
    .option("--drain", "end when the queue is empty")
    .addHelpText(
      "after",
      `
Exit code: 0 stopped, or the queue is empty; 1 with --drain, a shard failed here and was given back.

Examples:
  $ fitslice cutouts work --queue redis://127.0.0.1:6379
  $ FITSLICE_QUEUE=rediss://:secret@redis.example:6380 fitslice cutouts work --jobs 8 --drain`,
    );
  withSharedOptions(command, { index: false }).action(async (options: QueueOptions) => {
    const [{ withQueue }, { workQueue }] = await Promise.all([
      import("../queue/connection.js"),
      import("../queue/work.js"),
    ]);
    const { queue: url, jobs = availableParallelism(), drain, ...access } = options;
    const { shards, failed } = await withQueue(queueOf(url), (queue, connected) =>
      workQueue(queue, connected, { access, jobs, drain }),
    );
    tell(`${counted(shards, "shard")} cut`);
    if (drain && failed > 0)
      throw new Failure(
        1,
        `${counted(failed, "time")} a shard could not be cut; fitslice cutouts status --queue says why`,
      );
  });
}
