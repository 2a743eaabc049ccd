/**
 * The end of a worker. A connection that broke at the wrong moment may keep BullMQ's own end waiting for ever.
 */
import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds that the queue has for hearing of the last shard. */
const lastWord = 5000;

/**
 * Waits until `closing` is done, or until `isBusy` has said no for `most` milliseconds: then nothing is left to wait for. False where
 * it was not done: timers of the queue may then keep the process.
 */
export async function ended(
  closing: Promise<unknown>,
  isBusy: () => boolean,
  most: number = lastWord,
): Promise<boolean> {
  let isClosed = false;
  const closed = closing.then(() => {
    isClosed = true;
  });
  for (let idle = 0; !isClosed && idle < most; ) {
    const step = Math.min(500, most);
    await Promise.race([closed, wait(step)]);
    idle = isBusy() ? 0 : idle + step;
  }
  return isClosed;
}
