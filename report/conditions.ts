/** Under which conditions a report was made, in words. */
import type { Report } from "./results.js";

export function conditionsText({ conditions }: Report): string {
  const { latency, connectionThroughput, totalThroughput, runs, patience } = conditions;
  return (
    `A server on loopback, ${latency} ms for every request, ${connectionThroughput / 1e6} MB/s for each connection, ${totalThroughput / 1e6} MB/s ` +
    `in all; seconds are ${runs === 1 ? "of one run" : `medians of up to ${runs} runs (of two that agree within a tenth, of one that took over ${patience / 4} s)`}, from before a file is opened until the values are in memory; the ` +
    "starting of programs is not counted. A reader is given " +
    `${patience} s. ` +
    "Trips: the longest chain of requests of which each came after the last one's answer. Bound: " +
    "latency of one trip for a header, two for values, and the values' compressed bytes at the link's rate."
  );
}

/** Whether more wanted to run than there are cores. */
export function isBusy({ machine }: Report): boolean {
  return machine.load > machine.cores * 1.5;
}
