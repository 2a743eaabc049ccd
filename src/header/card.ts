/**
 * One card of a header: 80 bytes, keyword, value, comment (FITS Standard 4.0, section 4).
 */

/** A complex value: real part, imaginary part. */
export type Complex = readonly [re: number, im: number];

/** The value of a card. `null` is a keyword with an undefined value; integers beyond 2^53 are bigint. */
export type CardValue = string | number | bigint | boolean | Complex | null;

/**
 * A card. CONTINUE cards are folded into the card that they continue, HIERARCH keywords are written without
 * `HIERARCH`. `value` is absent on commentary cards (COMMENT, HISTORY, blank keyword: the text is in `comment`) and
 * on cards that cannot be parsed, which say why in `problem`.
 */
export interface Card {
  readonly keyword: string;
  readonly value?: CardValue;
  readonly comment: string;
  /** The card as it stands in the file: 80 characters, or a multiple of them with CONTINUE. */
  readonly raw: string;
  readonly problem?: string;
}
