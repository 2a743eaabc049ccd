/**
 * The brackets behind a file's name, taken apart.
 */

/** What stands in one pair of brackets, and where that begins in the whole text, 0-based. */
export interface Bracket {
  readonly text: string;
  readonly at: number;
}

/** A name, and what stands in brackets behind it. */
export interface Bracketed {
  readonly name: string;
  readonly brackets: readonly Bracket[];
}

const longestName = 20_000;

/** All ways to read `a[b][c]` as a name with brackets behind it, the shortest name first; none where no brackets are behind it. */
export function* readings(text: string): Generator<Bracketed, undefined> {
  if (text.length > longestName || !/\]\s*$/.test(text)) return;
  for (let at = text.indexOf("["); at > 0; at = text.indexOf("[", at + 1)) {
    const brackets = bracketsFrom(text, at);
    if (brackets) yield { name: text.slice(0, at).trimEnd(), brackets };
  }
}

/** The brackets from `from` on; undefined where there is anything else between them or behind. */
function bracketsFrom(text: string, from: number): Bracket[] | undefined {
  const brackets: Bracket[] = [];
  let at = from;
  while (at < text.length) {
    const end = text[at] === "[" ? closing(text, at) : -1;
    if (end < 0) return undefined;
    brackets.push({ text: text.slice(at + 1, end), at: at + 1 });
    at = end + 1;
    while (/\s/.test(text[at] ?? "")) at++;
  }
  return brackets;
}

/** Where the bracket that opens at `open` closes: others may stand in it, and strings. -1 where it does not. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const character = text[at]!;
    if (character === "[") depth++;
    else if (character === "]" && --depth === 0) return at;
    else if (character === '"' || character === "'") {
      const end = text.indexOf(character, at + 1);
      if (end > 0) at = end;
    }
  }
  return -1;
}

/** Cuts at a character that stands outside of brackets, braces, parentheses and strings. */
export function cutAt(text: string, separator: string): Bracket[] {
  const pieces: Bracket[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    else if (character === '"' || character === "'") {
      const end = text.indexOf(character, at + 1);
      if (end > 0) at = end;
    } else if (character === separator && depth === 0) {
      pieces.push({ text: text.slice(from, at), at: from });
      from = at + 1;
    }
  }
  pieces.push({ text: text.slice(from), at: from });
  return pieces;
}
