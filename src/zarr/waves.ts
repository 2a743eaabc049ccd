/**
 * Plans that are asked for in the same turn of the event loop, run together: readers ask for all chunks of a section at once, each
 * alone, and only together are they priced as the section is.
 */
import { onAbort, unlessAborted } from "../abort.js";
import type { RunPlan } from "../hdu/hdu.js";
import { type Plan, type Step, together } from "../read/plan.js";

/**
 * Runs plans, those of one turn in one wave, those of one key once: answers are shared. An abort rejects its own caller, and
 * cancels the wave when all have aborted.
 */
export type RunInWave<T> = (key: string, plan: Plan<T>, bytes: number, signal?: AbortSignal) => Promise<T>;

/** Bytes of the answers of one wave: what is asked for beyond them goes into another wave, so that the first are soon free. */
const mostBytes = 2 ** 26;

/** A plan of a wave, and who waits for its answer. */
interface Waiting<T> {
  readonly plan: Plan<T>;
  readonly bytes: number;
  readonly callers: Caller<T>[];
}

interface Caller<T> {
  readonly signal: AbortSignal | undefined;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Waves of plans that `run` runs. */
export function waves<T>(run: RunPlan): RunInWave<T> {
  let queue = new Map<string, Waiting<T>>();

  function leave(): void {
    const all = [...queue.values()].filter(({ callers }) => !callers.every(({ signal }) => signal?.aborted));
    queue = new Map();
    let wave: Waiting<T>[] = [];
    let bytes = 0;
    for (const each of all) {
      if (wave.length > 0 && bytes + each.bytes > mostBytes) {
        runWave(wave, run);
        wave = [];
        bytes = 0;
      }
      wave.push(each);
      bytes += each.bytes;
    }
    if (wave.length > 0) runWave(wave, run);
  }

  return async (key, plan, bytes, signal) => {
    signal?.throwIfAborted();
    const answer = new Promise<T>((resolve, reject) => {
      if (queue.size === 0) setTimeout(leave);
      const caller = { signal, resolve, reject };
      const same = queue.get(key);
      if (same) same.callers.push(caller);
      else queue.set(key, { plan, bytes, callers: [caller] });
    });
    return unlessAborted(answer, [signal]);
  };
}

function runWave<T>(wave: readonly Waiting<T>[], run: RunPlan): void {
  const controller = new AbortController();
  const callers = wave.flatMap((each) => each.callers);
  const left = new Set(callers);
  const forget = callers.map((caller) =>
    onAbort(caller.signal, () => {
      left.delete(caller);
      if (left.size === 0) controller.abort(caller.signal!.reason);
    }),
  );
  run(together(wave.map(({ plan }) => settled(plan))), { signal: controller.signal })
    .then(
      (outcomes) => {
        for (const [i, { callers }] of wave.entries()) {
          const outcome = outcomes[i]!;
          for (const { resolve, reject } of callers) {
            if ("error" in outcome) reject(outcome.error);
            else resolve(outcome.value);
          }
        }
      },
      (error: unknown) => {
        for (const { reject } of callers) reject(error);
      },
    )
    .finally(() => {
      for (const end of forget) end();
    });
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** The plan that answers with the error of another one: a corrupt tile fails its own chunk, and no other of the wave. */
function settled<T>(plan: Plan<T>): Plan<Outcome<T>> {
  return function* () {
    let failed: { readonly error: unknown } | undefined;
    const fail = (error: unknown): void => {
      failed ??= { error };
    };
    try {
      const course = plan();
      for (let next = course.next(); !failed; next = course.next()) {
        if (next.done) return { value: next.value };
        yield guarded(next.value, fail);
      }
    } catch (error) {
      fail(error);
    }
    return failed!;
  };
}

/** A step whose `take` never fails. */
function guarded(step: Step, fail: (error: unknown) => void): Step {
  return {
    ...step,
    take: (i, bytes, signal) => {
      try {
        return step.take(i, bytes, signal)?.catch(fail);
      } catch (error) {
        return fail(error);
      }
    },
  };
}
