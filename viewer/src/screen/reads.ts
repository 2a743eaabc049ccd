/** The reads of a view: plans, starts a few jobs at a time, brings what comes to the pages, cancels what nobody wants. */
import { type Explanation, FitsError, together } from "fitslice";
import { deposit } from "./deposit.js";
import { contains, overlap, type Rect } from "./geometry.js";
import type { Pages } from "./pages.js";
import {
  type Budgets,
  halvesOf,
  type Job,
  keysOf,
  missingSections,
  nextJob,
  type Permission,
  type Target,
  targetOf,
} from "./plan.js";
import type { Supplies, Supply } from "./supply.js";
import { type Origin, originOf, plainOrigin, type ValueSample } from "./values.js";

export interface Reads {
  /** The view that is read for. */
  readonly target: Target | undefined;
  /** Reads under way. */
  readonly count: number;
  /** What values are counted from, and in which unit, where 32 bits would not hold them. */
  readonly origin: Origin;
  /** Reads for what is in sight, in pixels of level 0; undefined for nothing. */
  see(sight: Rect | undefined, level: number): void;
  /** Lets more be read than the view's budget. */
  permit(): void;
  /** What `permit()` would read. */
  price(): Promise<Explanation | undefined>;
  /** Cancels everything. */
  close(): void;
}

export interface ReadsOptions {
  readonly supplies: Supplies;
  readonly pages: Pages;
  readonly sample: ValueSample;
  readonly budgets: Budgets;
  /** Something has come. */
  onNews(): void;
  /** Nothing more is read. `isMore`: the budget is spent, and not everything was read. */
  onIdle(isMore: boolean): void;
  onError(error: Error): void;
}

interface Running extends Job {
  readonly target: Target;
  readonly controller: AbortController;
  /** Of its units. */
  readonly keys: ReadonlySet<number>;
  /** Somebody asked for it who had heard the price. */
  readonly isAsked: boolean;
}

const mostJobs = 4;
/** Jobs of a view that are halved because they fail. */
const mostFailures = 64;
/** Faults of some pixels, rather than of the file or the way to it. */
const ofPixels: ReadonlySet<string> = new Set(["TRUNCATED", "BAD_DATA", "UNSUPPORTED", "TOO_LARGE"]);
/** Types that 32-bit floats hold to the last bit. */
const narrow = new Set(["int8", "uint8", "int16", "uint16", "float32"]);

