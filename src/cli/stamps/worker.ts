/**
 * A thread that cuts shards, as many at a time as it is given.
 */
import { parentPort, workerData } from "node:worker_threads";
import { FitsError } from "fitslice";
import { Failure } from "../failure.js";
import type { ToMain, ToWorker } from "./pool.js";
import { type StampTask, workShard } from "./work.js";

const port = parentPort!;
const task = workerData as StampTask;

function say(message: ToMain): void {
  port.postMessage(message);
}

port.on("message", ({ shard, done }: ToWorker) => {
  const numbers = new Set(done);
  workShard(
    shard,
    task,
    ({ number }) => !numbers.has(number),
    (outcomes) => say({ outcomes }),
  ).then(
    () => say({ finished: true }),
    (error: unknown) => say({ failure: failureText(error), isExpected: isExpected(error) }),
  );
});

function isExpected(error: unknown): boolean {
  return error instanceof FitsError || error instanceof Failure;
}

function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
