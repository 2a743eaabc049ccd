/**
 * What became of a target: the rows of a manifest.
 */
import { checkObject } from "../argument.js";

/**
 * `done`: cut whole; `partial`: a part of the stamp lies outside the image; `outside`: all of it does; `failed`: the reason
 * says why.
 */
export type StampStatus = "done" | "partial" | "outside" | "failed";

/** What became of a target in one file. A target and a source come together once. */
export interface Outcome {
  readonly name: string;
  /** Row in the list, from 0. */
  readonly row: number;
  /** Place in the order of the list, where one row may have several outcomes; from 0. */
  readonly number: number;
  readonly status: StampStatus;
  /** Where the stamp is, beside the manifest: a file, or what is the stamp's in one. */
  readonly output?: string | undefined;
  readonly source?: string | undefined;
  /** The HDU that was cut, or the first of several. */
  readonly hdu?: number | undefined;
  readonly reason?: string | undefined;
}

/** What tells one outcome from all others. */
export function outcomeKey(outcome: Pick<Outcome, "row" | "source">): string {
  checkObject(outcome, "an outcome");
  const { row, source = "" } = outcome;
  return `${row} ${source}`;
}
