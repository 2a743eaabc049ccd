/**
 * cfitsio's expressions against the columns and keywords of a table: from text to something that gives values of rows.
 */

import { printable } from "../output.js";
import { didYouMean } from "../suggest.js";
import { cellCall, cellFunctions, element } from "./cell-functions.js";
import { type Formula, parseFormula } from "./formula.js";
import { elementCall, elementFunctions } from "./functions.js";
import { goodTime, type Intervals } from "./good-times.js";
import { binary, cast, choice, commonKind, negative, not, TypeProblem, titleOf } from "./operators.js";
import { expressionFailure } from "./tokens.js";
import { type Kind, numbers, type Typed, texts } from "./typed.js";

/** What the names of an expression stand for. */
export interface Names {
  /** All columns there are, for who mistypes one. */
  readonly columns: readonly string[];
  /** A column by its name, without regard to case; undefined where there is none. Throws `TypeProblem` for one that cannot be calculated with. */
  column(name: string): Typed | undefined;
  /** The value of a keyword; undefined where there is none. */
  keyword(name: string): number | bigint | string | boolean | undefined;
  /** Good time intervals; absent where no rows are chosen. */
  readonly intervals?: Intervals;
}

/** Makes an expression ready. Throws `Failure` (wrong usage) with the place of the mistake. */
export function compileExpression(text: string, names: Names): Typed {
  return compiled(parseFormula(text), { text, names });
}

/** A condition on rows. */
export function compileCondition(text: string, names: Names): Typed {
  const test = compileExpression(text, names);
  if (test.kind !== "boolean")
    throw expressionFailure(text, 0, `this is ${titleOf(test)}, not a condition on rows`);
  if (test.width !== 1)
    throw expressionFailure(
      text,
      0,
      `a condition gives one answer a row, not ${test.width}: choose an element, V[1], or sum(...) > 0`,
    );
  return test;
}

interface Context {
  readonly text: string;
  readonly names: Names;
}

function compiled(node: Formula, context: Context): Typed {
  try {
    return typed(node, context);
  } catch (error) {
    if (error instanceof TypeProblem) throw expressionFailure(context.text, node.at, error.message);
    throw error;
  }
}

function typed(node: Formula, context: Context): Typed {
  const of = (inner: Formula): Typed => compiled(inner, context);
  switch (node.kind) {
    case "number":
      if (node.integer && !Number.isSafeInteger(node.value))
        throw new TypeProblem("an integer beyond 2^53; write it with a decimal point");
      return constant(node.integer ? "integer" : "real", node.value);
    case "boolean":
      return constant("boolean", Number(node.value));
    case "string":
    case "bits":
      return constantText(node.kind, node.value);
    case "column":
      return column(node.name, context.names);
    case "keyword":
      return keyword(node.name, context.names);
    case "offset":
      throw new TypeProblem(
        `values of other rows, ${node.name}{n}, are not read here; seqdiff and accum look back`,
      );
    case "negative":
      return negative(of(node.operand));
    case "not":
      return not(of(node.operand));
    case "cast":
      return cast(node.to, of(node.operand));
    case "binary":
      return divisionChecked(node, binary(node.operator, of(node.left), of(node.right)));
    case "within": {
      const value = of(node.value);
      return binary("&&", binary("<=", of(node.low), value), binary("<=", value, of(node.high)));
    }
    case "choice":
      return choice(of(node.test), of(node.yes), of(node.no));
    case "vector":
      return vector(node.items.map(of));
    case "element":
      return element(of(node.of), node.indices.map(of));
    case "call":
      if (node.name === "gtifilter")
        return goodTime(
          node.args,
          (written) => (written ? of(written) : column("TIME", context.names)),
          context.names.intervals,
        );
      return call(node.name, node.args.map(of));
  }
}

/** Nobody means to divide every row by zero. */
function divisionChecked(node: Extract<Formula, { kind: "binary" }>, result: Typed): Typed {
  const { right, operator } = node;
  if ((operator === "/" || operator === "%") && right.kind === "number" && right.value === 0)
    throw new TypeProblem("this divides by zero");
  return result;
}

function constant(kind: Kind, value: number): Typed {
  return {
    kind,
    axes: [],
    width: 1,
    length: 1,
    isConstant: true,
    evaluate: ({ count }) => numbers(new Float64Array(count).fill(value)),
  };
}

