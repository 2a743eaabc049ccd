/**
 * The operators of cfitsio's expressions on values of known type: integers divide to integers, what has no value is null,
 * and null spreads as the calculator of cfitsio spreads it.
 */
import { Failure } from "../failure.js";
import type { Operator } from "./formula.js";
import {
  anyNull,
  elementOf,
  isText,
  type Kind,
  likeWidest,
  nullMarker,
  numbers,
  type Typed,
  texts,
  type Values,
} from "./typed.js";

/** What a node that cannot be meant so is told: the text and the place are added by who knows them. */
export class TypeProblem extends Error {}

const titles: Record<Kind, string> = {
  boolean: "a condition",
  integer: "a number",
  real: "a number",
  string: "a string",
  bits: "a bit string",
};

export function titleOf({ kind }: Pick<Typed, "kind">): string {
  return titles[kind];
}

export function isNumber({ kind }: Pick<Typed, "kind">): boolean {
  return kind === "integer" || kind === "real";
}

/** Throws where elements of vectors do not go together: as many on both sides, or one. */
export function checkWidths(operands: readonly Typed[], what: string): void {
  const wide = operands.filter(({ width }) => width !== 1);
  const first = wide[0];
  const other = wide.find((one) => String(one.axes) !== String(first?.axes));
  if (first && other)
    throw new TypeProblem(
      `${what} joins cells of ${first.axes.join(" x ")} and of ${other.axes.join(" x ")} elements`,
    );
}

/** Integers are exact up to 2^53; nothing is rounded in silence. */
export function exactInteger(value: number): number {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw new Failure(
    1,
    `an integer of the expression becomes ${value}, beyond 2^53; write one of its numbers with a decimal point`,
  );
}

/** An operation on elements of numbers. `undefined` is null. */
export function elementwise(
  kind: Kind,
  operands: readonly Typed[],
  apply: (...values: number[]) => number | undefined,
): Typed {
  const like = likeWidest(kind, operands);
  const { width } = like;
  const places = operands.map((operand) => elementOf(operand.width, width));
  const isInteger = kind === "integer";
  return {
    ...like,
    evaluate(rows) {
      const values = operands.map((operand) => operand.evaluate(rows));
      const length = rows.count * width;
      const result = new Float64Array(length);
      const none = anyNull(operands, values, width, rows.count);
      const { mark, marks } = nullMarker(length, none);
      const args = new Array<number>(operands.length);
      for (let i = 0; i < length; i++) {
        if (none?.[i]) continue;
        for (let k = 0; k < args.length; k++) args[k] = values[k]!.numbers[places[k]!(i)]!;
        const value = apply(...args);
        if (value === undefined) mark(i);
        else result[i] = isInteger ? exactInteger(value) : value;
      }
      return numbers(result, marks());
    },
  };
}

/** An operation on one text of each row. */
function textwise(
  kind: Kind,
  length: number,
  [left, right]: readonly [Typed, Typed],
  apply: (a: string, b: string) => string | boolean,
): Typed {
  return {
    kind,
    axes: [],
    width: 1,
    length,
    isConstant: left.isConstant && right.isConstant,
    evaluate(rows) {
      const [a, b] = [left.evaluate(rows), right.evaluate(rows)];
      const isNull = anyNull([left, right], [a, b], 1, rows.count);
      const results = Array.from({ length: rows.count }, (_, i) => apply(a.texts[i]!, b.texts[i]!));
      if (isText({ kind })) return texts(results as string[], isNull);
      return numbers(Float64Array.from(results, Number), isNull);
    },
  };
}

const remainder = (a: number, b: number): number => a - b * Math.trunc(a / b);

const arithmetic: Readonly<Record<string, (a: number, b: number) => number | undefined>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? undefined : a / b),
  "%": (a, b) => (b === 0 ? undefined : remainder(a, b)),
  "^": (a, b) => a ** b,
};

