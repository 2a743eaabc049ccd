/**
 * Jobs of cutouts in the memory of one process: what they are, how they run, and how long they are kept.
 */
import type { CutBody } from "./cut.js";
import { fileOf, inTurn, type Shared } from "./exchange.js";
import { gateOf } from "./limits.js";
import type { Parameters } from "./parameters.js";
import { Refusal, refusalOf, tooMuch } from "./refusal.js";
import { type SodaWish, sodaCut, sodaWishes } from "./soda.js";

/** The phases of UWS 1.1 that jobs here have. */
export type Phase = "PENDING" | "QUEUED" | "EXECUTING" | "COMPLETED" | "ERROR" | "ABORTED";

export interface JobResult {
  readonly id: string;
  readonly body: CutBody & { readonly body: Uint8Array<ArrayBuffer> };
}

export interface Job {
  /** A word that nobody guesses: whoever knows it has the job. */
  readonly id: string;
  readonly client: string;
  phase: Phase;
  readonly created: Date;
  started?: Date;
  ended?: Date;
  destruction: Date;
  /** Seconds. */
  duration: number;
  parameters: Parameters;
  results: JobResult[];
  error?: string;
}

export interface Jobs {
  readonly count: number;
  /** A new job, PENDING. Throws Refusal where the client, or all together, have as many as may be. */
  create(client: string, parameters: Parameters): Job;
  find(id: string): Job | undefined;
  /** The jobs of a client, the newest first. */
  of(client: string): Job[];
  run(job: Job): void;
  abort(job: Job): void;
  remove(job: Job): void;
  /** Waits until the job's phase is another than `phase`, at most `seconds`. */
  changed(job: Job, phase: Phase, seconds: number, signal: AbortSignal): Promise<void>;
  /** Aborts all jobs. */
  stop(): void;
}

/** Jobs that run at a time, and cutouts of one that do. */
const jobsAtOnce = 4;
const cutoutsAtOnce = 16;

export const isOver = (phase: Phase): boolean => /^(COMPLETED|ERROR|ABORTED)$/.test(phase);

