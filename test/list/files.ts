/**
 * Small FITS files of nothing but headers.
 */

/** A file with a primary HDU without data that has these cards, and an extension for each further list. */
export function headerFile(...hdus: readonly (readonly string[])[]): Uint8Array {
  const parts = hdus.map((cards, i) => {
    const first = i === 0 ? "SIMPLE  =                    T" : "XTENSION= 'IMAGE   '";
    const groups = i === 0 ? [] : ["PCOUNT  =                    0", "GCOUNT  =                    1"];
    const all = [
      first,
      "BITPIX  =                    8",
      "NAXIS   =                    0",
      ...groups,
      ...cards,
      "END",
    ];
    const text = all.map((card) => card.padEnd(80)).join("");
    return Buffer.from(text.padEnd(Math.ceil(text.length / 2880) * 2880), "latin1");
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** What an iteration gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
