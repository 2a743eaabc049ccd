/**
 * What one service does at most, so that no request takes the machine from the others.
 */
import { checkLeast, checkObject } from "../argument.js";

export interface ServiceLimits {
  /** Pixels of one answer, all its HDUs together. Default 64 million. */
  readonly pixels: number;
  /** Bytes that one answer may read, priced before anything is read. Default 512 MiB. */
  readonly readBytes: number;
  /** Seconds until an answer must be ready. Default 60. */
  readonly seconds: number;
  /** Requests at work at the same time; others wait. Default 64. */
  readonly requests: number;
  /** Requests that wait; more are refused (503). Default 1024. */
  readonly waiting: number;
  /** Bytes of a form, or of a query. Default 65,536. */
  readonly formBytes: number;
  /** Bytes of answers that are kept for those who ask again. Default 32 MiB. */
  readonly keptBytes: number;
  /** Jobs that a client may have, those that are done included. Default 32. */
  readonly jobs: number;
  /** Jobs of all clients. Default 1024. */
  readonly allJobs: number;
  /** Results of one job: combinations of its parameters. Default 1000. */
  readonly combinations: number;
  /** Seconds that a job may run. Default 600. */
  readonly jobSeconds: number;
  /** Seconds that a job is kept. Default a day. */
  readonly jobLife: number;
  /** Bytes of results that all jobs together keep. Default 256 MiB. */
  readonly resultBytes: number;
}

const defaults: ServiceLimits = {
  pixels: 64_000_000,
  readBytes: 512 * 1024 * 1024,
  seconds: 60,
  requests: 64,
  waiting: 1024,
  formBytes: 65_536,
  keptBytes: 32 * 1024 * 1024,
  jobs: 32,
  allJobs: 1024,
  combinations: 1000,
  jobSeconds: 600,
  jobLife: 86_400,
  resultBytes: 256 * 1024 * 1024,
};

/** The limits, with their defaults. Throws BAD_ARGUMENT for one that is no number. */
export function limitsOf(given: Partial<ServiceLimits> = {}): ServiceLimits {
  checkObject(given, "limits");
  checkLeast({ ...given }, 0);
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...defaults, ...known };
}

/** Lets at most so many be at work, and so many wait. */
export interface Gate {
  /** Resolves when there is room; undefined at once where too many wait. Call the result when the work is done. */
  enter(signal: AbortSignal): Promise<(() => void) | undefined>;
  readonly busy: number;
}

export function gateOf(most: number, waiting: number): Gate {
  const queue = new Set<() => void>();
  let busy = 0;
  const leave = (): void => {
    const [next] = queue;
    if (next) {
      queue.delete(next);
      next();
    } else busy--;
  };
  return {
    get busy() {
      return busy;
    },
    async enter(signal) {
      if (busy >= most) {
        if (queue.size >= waiting) return undefined;
        await new Promise<void>((resolve, reject) => {
          const go = (): void => {
            signal.removeEventListener("abort", quit);
            resolve();
          };
          const quit = (): void => {
            queue.delete(go);
            reject(signal.reason);
          };
          queue.add(go);
          signal.addEventListener("abort", quit, { once: true });
        });
      } else busy++;
      let isIn = true;
      return () => {
        if (isIn) leave();
        isIn = false;
      };
    },
  };
}
