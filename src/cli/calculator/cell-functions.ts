/**
 * The functions of cfitsio's expressions that look at whole cells, at nulls, at other rows, at text.
 */
import { FitsError } from "fitslice";
import { badUsage } from "../failure.js";
import { commonKind, exactInteger, isNumber, TypeProblem, titleOf } from "./operators.js";
import { elementOf, isText, nullMarker, numbers, type Typed, texts, type Values } from "./typed.js";

type Reduce = (values: readonly number[]) => number | undefined;

const total: Reduce = (values) => (values.length === 0 ? undefined : values.reduce((a, b) => a + b));
const mean: Reduce = (values) => (values.length === 0 ? undefined : total(values)! / values.length);

/** Of an even number the lower one of the two in the middle. */
const median: Reduce = (values) => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) / 2)];
};

/** That of a sample; of a single value 0. */
const deviation: Reduce = (values) => {
  if (values.length < 2) return 0;
  const average = mean(values)!;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - average) ** 2, 0) / (values.length - 1));
};

const least: Reduce = (values) => (values.length === 0 ? undefined : values.reduce((a, b) => Math.min(a, b)));
const greatest: Reduce = (values) =>
  values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b));

const reductions: Readonly<Record<string, readonly [Reduce, "same" | "real" | "integer"]>> = {
  sum: [total, "same"],
  average: [mean, "real"],
  median: [median, "same"],
  stddev: [deviation, "real"],
  min: [least, "same"],
  max: [greatest, "same"],
  nvalid: [(values) => values.length, "integer"],
};

export const cellFunctions: readonly string[] = [
  ...Object.keys(reductions),
  ...["nelem", "naxis", "naxes", "elementnum", "axiselem", "array", "isnull", "defnull", "setnull"],
  ...["accum", "seqdiff", "strmid", "strstr"],
];

/** A call of such a function; undefined where there is none of this name. Throws `TypeProblem`. */
export function cellCall(name: string, args: readonly Typed[]): Typed | undefined {
  const reduction = reductions[name];
  if (reduction) return reduced(name, reduction, only(name, args));
  switch (name) {
    case "nelem":
      return integer((({ kind, length, width }) => (isText({ kind }) ? length : width))(only(name, args)));
    case "naxis":
      return integer(Math.max(1, only(name, args).axes.length));
    case "naxes":
      return axisLength(args);
    case "elementnum":
    case "axiselem":
      return elementNumbers(name, args);
    case "array":
      return repeated(args);
    case "isnull":
      return nullTest(only(name, args));
    case "defnull":
      return withDefault(pair(name, args));
    case "setnull":
      return withNull(pair(name, args));
    case "accum":
    case "seqdiff":
      return alongRows(name, only(name, args));
    case "strmid":
      return middle(args);
    case "strstr":
      return found(pair(name, args));
    default:
      return undefined;
  }
}

function only(name: string, args: readonly Typed[]): Typed {
  if (args.length === 1) return args[0]!;
  throw new TypeProblem(`'${name}' takes one value, not ${args.length}`);
}

function pair(name: string, args: readonly Typed[]): readonly [Typed, Typed] {
  if (args.length === 2) return [args[0]!, args[1]!];
  throw new TypeProblem(`'${name}' takes two values, not ${args.length}`);
}

/** A whole number that is the same in all rows. */
function constantOf(name: string, arg: Typed | undefined): number {
  if (!arg?.isConstant || !isNumber(arg) || arg.width !== 1)
    throw new TypeProblem(`'${name}' takes a number that is the same in all rows`);
  const value = arg.evaluate({ count: 1, first: 0, values: noColumn }).numbers[0]!;
  return Math.trunc(value);
}

function noColumn(): never {
  throw new TypeProblem("a constant has no column");
}

function single(kind: Typed["kind"], evaluate: Typed["evaluate"], isConstant = false): Typed {
  return { kind, axes: [], width: 1, length: 1, isConstant, evaluate };
}

function integer(value: number): Typed {
  return single("integer", ({ count }) => numbers(new Float64Array(count).fill(value)), true);
}

/** Bits count as elements of 1 and 0. */
function elementsOf(arg: Typed, { numbers: all, texts: strings, isNull }: Values, row: number): number[] {
  if (arg.kind === "bits") return Array.from(strings[row]!, Number);
  const cell: number[] = [];
  for (let i = row * arg.width; i < (row + 1) * arg.width; i++) if (!isNull?.[i]) cell.push(all[i] ?? 0);
  return cell;
}

