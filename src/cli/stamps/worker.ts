/**
 * A thread that cuts shards, as many at a time as it is given: the stamps of a run, or whole shards of a job.
 */
import { parentPort, workerData } from "node:worker_threads";
import { FitsError } from "fitslice";
import type { Outcome } from "fitslice/stamps";
import { Failure } from "../failure.js";
import type { ShardManifest } from "../jobs/shard-manifest.js";
import type { ShardOrder } from "../jobs/shard-run.js";
import type { ToWorker } from "./pool.js";
import type { FromThread, ThreadData, ToThread } from "./threads.js";
import { workShard } from "./work.js";

const port = parentPort!;
const data = workerData as ThreadData;

function say(message: FromThread<Outcome[] | number, ShardManifest | undefined>): void {
  port.postMessage(message);
}

port.on("message", ({ id, order }: ToThread<ToWorker | ShardOrder>) => {
  follow(id, order).then(
    (result) => say({ id, result }),
    (error: unknown) => say({ id, failure: failureText(error), isExpected: isExpected(error) }),
  );
});

async function follow(id: number, order: ToWorker | ShardOrder): Promise<ShardManifest | undefined> {
  if ("jobs" in data) {
    const { runShard } = await import("../jobs/shard-run.js");
    const { entry, task } = order as ShardOrder;
    return runShard(entry, task, (note) => say({ id, note }));
  }
  const { shard, done } = order as ToWorker;
  const numbers = new Set(done);
  const wants = ({ number }: { number: number }): boolean => !numbers.has(number);
  await workShard(shard, data.stamps, wants, (note) => say({ id, note }));
  return undefined;
}

function isExpected(error: unknown): boolean {
  return error instanceof FitsError || error instanceof Failure;
}

function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
