/**
 * The functions of cfitsio's expressions that work on each element, and those of several numbers.
 */
import { checkWidths, elementwise, isNumber, TypeProblem, titleOf } from "./operators.js";
import { numbers, type Typed } from "./typed.js";

/** Real functions of one number; `undefined` is null: there is no such value. */
const ofOne: Readonly<Record<string, (x: number) => number | undefined>> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: (x) => (Math.abs(x) > 1 ? undefined : Math.asin(x)),
  arccos: (x) => (Math.abs(x) > 1 ? undefined : Math.acos(x)),
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  exp: Math.exp,
  log: (x) => (x <= 0 ? undefined : Math.log(x)),
  log10: (x) => (x <= 0 ? undefined : Math.log10(x)),
  sqrt: (x) => (x < 0 ? undefined : Math.sqrt(x)),
  round: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

const otherNames: Readonly<Record<string, string>> = { asin: "arcsin", acos: "arccos", atan: "arctan" };

const degree = Math.PI / 180;

/** x and y from a center, turned so that an angle in degrees, counterclockwise, becomes the first axis. */
function turned(x: number, y: number, angle: number): readonly [number, number] {
  const [sin, cos] = [Math.sin(angle * degree), Math.cos(angle * degree)];
  return [x * cos + y * sin, y * cos - x * sin];
}

/** Conditions of several real numbers. */
const conditions: Readonly<Record<string, readonly [count: number, (v: readonly number[]) => boolean]>> = {
  near: [3, ([a, b, tolerance]) => Math.abs(a! - b!) < tolerance!],
  circle: [5, ([xc, yc, r, x, y]) => (x! - xc!) ** 2 + (y! - yc!) ** 2 <= r! ** 2],
  box: [
    7,
    ([xc, yc, width, height, angle, x, y]) => {
      const [u, v] = turned(x! - xc!, y! - yc!, angle!);
      return Math.abs(u) <= 0.5 * width! && Math.abs(v) <= 0.5 * height!;
    },
  ],
  ellipse: [
    7,
    ([xc, yc, a, b, angle, x, y]) => {
      const [u, v] = turned(x! - xc!, y! - yc!, angle!);
      return (u / a!) ** 2 + (v / b!) ** 2 <= 1;
    },
  ],
};

/** Degrees between two positions in degrees (haversines, so that small angles are exact). */
function separation([ra1, dec1, ra2, dec2]: readonly number[]): number {
  const half = (a: number, b: number): number => Math.sin(0.5 * (b - a) * degree);
  const a =
    half(dec1!, dec2!) ** 2 + Math.cos(dec1! * degree) * Math.cos(dec2! * degree) * half(ra1!, ra2!) ** 2;
  return (2 * Math.atan2(Math.sqrt(a), Math.sqrt(Math.max(0, 1 - a)))) / degree;
}

export const elementFunctions: readonly string[] = [
  ...Object.keys(ofOne),
  ...Object.keys(otherNames),
  ...Object.keys(conditions),
  ...["abs", "min", "max", "arctan2", "angsep", "random", "randomn"],
];

/** A call of such a function; undefined where there is none of this name for so many values. Throws `TypeProblem`. */
export function elementCall(name: string, args: readonly Typed[]): Typed | undefined {
  const apply = ofOne[otherNames[name] ?? name];
  if (apply) return realCall(name, args, 1, "real", ([x]) => apply(x!));
  const condition = conditions[name];
  if (condition) return realCall(name, args, condition[0], "boolean", (v) => Number(condition[1](v)));
  switch (name) {
    case "arctan2":
      return realCall(name, args, 2, "real", ([y, x]) => Math.atan2(y!, x!));
    case "angsep":
      return realCall(name, args, 4, "real", separation);
    case "abs":
      checkNumbers(name, args, 1);
      return elementwise(args[0]!.kind, args, (x) => Math.abs(x!));
    case "min":
    case "max":
      return args.length === 2 ? lesserOrGreater(name, args) : undefined;
    case "random":
    case "randomn":
      return random(name, args);
    default:
      return undefined;
  }
}

function checkNumbers(name: string, args: readonly Typed[], count: number): void {
  if (args.length !== count)
    throw new TypeProblem(`'${name}' takes ${count} ${count === 1 ? "value" : "values"}, not ${args.length}`);
  const wrong = args.find((arg) => !isNumber(arg));
  if (wrong) throw new TypeProblem(`'${name}' is for numbers, not ${titleOf(wrong)}`);
  checkWidths(args, `'${name}'`);
}

function realCall(
  name: string,
  args: readonly Typed[],
  count: number,
  kind: "real" | "boolean",
  apply: (values: readonly number[]) => number | undefined,
): Typed {
  checkNumbers(name, args, count);
  return elementwise(kind, args, (...values) => apply(values));
}

/** Of two numbers of which one is null the other one. */
function lesserOrGreater(name: "min" | "max", args: readonly Typed[]): Typed {
  checkNumbers(name, args, 2);
  const [left, right] = args as [Typed, Typed];
  const kind = left.kind === "real" || right.kind === "real" ? "real" : "integer";
  const both = elementwise(kind, args, (a, b) => Math[name](a!, b!));
  const { width } = both;
  return {
    ...both,
    evaluate(rows) {
      const [a, b] = [left.evaluate(rows), right.evaluate(rows)];
      const length = rows.count * width;
      const result = new Float64Array(length);
      let isNull: Uint8Array | undefined;
      for (let i = 0; i < length; i++) {
        const [m, n] = [left, right].map((side) => (side.width === width ? i : Math.floor(i / width)));
        const [isFirst, isSecond] = [!a.isNull?.[m!], !b.isNull?.[n!]];
        if (isFirst && isSecond) result[i] = Math[name](a.numbers[m!]!, b.numbers[n!]!);
        else if (isFirst) result[i] = a.numbers[m!]!;
        else if (isSecond) result[i] = b.numbers[n!]!;
        else {
          isNull ??= new Uint8Array(length);
          isNull[i] = 1;
        }
      }
      return numbers(result, isNull);
    },
  };
}

/** Random numbers from 0 to 1, or of mean 0 and deviation 1; as many as the value that may be given has elements. */
function random(name: "random" | "randomn", args: readonly Typed[]): Typed {
  if (args.length > 1) throw new TypeProblem(`'${name}' takes no value, or one`);
  const [like] = args;
  const width = like?.width ?? 1;
  const draw =
    name === "random"
      ? Math.random
      : () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return {
    kind: "real",
    axes: like?.axes ?? [],
    width,
    length: 1,
    isConstant: false,
    evaluate: ({ count }) => numbers(Float64Array.from({ length: count * width }, draw)),
  };
}
