/**
 * `gtifilter(...)` of cfitsio's expressions: whether a time is in one of the intervals of a table.
 */
import { type Formula, parseFormula } from "./formula.js";
import { TypeProblem } from "./operators.js";
import { numbers, type Typed } from "./typed.js";

/** The intervals that a call names. */
export interface GoodTimes {
  /** As it was written: "", `[GTI]`. */
  readonly source: string;
  /** Names of columns, or patterns. */
  readonly start: string;
  readonly stop: string;
}

/** Begins and ends of intervals, both of them inside, by `timesKey`. */
export type Intervals = ReadonlyMap<string, readonly [starts: Float64Array, stops: Float64Array]>;

export function timesKey({ source, start, stop }: GoodTimes): string {
  return JSON.stringify([source, start, stop]);
}

/** The intervals that an expression names. */
export function goodTimesIn(text: string): GoodTimes[] {
  if (!/gtifilter/i.test(text)) return [];
  const found: GoodTimes[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const node = value as Partial<Extract<Formula, { kind: "call" }>>;
    if (node.kind === "call" && node.name === "gtifilter") {
      const named = namedIn(node.args!);
      if (named) found.push(named);
    }
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(parseFormula(text));
  return found;
}

/** undefined where the arguments are no such names. */
function namedIn(args: readonly Formula[]): GoodTimes | undefined {
  const text = (i: number, usual: string): string | undefined => {
    const arg = args[i];
    return arg === undefined ? usual : arg.kind === "string" ? arg.value : undefined;
  };
  const [source, start, stop] = [text(0, ""), text(2, "*START*"), text(3, "*STOP*")];
  if (source === undefined || start === undefined || stop === undefined || args.length > 4) return undefined;
  return { source, start, stop };
}

/** The condition that a call is; `time` gives the expression of the time where one is written, else the column TIME. */
export function goodTime(
  args: readonly Formula[],
  time: (written: Formula | undefined) => Typed,
  intervals: Intervals | undefined,
): Typed {
  const named = namedIn(args);
  if (!named)
    throw new TypeProblem('write gtifilter("[GTI]", TIME, "START", "STOP"), or less of it from the end');
  const found = intervals?.get(timesKey(named));
  if (!found)
    throw new TypeProblem("gtifilter chooses rows, [EVENTS][gtifilter()], and calculates no column");
  const value = time(args[1]);
  if ((value.kind !== "real" && value.kind !== "integer") || value.width !== 1)
    throw new TypeProblem("the time of gtifilter is a number in each row");
  const isGood = within(...found);
  return {
    ...value,
    kind: "boolean",
    isConstant: false,
    evaluate(rows) {
      const { numbers: times, isNull } = value.evaluate(rows);
      return numbers(
        Float64Array.from(times, (at) => Number(isGood(at))),
        isNull,
      );
    },
  };
}

/** Whether a value is in one of the intervals, which may overlap and need no order. */
function within(starts: Float64Array, stops: Float64Array): (value: number) => boolean {
  const order = [...starts.keys()]
    .filter((i) => starts[i]! <= stops[i]!)
    .sort((a, b) => starts[a]! - starts[b]!);
  let latest = Number.NEGATIVE_INFINITY;
  const begins = order.map((i) => starts[i]!);
  /** The latest end of the intervals up to each. */
  const ends = order.map((i) => {
    latest = Math.max(latest, stops[i]!);
    return latest;
  });
  return (value) => {
    let [low, high] = [0, begins.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (begins[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low > 0 && value <= ends[low - 1]!;
  };
}
