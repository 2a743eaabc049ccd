/**
 * Options of sources that make no sense.
 */
import { FitsError } from "../errors.js";
import type { SourceOptions } from "./options.js";

/** More is not to be had of a timer. */
const most = 2 ** 31 - 2;

/** Throws BAD_ARGUMENT for options of the wrong type, and for `retries` or a `timeout` that are none. */
export function checkOptions({ retries, timeout, fetch, headers, key, s3 }: SourceOptions): void {
  checkNumber("retries", retries, 0);
  checkNumber("timeout", timeout, 1);
  check(fetch, typeof fetch === "function", "fetch must be a function like the global fetch");
  check(
    headers,
    isRecord(headers) && Object.values(headers).every((value) => typeof value === "string"),
    'headers must be a plain object of strings, { "X-Name": "value" }; of a Headers: Object.fromEntries(headers)',
  );
  check(key, typeof key === "string", "key must be a string: which object of the store is meant");
  check(s3, isRecord(s3), 's3 must be an object of options, as in { region: "us-west-2" }');
}

function checkNumber(name: string, value: number | undefined, least: number): void {
  const fits = Number.isFinite(value) && value! >= least && value! <= most;
  check(value, fits, `${name} must be a number from ${least} to ${most}, not ${String(value)}`);
}

function check(value: unknown, fits: boolean, message: string): void {
  if (value !== undefined && !fits) throw new FitsError("BAD_ARGUMENT", message);
}

/** Neither an array nor a `Headers` or `Map`: those have no entries of their own. */
function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}
