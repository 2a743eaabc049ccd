/**
 * Patterns of paths, as shells have them: `*` and `?` within a name, `[a-z]`, `{this,that}`, `**` for any folders. A name
 * that begins with a dot matches no pattern that begins otherwise. Matching takes time in proportion to
 * pattern and name, whatever is in them.
 */
import { checkText } from "../argument.js";
import { FitsError } from "../errors.js";

/** Whether a path is a pattern: brackets alone make none. */
export function isPattern(path: string): boolean {
  return /[*?]|\{[^{}/]*,[^{}/]*\}/.test(path);
}

/** Whether a segment of a pattern stands for more than itself. */
export function isWild(segment: string): boolean {
  return isPattern(segment) || /\[.+\]/s.test(segment);
}

/** Whether a path matches a pattern, name by name. */
export function matchesPath(pattern: readonly string[], path: readonly string[]): boolean {
  return matchesAll(
    pattern,
    path,
    (segment) => segment === "**",
    matchesName,
    (name) => !name.startsWith("."),
  );
}

/** Whether a name matches one segment of a pattern. */
export function matchesName(segment: string, name: string): boolean {
  if (!isWild(segment)) return segment === name;
  const characters = [...name];
  return alternatives(segment).some((one) => {
    if (name.startsWith(".") && !one.startsWith(".")) return false;
    return matchesAll(
      tokensOf(one),
      characters,
      (token) => token === "*",
      (token, character) => (typeof token === "string" ? token === character : token(character)),
    );
  });
}

/** What all names begin with that match a segment. */
export function beginningOf(segment: string): string {
  return isWild(segment) ? /^[^*?[{]*/.exec(segment)![0] : segment;
}

/** Whether keywords, which are upper case, match a pattern: `CD*`, `NAXIS?`. */
export function matchesKeyword(pattern: string, keyword: string): boolean {
  checkText(pattern, "a pattern");
  checkText(keyword, "a keyword");
  return matchesName(pattern.trim().toUpperCase(), keyword);
}

type Token = string | ((character: string) => boolean);

/** Characters of a pattern: `*` stays, what stands for one character becomes a test. */
function tokensOf(pattern: string): Token[] {
  const parts = pattern.match(/\[[!^]?\]?[^\]]*\]|[\s\S]/gu) ?? [];
  return parts.map((part) => {
    if (part === "?") return () => true;
    if (part.length < 3 || !part.startsWith("[")) return part;
    const [, not, members] = /^\[([!^]?)([\s\S]*)\]$/u.exec(part)!;
    const ranges = [...members!.matchAll(/([\s\S])-([\s\S])|[\s\S]/gu)];
    return (character) =>
      ranges.some(([one, from, to]) => (from ? from <= character && character <= to! : one === character)) !==
      (not !== "");
  });
}

const mostAlternatives = 1000;

/** The patterns that `{this,that}` stands for. Throws BAD_ARGUMENT for more than a thousand. */
function alternatives(segment: string): string[] {
  let all = [""];
  for (const part of segment.split(/(\{[^{}]*,[^{}]*\})/)) {
    const choices = /^\{.*,.*\}$/s.test(part) ? part.slice(1, -1).split(",") : [part];
    all = all.flatMap((before) => choices.map((choice) => before + choice));
    if (all.length > mostAlternatives)
      throw new FitsError("BAD_ARGUMENT", `"${segment}" stands for more than ${mostAlternatives} patterns`);
  }
  return all;
}

/** Matches items one by one; only the last star met ever has to take one more. */
function matchesAll<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  isStar: (part: P) => boolean,
  matches: (part: P, item: T) => boolean,
  starTakes: (item: T) => boolean = () => true,
): boolean {
  let p = 0;
  let star = -1;
  let taken = 0;
  for (let i = 0; i < items.length; ) {
    if (p < pattern.length && isStar(pattern[p]!)) {
      star = p++;
      taken = i;
    } else if (p < pattern.length && matches(pattern[p]!, items[i]!)) {
      p++;
      i++;
    } else if (star >= 0 && starTakes(items[taken]!)) {
      p = star + 1;
      i = ++taken;
    } else return false;
  }
  while (p < pattern.length && isStar(pattern[p]!)) p++;
  return p === pattern.length;
}
