/**
 * The INHERIT convention: an extension that takes over the keywords of the primary header (section 4.4.2.6).
 */
import type { Header } from "./header.js";
import { headerOf } from "./of-cards.js";

// What describes the primary HDU itself and no other (sections 4.4.1, 4.4.2.7), and what has no value to take over.
const own =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|EXTEND|BLOCKED|EXTNAME|EXTVER|EXTLEVEL|INHERIT|CHECKSUM|DATASUM|BSCALE|BZERO|BLANK|COMMENT|HISTORY|CONTINUE|)$/;

/**
 * The header that a user of `INHERIT = T` expects: the extension's own cards, then those of the primary header that
 * the extension does not have. Mandatory, commentary and checksum keywords and those of the primary's own data are
 * not inherited. Answers `header` itself where it does not say `INHERIT = T`.
 */
export function withInherited(header: Header, primary: Header): Header {
  if (header.get("INHERIT") !== true) return header;
  const inherited = primary.cards.filter(({ keyword }) => !own.test(keyword) && !header.has(keyword));
  return inherited.length === 0 ? header : headerOf([...header.cards, ...inherited], header.byteLength);
}