function reduced(name: string, [reduce, as]: (typeof reductions)[string] & object, arg: Typed): Typed {
  const isCounted =
    name === "sum" || name === "nvalid" || ((name === "min" || name === "max") && arg.kind === "bits");
  if (!isNumber(arg) && !(isCounted && (arg.kind !== "string" || name === "nvalid")))
    throw new TypeProblem(`'${name}' is for numbers, not ${titleOf(arg)}`);
  const kind = as !== "same" ? as : arg.kind === "real" ? "real" : "integer";
  return single(kind, (rows) => {
    const values = arg.evaluate(rows);
    const result = new Float64Array(rows.count);
    const { mark, marks } = nullMarker(rows.count, undefined);
    for (let row = 0; row < rows.count; row++) {
      const elements = elementsOf(arg, values, row);
      const value = reduce(elements);
      if (value === undefined) mark(row);
      else result[row] = kind === "integer" ? exactInteger(value) : value;
    }
    return numbers(result, marks());
  });
}

function axisLength(args: readonly Typed[]): Typed {
  const [of, which] = pair("naxes", args);
  const axis = constantOf("naxes", which);
  const axes = of.axes.length === 0 ? [1] : of.axes;
  return integer(axis === 0 ? axes.length : (axes[axis - 1] ?? 1));
}

/** The number of each element, in its cell or along an axis, from 1. */
function elementNumbers(name: "elementnum" | "axiselem", args: readonly Typed[]): Typed {
  const of = args[0];
  if (!of || args.length !== (name === "axiselem" ? 2 : 1))
    throw new TypeProblem(`'${name}' takes ${name === "axiselem" ? "two values" : "one value"}`);
  const axis = name === "axiselem" ? constantOf(name, args[1]) : 0;
  const step = of.axes.slice(0, Math.max(0, axis - 1)).reduce((n, length) => n * length, 1);
  const length = axis === 0 ? of.width : (of.axes[axis - 1] ?? 1);
  return {
    ...of,
    kind: "integer",
    evaluate: ({ count }) =>
      numbers(
        Float64Array.from(
          { length: count * of.width },
          (_, i) => (Math.floor((i % of.width) / step) % length) + 1,
        ),
      ),
  };
}

const mostElements = 1_000_000;

/** As many values as one batch of rows may become. */
const mostValues = 2 ** 26;

/** A cell of n elements that are all the same number. */
function repeated(args: readonly Typed[]): Typed {
  const [of, length] = pair("array", args);
  const width = constantOf("array", length);
  if (isText(of) || of.width !== 1 || width < 1 || width > mostElements)
    throw new TypeProblem(`'array' takes a single number and a length of 1 to ${mostElements}`);
  return {
    ...of,
    axes: [width],
    width,
    evaluate(rows) {
      const { numbers: all, isNull } = of.evaluate(rows);
      const length = rows.count * width;
      if (length > mostValues)
        throw new FitsError(
          "TOO_LARGE",
          `array(..., ${width}): ${rows.count} rows at a time become ${length} values; make shorter cells`,
        );
      const at = elementOf(1, width);
      return numbers(
        Float64Array.from({ length }, (_, i) => all[at(i)]!),
        isNull && Uint8Array.from({ length }, (_, i) => isNull[at(i)]!),
      );
    },
  };
}

function nullTest(of: Typed): Typed {
  return {
    ...of,
    kind: "boolean",
    evaluate(rows) {
      const { isNull } = of.evaluate(rows);
      const length = rows.count * of.width;
      return numbers(isNull ? Float64Array.from(isNull) : new Float64Array(length));
    },
  };
}

function withDefault([of, instead]: readonly [Typed, Typed]): Typed {
  const kind = of.kind === instead.kind && of.kind !== "bits" ? of.kind : commonKind(of, instead);
  if (kind === undefined || instead.width > of.width)
    throw new TypeProblem(`'defnull' cannot put ${titleOf(instead)} in the place of ${titleOf(of)}`);
  const at = elementOf(instead.width, of.width);
  return {
    ...of,
    kind,
    length: Math.max(of.length, instead.length),
    evaluate(rows) {
      const values = of.evaluate(rows);
      if (!values.isNull) return values;
      const other = instead.evaluate(rows);
      const isNull = values.isNull.map((none, i) => (none && other.isNull?.[at(i)] ? 1 : 0));
      if (kind === "string")
        return texts(
          values.texts.map((text, i) => (values.isNull![i] ? other.texts[at(i)]! : text)),
          isNull,
        );
      return numbers(
        values.numbers.map((x, i) => (values.isNull![i] ? other.numbers[at(i)]! : x)),
        isNull,
      );
    },
  };
}

/** `setnull(value, x)`: x, null where it equals the value. */
function withNull([value, of]: readonly [Typed, Typed]): Typed {
  if (!isNumber(of) || !isNumber(value) || !value.isConstant || value.width !== 1)
    throw new TypeProblem("'setnull' takes a number that is the same in all rows, then the values");
  return {
    ...of,
    evaluate(rows) {
      const values = of.evaluate(rows);
      const none = value.evaluate(rows).numbers[0];
      return numbers(
        values.numbers,
        Uint8Array.from(values.numbers, (x, i) => (x === none || values.isNull?.[i] ? 1 : 0)),
      );
    },
  };
}

