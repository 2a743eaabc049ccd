/**
 * Differences of two headers: keywords that one of them lacks, values, comments.
 */
import type { Card, CardValue, Header } from "fitslice";
import { matchesKeyword } from "fitslice/list";
import { isNear, type Tolerance } from "./difference.js";

export interface HeaderRules extends Tolerance {
  /** Keywords, or patterns of them, that do not count; those whose comments do not. */
  readonly ignored: readonly string[];
  readonly commentsIgnored: readonly string[];
}

/** A line for each difference. Keywords may stand in any order; blank cards do not count, but for their text. */
export function headerDifferences(a: Header, b: Header, rules: HeaderRules): string[] {
  const [one, two] = [cardsOf(a, rules.ignored), cardsOf(b, rules.ignored)];
  const lines: string[] = [];
  for (const [keyword, cards] of one) {
    const others = two.get(keyword);
    if (!others) lines.push(`${keyword} is only in A: ${shown(cards[0]!)}`);
    else lines.push(...compared(keyword, cards, others, rules));
  }
  for (const [keyword, cards] of two)
    if (!one.has(keyword)) lines.push(`${keyword} is only in B: ${shown(cards[0]!)}`);
  return lines;
}

function cardsOf(header: Header, ignored: readonly string[]): Map<string, Card[]> {
  const all = new Map<string, Card[]>();
  for (const card of header) {
    const keyword = card.keyword.toUpperCase();
    if ((keyword === "" && card.raw.trim() === "") || isAmong(ignored, keyword)) continue;
    const name = keyword || "text without a keyword";
    const cards = all.get(name);
    if (cards) cards.push(card);
    else all.set(name, [card]);
  }
  return all;
}

function isAmong(patterns: readonly string[], keyword: string): boolean {
  return patterns.some((pattern) => matchesKeyword(pattern, keyword));
}

function compared(keyword: string, a: readonly Card[], b: readonly Card[], rules: HeaderRules): string[] {
  if (a.length !== b.length) return [`${keyword} is there ${a.length} times in A, ${b.length} times in B`];
  const hasComments = !isAmong(rules.commentsIgnored, keyword);
  return a.flatMap((card, i) => {
    const other = b[i]!;
    const isText = card.value === undefined && card.problem === undefined;
    const lines: string[] = [];
    if (!isSame(cardValue(card), cardValue(other), rules))
      lines.push(`${keyword}: ${shown(card)} in A, ${shown(other)} in B`);
    if (hasComments && !isText && card.comment !== other.comment)
      lines.push(`${keyword}: comment "${card.comment}" in A, "${other.comment}" in B`);
    return lines;
  });
}

/** Of commentary cards the text, whose first blanks count; of what cannot be parsed the card. */
function cardValue({ value, problem, raw }: Card): CardValue {
  if (problem !== undefined) return raw.slice(8).trim();
  return value === undefined ? raw.slice(8).trimEnd() : value;
}

function isSame(a: CardValue, b: CardValue, rules: HeaderRules): boolean {
  const isNumber = (value: CardValue): value is number | bigint => /^(number|bigint)$/.test(typeof value);
  if (isNumber(a) && isNumber(b)) return isNear(a, b, rules);
  if (Array.isArray(a) && Array.isArray(b)) return isNear(a[0], b[0], rules) && isNear(a[1], b[1], rules);
  return a === b;
}

function shown(card: Card): string {
  const value = cardValue(card);
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "boolean") return value ? "T" : "F";
  return value === null ? "nothing" : Array.isArray(value) ? `(${value.join(", ")})` : String(value);
}