const integral: Readonly<Record<string, (a: number, b: number) => number | undefined>> = {
  ...arithmetic,
  "/": (a, b) => (b === 0 ? undefined : Math.trunc(a / b)),
  "%": (a, b) => (b === 0 ? undefined : a % b),
  "^": (a, b) => Math.trunc(a ** b),
  "&": (a, b) => bitwise(a, b, (m, n) => m & n),
  "|": (a, b) => bitwise(a, b, (m, n) => m | n),
  "^^": (a, b) => bitwise(a, b, (m, n) => m ^ n),
};

function bitwise(a: number, b: number, apply: (m: bigint, n: bigint) => bigint): number {
  return Number(apply(BigInt(a), BigInt(b)));
}

/** How near two numbers are that `~` takes for the same. */
const nearness = 1e-7;

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "~": (a, b) => Math.abs(a - b) < nearness,
};

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** A node of two operands. Throws `TypeProblem`. */
export function binary(operator: Operator, left: Typed, right: Typed): Typed {
  checkWidths([left, right], `'${operator}'`);
  const both = (kind: Kind): boolean => left.kind === kind && right.kind === kind;
  const pair = [left, right] as const;
  if (operator === "&&" || operator === "||") {
    if (both("boolean")) return logical(operator, left, right);
    const wrong = left.kind === "boolean" ? right : left;
    throw new TypeProblem(`'${operator}' joins conditions, not ${titleOf(wrong)}`);
  }
  if (both("bits")) return ofBits(operator, pair);
  if (both("string")) {
    if (operator === "+") return textwise("string", left.length + right.length, pair, (a, b) => a + b);
    const test = orders[operator];
    if (test) return textwise("boolean", 1, pair, (a, b) => test(a < b ? -1 : a > b ? 1 : 0));
  }
  const compare = comparisons[operator];
  if (compare) {
    const fits = (isNumber(left) && isNumber(right)) || (both("boolean") && /^[!=]=$/.test(operator));
    if (fits) return elementwise("boolean", pair, (a, b) => Number(compare(a!, b!)));
    throw new TypeProblem(`'${operator}' cannot compare ${titleOf(left)} with ${titleOf(right)}`);
  }
  return ofNumbers(operator, left, right);
}

function ofNumbers(operator: Operator, left: Typed, right: Typed): Typed {
  // A condition counts as 1 or 0 where it is multiplied, and nowhere else.
  const counts = operator === "*" && (isNumber(left) || isNumber(right));
  const wrong = [left, right].find((side) => !isNumber(side) && !(counts && side.kind === "boolean"));
  if (wrong) throw new TypeProblem(`'${operator}' is for numbers, not ${titleOf(wrong)}`);
  const isReal = left.kind === "real" || right.kind === "real";
  const apply = (isReal ? arithmetic : integral)[operator];
  if (!apply) throw new TypeProblem(`'${operator}' is for integers and bit strings, not for real numbers`);
  return elementwise(isReal ? "real" : "integer", [left, right], (a, b) => apply(a!, b!));
}

/** As `x` goes with either, only what is known decides. */
function ofBits(operator: Operator, pair: readonly [Typed, Typed]): Typed {
  const [left, right] = pair;
  if (operator === "+") return textwise("bits", left.length + right.length, pair, (a, b) => a + b);
  const length = Math.max(left.length, right.length);
  const pad = (bits: string): string => bits.padStart(length, "0");
  if (operator === "&" || operator === "|") {
    const strong = operator === "&" ? "0" : "1";
    const bit = (a: string, b: string): string =>
      a === strong || b === strong ? strong : a === "x" || b === "x" ? "x" : a;
    return textwise("bits", length, pair, (a, b) => {
      const other = pad(b);
      return Array.from(pad(a), (one, i) => bit(one, other[i]!)).join("");
    });
  }
  const test = orders[operator];
  if (!test) throw new TypeProblem(`'${operator}' is not for bit strings`);
  return textwise("boolean", 1, pair, (a, b) => {
    const [one, other] = [pad(a), pad(b)];
    for (let i = 0; i < length; i++)
      if (one[i] !== other[i] && one[i] !== "x" && other[i] !== "x")
        return test(one[i]! < other[i]! ? -1 : 1);
    return test(0);
  });
}