function constantText(kind: "string" | "bits", value: string): Typed {
  return {
    ...constant(kind, 0),
    length: value.length,
    evaluate: ({ count }) => texts(new Array<string>(count).fill(value)),
  };
}

function column(name: string, names: Names): Typed {
  const found = names.column(name);
  if (found) return found;
  const value = names.keyword(name);
  if (value !== undefined) return ofKeyword(value);
  throw new TypeProblem(`there is no column '${printable(name)}'${didYouMean(name, names.columns)}`);
}

function keyword(name: string, names: Names): Typed {
  const allNull = ({ count }: { count: number }): Uint8Array => new Uint8Array(count).fill(1);
  switch (name.toLowerCase()) {
    case "pi":
      return constant("real", Math.PI);
    case "e":
      return constant("real", Math.E);
    case "deg":
      return constant("real", Math.PI / 180);
    case "row":
      return {
        ...constant("integer", 0),
        isConstant: false,
        evaluate: ({ count, first }) =>
          numbers(Float64Array.from({ length: count }, (_, i) => first + i + 1)),
      };
    case "null":
      return {
        ...constant("integer", 0),
        evaluate: (rows) => numbers(new Float64Array(rows.count), allNull(rows)),
      };
    case "snull":
      return {
        ...constantText("string", ""),
        evaluate: (rows) => texts(new Array<string>(rows.count).fill(""), allNull(rows)),
      };
    default: {
      const value = names.keyword(name);
      if (value === undefined)
        throw new TypeProblem(`there is no keyword ${printable(name.toUpperCase())} in the table's header`);
      return ofKeyword(value);
    }
  }
}

function ofKeyword(value: number | bigint | string | boolean): Typed {
  if (typeof value === "string") return constantText("string", value);
  if (typeof value === "boolean") return constant("boolean", Number(value));
  const isInteger = typeof value === "bigint" || Number.isInteger(value);
  return constant(isInteger && Number.isSafeInteger(Number(value)) ? "integer" : "real", Number(value));
}

/** `{a, b, c}`: one cell of several elements. */
function vector(items: readonly Typed[]): Typed {
  const kind = items
    .slice(1)
    .reduce<Kind | undefined>(
      (before, item) => (before === undefined ? undefined : commonKind({ ...items[0]!, kind: before }, item)),
      commonKind(items[0]!, items[0]!),
    );
  if (kind === undefined) throw new TypeProblem("{...} holds numbers, or conditions");
  const width = items.reduce((sum, item) => sum + item.width, 0);
  return {
    kind,
    axes: [width],
    width,
    length: 1,
    isConstant: items.every(({ isConstant }) => isConstant),
    evaluate(rows) {
      const values = items.map((item) => item.evaluate(rows));
      const result = new Float64Array(rows.count * width);
      const isNull = values.some((one) => one.isNull) ? new Uint8Array(result.length) : undefined;
      let place = 0;
      for (const [k, item] of items.entries()) {
        const one = values[k]!;
        for (let i = 0; i < rows.count * item.width; i++) {
          const at = Math.floor(i / item.width) * width + place + (i % item.width);
          result[at] = one.numbers[i]!;
          if (isNull && one.isNull?.[i]) isNull[at] = 1;
        }
        place += item.width;
      }
      return numbers(result, isNull);
    },
  };
}

const elsewhere: Readonly<Record<string, string>> = {
  randomp: "Poisson numbers are not made here",
  gtioverlap: "overlaps of good time intervals are not calculated here; gtifilter chooses rows by them",
  gtifind: "numbers of good time intervals are not found here; gtifilter chooses rows by them",
  regfilter: "region files are not read here; write circle(xc,yc,r,X,Y), box(...), ellipse(...)",
};

function call(name: string, args: readonly Typed[]): Typed {
  const made = elementCall(name, args) ?? cellCall(name, args);
  if (made) return made;
  if (Object.hasOwn(elsewhere, name)) throw new TypeProblem(elsewhere[name]!);
  const known = [...elementFunctions, ...cellFunctions];
  const near = didYouMean(name, known);
  throw new TypeProblem(
    `there is no function '${name}'${near === "" ? ` (there are ${[...new Set(known)].join(", ")})` : near}`,
  );
}
