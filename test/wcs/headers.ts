/**
 * Headers of test cases.
 */
import { readFileSync } from "node:fs";
import { type Header, parseHeader } from "../../src/index.js";

const cardLength = 80;

/** A header of cards as text, each of up to 80 characters. */
export function headerOfCards(cards: readonly string[]): Header {
  const text = [...cards, "END"].map((card) => card.padEnd(cardLength)).join("");
  return parseHeader(Buffer.from(text, "latin1"));
}

/** A header of values: `{ CTYPE1: "RA---TAN", CRVAL1: 10 }`. */
export function headerOf(values: Readonly<Record<string, string | number | boolean>>): Header {
  return headerOfCards(
    Object.entries(values).map(([keyword, value]) => {
      const text =
        typeof value === "string"
          ? `'${value}'`
          : value === true
            ? "T"
            : value === false
              ? "F"
              : String(value).toUpperCase();
      return `${keyword.padEnd(8)}= ${text}`;
    }),
  );
}

/** A header in a file of its own: cards of 80 bytes, or lines; what is left over at the end does not count. */
export function headerOfFile(path: string): Header {
  const text = readFileSync(path, "latin1");
  const lines = text.slice(0, 2000).includes("\n") ? text.split(/\r?\n/) : text.match(/.{1,80}/gs)!;
  const end = lines.findIndex((line) => /^END *$/.test(line));
  return headerOfCards(lines.slice(0, end < 0 ? undefined : end).filter((line) => line.length <= cardLength));
}
