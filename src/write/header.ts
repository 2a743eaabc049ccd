/**
 * Cards as the bytes of a header: END, and spaces up to a multiple of 2880 (FITS Standard 4.0, section 3.3.1).
 */
import { checkStream } from "../argument.js";
import { FitsError } from "../errors.js";
import { formatCard, type HeaderCard } from "./card.js";

/**
 * A card to format, or cards as they stand in another file (`Card.raw`): text of 80 characters or a multiple, each the
 * byte of its code, also those that no header may hold.
 */
export type HeaderItem = HeaderCard | string;

/** Bytes of a FITS block. */
export const blockSize = 2880;

/** How many bytes must follow `length` to fill its last block. */
export function padding(length: number): number {
  return (blockSize - (length % blockSize)) % blockSize;
}

/** Announces CONTINUE cards to readers that know them only so: fitsverify asks for it. */
export const longStringNotice: HeaderCard = {
  keyword: "LONGSTRN",
  value: "OGIP 1.0",
  comment: "long strings go on in CONTINUE cards",
};

/**
 * The header, END and padding included. LONGSTRN stands there once: where the caller has it, or before the first string
 * that is continued if that comes first. Throws BAD_ARGUMENT for a card that cannot be written.
 */
export function formatHeader(items: Iterable<HeaderItem>): Uint8Array<ArrayBuffer> {
  checkStream(items, "the cards");
  const cards: string[] = [];
  let noticed = false;
  for (const item of items) {
    const text = typeof item === "string" ? checkedRaw(item) : formatCard(item);
    const isNotice = text.startsWith("LONGSTRN");
    if (isNotice && noticed) continue;
    noticed ||= isNotice;
    if (!noticed && typeof item !== "string" && text.startsWith("CONTINUE", 80)) {
      cards.push(formatCard(longStringNotice));
      noticed = true;
    }
    cards.push(text);
  }
  cards.push("END".padEnd(80));
  const text = cards.join("");
  return bytesOfText(text, text.length + padding(text.length));
}

/** Characters below U+0100 as the bytes of their codes, with spaces up to `length`. */
export function bytesOfText(text: string, length: number = text.length): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length).fill(32);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function checkedRaw(raw: string): string {
  if (raw.length === 0 || raw.length % 80 !== 0) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `a card given as text has ${raw.length} characters; it must have 80 or a multiple`,
    );
  }
  const [wide] = /[^\0-\xff]/u.exec(raw) ?? [];
  if (wide !== undefined)
    throw new FitsError(
      "BAD_ARGUMENT",
      `a card given as text holds ${JSON.stringify(wide)}; its characters stand for bytes, up to U+00FF`,
    );
  if (/^END {5}/.test(raw))
    throw new FitsError("BAD_ARGUMENT", "END is written by fitslice itself; leave it out");
  return raw;
}

/** The keyword of an item, upper-cased. */
export function keywordOf(item: HeaderItem): string {
  return (typeof item === "string" ? item.slice(0, 8) : item.keyword).trim().toUpperCase();
}
