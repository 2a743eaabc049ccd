/**
 * A header: cards in order, found by keyword.
 */
import type { Card, CardValue, Complex } from "./card.js";

/**
 * The header of an HDU. Keywords are matched without regard to case; where one is repeated the first counts.
 * The typed getters answer `undefined` for a keyword that is absent or undefined, and throw WRONG_TYPE for another
 * type of value.
 */
export interface Header extends Iterable<Card> {
  /** Cards in file order, without END. */
  readonly cards: readonly Card[];
  /** Bytes of the header with its padding: a multiple of 2880. */
  readonly byteLength: number;
  /** What is wrong but can be read past, in words. */
  readonly warnings: readonly string[];
  has(keyword: string): boolean;
  card(keyword: string): Card | undefined;
  /** All cards of a repeated keyword, in order. */
  all(keyword: string): Card[];
  /** The value; `null` when undefined in the file, `undefined` when absent. */
  get(keyword: string): CardValue | undefined;
  string(keyword: string): string | undefined;
  /** A number (a bigint is rounded to one). */
  number(keyword: string): number | undefined;
  /** An integer that a JavaScript number holds exactly. */
  integer(keyword: string): number | undefined;
  bigint(keyword: string): bigint | undefined;
  boolean(keyword: string): boolean | undefined;
  complex(keyword: string): Complex | undefined;
  comment(keyword: string): string | undefined;
  /** The unit at the start of the comment in square brackets, as the Standard recommends (4.3). */
  unit(keyword: string): string | undefined;
  /** The header as in the file: cards of 80 characters, END and padding left out. */
  toString(): string;
}
