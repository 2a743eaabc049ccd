/**
 * What was meant by a word that is none of those known.
 */

/** How many letters are to be changed, put in, left out or swapped with their neighbor (Damerau's distance, restricted). */
export function editDistance(a: string, b: string): number {
  let [twoBack, back]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(back[j]! + 1, row[j - 1]! + 1, back[j - 1]! + change);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, twoBack[j - 2]! + 1);
      row.push(least);
    }
    [twoBack, back] = [back, row];
  }
  return back[b.length]!;
}

/** Longer words are not compared: nobody mistypes them by a letter or two. */
const longestWord = 64;

/** The known word that is nearest, without regard to case; none that differs in more than a third of its letters. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > longestWord) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const one of known) {
    if (Math.abs(one.length - word.length) >= least || one.length > longestWord) continue;
    const distance = editDistance(lower, one.toLowerCase());
    if (distance < least) [best, least] = [one, distance];
  }
  return best;
}

/** `; did you mean 'FLUX'?`, or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}
