/**
 * The grammar of cfitsio's expressions: text to a tree, never evaluated as code.
 *
 * From loosest to tightest: `x = low : high`; `? :`; || ; && ; == != ~ ; < <= > >= ; + - % ; * / ; & | ^^ ; ^ (to the right) ; ! ; casts ;
 * signs ; [index]. So -2^2 is 4, and 7 % 3 * 2 is 7 % 6.
 */
import { expressionFailure, type Token, tokenize } from "./tokens.js";

export type Operator =
  | "||"
  | "&&"
  | "=="
  | "!="
  | "~"
  | "<"
  | "<="
  | ">"
  | ">="
  | "+"
  | "-"
  | "%"
  | "*"
  | "/"
  | "&"
  | "|"
  | "^^"
  | "^";

/** A node of the tree; `at` is where it begins in the text, 0-based. */
export type Formula = { readonly at: number } & (
  | { readonly kind: "number"; readonly value: number; readonly integer: boolean }
  | { readonly kind: "string" | "bits"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "column" | "keyword"; readonly name: string }
  | { readonly kind: "offset"; readonly name: string; readonly rows: Formula }
  | { readonly kind: "negative" | "not"; readonly operand: Formula }
  | { readonly kind: "cast"; readonly to: "integer" | "real"; readonly operand: Formula }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Formula;
      readonly right: Formula;
    }
  | { readonly kind: "within"; readonly value: Formula; readonly low: Formula; readonly high: Formula }
  | { readonly kind: "choice"; readonly test: Formula; readonly yes: Formula; readonly no: Formula }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Formula[] }
  | { readonly kind: "vector"; readonly items: readonly Formula[] }
  | { readonly kind: "element"; readonly of: Formula; readonly indices: readonly Formula[] }
);

const deepestNesting = 100;

/** Operators of one precedence in each row, the loosest first; all of them group to the left. */
const levels: readonly (readonly Operator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "~"],
  ["<", "<=", ">", ">="],
  ["+", "-", "%"],
  ["*", "/"],
  ["&", "|", "^^"],
];

/** Parses an expression. Throws `Failure` (wrong usage), saying where. */
export function parseFormula(text: string): Formula {
  const tokens = tokenize(text);
  let position = 0;
  let depth = 0;

  const peek = (): Token => tokens[position]!;
  const fail = (what: string): never => {
    throw expressionFailure(text, peek().at, what);
  };
  const accept = (symbol: string): boolean => {
    const { kind, text: found } = peek();
    if (kind !== "symbol" || found !== symbol) return false;
    position++;
    return true;
  };
  const expect = (symbol: string): void => {
    if (!accept(symbol)) fail(`expected '${symbol}'`);
  };
  const nested = <T>(parse: () => T): T => {
    if (++depth > deepestNesting) fail("nested too deeply");
    const result = parse();
    depth--;
    return result;
  };

  const whole = (): Formula =>
    nested(() => {
      const value = choice();
      const { at } = peek();
      if (!accept("=")) return value;
      const low = choice();
      if (!accept(":")) fail("expected ':' (x = low : high is a range; == compares)");
      return { kind: "within", value, low, high: choice(), at };
    });
  const choice = (): Formula => {
    const test = binary(0);
    const { at } = peek();
    if (!accept("?")) return test;
    const yes = nested(choice);
    expect(":");
    return { kind: "choice", test, yes, no: nested(choice), at };
  };
  const binary = (level: number): Formula => {
    const operators = levels[level];
    if (!operators) return power();
    let left = binary(level + 1);
    for (;;) {
      const { at, kind, text: found } = peek();
      const operator = kind === "symbol" ? operators.find((one) => one === found) : undefined;
      if (operator === undefined) return left;
      position++;
      left = { kind: "binary", operator, left, right: binary(level + 1), at };
    }
  };
  const power = (): Formula => {
    const left = prefixed();
    const { at } = peek();
    if (!accept("^")) return left;
    return { kind: "binary", operator: "^", left, right: nested(power), at };
  };
  const prefixed = (): Formula => {
    const token = peek();
    const { at } = token;
    if (accept("!")) return { kind: "not", operand: nested(prefixed), at };
    if (accept("+")) return nested(prefixed);
    if (accept("-")) return { kind: "negative", operand: nested(prefixed), at };
    if (token.kind !== "cast") return indexed();
    position++;
    return { kind: "cast", to: token.text as "integer" | "real", operand: nested(prefixed), at };
  };
  const indexed = (): Formula => {
    let of = primary();
    for (;;) {
      const { at } = peek();
      if (!accept("[")) return of;
      of = { kind: "element", of, indices: list("]"), at };
    }
  };
  const list = (end: string): Formula[] => {
    const items = [whole()];
    while (accept(",")) items.push(whole());
    expect(end);
    return items;
  };
  const primary = (): Formula => {
    const token = peek();
    const { at, text: found } = token;
    if (accept("(")) {
      const inner = whole();
      expect(")");
      return inner;
    }
    if (accept("{")) return { kind: "vector", items: list("}"), at };
    if (token.kind === "symbol" || token.kind === "cast" || token.kind === "end")
      return fail("expected a value");
    position++;
    switch (token.kind) {
      case "integer":
        return { kind: "number", value: Number(found), integer: true, at };
      case "real":
        return { kind: "number", value: Number(found.replace(/d/i, "e")), integer: false, at };
      case "string":
      case "bits":
        return { kind: token.kind, value: found, at };
      case "boolean":
        return { kind: "boolean", value: /t/i.test(found), at };
      case "keyword":
        return { kind: "keyword", name: found, at };
      case "function":
        return { kind: "call", name: found, args: accept(")") ? [] : list(")"), at };
      default:
        if (!accept("{")) return { kind: "column", name: found, at };
        return { kind: "offset", name: found, rows: list("}")[0]!, at };
    }
  };

  const result = whole();
  if (peek().kind !== "end") fail("expected an operator or the end");
  return result;
}
