/**
 * The language of `where`: parsed to a tree, never evaluated as code.
 *
 * Numbers, 'strings', columns (bare names, or any name in `backticks` or "double quotes"), true, false, nan, inf;
 * + - * / % **; == = != <> < <= > >=; and or not, && || !; between ... and ..., in (...), is [not] null,
 * like 'a%_'; functions. Words are known in any case. SQL's precedence and SQL's way with nulls.
 */
import { FitsError } from "../errors.js";

/** A node of the tree; `at` is where it begins in the text, 0-based. */
export type Expression =
  | { readonly kind: "literal"; readonly value: number | bigint | string | boolean; readonly at: number }
  | { readonly kind: "column"; readonly name: string; readonly at: number }
  | {
      readonly kind: "unary";
      readonly operator: "-" | "not";
      readonly operand: Expression;
      readonly at: number;
    }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: "in";
      readonly operand: Expression;
      readonly among: readonly Expression[];
      readonly at: number;
    }
  | { readonly kind: "null"; readonly operand: Expression; readonly at: number }
  | { readonly kind: "like"; readonly operand: Expression; readonly pattern: string; readonly at: number }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Expression[];
      readonly at: number;
    };

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type Arithmetic = "+" | "-" | "*" | "/" | "%" | "**";
export type BinaryOperator = "and" | "or" | Comparison | Arithmetic;

/** An error in the text, with the place where it is. */
export function expressionError(text: string, at: number, what: string): FitsError {
  const near = text.slice(at, at + 20);
  const where = near === "" ? "at its end" : `at character ${at + 1}, before '${near}'`;
  return new FitsError("BAD_ARGUMENT", `where: ${what}, ${where}`);
}

const longestText = 10_000;
const deepestNesting = 100;

type TokenKind = "number" | "string" | "quoted" | "word" | "symbol" | "end";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

const tokenPattern =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|'((?:[^']|'')*)'|`([^`]*)`|"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_.$]*)|(\*\*|==|!=|<>|<=|>=|&&|\|\||[-+*/%<>=!(),]))/uy;

function tokenize(text: string): Token[] {
  if (text.length > longestText) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `where: an expression of ${text.length} characters; ${longestText} are the most`,
    );
  }
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const from = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (!match)
      throw expressionError(text, from + /^\s*/.exec(text.slice(from))![0].length, "not understood");
    const at = from + match[0].length - match[0].trimStart().length;
    const [, number, string, backticks, quotes, word, symbol] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (string !== undefined) tokens.push({ kind: "string", text: string.replaceAll("''", "'"), at });
    else if (backticks !== undefined) tokens.push({ kind: "quoted", text: backticks, at });
    else if (quotes !== undefined) tokens.push({ kind: "quoted", text: quotes.replaceAll('""', '"'), at });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at });
    else tokens.push({ kind: "symbol", text: symbol!, at });
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

