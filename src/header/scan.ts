/**
 * Finding the end of a header in bytes, without decoding them.
 */

import { nativeBytes } from "../array.js";

/** Bytes of a FITS block (section 3.1). */
export const BLOCK = 2880;
/** No header known is near it; a file of text cards without END must not be read to its end. */
export const longestHeader: number = 64 * 1024 * 1024;
const CARD = 80;

/**
 * Where the END card begins, looking from `from` (a multiple of 80) at whole cards only; -1 where there is none.
 * Like astropy, takes END with something behind it for END, unless that makes it another keyword (`ENDTIME`).
 */
export function findEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 3 <= bytes.length; at += CARD) {
    if (bytes[at] === 69 && /^END([^A-Z0-9_-]|$)/.test(latin1(bytes.subarray(at, at + 4)))) return at;
  }
  return -1;
}

/** Where the first block begins (looking from `from`) that has no card with a legal keyword; -1 where all have. */
export function findForeignBlock(bytes: Uint8Array, from: number): number {
  for (let block = from; block + BLOCK <= bytes.length; block += BLOCK) {
    let card = block;
    while (card < block + BLOCK && !isKeywordField(bytes, card)) card += CARD;
    if (card >= block + BLOCK) return block;
  }
  return -1;
}

/** Whether 8 bytes could be a keyword: letters of either case, digits, `-`, `_`, then blanks. */
export function isKeywordField(bytes: Uint8Array, at: number): boolean {
  const field = latin1(bytes.subarray(at, at + 8));
  return field.length === 8 && /^[\w-]* *$/.test(field);
}

/** Whether the bytes begin with this keyword, of either case, as a whole keyword of 8 columns. */
export function beginsWith(bytes: Uint8Array, keyword: string): boolean {
  return latin1(bytes.subarray(0, 8)).trimEnd().toUpperCase() === keyword;
}

/** `length` rounded up to whole blocks. */
export function padded(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

/** Bytes as text, one character for one byte (latin-1, which `TextDecoder` cannot do: it means windows-1252). */
export function latin1(bytes: Uint8Array): string {
  const native = nativeBytes(bytes);
  if (native) return native.toString("latin1");
  const step = 8192;
  let text = "";
  for (let at = 0; at < bytes.length; at += step) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + step) as unknown as number[]);
  }
  return text;
}
