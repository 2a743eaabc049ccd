/**
 * A header made of cards: a part of another header, or cards of one's own.
 */
import { FitsError } from "../errors.js";
import { CARD_LENGTH, type Card } from "./card.js";
import { type Header, lazyHeader } from "./header.js";
import { padded } from "./scan.js";

/**
 * A header of cards. `byteLength` is what they take in a file with END and padding, unless given.
 * Every `raw` must be whole cards of 80 characters.
 */
export function headerOf(cards: readonly Card[], byteLength?: number): Header {
  const starts = [0];
  let length = 0;
  for (const { keyword, raw } of cards) {
    if (raw.length === 0 || raw.length % CARD_LENGTH !== 0) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `card ${keyword} has ${raw.length} characters, not a multiple of ${CARD_LENGTH}`,
      );
    }
    starts.push((length += raw.length));
  }
  const text = cards.map((card) => card.raw).join("");
  return lazyHeader(text, starts, byteLength ?? padded(length + CARD_LENGTH));
}
