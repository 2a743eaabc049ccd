/**
 * The words of cfitsio's expressions (CFITSIO User's Guide, Row Filtering Specification).
 */
import { badUsage, type Failure } from "../failure.js";
import { printable } from "../output.js";

export type TokenKind =
  | "integer"
  | "real"
  | "string"
  | "bits"
  | "boolean"
  | "name"
  | "keyword"
  | "function"
  | "cast"
  | "symbol"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** Of symbols one spelling for all; of strings and quoted names what stands between the quotes. */
  readonly text: string;
  /** Where it begins, 0-based. */
  readonly at: number;
}

/** What is wrong in an expression, and at which character. */
export function expressionFailure(text: string, at: number, what: string): Failure {
  const near = text.slice(at, at + 20);
  const where = near === "" ? "at its end" : `at character ${at + 1}, before '${printable(near)}'`;
  return badUsage(`[${printable(text.trim())}]: ${what}, ${where}`);
}

const longestText = 10_000;

/** Words that stand for operators, with or without the dot before them. */
const words: Readonly<Record<string, string>> = {
  not: "!",
  or: "||",
  and: "&&",
  eq: "==",
  ne: "!=",
  gt: ">",
  lt: "<",
  ge: ">=",
  le: "<=",
};

const spellings: Readonly<Record<string, string>> = { "**": "^", "=>": ">=", "=<": "<=" };

/**
 * The alternatives in cfitsio's order: of words of the same length the first one counts, so that `T` is true and `b01` bits, whatever
 * columns there are. `$T$` is always a column.
 */
const patterns: readonly (readonly [TokenKind | "word" | "radix", RegExp])[] = [
  ["function", /(?!not\()[a-z][a-z0-9]+\(/iy],
  ["cast", /\((?:int|INT|float|FLOAT|double|DOUBLE)\)/y],
  ["radix", /0(?:b[01]+|o[0-7]+|x[0-9a-f]+)/iy],
  ["real", /\d+\.?\d*[eEdD][+-]?\d+|\.\d+(?:[eEdD][+-]?\d+)?|\d+\.\d*/y],
  ["integer", /\d+/y],
  ["word", /\.(?:not|or|and|eq|ne|gt|lt|ge|le|xor)\.|(?:not|or|and|eq|ne|gt|lt|ge|le)\./iy],
  ["bits", /(?:b[01x]+|o[0-7x]+|h[0-9a-fx]+)(?![a-z0-9_])/iy],
  ["boolean", /[tf](?![a-z0-9_])/iy],
  ["name", /[a-z_][a-z0-9_]*|\$[^$\n]*\$/iy],
  ["keyword", /#[a-z0-9_]+|#\$[^\n$]*\$/iy],
  ["string", /"[^"\n]*"|'[^'\n]*'/y],
  ["symbol", /\*\*|\^\^|\|\||&&|==|!=|<=|>=|=>|=<|[-+*/%<>=!~&|^()[\]{},:?]/y],
];

/** Throws `Failure` (wrong usage), saying where. */
export function tokenize(text: string): Token[] {
  if (text.length > longestText)
    throw badUsage(`an expression of ${text.length} characters; ${longestText} are the most`);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at++;
    if (at >= text.length) break;
    const token = tokenAt(text, at);
    if (!token) throw expressionFailure(text, at, "not understood");
    tokens.push(wordOfSql(token.token, tokens.at(-1), text) ?? token.token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

/** AND, OR and NOT as SQL writes them, where no column can stand: a name behind a value, or before one. */
function wordOfSql(
  { kind, text: name, at }: Token,
  before: Token | undefined,
  text: string,
): Token | undefined {
  if (kind !== "name" || text[at] === "$" || !/^(and|or|not)$/i.test(name)) return undefined;
  const isBehindValue =
    before !== undefined &&
    (before.kind === "symbol" ? /^[)\]}]$/.test(before.text) : !/^(function|cast)$/.test(before.kind));
  const isNot = /^not$/i.test(name);
  const isOperator = isNot
    ? !isBehindValue && /^(\s*\(|\s+[a-z0-9_$#"'.])/i.test(text.slice(at + name.length))
    : isBehindValue;
  return isOperator ? { kind: "symbol", text: words[name.toLowerCase()]!, at } : undefined;
}

function tokenAt(text: string, at: number): { token: Token; end: number } | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) continue;
    return { token: tokenOf(kind, found, at), end: at + found.length };
  }
  return undefined;
}

function tokenOf(kind: TokenKind | "word" | "radix", found: string, at: number): Token {
  switch (kind) {
    case "word": {
      const name = found.replaceAll(".", "").toLowerCase();
      return { kind: "symbol", text: name === "xor" ? "^^" : words[name]!, at };
    }
    case "radix":
      return { kind: "integer", text: found.toLowerCase(), at };
    case "symbol":
      return { kind, text: spellings[found] ?? found, at };
    case "string":
      return { kind, text: found.slice(1, -1), at };
    case "function":
      return { kind, text: found.slice(0, -1).toLowerCase(), at };
    case "cast":
      return { kind, text: /int/i.test(found) ? "integer" : "real", at };
    case "bits":
      return { kind, text: bitsOf(found), at };
    case "keyword":
      return { kind, text: found.replace(/^#\$?|\$$/g, ""), at };
    case "name":
      return { kind, text: found.replace(/^\$|\$$/g, ""), at };
    default:
      return { kind, text: found, at };
  }
}

/** `b01x`, `o17`, `h0F` as one character a bit: 0, 1, or x for either. */
function bitsOf(text: string): string {
  const digits = text.slice(1).toLowerCase();
  const width = { b: 1, o: 3, h: 4 }[text[0]!.toLowerCase()]!;
  return Array.from(digits, (digit) =>
    digit === "x" ? "x".repeat(width) : Number.parseInt(digit, 16).toString(2).padStart(width, "0"),
  ).join("");
}
