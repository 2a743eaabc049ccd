/**
 * Conditions on rows: a parsed expression, checked against the columns' types and bound to their values.
 *
 * Nulls are SQL's: a comparison with null is neither true nor false, and only true rows pass. 64-bit integers are
 * compared exactly, and stay integers under + - * % with other integers; / and ** make float64.
 */
import type { FitsError } from "../errors.js";
import { isValid } from "./bitmap.js";
import { type Column, title } from "./column.js";
import type { ColumnData } from "./data.js";
import {
  type Arithmetic,
  type Comparison,
  type Expression,
  expressionError,
  parseExpression,
} from "./expression.js";
import { functions } from "./functions.js";
import { findColumn } from "./names.js";

/** Whether row i of the bound data passes. */
export type RowTest = (i: number) => boolean;

/** A condition on rows: the columns it looks at, and a test once they are read (in the same order). */
export interface Predicate {
  readonly columns: readonly Column[];
  bind(data: readonly ColumnData[]): RowTest;
}

export type ValueType = "number" | "bigint" | "string" | "boolean";
export type Value = number | bigint | string | boolean;

/** A value of every row, and where it is null (`undefined` where it never is). */
export interface Bound {
  readonly value: (i: number) => Value;
  readonly isNull: ((i: number) => boolean) | undefined;
}

/** An expression of known type. */
export interface Typed {
  readonly type: ValueType;
  bind(data: ReadonlyMap<Column, ColumnData>): Bound;
}

/** Parses a condition for these columns. Throws BAD_ARGUMENT, saying where in the text, or NO_SUCH_COLUMN. */
export function parsePredicate(text: string, columns: readonly Column[]): Predicate {
  const { type, at, columns: order, bind } = parseValue(text, columns);
  if (type !== "boolean") throw expressionError(text, at, `a ${type}, not a condition`);
  return {
    columns: order,
    bind: (data) => {
      const { value, isNull } = bind(data);
      return isNull ? (i) => value(i) === true && !isNull(i) : (i) => value(i) === true;
    },
  };
}

/** A value for each row: its type, the columns it looks at, and the values once these are read (in the same order). */
export interface RowValue {
  readonly type: ValueType;
  /** Where in the text the outermost operation stands. */
  readonly at: number;
  readonly columns: readonly Column[];
  bind(data: readonly ColumnData[]): Bound;
}

/** Parses an expression for these columns, in the language of conditions. Throws as `parsePredicate`. */
export function parseValue(text: string, columns: readonly Column[]): RowValue {
  const used = new Map<Column, Column>();
  const compiler: Compiler = {
    fail: (at, what) => expressionError(text, at, what),
    column: (name, at) => {
      const column = findColumn({ columns }, name);
      if (!column) throw expressionError(text, at, `no column '${name}' (strings go in single quotes)`);
      used.set(column, column);
      return column;
    },
  };
  const root = parseExpression(text);
  const { type, bind } = compile(root, compiler);
  const order = [...used.keys()];
  return {
    type,
    at: root.at,
    columns: order,
    bind: (data) => bind(new Map(order.map((column, i) => [column, data[i]!]))),
  };
}

interface Compiler {
  fail(at: number, what: string): FitsError;
  column(name: string, at: number): Column;
}

function compile(node: Expression, compiler: Compiler): Typed {
  switch (node.kind) {
    case "literal":
      return literal(node.value);
    case "column":
      return columnValue(compiler.column(node.name, node.at), node.at, compiler);
    case "unary": {
      const operand = compile(node.operand, compiler);
      return node.operator === "not" ? not(operand, node.at, compiler) : negative(operand, node.at, compiler);
    }
    case "binary": {
      const left = compile(node.left, compiler);
      const right = compile(node.right, compiler);
      if (node.operator === "and" || node.operator === "or") {
        return logical(node.operator, left, right, node.at, compiler);
      }
      return isComparison(node.operator)
        ? compare(node.operator, left, right, node.at, compiler)
        : arithmetic(node.operator, left, right, node, compiler);
    }
    case "in": {
      const operand = compile(node.operand, compiler);
      return anyOf(
        node.among.map((item) => compare("==", operand, compile(item, compiler), item.at, compiler)),
      );
    }
    case "null":
      return nullTest(compile(node.operand, compiler));
    case "like": {
      const operand = compile(node.operand, compiler);
      const matches = functions["like"]!;
      if (operand.type !== "string")
        throw compiler.fail(node.at, `'like' is for strings, not a ${operand.type}`);
      return call(matches.type, (args) => matches.apply(args), [operand, literal(node.pattern)]);
    }
    case "call":
      return functionCall(node, compiler);
  }
}

