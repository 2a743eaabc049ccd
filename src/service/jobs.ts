/**
 * Jobs of cutouts: what they are, what keeps them, and a store of them in the memory of one process.
 */
import { bodyAnswer } from "./answer.js";
import type { CutBody } from "./cut.js";
import type { JobResult, JobWork } from "./job-run.js";
import { gateOf } from "./limits.js";
import type { Parameters } from "./parameters.js";
import { refusalOf, tooMuch } from "./refusal.js";

/** The phases of UWS 1.1 that jobs here have. */
export type Phase = "PENDING" | "QUEUED" | "EXECUTING" | "COMPLETED" | "ERROR" | "ABORTED";

/** A job as it was when it was asked for. */
export interface Job {
  /** A word that nobody guesses: whoever knows it has the job. */
  readonly id: string;
  readonly client: string;
  readonly phase: Phase;
  readonly created: Date;
  readonly started?: Date | undefined;
  readonly ended?: Date | undefined;
  readonly destruction: Date;
  /** Seconds that the job may run. */
  readonly duration: number;
  readonly parameters: Parameters;
  readonly results: readonly JobResult[];
  readonly error?: string | undefined;
}

/** What a client may change of a job; of the parameters those that are named here. */
export type JobChange = Partial<Pick<Job, "destruction" | "duration" | "parameters">>;

/** Keeps jobs and runs them. What cannot be done throws `Refusal`. */
export interface Jobs {
  count(): Promise<number>;
  /** A new job, PENDING. Throws `Refusal` (503) where the client, or all together, have as many as may be. */
  create(client: string, parameters: Parameters): Promise<Job>;
  /** The job of an ID as a client gave it. */
  find(id: string): Promise<Job | undefined>;
  /** The jobs of a client, the newest first. */
  of(client: string): Promise<Job[]>;
  /** Changes that are made at the same time are all made. */
  change(job: Job, change: JobChange): Promise<void>;
  /** Has a job run; false for one that is not PENDING. */
  run(job: Job): Promise<boolean>;
  abort(job: Job): Promise<void>;
  remove(job: Job): Promise<void>;
  /** Waits until the job's phase is another than `phase`, at most `seconds`; resolves to the job as it is then. */
  changed(job: Job, phase: Phase, seconds: number, signal: AbortSignal): Promise<Job | undefined>;
  /** The answer with the bytes of a result, for a GET or HEAD; undefined where they are gone. */
  result(job: Job, result: JobResult, request: Request): Promise<Response | undefined>;
  /** Ends the work of this process. */
  stop(): Promise<void>;
}

/** Whether a job in this phase has ended. */
export const isOver = (phase: Phase): boolean => /^(COMPLETED|ERROR|ABORTED)$/.test(phase);

/** Jobs that one process runs at a time. */
const jobsAtOnce = 4;

type Held = CutBody & { readonly body: Uint8Array<ArrayBuffer> };

interface OwnJob {
  job: Job;
  readonly bodies: Map<string, Held>;
}

export function jobsInMemory({ limits, checkCount, checkKept, run }: JobWork): Jobs {
  const all = new Map<string, OwnJob>();
  const controllers = new Map<OwnJob, AbortController>();
  const waiting = new Map<OwnJob, Set<() => void>>();
  const gate = gateOf(jobsAtOnce, limits.allJobs);
  let bytes = 0;

  function enter(own: OwnJob, phase: Phase, more: Partial<Job> = {}): void {
    if (isOver(own.job.phase)) return;
    const now = new Date();
    own.job = {
      ...own.job,
      ...more,
      phase,
      ...(phase === "EXECUTING" && { started: now }),
      ...(isOver(phase) && { ended: now }),
    };
    for (const wake of waiting.get(own) ?? []) wake();
  }

  function drop({ bodies }: OwnJob): void {
    for (const { body } of bodies.values()) bytes -= body.length;
    bodies.clear();
  }

  function abort(own: OwnJob): void {
    controllers.get(own)?.abort(new DOMException("the job was aborted", "AbortError"));
    enter(own, "ABORTED");
  }

  function remove(own: OwnJob): void {
    abort(own);
    all.delete(own.job.id);
    drop(own);
  }

  /** The jobs that are left; those whose time is over go. */
  function swept(): typeof all {
    const now = Date.now();
    for (const own of all.values()) if (own.job.destruction.getTime() <= now) remove(own);
    return all;
  }

  const ofClient = (client: string): Job[] =>
    [...swept().values()].flatMap(({ job }) => (job.client === client ? [job] : []));

  async function execute(own: OwnJob, controller: AbortController): Promise<void> {
    const { signal } = controller;
    const { parameters, duration } = own.job;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let leave: (() => void) | undefined;
    const keep = async (id: string, made: CutBody): Promise<number> => {
      const body = await held(made.body, limits.resultBytes);
      signal.throwIfAborted();
      checkKept(bytes + body.length);
      bytes += body.length;
      own.bodies.set(id, { ...made, body });
      return body.length;
    };
    try {
      leave = await gate.enter(signal);
      enter(own, "EXECUTING");
      const late = new DOMException("the job's time is over", "TimeoutError");
      timer = setTimeout(() => controller.abort(late), duration * 1000);
      const outcome = await run(parameters, keep, signal);
      signal.throwIfAborted();
      if ("error" in outcome) drop(own);
      enter(own, "error" in outcome ? "ERROR" : "COMPLETED", outcome);
    } catch (error) {
      // A job that takes longer than it may is aborted (UWS 1.1, section 2.2.1.2).
      const { word, message } = refusalOf(error, signal, ({ message }) => message);
      drop(own);
      enter(own, signal.aborted ? "ABORTED" : "ERROR", { error: `${word}: ${message}` });
    } finally {
      clearTimeout(timer);
      leave?.();
      controllers.delete(own);
    }
  }

  return {
    count: async () => all.size,
    async create(client, parameters) {
      checkCount(ofClient(client).length + 1, all.size + 1);
      const created = new Date();
      const job: Job = {
        id: crypto.randomUUID(),
        client,
        phase: "PENDING",
        created,
        destruction: new Date(created.getTime() + limits.jobLife * 1000),
        duration: limits.jobSeconds,
        parameters,
        results: [],
      };
      all.set(job.id, { job, bodies: new Map() });
      return job;
    },
    find: async (id) => swept().get(id)?.job,
    of: async (client) => ofClient(client).reverse(),
    async change({ id }, change) {
      const own = all.get(id);
      if (!own) return;
      const parameters = new Map([...own.job.parameters, ...(change.parameters ?? [])]);
      own.job = { ...own.job, ...change, parameters };
    },
    async run({ id }) {
      const own = all.get(id);
      if (own?.job.phase !== "PENDING") return false;
      const controller = new AbortController();
      controllers.set(own, controller);
      enter(own, "QUEUED");
      void execute(own, controller);
      return true;
    },
    async abort({ id }) {
      const own = all.get(id);
      if (own) abort(own);
    },
    async remove({ id }) {
      const own = all.get(id);
      if (own) remove(own);
    },
    async changed({ id }, phase, seconds, signal) {
      const own = all.get(id);
      if (!own || own.job.phase !== phase || isOver(phase)) return own?.job;
      const wakers = waiting.get(own) ?? new Set();
      waiting.set(own, wakers);
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
        if (wakers.size === 0) waiting.delete(own);
      }
      return own.job;
    },
    async result({ id }, result, request) {
      const body = all.get(id)?.bodies.get(result.id);
      return body && bodyAnswer(request, body, `"${id}-${result.id}"`);
    },
    async stop() {
      for (const own of all.values()) abort(own);
    },
  };
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
