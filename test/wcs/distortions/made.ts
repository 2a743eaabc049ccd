/** Headers of these tests, and points through a distortion. */
import { parseCard } from "../../../src/header/card.js";
import { type Header, headerOf } from "../../../src/header/header.js";
import type { Distortion } from "../../../src/wcs/distortions/distortion.js";

/** A header of keywords and values; strings are quoted. A keyword may stand more than once. */
export function headerWith(...cards: (readonly [keyword: string, value: number | string])[]): Header {
  return headerOf(
    cards.map(([keyword, value]) => {
      const text = typeof value === "string" ? `'${value}'` : String(value).replace("e", "E");
      return parseCard(`${keyword.padEnd(8)}= ${text}`.padEnd(80));
    }),
  );
}

export function applied(distortion: Distortion | undefined, x: number, y: number): [number, number] {
  const [u, v] = [Float64Array.of(x), Float64Array.of(y)];
  distortion?.apply(u, v, 1);
  return [u[0]!, v[0]!];
}

export function inverted(distortion: Distortion | undefined, x: number, y: number): [number, number] {
  const [u, v] = [Float64Array.of(x), Float64Array.of(y)];
  distortion?.invert(u, v, 1);
  return [u[0]!, v[0]!];
}