function literal(value: Value): Typed {
  return { type: typeof value as ValueType, bind: () => ({ value: () => value, isNull: undefined }) };
}

function columnValue(column: Column, at: number, compiler: Compiler): Typed {
  const elements = column.shape.reduce((n, axis) => n * axis, 1);
  const kind = column.descriptor ? "variable-length" : elements !== 1 ? "vector" : "complex";
  if (kind !== "complex" || column.dtype === "complex64" || column.dtype === "complex128") {
    throw compiler.fail(at, `${title(column)} is a ${kind} column; conditions are for single values`);
  }
  const problem = column.problem ?? column.rawOnly;
  if (problem) throw compiler.fail(at, `${title(column)} cannot be read: ${problem}`);
  return { type: typeOf(column), bind: (data) => bindColumn(data.get(column)!) };
}

function typeOf({ dtype }: Column): ValueType {
  if (dtype === "string") return "string";
  if (dtype === "bool") return "boolean";
  return dtype === "int64" || dtype === "uint64" ? "bigint" : "number";
}

function bindColumn(data: ColumnData): Bound {
  const { validity } = data;
  const isNull = validity ? (i: number): boolean => !isValid(validity, i) : undefined;
  if (data.kind === "bool") {
    const { data: bytes } = data;
    return { value: (i) => bytes[i] === 1, isNull };
  }
  if (data.kind === "number") {
    const { data: values } = data;
    return { value: (i) => values[i]!, isNull };
  }
  // A cell of one string is a vector of one where TDIMn says so.
  return {
    value: (i) => (validity && !isValid(validity, i) ? "" : (([data.get(i)].flat(9)[0] ?? "") as string)),
    isNull,
  };
}

function either(a: Bound, b: Bound): Bound["isNull"] {
  const { isNull: left } = a;
  const { isNull: right } = b;
  if (!left || !right) return left ?? right;
  return (i) => left(i) || right(i);
}

function not(operand: Typed, at: number, compiler: Compiler): Typed {
  if (operand.type !== "boolean") throw compiler.fail(at, `'not' is for conditions, not a ${operand.type}`);
  return call("boolean", ([value]) => value !== true, [operand]);
}

function negative(operand: Typed, at: number, compiler: Compiler): Typed {
  if (operand.type !== "number" && operand.type !== "bigint") {
    throw compiler.fail(at, `'-' is for numbers, not a ${operand.type}`);
  }
  return call(operand.type, ([value]) => -(value as number), [operand]);
}

function nullTest(operand: Typed): Typed {
  return {
    type: "boolean",
    bind: (data) => {
      const { value, isNull } = operand.bind(data);
      // NaN is how floating-point columns write null (7.3.3).
      return { value: (i) => (isNull?.(i) ?? false) || Number.isNaN(value(i)), isNull: undefined };
    },
  };
}

function logical(operator: "and" | "or", left: Typed, right: Typed, at: number, compiler: Compiler): Typed {
  for (const { type } of [left, right]) {
    if (type !== "boolean") throw compiler.fail(at, `'${operator}' joins conditions, not a ${type}`);
  }
  /** The value that decides alone, whatever the other side is. */
  const deciding = operator === "or";
  return {
    type: "boolean",
    bind: (data) => {
      const a = left.bind(data);
      const b = right.bind(data);
      const value =
        operator === "or"
          ? (i: number) => (a.value(i) === true && !a.isNull?.(i)) || (b.value(i) === true && !b.isNull?.(i))
          : (i: number) => a.value(i) === true && b.value(i) === true;
      const isEither = either(a, b);
      if (!isEither) return { value, isNull: undefined };
      const decides = (side: Bound, i: number): boolean => !side.isNull?.(i) && side.value(i) === deciding;
      return { value, isNull: (i) => isEither(i) && !decides(a, i) && !decides(b, i) };
    },
  };
}

