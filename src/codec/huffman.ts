/**
 * Decoding tables for the Huffman codes of DEFLATE (RFC 1951, section 3.2).
 *
 * A table is looked up with the next `rootBits` bits of the stream. An entry is one integer: bits 0..3 how many
 * bits the code takes, bits 8..11 how many extra bits follow it, bits 12..15 what it is, bits 16.. its value. Codes
 * longer than `rootBits` share an entry that points to a second table behind the first.
 */
import { FitsError } from "../errors.js";

/** A literal, or with PAIR two of them: the value is the byte, and the second one above it. With none of these flags the value is the base of a length or distance. */
export const LITERAL = 0x1000;
export const PAIR = 0x100;
/** Look on in a second table: the value is its place, the extra bits are those that it is looked up with. */
export const SECOND = 0x2000;
export const END_OF_BLOCK = 0x4000;
/** A code that no symbol has, or whose symbol means nothing. */
export const INVALID = 0x8000;

export const LITERAL_BITS = 11;
export const DISTANCE_BITS = 9;

/** Room for any complete code of 288 symbols behind 11 bits, or of 32 behind 9 (computed bounds: 2342 and 594). */
export const LITERAL_SIZE = 2400;
export const DISTANCE_SIZE = 640;

/** The entries of the literal/length symbols, code length left out (RFC 1951, section 3.2.5). */
export const literalEntries: Int32Array = new Int32Array(288).fill(INVALID);
/** The entries of the distance symbols. */
export const distanceEntries: Int32Array = new Int32Array(32).fill(INVALID);
/** The entries of the code length symbols: the symbol itself. */
export const lengthEntries: Int32Array = Int32Array.from({ length: 19 }, (_, i) => i << 16);

for (let i = 0; i < 256; i++) literalEntries[i] = (i << 16) | LITERAL;
literalEntries[256] = END_OF_BLOCK;
for (let i = 0, base = 3; i < 28; i++) {
  const extra = i < 8 ? 0 : (i >> 2) - 1;
  literalEntries[257 + i] = (base << 16) | (extra << 8);
  base += 1 << extra;
}
literalEntries[285] = 258 << 16;
for (let i = 0, base = 1; i < 30; i++) {
  const extra = i < 4 ? 0 : (i >> 1) - 1;
  distanceEntries[i] = (base << 16) | (extra << 8);
  base += 1 << extra;
}

const counts = new Int32Array(16);
const starts = new Int32Array(16);
const sorted = new Int32Array(320);

/**
 * Fills `table` for the code whose symbol `i` has `lengths[i]` bits (0: none, at most 15). Throws BAD_DATA when the
 * lengths are no complete code; a code of a single symbol of one bit, or of none, may be incomplete.
 */
export function buildTable(
  table: Int32Array,
  rootBits: number,
  entries: Int32Array,
  lengths: Uint8Array,
  symbols: number,
): void {
  const longest = sortByLength(lengths, symbols);
  const size = 1 << rootBits;
  if (longest <= 1) table.fill(INVALID | 1, 0, size);
  let used = size;
  let code = 0; // the code, its first bit lowest, as the stream has it
  let index = 0;
  let prefix = -1;
  let place = 0;
  let placeBits = 0;
  for (let length = 1; length <= longest; length++) {
    for (; counts[length]! > 0; counts[length]!--) {
      const entry = entries[sorted[index++]!]!;
      if (length <= rootBits) {
        for (let at = code; at < size; at += 1 << length) table[at] = entry | length;
      } else {
        if ((code & (size - 1)) !== prefix) {
          prefix = code & (size - 1);
          place = used;
          placeBits = secondBits(length - rootBits, longest - rootBits, rootBits);
          used += 1 << placeBits;
          table[prefix] = (place << 16) | SECOND | (placeBits << 8) | rootBits;
        }
        const step = 1 << (length - rootBits);
        for (let at = code >> rootBits; at < 1 << placeBits; at += step) {
          table[place + at] = entry | (length - rootBits);
        }
      }
      let bit = 1 << (length - 1);
      while (code & bit) bit >>= 1;
      code = bit === 0 ? 0 : (code & (bit - 1)) | bit;
    }
  }
}

/**
 * Makes one entry of two literals where their codes fit in the bits that the table is looked up with: most of the
 * data in FITS images are literals, and every other byte has a short code.
 */
export function pairLiterals(table: Int32Array): void {
  // From the end, so that what an entry is paired with is still single: it stands before.
  for (let i = (1 << LITERAL_BITS) - 1; i >= 0; i--) {
    const entry = table[i]!;
    if (!(entry & LITERAL)) continue;
    const length = entry & 15;
    const next = table[i >> length]!;
    const both = length + (next & 15);
    if (next & LITERAL && both <= LITERAL_BITS) {
      table[i] = ((next >> 16) << 24) | (entry & 0xff0000) | LITERAL | PAIR | both;
    }
  }
}

/** Sorts the symbols by code length into `sorted`, counts them into `counts`; answers with the longest length. */
function sortByLength(lengths: Uint8Array, symbols: number): number {
  counts.fill(0);
  for (let i = 0; i < symbols; i++) counts[lengths[i]!]!++;
  let left = 1;
  let total = 0;
  let longest = 0;
  for (let length = 1; length < 16; length++) {
    starts[length] = total;
    left = 2 * left - counts[length]!;
    if (left < 0) throw new FitsError("BAD_DATA", "corrupt DEFLATE data: an over-full Huffman code");
    if (counts[length] !== 0) longest = length;
    total += counts[length]!;
  }
  if (left > 0 && longest > 1)
    throw new FitsError("BAD_DATA", "corrupt DEFLATE data: an incomplete Huffman code");
  for (let i = 0; i < symbols; i++) {
    const length = lengths[i]!;
    if (length !== 0) sorted[starts[length]!++] = i;
  }
  return longest;
}

/** How many bits a second table needs that starts with a code of `bits` beyond the root. */
function secondBits(bits: number, most: number, rootBits: number): number {
  let room = 1 << bits;
  while (bits < most) {
    room -= counts[bits + rootBits]!;
    if (room <= 0) break;
    bits++;
    room *= 2;
  }
  return bits;
}