const comparisons: Readonly<Record<string, Comparison>> = {
  "=": "==",
  "==": "==",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

/** Parses the text of a condition. Throws BAD_ARGUMENT, saying where. */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text);
  let position = 0;
  let depth = 0;

  const peek = (): Token => tokens[position]!;
  const fail = (what: string): never => {
    throw expressionError(text, peek().at, what);
  };
  /** Takes the next token if it is one of these words or symbols; answers it in lower case. */
  const accept = (...wanted: string[]): string | undefined => {
    const { kind, text: found } = peek();
    const lower = found.toLowerCase();
    if ((kind !== "word" && kind !== "symbol") || !wanted.includes(lower)) return undefined;
    position++;
    return lower;
  };
  const expect = (wanted: string): void => {
    if (accept(wanted) === undefined) fail(`expected '${wanted}'`);
  };
  const nested = <T>(parse: () => T): T => {
    if (++depth > deepestNesting) fail("nested too deeply");
    const result = parse();
    depth--;
    return result;
  };

  const leftAssociative = (
    operand: () => Expression,
    operators: Readonly<Record<string, BinaryOperator>>,
  ): Expression => {
    let left = operand();
    for (;;) {
      const { at } = peek();
      const found = accept(...Object.keys(operators));
      if (found === undefined) return left;
      left = { kind: "binary", operator: operators[found]!, left, right: operand(), at };
    }
  };

  const disjunction = (): Expression => nested(() => leftAssociative(conjunction, { or: "or", "||": "or" }));
  const conjunction = (): Expression => leftAssociative(negation, { and: "and", "&&": "and" });
  const negation = (): Expression => {
    const { at } = peek();
    if (accept("not", "!") === undefined) return relation();
    return { kind: "unary", operator: "not", operand: nested(negation), at };
  };

  const relation = (): Expression => {
    const left = sum();
    const { at } = peek();
    const comparison = accept(...Object.keys(comparisons));
    if (comparison !== undefined) {
      const result: Expression = {
        kind: "binary",
        operator: comparisons[comparison]!,
        left,
        right: sum(),
        at,
      };
      if (peek().kind === "symbol" && peek().text in comparisons)
        fail("comparisons do not chain; join them with 'and'");
      return result;
    }
    if (accept("is") !== undefined) {
      const not = accept("not") !== undefined;
      expect("null");
      return negated(not, { kind: "null", operand: left, at });
    }
    const not = accept("not") !== undefined;
    if (accept("between") !== undefined) return negated(not, between(left, at));
    if (accept("in") !== undefined) return negated(not, { kind: "in", operand: left, among: list(), at });
    if (accept("like") !== undefined)
      return negated(not, { kind: "like", operand: left, pattern: pattern(), at });
    if (not) fail("expected 'between', 'in' or 'like' after 'not'");
    return left;
  };
  const negated = (not: boolean, operand: Expression): Expression =>
    not ? { kind: "unary", operator: "not", operand, at: operand.at } : operand;
  const between = (operand: Expression, at: number): Expression => {
    const low = sum();
    expect("and");
    const high = sum();
    const above: Expression = { kind: "binary", operator: ">=", left: operand, right: low, at };
    const below: Expression = { kind: "binary", operator: "<=", left: operand, right: high, at };
    return { kind: "binary", operator: "and", left: above, right: below, at };
  };
  const list = (): Expression[] => {
    expect("(");
    const items = [nested(sum)];
    while (accept(",") !== undefined) items.push(nested(sum));
    expect(")");
    return items;
  };
  const pattern = (): string => {
    if (peek().kind !== "string") fail("expected a 'pattern' after 'like'");
    return tokens[position++]!.text;
  };

  const sum = (): Expression => leftAssociative(product, { "+": "+", "-": "-" });
  const product = (): Expression => leftAssociative(signed, { "*": "*", "/": "/", "%": "%" });
  const signed = (): Expression => {
    const { at } = peek();
    if (accept("+") !== undefined) return nested(signed);
    if (accept("-") === undefined) return power();
    const operand = nested(signed);
    if (
      operand.kind === "literal" &&
      (typeof operand.value === "number" || typeof operand.value === "bigint")
    ) {
      return { ...operand, value: -operand.value, at };
    }
    return { kind: "unary", operator: "-", operand, at };
  };
  const power = (): Expression => {
    const left = primary();
    const { at } = peek();
    if (accept("**") === undefined) return left;
    return { kind: "binary", operator: "**", left, right: nested(signed), at };
  };

  const primary = (): Expression => {
    const token = peek();
    const { at } = token;
    if (accept("(") !== undefined) {
      const inner = disjunction();
      expect(")");
      return inner;
    }
    position++;
    if (token.kind === "number") return { kind: "literal", value: numberLiteral(token.text), at };
    if (token.kind === "string") return { kind: "literal", value: token.text, at };
    if (token.kind === "quoted") return { kind: "column", name: token.text, at };
    if (token.kind === "word") return word(token);
    position--;
    return fail("expected a value");
  };
  const word = ({ text: name, at }: Token): Expression => {
    if (accept("(") !== undefined) {
      const args: Expression[] = [];
      if (accept(")") !== undefined) return { kind: "call", name: name.toLowerCase(), args, at };
      do args.push(disjunction());
      while (accept(",") !== undefined);
      expect(")");
      return { kind: "call", name: name.toLowerCase(), args, at };
    }
    const lower = name.toLowerCase();
    if (lower === "true" || lower === "false") return { kind: "literal", value: lower === "true", at };
    if (lower === "nan") return { kind: "literal", value: Number.NaN, at };
    if (lower === "inf" || lower === "infinity")
      return { kind: "literal", value: Number.POSITIVE_INFINITY, at };
    if (/^(and|or|not|between|in|is|null|like)$/.test(lower)) {
      position--;
      fail("expected a value (a column of that name goes in backticks)");
    }
    return { kind: "column", name, at };
  };

  const result = disjunction();
  if (peek().kind !== "end") fail("expected an operator or the end");
  return result;
}

/** Integers that a number would round are bigint. */
function numberLiteral(text: string): number | bigint {
  const value = Number(text);
  return /^\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}
