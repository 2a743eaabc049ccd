/**
 * Names by patterns.
 */

/** `*` is any text and `?` one character; letters of either case are the same. Without RegExp, as names may be hostile. */
export function matcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.trim().toLowerCase();
  return (name) => {
    const text = name.toLowerCase();
    let [p, star, retry] = [0, -1, 0];
    for (let i = 0; i < text.length; ) {
      if (wanted[p] === "*") [star, retry] = [p++, i];
      else if (p < wanted.length && (wanted[p] === "?" || wanted[p] === text[i])) [p, i] = [p + 1, i + 1];
      else if (star >= 0) [p, i] = [star + 1, ++retry];
      else return false;
    }
    while (wanted[p] === "*") p++;
    return p === wanted.length;
  };
}