export function newReads(options: ReadsOptions): Reads {
  const { supplies, pages, sample, budgets, onNews, onIdle, onError } = options;
  const running = new Set<Running>();
  const failed = new Set<number>();
  let target: Target | undefined;
  let permission: Permission = "budget";
  let spent = 0;
  let origin: Origin | undefined = narrow.has(supplies.dtype) ? plainOrigin : undefined;
  /** What was told: of faults of pixels once for the image, of others once for a view. */
  const told = new Set<string>();
  let failures = 0;
  let isClosed = false;

  const asked = (key: number): boolean => {
    if (failed.has(key)) return true;
    for (const job of running) if (job.target.supply === target?.supply && job.keys.has(key)) return true;
    return false;
  };

  return {
    get target() {
      return target;
    },
    get count() {
      return running.size;
    },
    get origin() {
      return origin ?? plainOrigin;
    },
    see(sight, level) {
      const before = target;
      target = sight && targetOf(sight, level, supplies.of(level), budgets);
      if (!before || !target || !isSame(before, target)) {
        permission = "budget";
        spent = 0;
        failed.clear();
        failures = 0;
        for (const code of told) if (!ofPixels.has(code)) told.delete(code);
      }
      for (const job of running) if (!target || !isWanted(job, target)) job.controller.abort();
      for (const job of running) if (job.controller.signal.aborted) running.delete(job);
      pump();
    },
    permit() {
      if (!target) return;
      permission = isSampled(target) ? "exact" : "sampled";
      pump();
    },
    async price() {
      const { supply } = target ?? {};
      if (!target || !supply) return undefined;
      const exact = isSampled(target);
      const sections = missingSections(target, pages, asked, exact);
      if (sections.length === 0) return undefined;
      try {
        const plan = together(sections.map((rect) => supply.image.plan(supply.selection(rect))));
        return await supply.fits.explain(plan);
      } catch (error) {
        tell(error);
        return undefined;
      }
    },
    close() {
      isClosed = true;
      target = undefined;
      for (const { controller } of running) controller.abort();
      running.clear();
    },
  };

  /** Small coarse levels are drawn until finer ones of the overview have been found and read. */
  function isWanted(job: Running, of: Target): boolean {
    return serves(job, of) || (supplies.isGrowing && job.target.supply.base > of.supply.base);
  }

  /** Whether each row of texels in sight has a row that was read. */
  function isSampled(of: Target): boolean {
    return nextJob(of, pages, (key) => failed.has(key), Number.POSITIVE_INFINITY, false).job === undefined;
  }

  function pump(): void {
    if (isClosed) return;
    let isMore = false;
    while (target && running.size < mostJobs) {
      const next = choose(target);
      isMore = next.isMore;
      if (!next.job) break;
      // A later pass waits for the end of the first one: the two would share the connections, and first light would come late.
      if (!next.job.first && [...running].some(({ first }) => first)) return;
      start(next.job, target);
    }
    if (running.size === 0) onIdle(isMore);
  }

  /** The next job that the budget allows. */
  function choose(of: Target): { job: Job | undefined; isMore: boolean } {
    const left = permission === "budget" ? budgets.view - spent : Number.POSITIVE_INFINITY;
    const isFirst = spent === 0;
    const sampled = nextJob(of, pages, asked, isFirst ? Number.POSITIVE_INFINITY : left, false);
    if (sampled.job || sampled.isMore || of.dense || of.last === 1) return sampled;
    const isAllowed = permission === "budget" ? of.supply.bytesOf(of.sight) <= left : permission === "exact";
    return isAllowed
      ? nextJob(of, pages, asked, Number.POSITIVE_INFINITY, true)
      : { job: undefined, isMore: true };
  }

  function start(job: Job, of: Target): void {
    const begun: Running = {
      ...job,
      target: of,
      controller: new AbortController(),
      keys: keysOf(of, job),
      isAsked: permission !== "budget",
    };
    running.add(begun);
    spent += job.bytes;
    void run(begun);
  }

  async function run(job: Running): Promise<void> {
    const { supply } = job.target;
    const { signal } = job.controller;
    try {
      const arrays = await supply.image.sections(
        job.sections.map((rect) => supply.selection(rect)),
        {
          signal,
          optimize: job.dense || job.isAsked ? "time" : "bytes",
          // A job has rows above and below the middle of the view, which other jobs read: its requests leave out that gap, and read gaps within a row.
          gap: job.dense ? supply.rowBytes : undefined,
        },
      );
      for (const [i, array] of arrays.entries()) {
        if (signal.aborted) return;
        origin ??= originOf(array.data);
        await deposit(array, job.sections[i]!, {
          pages,
          supply,
          levels: job.target.whole ? levelsOf(supply) : [job.target.level],
          origin,
          sample,
          signal,
        });
      }
      if (!signal.aborted) onNews();
    } catch (error) {
      if (signal.aborted) return;
      fail(job, error);
    } finally {
      running.delete(job);
      if (!signal.aborted) pump();
    }
  }

  /** What cannot be read is tried in halves, so that one damaged tile, or the end of the file, takes no more than itself. */
  function fail(job: Running, error: unknown): void {
    const isOfPixels = error instanceof FitsError && ofPixels.has(error.code);
    const halves =
      isOfPixels && failures++ < mostFailures && job.target === target && halvesOf(job.target, job);
    if (halves) for (const half of halves) start(half, job.target);
    else for (const key of job.keys) failed.add(key);
    tell(error);
  }

  /** The levels that a supply is for, the finest first. */
  function levelsOf(supply: Supply): number[] {
    const levels: number[] = [];
    for (let level = supply.base; level <= supplies.coarsest; level++)
      if (supplies.of(level) === supply) levels.push(level);
    return levels;
  }

  function tell(error: unknown): void {
    const found = error instanceof Error ? error : new Error(String(error));
    const code = found instanceof FitsError ? found.code : found.message;
    // A file that was closed is on its way to be replaced.
    if (code !== "CLOSED" && !told.has(code)) onError(found);
    told.add(code);
  }
}

function isSame(a: Target, b: Target): boolean {
  return (
    a.level === b.level && a.supply === b.supply && contains(a.units, b.units) && contains(b.units, a.units)
  );
}

/** Whether a job brings something for the pages of a target that are in sight. */
function serves(job: Running, { supply, level, sight, whole }: Target): boolean {
  if (job.target.supply !== supply || (!whole && job.target.level !== level)) return false;
  return job.sections.some((rect) => overlap(rect, sight) !== undefined);
}