/** False decides `&&` and true `||`, whether the other side is null or not. */
function logical(operator: "&&" | "||", left: Typed, right: Typed): Typed {
  const like = likeWidest("boolean", [left, right]);
  const places = [elementOf(left.width, like.width), elementOf(right.width, like.width)] as const;
  const deciding = operator === "||" ? 1 : 0;
  return {
    ...like,
    evaluate(rows) {
      const [a, b] = [left.evaluate(rows), right.evaluate(rows)];
      const length = rows.count * like.width;
      const result = new Float64Array(length);
      const { mark, marks } = nullMarker(length, undefined);
      for (let i = 0; i < length; i++) {
        const [m, n] = [places[0](i), places[1](i)];
        const [x, y] = [a.isNull?.[m] ? undefined : a.numbers[m], b.isNull?.[n] ? undefined : b.numbers[n]];
        if (x === deciding || y === deciding) result[i] = deciding;
        else if (x === undefined || y === undefined) mark(i);
        else result[i] = 1 - deciding;
      }
      return numbers(result, marks());
    },
  };
}

export function negative(operand: Typed): Typed {
  if (!isNumber(operand)) throw new TypeProblem(`'-' is for numbers, not ${titleOf(operand)}`);
  return elementwise(operand.kind, [operand], (a) => -a!);
}

export function not(operand: Typed): Typed {
  if (operand.kind === "boolean") return elementwise("boolean", [operand], (a) => 1 - a!);
  if (operand.kind !== "bits") throw new TypeProblem(`'!' is for conditions, not ${titleOf(operand)}`);
  const flip = (bits: string): string => bits.replace(/[01]/g, (bit) => (bit === "0" ? "1" : "0"));
  return {
    ...operand,
    evaluate(rows) {
      const { texts: bits, isNull } = operand.evaluate(rows);
      return texts(bits.map(flip), isNull);
    },
  };
}

export function cast(to: "integer" | "real", operand: Typed): Typed {
  if (isText(operand)) throw new TypeProblem(`a cast is for numbers, not ${titleOf(operand)}`);
  return elementwise(to, [operand], to === "integer" ? (a) => Math.trunc(a!) : (a) => a);
}

/** `test ? yes : no`. */
export function choice(test: Typed, yes: Typed, no: Typed): Typed {
  if (test.kind !== "boolean") throw new TypeProblem(`'?' comes behind a condition, not ${titleOf(test)}`);
  checkWidths([test, yes, no], "'? :'");
  const kind = yes.kind === no.kind ? yes.kind : commonKind(yes, no);
  if (kind === undefined || kind === "bits")
    throw new TypeProblem(`'? :' cannot give ${titleOf(yes)} or ${titleOf(no)}`);
  const like = { ...likeWidest(kind, [test, yes, no]), length: Math.max(yes.length, no.length) };
  const [inTest, inYes, inNo] = [test, yes, no].map(({ width }) => elementOf(width, like.width));
  return {
    ...like,
    evaluate(rows) {
      const [when, a, b] = [test, yes, no].map((part) => part.evaluate(rows)) as [Values, Values, Values];
      const length = rows.count * like.width;
      const result = new Float64Array(kind === "string" ? 0 : length);
      const strings: string[] = [];
      const { mark, marks } = nullMarker(length, undefined);
      for (let i = 0; i < length; i++) {
        const t = inTest!(i);
        const [from, k] = when.numbers[t] ? [a, inYes!(i)] : [b, inNo!(i)];
        if (when.isNull?.[t] || from.isNull?.[k]) mark(i);
        if (kind === "string") strings.push(from.texts[k]!);
        else result[i] = from.numbers[k]!;
      }
      return kind === "string" ? texts(strings, marks()) : numbers(result, marks());
    },
  };
}

/** The type of two numbers, or of a number and a condition; undefined of others. */
export function commonKind(a: Typed, b: Typed): Kind | undefined {
  if (isText(a) || isText(b)) return undefined;
  if (a.kind === "real" || b.kind === "real") return "real";
  return a.kind === "integer" || b.kind === "integer" ? "integer" : "boolean";
}
