/**
 * What a run of the soak finds: violations with what makes them happen again, and one line of numbers.
 */
import { FitsError } from "fitslice";

/** What a harness gets. */
export interface SoakOptions {
  readonly count: number;
  readonly seed: number;
  /** How long a walk through the viewer takes; default 10. */
  readonly minutes?: number | undefined;
  /** The only faults that servers make; default all. */
  readonly faults?: readonly string[] | undefined;
  /** A folder of this run, removed at its end. */
  readonly folder: string;
}

export interface Violation {
  /** `wrong`, `misleading`, `untyped`, `hang`, `memory`, `leak`, `unhandled`. */
  readonly kind: string;
  readonly text: string;
}

/** What a harness answers with: its numbers, printed as one line, and what went wrong. */
export interface SoakResult {
  readonly numbers: Readonly<Record<string, number | string>>;
  readonly violations: readonly Violation[];
}

/** Of each kind, so many are printed. */
const shown = 20;

export function printResult(name: string, { numbers, violations }: SoakResult, seconds: number): void {
  for (const kind of new Set(violations.map((violation) => violation.kind))) {
    const all = violations.filter((violation) => violation.kind === kind);
    for (const { text } of all.slice(0, shown)) console.log(`VIOLATION ${name}: ${kind}: ${text}`);
    if (all.length > shown) console.log(`VIOLATION ${name}: ${kind}: ${all.length - shown} more`);
  }
  const text = Object.entries(numbers).map(([key, value]) => `${value} ${key}`);
  console.log(`${name}: ${text.join(", ")}, ${violations.length} violations, ${seconds.toFixed(1)} s`);
}

/** How a call ended. */
export type Outcome<T> =
  | { readonly value: T }
  | { readonly code: string; readonly error: FitsError }
  | { readonly untyped: unknown }
  | { readonly hang: true };

/** Waits for `call`, at most `limit` milliseconds: a reader has to end by itself long before. */
export async function outcomeOf<T>(call: () => Promise<T>, limit: number): Promise<Outcome<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ hang: true }>((resolve) => {
    timer = setTimeout(() => resolve({ hang: true }), limit);
  });
  const ended = (async (): Promise<Outcome<T>> => {
    try {
      return { value: await call() };
    } catch (error) {
      if (error instanceof FitsError && /^[A-Z][A-Z_]+$/.test(error.code)) return { code: error.code, error };
      return { untyped: error };
    }
  })();
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An error in one line, with the first places of its stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} ${String(error)}`;
  const places = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const own = places.map((line) => line.trim().replace(/file:\/\/\S*\/(dist|src)\//, "$1/")).slice(0, 3);
  return `${error.name}: ${error.message.slice(0, 200)} [${own.join("; ")}]`;
}

/** Counts by name, as one word each: `BAD_DATA 3 NETWORK 2`. */
export function tally(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([key, n]) => `${key} ${n}`).join(" ") || "none";
}

export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
