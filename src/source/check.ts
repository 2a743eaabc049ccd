/**
 * Options of sources that make no sense.
 */
import { FitsError } from "../errors.js";
import type { SourceOptions } from "./options.js";

/** More is not to be had of a timer. */
const most = 2 ** 31 - 2;

/** Throws BAD_ARGUMENT for `retries` or a `timeout` that are none. */
export function checkOptions({ retries, timeout }: SourceOptions): void {
  checkNumber("retries", retries, 0);
  checkNumber("timeout", timeout, 1);
}

function checkNumber(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isFinite(value) && value >= least && value <= most)) return;
  throw new FitsError("BAD_ARGUMENT", `${name} must be a number from ${least} to ${most}, not ${value}`);
}
