/** All that belongs to the image that is shown, and goes with it. */
import { newPages, type Pages } from "./pages.js";
import type { Budgets } from "./plan.js";
import type { Held } from "./readings.js";
import { newReads, type Reads, type ReadsOptions } from "./reads.js";
import type { Supplies } from "./supply.js";
import { type ValueSample, valueSample } from "./values.js";

/** The image that is shown. */
export interface Shown {
  readonly supplies: Supplies;
  readonly pages: Pages;
  readonly sample: ValueSample;
  readonly reads: Reads;
  /** How far a row or tile of each level stood for others when its pages were last drawn. */
  readonly reach: Map<number, number>;
  readonly start: number;
  isLit: boolean;
  /** Values that limits were found among; whether they were found when all had come. */
  limitsOf: number;
  isSteady: boolean;
}

export function newShown(
  supplies: Supplies,
  budgets: Budgets,
  listeners: Pick<ReadsOptions, "onNews" | "onIdle" | "onError">,
): Shown {
  const pages = newPages(supplies, budgets.pages);
  const sample = valueSample();
  return {
    supplies,
    pages,
    sample,
    reads: newReads({ supplies, pages, sample, budgets, ...listeners }),
    reach: new Map(),
    start: performance.now(),
    isLit: false,
    limitsOf: 0,
    isSteady: false,
  };
}

/** Where values of the image are found. */
export function heldOf({ pages, supplies, reads, reach }: Shown): Held {
  return {
    pages,
    coarsest: supplies.coarsest,
    origin: reads.origin,
    reachOf: (level) => reach.get(level) ?? 0,
  };
}
