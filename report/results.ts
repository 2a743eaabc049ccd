/** What a report holds: plain data, as in results.json. */
import type { Copy } from "./copies.js";
import type { Failure, Measure } from "./measure.js";
import type { Pattern, Subject } from "./subjects.js";

export interface Report {
  readonly machine: {
    readonly node: string;
    readonly cpu: string;
    readonly cores: number;
    readonly date: string;
    /** How many processes wanted a core, the most of the means of 1, 5 and 15 minutes; with more than there are cores, seconds say little. */
    readonly load: number;
  };
  readonly conditions: {
    readonly latency: number;
    readonly connectionThroughput: number;
    readonly totalThroughput: number;
    readonly runs: number;
    /** Seconds that a reader is given; one that takes a quarter of it is run once. */
    readonly patience: number;
    readonly smoke: boolean;
  };
  readonly studies: readonly Studied[];
}

/** A subject in its formats, or a family of files as archived. */
export interface Studied {
  readonly subject: Pick<Subject, "name" | "title" | "shape" | "itemSize"> & {
    readonly patterns: readonly Omit<Pattern, "want">[];
  };
  readonly copies: readonly Copy[];
  readonly measures: readonly Measure[];
  readonly failures: readonly Failure[];
  readonly family?: { readonly title: string; readonly scaled: string };
}

/** The measure of a reader, if there is one. */
export function measureOf(
  study: Studied,
  copy: string,
  reader: string,
  pattern: string,
): Measure | undefined {
  return study.measures.find((m) => m.copy === copy && m.reader === reader && m.pattern === pattern);
}