export function newJobs(shared: Shared): Jobs {
  const { limits } = shared;
  const all = new Map<string, Job>();
  const controllers = new Map<Job, AbortController>();
  const waiting = new Map<Job, Set<() => void>>();
  const gate = gateOf(jobsAtOnce, limits.allJobs);
  let bytes = 0;

  function enter(job: Job, phase: Phase): void {
    if (isOver(job.phase)) return;
    job.phase = phase;
    if (phase === "EXECUTING") job.started = new Date();
    if (isOver(phase)) job.ended = new Date();
    for (const wake of waiting.get(job) ?? []) wake();
  }

  function remove(job: Job): void {
    abort(job);
    if (!all.delete(job.id)) return;
    drop(job);
  }

  function drop(job: Job): void {
    bytes -= job.results.reduce((sum, { body }) => sum + body.body.length, 0);
    job.results = [];
  }

  function abort(job: Job): void {
    controllers.get(job)?.abort(new DOMException("the job was aborted", "AbortError"));
    enter(job, "ABORTED");
  }

  /** Jobs whose time is over go. */
  function sweep(): void {
    const now = Date.now();
    for (const job of all.values()) if (job.destruction.getTime() <= now) remove(job);
  }

  async function execute(job: Job, signal: AbortSignal): Promise<void> {
    const wishes = sodaWishes(job.parameters, limits.combinations);
    const left = [...wishes.entries()].reverse();
    const results: (JobResult | undefined)[] = [];
    let failures = 0;
    const worker = async (): Promise<void> => {
      for (let next = left.pop(); next; next = left.pop()) {
        signal.throwIfAborted();
        const [i, wish] = next;
        const made = await resultOf(wish, signal);
        if (made.failed) failures++;
        bytes += made.body.body.length;
        results[i] = { id: `result-${i + 1}`, body: made.body };
        if (bytes > limits.resultBytes)
          throw tooMuch("the results of all jobs are larger than this service keeps");
      }
    };
    const settled = await Promise.allSettled(
      Array.from({ length: Math.min(cutoutsAtOnce, wishes.length) }, worker),
    );
    job.results = results.filter((result) => result !== undefined);
    const failed = settled.find((each) => each.status === "rejected");
    if (failed || isOver(job.phase)) {
      drop(job);
      if (failed) throw failed.reason;
      return;
    }
    if (failures < wishes.length) return;
    const [first] = job.results;
    const text = new TextDecoder().decode(first!.body.body).trim();
    drop(job);
    const [word = "", ...rest] = text.split(": ");
    throw new Refusal(400, word === "UsageError" ? word : "Error", rest.join(": ") || text);
  }

  /** The body of one combination; what fails, or overlaps nothing, is a line of text. */
  async function resultOf(
    { id, ...wish }: SodaWish,
    signal: AbortSignal,
  ): Promise<{ readonly body: JobResult["body"]; readonly failed: boolean }> {
    try {
      return await inTurn(shared, signal, async () => {
        const file = await fileOf({ shared }, id, signal);
        try {
          const made = await sodaCut(file.fits, wish, { limits, signal });
          if (!made) return { body: line(`UsageError: nothing of ${id} overlaps`), failed: false };
          return { body: { ...made, body: await held(made.body, limits.resultBytes) }, failed: false };
        } finally {
          file.done?.();
        }
      });
    } catch (error) {
      signal.throwIfAborted();
      const { word, message } = refusalOf(error, signal, shared.tell);
      return { body: line(`${word}: ${message}`), failed: true };
    }
  }

  return {
    get count() {
      return all.size;
    },
    create(client, parameters) {
      sweep();
      const own = [...all.values()].filter((job) => job.client === client);
      if (own.length >= limits.jobs)
        throw new Refusal(503, "ServiceUnavailable", `you have ${own.length} jobs; delete one`);
      if (all.size >= limits.allJobs)
        throw new Refusal(503, "ServiceUnavailable", "too many jobs; try again later");
      const job: Job = {
        id: crypto.randomUUID(),
        client,
        phase: "PENDING",
        created: new Date(),
        destruction: new Date(Date.now() + limits.jobLife * 1000),
        duration: limits.jobSeconds,
        parameters,
        results: [],
      };
      all.set(job.id, job);
      return job;
    },
    find(id) {
      sweep();
      return all.get(id);
    },
    of(client) {
      sweep();
      return [...all.values()].filter((job) => job.client === client).reverse();
    },
    run(job) {
      if (job.phase !== "PENDING") return;
      const controller = new AbortController();
      controllers.set(job, controller);
      enter(job, "QUEUED");
      const { signal } = controller;
      void (async () => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        let leave: (() => void) | undefined;
        try {
          leave = await gate.enter(signal);
          enter(job, "EXECUTING");
          const late = new DOMException("the job's time is over", "TimeoutError");
          timer = setTimeout(() => controller.abort(late), job.duration * 1000);
          await execute(job, signal);
          enter(job, "COMPLETED");
        } catch (error) {
          const { word, message } = refusalOf(error, signal, shared.tell);
          if (!isOver(job.phase)) job.error = `${word}: ${message}`;
          // A job that takes longer than it may is aborted (UWS 1.1, section 2.2.1.2).
          enter(job, signal.aborted ? "ABORTED" : "ERROR");
        } finally {
          clearTimeout(timer);
          leave?.();
          controllers.delete(job);
        }
      })();
    },
    abort,
    remove,
    async changed(job, phase, seconds, signal) {
      if (job.phase !== phase || isOver(phase)) return;
      const wakers = waiting.get(job) ?? new Set();
      waiting.set(job, wakers);
      let wake = (): void => undefined;
      const timer = setTimeout(() => wake(), seconds * 1000);
      signal.addEventListener("abort", () => wake(), { once: true });
      try {
        await new Promise<void>((resolve) => {
          wake = resolve;
          wakers.add(wake);
        });
      } finally {
        clearTimeout(timer);
        wakers.delete(wake);
        if (wakers.size === 0) waiting.delete(job);
      }
    },
    stop() {
      for (const job of all.values()) abort(job);
    },
  };
}

function line(text: string): JobResult["body"] {
  return { type: "text/plain; charset=utf-8", extension: "txt", body: new TextEncoder().encode(`${text}\n`) };
}

/** All of a body in memory. Throws Refusal for more than `most` bytes. */
async function held(body: CutBody["body"], most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > most) throw tooMuch(`a result has more than ${most} bytes`);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
