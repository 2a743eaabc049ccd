/**
 * What the processes of the benchmark have in common that do one task each: what to read, what to tell.
 */
import { readFileSync } from "node:fs";
import { resourceUsage } from "node:process";
import type { Outcome } from "./contest.js";

/** The line of JSON that the benchmark waits for. */
export function tell(outcome: Outcome): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}

/** Peak memory of this process so far, in bytes. */
export function peakMemory(): number {
  try {
    // On Linux maxRSS also counts the process that this one was forked from.
    const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"))!;
    return Number(kilobytes) * 1024;
  } catch {
    return resourceUsage().maxRSS * 1024;
  }
}

/** Twenty places in an image, the same for every reader (the Python scripts have the same sequence). */
export function places(height: number, width: number, size: number): [y: number, x: number][] {
  let state = 12345;
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  return Array.from({ length: 20 }, () => [
    Math.floor(random() * (height - size)),
    Math.floor(random() * (width - size)),
  ]);
}

/** Sum of all values of some arrays that are no NaN: what readers are compared by. */
export function checksum(arrays: readonly { readonly data: ArrayLike<number | bigint> }[]): number {
  let total = 0;
  for (const { data } of arrays) {
    for (let i = 0; i < data.length; i++) {
      const value = Number(data[i]);
      if (!Number.isNaN(value)) total += value;
    }
  }
  return Math.round(total * 1000) / 1000;
}

/** The section of the .fits.gz: half way into an image of 4096 x 4096. */
export const gzSection = "2000:2200, 1000:1200";
