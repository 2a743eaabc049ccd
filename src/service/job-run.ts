/**
 * The work of a job: a result for each combination of values, wherever the results are kept.
 */
import type { CutBody } from "./cut.js";
import { fileOf, inTurn, type Shared } from "./exchange.js";
import type { ServiceLimits } from "./limits.js";
import type { Parameters } from "./parameters.js";
import { Refusal, refusalOf, tooMuch } from "./refusal.js";
import { type SodaWish, sodaCut, sodaWishes } from "./soda.js";

/** A result that is kept. */
export interface JobResult {
  readonly id: string;
  /** Media type. */
  readonly type: string;
  readonly extension: string;
  readonly bytes: number;
}

/** The results of a job, in the order of their combinations; or why there are none, as DALI has errors. */
export type JobOutcome = { readonly results: readonly JobResult[] } | { readonly error: string };

/** Keeps a result, whose bytes come whole or in pieces; resolves to their number. Throws `Refusal` for more than are kept. */
export type KeepResult = (id: string, body: CutBody) => Promise<number>;

/** What a store of jobs needs of the service. */
export interface JobWork {
  readonly limits: ServiceLimits;
  /** Throws `Refusal` (503) where a client would have more jobs than may be, or all clients together. */
  checkCount(own: number, all: number): void;
  /** Throws `Refusal` (413) where the results of all jobs would have more bytes than are kept. */
  checkKept(bytes: number): void;
  /** Makes the results of a job. Rejects with the reason of the signal, when that ends the work. */
  run(parameters: Parameters, keep: KeepResult, signal: AbortSignal): Promise<JobOutcome>;
}

/** Cutouts of one job that are made at a time. */
const cutoutsAtOnce = 16;

export function jobWork(shared: Shared): JobWork {
  const { limits, tell } = shared;
  return {
    limits,
    checkCount(own, all) {
      if (own > limits.jobs)
        throw new Refusal(503, "ServiceUnavailable", `you have ${limits.jobs} jobs; delete one`);
      if (all > limits.allJobs)
        throw new Refusal(503, "ServiceUnavailable", "too many jobs; try again later");
    },
    checkKept(bytes) {
      if (bytes > limits.resultBytes)
        throw tooMuch("the results of all jobs are larger than this service keeps");
    },
    async run(parameters, keep, signal) {
      try {
        return { results: await resultsOf(shared, parameters, keep, signal) };
      } catch (error) {
        signal.throwIfAborted();
        const { word, message } = refusalOf(error, signal, tell);
        return { error: `${word}: ${message}` };
      }
    },
  };
}

async function resultsOf(
  shared: Shared,
  parameters: Parameters,
  keep: KeepResult,
  signal: AbortSignal,
): Promise<JobResult[]> {
  const wishes = sodaWishes(parameters, shared.limits.combinations);
  const left = [...wishes.entries()].reverse();
  const results: JobResult[] = [];
  const failures: Refusal[] = [];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) {
      signal.throwIfAborted();
      const [i, wish] = next;
      const id = `result-${i + 1}`;
      const keepIt = async (body: CutBody): Promise<void> => {
        results[i] = { id, type: body.type, extension: body.extension, bytes: await keep(id, body) };
      };
      const failure = await cutInto(keepIt, wish, shared, signal);
      if (!failure) continue;
      failures[i] = failure;
      await keepIt(line(`${failure.word}: ${failure.message}`));
    }
  };
  const workers = Array.from({ length: Math.min(cutoutsAtOnce, wishes.length) }, worker);
  const settled = await Promise.allSettled(workers);
  const broken = settled.find((each) => each.status === "rejected");
  if (broken) throw broken.reason;
  if (failures.filter((failure) => failure).length < wishes.length) return results;
  const [{ word, message }] = failures as [Refusal];
  throw new Refusal(400, word === "UsageError" ? word : "Error", message);
}

/** Keeps the cutout of one combination, or a line of text where nothing overlaps; resolves to the reason where it fails. */
async function cutInto(
  keep: (body: CutBody) => Promise<void>,
  { id, ...wish }: SodaWish,
  shared: Shared,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  try {
    await inTurn(shared, signal, async () => {
      const file = await fileOf({ shared }, id, signal);
      try {
        const made = await sodaCut(file.fits, wish, { limits: shared.limits, signal });
        await keep(made ?? line(`UsageError: nothing of ${id} overlaps`));
      } finally {
        file.done?.();
      }
    });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return refusalOf(error, signal, shared.tell);
  }
}

function line(text: string): CutBody {
  return { type: "text/plain; charset=utf-8", extension: "txt", body: new TextEncoder().encode(`${text}\n`) };
}
