/**
 * A plan: which bytes an answer needs, in which order, and how the answer is made of these bytes. A plan does no I/O.
 *
 * A plan is a function that starts a generator. The generator yields steps; the runner fetches the ranges of each step
 * and hands over their bytes; the generator returns the answer. Each start has a state of its own, so one plan can be
 * run twice, at the same time, by anybody. A start allocates nothing before `into` or `take` is called.
 */
import { checkArgument } from "../argument.js";
import type { ByteRange } from "../source/source.js";

/** One wave of reads: ranges that are known together, and can be merged, split and sent at the same time. */
export interface Step {
  /** What is read, in a few words, for the profile: `"header of HDU 4"`. */
  readonly label: string;
  readonly ranges: readonly ByteRange[];
  /** Guesses worth reading in the same wave, for the cache alone: the step never waits for them. */
  readonly ahead?: readonly ByteRange[];
  /** False for bulk data that nobody will ask for again: keeps the bytes out of the cache. Default true. */
  readonly keep?: boolean;
  /**
   * True where the bytes only say where others lie: headers, descriptors. `explain` goes on through such a step when its
   * bytes are held already. Default false.
   */
  readonly locates?: boolean;
  /**
   * True where the bytes are wanted for themselves and also tell where other bytes lie: `explain` cannot foresee the
   * steps that read those. A step with `locates` need not say so. Default false.
   */
  readonly more?: boolean;
  /**
   * Memory for the bytes of range `i`, exactly as long as the range; undefined for none. The runner asks when the bytes
   * are about to come. Bytes of a step with `into` never go to the cache.
   */
  into?(i: number): Uint8Array<ArrayBuffer> | undefined;
  /**
   * Takes the bytes of range `i`, once for each range, in any order: exactly `length` bytes, or fewer where the object
   * ends. Bytes are borrowed, except where they are the range's own `into`. The generator goes on when every `take` has
   * settled. Work that a `take` has begun elsewhere, in a worker, may end when `signal` aborts.
   */
  take(i: number, bytes: Uint8Array, signal?: AbortSignal): void | Promise<void>;
}

/** A plan in progress: yields its steps, and returns its answer. */
export type Course<T> = Generator<Step, T, void>;

/** How an answer is read. Each call starts a course. */
export type Plan<T> = () => Course<T>;

/** A plan that reads nothing. */
export function done<T>(value: T): Plan<T> {
  // biome-ignore lint/correctness/useYield: there is nothing to read
  return function* () {
    return value;
  };
}

/** Starts a plan. Throws BAD_ARGUMENT for what is none. */
export function courseOf<T>(plan: Plan<T>): Course<T> {
  checkArgument(typeof plan === "function", "a plan", "what plan() makes", plan);
  return plan();
}

/** One range as a line of a plan: `const bytes = yield* read("header of HDU 0", range)`. Its bytes are borrowed. */
export function* read(
  label: string,
  range: ByteRange,
  options: Pick<Step, "ahead" | "keep" | "locates"> = {},
): Course<Uint8Array> {
  let got: Uint8Array = new Uint8Array(0);
  yield {
    ...options,
    label,
    ranges: [range],
    take: (_, bytes) => {
      got = bytes;
    },
  };
  return got;
}

/** The plan whose answer is `change` of another plan's answer. */
export function map<T, U>(plan: Plan<T>, change: (value: T) => U): Plan<U> {
  return function* () {
    return change(yield* courseOf(plan));
  };
}

/** The answers of plans, each of its own type, as `Promise.all` has those of promises. */
export type Answers<P extends readonly Plan<unknown>[]> = {
  -readonly [I in keyof P]: P[I] extends Plan<infer T> ? T : never;
};

/**
 * Several plans in step: the ranges of each round are one step, so that they are priced together. The answers are in the
 * order of the plans.
 */
export function together<P extends readonly Plan<unknown>[] | []>(plans: P): Plan<Answers<P>> {
  checkArgument(Array.isArray(plans), "plans", "an array", plans);
  return function* () {
    const courses = plans.map(courseOf);
    const rounds = courses.map((course) => course.next());
    for (;;) {
      const places = rounds.flatMap((round, i) => (round.done ? [] : [i]));
      if (places.length === 0) return rounds.map((round) => round.value) as Answers<P>;
      yield joined(places.map((i) => rounds[i]!.value as Step));
      for (const i of places) rounds[i] = courses[i]!.next();
    }
  };
}

/** Several steps as one. */
function joined(steps: readonly Step[]): Step {
  const [first] = steps;
  if (!first || steps.length === 1) return first!;
  const places = steps.flatMap((step) => step.ranges.map((_, at) => ({ step, at })));
  return {
    label: `${first.label} and ${steps.length - 1} more`,
    ranges: steps.flatMap(({ ranges }) => ranges),
    ahead: steps.flatMap(({ ahead = [] }) => ahead),
    keep: steps.some(({ keep }) => keep !== false),
    locates: steps.every(({ locates }) => locates === true),
    more: steps.some(({ locates, more }) => locates === true || more === true),
    ...(steps.some(({ into }) => into !== undefined) && {
      into: (n: number) => places[n]!.step.into?.(places[n]!.at),
    }),
    take: (n, bytes, signal) => places[n]!.step.take(places[n]!.at, bytes, signal),
  };
}
