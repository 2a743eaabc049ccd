/**
 * Numbers of a header that a distortion is made of: absent, or finite.
 */
import { FitsError } from "../../errors.js";
import { type Header, showValue, valueOfCard } from "../../header/header.js";

/**
 * The number of a keyword, also of a record-valued card (`DP1.EXTVER`); `undefined` where the keyword is absent or has no
 * value. Throws BAD_HEADER for anything but a finite number: to go on without the term would give wrong positions.
 */
export function coefficient(header: Header, keyword: string): number | undefined {
  const card = header.card(keyword);
  const value = card && valueOfCard(card);
  if (!card || value === null) return undefined;
  const number = typeof value === "number" || typeof value === "bigint" ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  const shown = value === undefined ? card.raw.slice(0, 80).trimEnd() : `${keyword} is ${showValue(value)}`;
  throw new FitsError("BAD_HEADER", `${shown}: a distortion needs a finite number there; mend the header`);
}