/** Sums up to each row, or differences from the one before: rows come in order, batch after batch. */
function alongRows(name: "accum" | "seqdiff", of: Typed): Typed {
  if (of.kind === "string" || (name === "seqdiff" && !isNumber(of)))
    throw new TypeProblem(`'${name}' is for numbers, not ${titleOf(of)}`);
  const kind = of.kind === "real" ? "real" : "integer";
  const exact = kind === "integer" ? exactInteger : (value: number) => value;
  let before = 0;
  let isNullBefore = false;
  return {
    ...of,
    kind,
    isConstant: false,
    length: 1,
    evaluate(rows) {
      const values = of.evaluate(rows);
      const length = rows.count * of.width;
      const result = new Float64Array(length);
      const { mark, marks } = nullMarker(length, undefined);
      for (let i = 0; i < length; i++) {
        const isNull = values.isNull?.[i] === 1;
        const value =
          of.kind === "bits" ? elementsOf(of, values, i).reduce((a, b) => a + b, 0) : values.numbers[i]!;
        if (name === "accum") {
          if (!isNull) before = exact(before + value);
          result[i] = before;
          continue;
        }
        if (isNull || isNullBefore) mark(i);
        else result[i] = exact(value - before);
        before = value;
        isNullBefore = isNull;
      }
      return numbers(result, marks());
    },
  };
}

/** `strmid(s, p, n)`: n characters from the p-th, which counts from 1; none from 0, as cfitsio has it. */
function middle(args: readonly Typed[]): Typed {
  const [of, from, count] = args;
  if (
    args.length !== 3 ||
    of?.kind !== "string" ||
    [from, count].some((arg) => arg?.kind !== "integer" || arg.width !== 1)
  )
    throw new TypeProblem("'strmid' takes a string and two integers");
  const length = count!.isConstant ? constantOf("strmid", count) : of.length;
  if (length < 1) throw new TypeProblem("'strmid' takes a number of characters from 1");
  return {
    ...single("string", () => texts([])),
    length,
    isConstant: args.every(({ isConstant }) => isConstant),
    evaluate(rows) {
      const [{ texts: all, isNull }, starts, counts] = args.map((arg) => arg.evaluate(rows)) as [
        Values,
        Values,
        Values,
      ];
      const cut = all.map((text, i) => {
        const start = starts.numbers[i]! - 1;
        return start < 0 ? "" : text.slice(start, start + Math.max(0, counts.numbers[i]!));
      });
      return texts(cut, isNull);
    },
  };
}

/** `strstr(s, t)`: where t begins in s, from 1; null where it does not. */
function found([within, part]: readonly [Typed, Typed]): Typed {
  if (within.kind !== "string" || part.kind !== "string") throw new TypeProblem("'strstr' takes two strings");
  return single("integer", (rows) => {
    const [a, b] = [within.evaluate(rows), part.evaluate(rows)];
    const result = new Float64Array(rows.count);
    const { mark, marks } = nullMarker(rows.count, undefined);
    for (let i = 0; i < rows.count; i++) {
      const at = a.isNull?.[i] || b.isNull?.[i] ? -1 : a.texts[i]!.indexOf(b.texts[i]!);
      if (at < 0) mark(i);
      else result[i] = at + 1;
    }
    return numbers(result, marks());
  });
}

/** The element of a cell that 1-based indices name: one of all, or one for each axis. Throws `TypeProblem`. */
export function element(of: Typed, indices: readonly Typed[]): Typed {
  const axes = of.kind === "bits" ? [of.length] : of.axes;
  if (of.kind === "string") throw new TypeProblem("a string has no elements; strmid cuts it");
  if (indices.length !== 1 && indices.length !== axes.length)
    throw new TypeProblem(`a cell of ${axes.length} axes takes one index, or one for each axis`);
  const wrong = indices.find((index) => !isNumber(index) || index.width !== 1);
  if (wrong) throw new TypeProblem("an index is one number");
  const total = of.kind === "bits" ? of.length : of.width;
  const lengths = indices.length === 1 ? [total] : axes;
  const make = single(of.kind, (rows) => {
    const values = of.evaluate(rows);
    const places = indices.map((index) => index.evaluate(rows));
    const result = new Float64Array(rows.count);
    const bits: string[] = [];
    const { mark, marks } = nullMarker(rows.count, undefined);
    for (let row = 0; row < rows.count; row++) {
      let at = 0;
      let step = 1;
      for (const [k, { numbers: all }] of places.entries()) {
        const index = Math.trunc(all[row]!);
        const isThere = index >= 1 && index <= lengths[k]!;
        if (!isThere)
          throw badUsage(
            `there is no element ${index} in a cell of ${lengths[k]} elements (row ${rows.first + row})`,
          );
        at += (index - 1) * step;
        step *= lengths[k]!;
      }
      if (of.kind === "bits") bits.push(values.texts[row]![at]!);
      else result[row] = values.numbers[row * of.width + at]!;
      if (of.kind !== "bits" && values.isNull?.[row * of.width + at]) mark(row);
    }
    return of.kind === "bits" ? texts(bits) : numbers(result, marks());
  });
  return make;
}
