/**
 * The functions of `where`. Angles are radians; numbers are float64.
 */
import { globMatcher } from "./names.js";

export interface TableFunction {
  readonly takes: "number" | "string";
  readonly type: "number" | "string" | "boolean";
  /** Fewest and most arguments. */
  readonly count: readonly [number, number];
  readonly apply: (args: readonly (number | bigint | string | boolean)[]) => number | string | boolean;
}

function ofNumbers(count: number, apply: (...args: number[]) => number, most: number = count): TableFunction {
  return {
    takes: "number",
    type: "number",
    count: [count, most],
    apply: (args) => apply(...args.map(Number)),
  };
}

function ofNumber(test: (x: number) => boolean): TableFunction {
  return { takes: "number", type: "boolean", count: [1, 1], apply: ([x]) => test(Number(x)) };
}

function ofString(apply: (text: string) => string): TableFunction {
  return { takes: "string", type: "string", count: [1, 1], apply: ([text]) => apply(String(text)) };
}

const degree = Math.PI / 180;
const matchers = new Map<string, (text: string) => boolean>();

/** `like`, with the matcher of a pattern made once. */
function isLike(text: string, pattern: string): boolean {
  let matches = matchers.get(pattern);
  if (!matches) {
    if (matchers.size > 100) matchers.clear();
    matches = globMatcher(pattern, "%", "_");
    matchers.set(pattern, matches);
  }
  return matches(text);
}

/** By name, in lower case. */
export const functions: Readonly<Record<string, TableFunction>> = {
  abs: ofNumbers(1, Math.abs),
  sqrt: ofNumbers(1, Math.sqrt),
  exp: ofNumbers(1, Math.exp),
  ln: ofNumbers(1, Math.log),
  log: ofNumbers(1, Math.log),
  log2: ofNumbers(1, Math.log2),
  log10: ofNumbers(1, Math.log10),
  pow: ofNumbers(2, (x, y) => x ** y),
  floor: ofNumbers(1, Math.floor),
  ceil: ofNumbers(1, Math.ceil),
  round: ofNumbers(1, Math.round),
  sign: ofNumbers(1, Math.sign),
  min: ofNumbers(1, Math.min, 99),
  max: ofNumbers(1, Math.max, 99),
  hypot: ofNumbers(2, Math.hypot),
  sin: ofNumbers(1, Math.sin),
  cos: ofNumbers(1, Math.cos),
  tan: ofNumbers(1, Math.tan),
  asin: ofNumbers(1, Math.asin),
  acos: ofNumbers(1, Math.acos),
  atan: ofNumbers(1, Math.atan),
  atan2: ofNumbers(2, Math.atan2),
  degrees: ofNumbers(1, (x) => x / degree),
  radians: ofNumbers(1, (x) => x * degree),
  isnan: ofNumber(Number.isNaN),
  isfinite: ofNumber(Number.isFinite),
  lower: ofString((text) => text.toLowerCase()),
  upper: ofString((text) => text.toUpperCase()),
  trim: ofString((text) => text.trim()),
  length: { takes: "string", type: "number", count: [1, 1], apply: ([text]) => String(text).length },
  like: {
    takes: "string",
    type: "boolean",
    count: [2, 2],
    apply: ([text, like]) => isLike(String(text), String(like)),
  },
};
