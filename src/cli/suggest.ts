/**
 * The word that was meant, where a word is unknown: of commands, options, HDUs, keywords, columns, color maps.
 */
import { printable } from "./output.js";

/** Longer words are not compared: they may come from a file. */
const longestWord = 80;

/** How many letters have to be changed, put in, left out or swapped with the next one to make `b` of `a`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const fewest = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      row.push(swapped ? Math.min(fewest, before[j - 2]! + 1) : fewest);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** The word of `known` that is nearest to `word`, if most letters are right; case does not count. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const plain = word.toLowerCase();
  if (plain.length === 0 || plain.length > longestWord) return undefined;
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const most = Math.max(1, Math.ceil(Math.max(plain.length, other.length) / 3));
    if (other === "" || Math.abs(other.length - plain.length) > most) continue;
    const edits = distance(plain, other);
    if (edits < fewest && edits <= most && edits < other.length) {
      best = candidate;
      fewest = edits;
    }
  }
  // The beginning of a longer word is meant, too: `head` of `header`, `infer` of `inferno`.
  return (
    best ?? (plain.length > 2 ? known.find((other) => other.toLowerCase().startsWith(plain)) : undefined)
  );
}

/** ` (Did you mean SCI?)`, or nothing where no word of `known` is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const found = closest(word, known);
  return found === undefined ? "" : ` (Did you mean ${printable(found)}?)`;
}
