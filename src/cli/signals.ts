/**
 * SIGINT, SIGTERM and SIGHUP: the reads under way stop, unfinished files are removed, and the program ends at once.
 */
import { rmSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { Failure } from "./failure.js";
import { tellError } from "./output.js";

const controller = new AbortController();

/** Aborted when the user interrupts the program; reads stop, and unfinished files are removed. */
export const interruption: AbortSignal = controller.signal;

/** Files that must not outlive the program unless they are finished. */
const unfinished = new Set<string>();

/** Has `path` removed when the program ends, whatever ends it; the answer calls that off. */
export function removeAtExit(path: string): () => void {
  unfinished.add(path);
  return () => void unfinished.delete(path);
}

/** Of a program that serves others: what the first signal asks for, instead of an end. */
let stopGently: (() => void) | undefined;

/** Has the first signal call `stop`; the second one interrupts. The answer calls that off. */
export function gently(stop: () => void): () => void {
  stopGently = stop;
  return () => {
    if (stopGently === stop) stopGently = undefined;
  };
}

function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
  unfinished.clear();
}

/** Milliseconds that an interrupted command has for ending by itself. */
let graceTime = 1500;

/** Gives the command this time for ending by itself. */
export function endsWithin(milliseconds: number): void {
  graceTime = milliseconds;
}

/** The first signal stops the reading; a second one, or time, the process. */
export function watchSignals(): void {
  process.on("exit", removeUnfinished);
  for (const [name, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const) {
    process.on(name, () => {
      if (interruption.aborted) return end(name);
      if (stopGently) {
        const stop = stopGently;
        stopGently = undefined;
        return stop();
      }
      controller.abort(new Failure(128 + number, "interrupted"));
      setTimeout(() => end(name), graceTime).unref();
    });
  }
}

/** Ends the process by the signal itself: `process.exit` waits for threads that wait for a pipe or a disk. */
function end(name: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
  removeUnfinished();
  tellError("fitslice: interrupted");
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

/** Milliseconds of work after which signals get their turn. */
const turnTime = 50;

/**
 * The items of `source`, read in a loop that may be long: signals are heard between two items, also where all items
 * come from memory, and an interrupted program stops there.
 */
export async function* interruptible<T>(source: AsyncIterable<T>): AsyncGenerator<T, undefined> {
  let since = performance.now();
  for await (const item of source) {
    if (performance.now() - since >= turnTime) {
      await turn();
      since = performance.now();
    }
    interruption.throwIfAborted();
    yield item;
  }
}
