/**
 * Plans that are asked for in the same turn of the event loop, run together: readers ask for all chunks of a section at once, each
 * alone, and only together are they priced as the section is.
 */
import { onAbort, unlessAborted } from "../abort.js";
import type { RunPlan } from "../hdu/hdu.js";
import { type Plan, type Step, together } from "../read/plan.js";

/** Runs plans, those of one turn in one wave. An abort rejects its own caller, and cancels the wave when all have aborted. */
export type RunInWave = <T>(plan: Plan<T>, bytes: number, signal?: AbortSignal) => Promise<T>;

/** Bytes of the answers of one wave: what is asked for beyond them goes into another wave, so that the first are soon free. */
const mostBytes = 2 ** 26;

interface Waiting {
  readonly plan: Plan<unknown>;
  readonly bytes: number;
  readonly signal: AbortSignal | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Waves of plans that `run` runs. */
export function waves(run: RunPlan): RunInWave {
  let queue: Waiting[] = [];

  function leave(): void {
    const all = queue.filter(({ signal }) => !signal?.aborted);
    queue = [];
    let wave: Waiting[] = [];
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

  return async <T>(plan: Plan<T>, bytes: number, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted();
    const answer = new Promise<unknown>((resolve, reject) => {
      if (queue.length === 0) setTimeout(leave);
      queue.push({ plan, bytes, signal, resolve, reject });
    });
    return unlessAborted(answer as Promise<T>, [signal]);
  };
}

function runWave(wave: readonly Waiting[], run: RunPlan): void {
  const controller = new AbortController();
  const left = new Set(wave);
  const forget = wave.map((each) =>
    onAbort(each.signal, () => {
      left.delete(each);
      if (left.size === 0) controller.abort(each.signal!.reason);
    }),
  );
  run(together(wave.map(({ plan }) => settled(plan))), { signal: controller.signal })
    .then(
      (outcomes) => {
        for (const [i, { resolve, reject }] of wave.entries()) {
          const outcome = outcomes[i]!;
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.value);
        }
      },
      (error: unknown) => {
        for (const { reject } of wave) reject(error);
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
