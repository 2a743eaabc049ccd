/**
 * Throw-away: plans as they were, for what is not converted yet.
 */
import type { ByteRange } from "../source/source.js";
import type { Plan as NewPlan } from "./plan.js";

export type AnyPlan<T> = Plan<T> | NewPlan<T>;

/** A range that a step wants; `into` is where its bytes may be put directly (memory that the plan owns). */
export interface WantedRange extends ByteRange {
  readonly into?: Uint8Array<ArrayBuffer>;
}

/**
 * One wave of reads. All `ranges` are known together, so they can be merged, split and sent at the same time.
 * `take(i, bytes)` gets the bytes of `ranges[i]`, once each, in any order: exactly `length` of them, or fewer where
 * the object ends. They are borrowed, except where they are the range's own `into`. `next()` is called when every
 * `take` has settled.
 */
export interface Step<T> {
  /** What is read, in a few words, for the profile: `"header of HDU 4"`. */
  readonly label: string;
  readonly ranges: readonly WantedRange[];
  /** Guesses worth reading in the same wave, for the cache alone: never waited for by this step. */
  readonly ahead?: readonly ByteRange[];
  /** False for bulk data that nobody will ask for again: keeps it out of the cache. Default true. */
  readonly keep?: boolean;
  /** True where nothing holds on to bytes once their `take` has settled: the memory then serves for what comes next. */
  readonly passing?: boolean;
  take(i: number, bytes: Uint8Array): void | Promise<void>;
  next(): Plan<T>;
}

export type Plan<T> = { readonly value: T } | Step<T>;

export function isStep<T>(plan: Plan<T>): plan is Step<T> {
  return "ranges" in plan;
}

/** A plan that is its answer. */
export function done<T>(value: T): Plan<T> {
  return { value };
}

/** A step that wants one range and goes on with its bytes. */
export function readThen<T>(
  label: string,
  range: WantedRange,
  then: (bytes: Uint8Array) => Plan<T>,
): Step<T> {
  let got: Uint8Array = new Uint8Array(0);
  return {
    label,
    ranges: [range],
    take: (_, bytes) => {
      got = bytes;
    },
    next: () => then(got),
  };
}

/** The plan that does `plan`, then what `then` makes of its answer. */
export function chain<T, U>(plan: Plan<T>, then: (value: T) => Plan<U>): Plan<U> {
  if (!isStep(plan)) return then(plan.value);
  return { ...plan, take: (i, bytes) => plan.take(i, bytes), next: () => chain(plan.next(), then) };
}

/** Code that only some files need, and is loaded when the first of them comes. */
export interface Later<M> {
  load(): Promise<M>;
  /** Once it is there. */
  module?: M;
}

/** The plan that `then` makes with code that has to be loaded first, unless it is there: waited for as bytes are. */
export function needing<M, T>(code: Later<M>, then: (module: M) => Plan<T>): Plan<T> {
  if (code.module) return then(code.module);
  return {
    label: "code",
    ranges: [{ offset: 0, length: 0 }],
    take: async () => {
      code.module = await code.load();
    },
    next: () => needing(code, then),
  };
}

/** Several plans as one, in step: their ranges are priced together, wave by wave. */
export function together<T>(plans: readonly Plan<T>[]): Plan<T[]> {
  const steps = plans.filter(isStep);
  const [first] = steps;
  if (!first) return done(plans.map((plan) => (plan as { value: T }).value));
  const takes = steps.flatMap((step) =>
    step.ranges.map((_, i) => (bytes: Uint8Array) => step.take(i, bytes)),
  );
  return {
    label: steps.length === 1 ? first.label : `${first.label} and ${steps.length - 1} more`,
    ranges: steps.flatMap(({ ranges }) => ranges),
    ahead: steps.flatMap(({ ahead = [] }) => ahead),
    keep: steps.some(({ keep }) => keep !== false),
    passing: steps.every(({ passing }) => passing),
    take: (i, bytes) => takes[i]!(bytes),
    next: () => together(plans.map((plan) => (isStep(plan) ? plan.next() : plan))),
  };
}