/** Conditions joined by `or`, as a list: a chain of thousands would be as deep as it is long. */
function anyOf(conditions: readonly Typed[]): Typed {
  return {
    type: "boolean",
    bind: (data) => {
      const bound = conditions.map((condition) => condition.bind(data));
      const value = (i: number): boolean => bound.some((one) => one.value(i) === true && !one.isNull?.(i));
      const tests = bound.flatMap(({ isNull }) => (isNull ? [isNull] : []));
      if (tests.length === 0) return { value, isNull: undefined };
      return { value, isNull: (i) => !value(i) && tests.some((isNull) => isNull(i)) };
    },
  };
}

function isComparison(operator: string): operator is Comparison {
  return /^([=!]=|[<>]=?)$/.test(operator);
}

/** Comparisons of number and bigint mix in JavaScript, exactly. */
const comparing: Record<Comparison, (a: Value, b: Value) => boolean> = {
  // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1, exactly; the types were checked
  "==": (a, b) => a == b,
  // biome-ignore lint/suspicious/noDoubleEquals: as above
  "!=": (a, b) => a != b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function compare(operator: Comparison, left: Typed, right: Typed, at: number, compiler: Compiler): Typed {
  if ((left.type === "string") !== (right.type === "string")) {
    throw compiler.fail(at, `a ${left.type} and a ${right.type} cannot be compared`);
  }
  const test = comparing[operator];
  return {
    type: "boolean",
    bind: (data) => {
      const a = left.bind(data);
      const b = right.bind(data);
      return { value: (i) => test(a.value(i), b.value(i)), isNull: either(a, b) };
    },
  };
}

const numeric: Record<Arithmetic, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
};

const integral: Partial<Record<Arithmetic, (a: bigint, b: bigint) => Value>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  // As floating-point numbers do it: no row may end the read.
  "%": (a, b) => (b === 0n ? Number.NaN : a % b),
};

function arithmetic(
  operator: Arithmetic,
  left: Typed,
  right: Typed,
  node: Extract<Expression, { kind: "binary" }>,
  compiler: Compiler,
): Typed {
  for (const { type } of [left, right]) {
    if (type !== "number" && type !== "bigint") {
      throw compiler.fail(node.at, `'${operator}' is for numbers, not a ${type}`);
    }
  }
  const onIntegers = integral[operator];
  const isInteger = (side: Typed, { kind, ...rest }: Expression): boolean =>
    side.type === "bigint" ||
    (kind === "literal" && Number.isSafeInteger((rest as { value?: unknown }).value));
  const exact = left.type === "bigint" || right.type === "bigint";
  if (onIntegers && exact && isInteger(left, node.left) && isInteger(right, node.right)) {
    return call("bigint", ([a, b]) => onIntegers(BigInt(a!), BigInt(b!)), [left, right]);
  }
  const onNumbers = numeric[operator];
  return {
    type: "number",
    bind: (data) => {
      const a = left.bind(data);
      const b = right.bind(data);
      return { value: (i) => onNumbers(Number(a.value(i)), Number(b.value(i))), isNull: either(a, b) };
    },
  };
}

/** A function of values, null where any of them is. */
function call(type: ValueType, apply: (args: Value[]) => Value, args: readonly Typed[]): Typed {
  return {
    type,
    bind: (data) => {
      const bound = args.map((arg) => arg.bind(data));
      const tests = bound.flatMap(({ isNull }) => (isNull ? [isNull] : []));
      const isNull = tests.length > 0 ? (i: number): boolean => tests.some((test) => test(i)) : undefined;
      return { value: (i) => apply(bound.map(({ value }) => value(i))), isNull };
    },
  };
}

function functionCall(node: Extract<Expression, { kind: "call" }>, compiler: Compiler): Typed {
  const found = Object.hasOwn(functions, node.name) ? functions[node.name] : undefined;
  if (!found)
    throw compiler.fail(
      node.at,
      `no function '${node.name}'; there are ${Object.keys(functions).join(", ")}`,
    );
  const args = node.args.map((arg) => compile(arg, compiler));
  const [least, most] = found.count;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${least}` : `${least} or more`;
    throw compiler.fail(node.at, `'${node.name}' takes ${wanted} values, not ${args.length}`);
  }
  const wrong = args.find(({ type }) => (found.takes === "string") !== (type === "string"));
  if (wrong) throw compiler.fail(node.at, `'${node.name}' is for a ${found.takes}, not a ${wrong.type}`);
  return call(found.type, (values) => found.apply(values), args);
}
