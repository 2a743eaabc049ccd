/**
 * Decoding tables for the Huffman codes of DEFLATE (RFC 1951, section 3.2), built anew for every few kilobytes and
 * therefore by doubling: a table for codes of up to n bits is one for n - 1 bits twice, with the codes of n bits put in.
 *
 * A table is looked up with the next bits of the stream. An entry has in bits 0..5 how many bits the symbol takes, those
 * behind its code included. A literal has in bits 6..7 that it is one, or that there are two, which bits 16.. hold, the first
 * one lowest. A length or distance has in bits 8..13 how many bits behind its code there are less than 63, and in bits 16..
 * the least length, less 3, or the least distance. Before a length there may be a literal, with its bits counted: bit 15
 * says so, bits 24.. hold it. Bit 14 says that it is none of these. Codes longer than the table is wide share an entry that
 * points to a second table.
 */
import { crcEnd } from "./crc32";

/** One literal; and in an entry with this mask there is one, or two. */
export const oneLiteral: u32 = 1 << 6;
export const anyLiteral: u64 = 3 << 6;
/** Neither a literal nor a length or distance: no symbol at all, unless one of the next two says what. */
export const special: u32 = 1 << 14;
/** Bits 16.. are the place of the second table in bytes, bits 8..11 how many bits it is looked up with. */
export const second: u32 = 1 << 12;
export const endOfBlock: u32 = 1 << 13;
/** A length with a literal before it. */
const literalBefore: u32 = 1 << 15;

/** The entries of the symbols, code left out. */
export const literalEntries: usize = crcEnd;
export const distanceEntries: usize = literalEntries + 4 * 288;
export const lengthEntries: usize = distanceEntries + 4 * 32;

/** Tables. Complete codes need 2342 entries for 288 symbols and 11 bits, 402 for 32 and 8. */
export const literalBits: u32 = 11;
export const literalTable: usize = lengthEntries + 4 * 19 + 4;
const literalRoom: u32 = 2400;
export const distanceBits: u32 = 8;
export const distanceTable: usize = literalTable + 4 * literalRoom;
const distanceRoom: u32 = 512;
/** Of the code that lengths of codes have, where the distances' will be. */
const lengthBits: u32 = 7;
export const lengthTable: usize = distanceTable;

/** How many symbols, and how many literals among them, have codes of each length; where those end when sorted. */
const counts: usize = distanceTable + 4 * distanceRoom;
const literalCounts: usize = counts + 2 * 16;
const ends: usize = literalCounts + 2 * 16;
/** Symbols by length of their codes; of each its entry and its code, the first bit lowest. */
const sorted: usize = ends + 32;
const made: usize = sorted + 2 * 320;
export const huffmanEnd: usize = made + 8 * 320;

/** To be called once. */
export function prepareHuffman(): void {
  for (let i: u32 = 0; i < 256; i++) store<u32>(literalEntries + 4 * i, (i << 16) | oneLiteral);
  store<u32>(literalEntries + 4 * 256, special | endOfBlock);
  let base: u32 = 0;
  for (let i: u32 = 257; i < 285; i++) {
    const extra: u32 = i < 265 ? 0 : (i - 261) >>> 2;
    store<u32>(literalEntries + 4 * i, (base << 16) | ((63 - extra) << 8) | extra);
    base += 1 << extra;
  }
  store<u32>(literalEntries + 4 * 285, (255 << 16) | (63 << 8));
  store<u32>(literalEntries + 4 * 286, special);
  store<u32>(literalEntries + 4 * 287, special);
  base = 1;
  for (let i: u32 = 0; i < 32; i++) {
    const extra: u32 = i < 4 ? 0 : (i - 2) >>> 1;
    store<u32>(distanceEntries + 4 * i, i < 30 ? (base << 16) | ((63 - extra) << 8) | extra : special);
    base += 1 << extra;
  }
  for (let i: u32 = 0; i < 19; i++) store<u32>(lengthEntries + 4 * i, i << 16);
}

/** Whether the bytes at `lengths` are lengths of a complete code; fills its table. With `paired`, entries have a literal and what follows. */
export function buildLiterals(lengths: usize, symbols: u32, paired: bool): bool {
  return build(lengths, symbols, literalBits, literalEntries, literalTable, literalRoom, paired);
}

/** Likewise, where one code of one bit, or none, will do. */
export function buildDistances(lengths: usize, symbols: u32): bool {
  return build(lengths, symbols, distanceBits, distanceEntries, distanceTable, distanceRoom, false);
}

export function buildLengths(lengths: usize): bool {
  return build(lengths, 19, lengthBits, lengthEntries, lengthTable, 1 << lengthBits, false);
}

/** `room` is that of the table, in entries. */
function build(
  lengths: usize,
  symbols: u32,
  width: u32,
  entries: usize,
  table: usize,
  room: u32,
  paired: bool,
): bool {
  const longest = sort(lengths, symbols);
  let left: i32 = 1;
  for (let length: u32 = 1; length <= longest; length++) {
    left = (left << 1) - <i32>load<u16>(counts + 2 * length);
    if (left < 0) return false;
  }
  if (left > 0) {
    if (longest > 1 || width === lengthBits) return false;
    for (let i: u32 = 0; i < 1 << width; i++) store<u32>(table + 4 * i, special);
    if (longest === 0) return true;
    const entry = load<u32>(entries + 4 * <usize>load<u16>(sorted)) + 1;
    for (let i: u32 = 0; i < 1 << width; i += 2) store<u32>(table + 4 * i, entry);
    return true;
  }
  const code = shortCodes(width, entries, table, paired);
  return longest <= width || longCodes(code, width, longest, entries, table, room);
}

/** Sorts the symbols that have codes, and counts them; answers with the longest length. */
function sort(lengths: usize, symbols: u32): u32 {
  const longest = longestOf(lengths, symbols);
  const literals = min<u32>(symbols, 256);
  memory.fill(counts, 0, 4 * 16);
  store<u16>(ends, 0);
  let place = sorted;
  for (let length: u32 = 1; length <= longest; length++) {
    const behindLiterals = take(lengths, 0, literals, length, place);
    const behind = take(lengths, literals, symbols, length, behindLiterals);
    store<u16>(literalCounts + 2 * length, <u16>((behindLiterals - place) >>> 1));
    store<u16>(counts + 2 * length, <u16>((behind - place) >>> 1));
    store<u16>(ends + 2 * length, <u16>((behind - sorted) >>> 1));
    place = behind;
  }
  return longest;
}

function longestOf(lengths: usize, symbols: u32): u32 {
  let most = i8x16.splat(0);
  let i: u32 = 0;
  for (; i + 16 <= symbols; i += 16) most = i8x16.max_u(most, v128.load(lengths + i));
  let longest: u32 = 0;
  for (; i < symbols; i++) longest = max<u32>(longest, load<u8>(lengths + i));
  while (i8x16.bitmask(i8x16.gt_u(most, i8x16.splat(<u8>longest))) !== 0) longest++;
  return longest;
}

/** Writes to `place` the symbols from `from` to `to` whose codes have `length` bits; answers with the place behind them. */
function take(lengths: usize, from: u32, to: u32, length: u32, place: usize): usize {
  const wanted = i8x16.splat(<u8>length);
  for (let i = from; i < to; i += 16) {
    let found = <u32>i8x16.bitmask(i8x16.eq(v128.load(lengths + i), wanted));
    if (to - i < 16) found &= (1 << (to - i)) - 1;
    for (; found !== 0; found &= found - 1) {
      store<u16>(place, <u16>(i + ctz(found)));
      place += 2;
    }
  }
  return place;
}

/** The code behind `code` of as many bits, if there is one: counted from the first bit, which is the lowest. */
function following(code: u32, length: u32): u32 {
  const zeros = code ^ ((1 << length) - 1);
  if (zeros === 0) return 0;
  const bit: u32 = 0x80000000 >>> clz(zeros);
  return (code & (bit - 1)) | bit;
}

/** Puts in all codes of up to `width` bits; answers with the first longer one. */
function shortCodes(width: u32, entries: usize, table: usize, paired: bool): u32 {
  let symbol: usize = 0;
  let code: u32 = 0;
  let shortest: u32 = 0;
  for (let length: u32 = 1; length <= width; length++) {
    if (length > 1) double(table, (<usize>1) << (length - 1));
    for (let n = <u32>load<u16>(counts + 2 * length); n > 0; n--) {
      const entry = load<u32>(entries + 4 * <usize>load<u16>(sorted + 2 * symbol)) + length;
      store<u32>(table + 4 * code, entry);
      store<u32>(made + 8 * symbol, entry);
      store<u32>(made + 8 * symbol, code, 4);
      symbol++;
      code = following(code, length);
    }
    if (!paired) continue;
    if (shortest === 0 && load<u16>(counts + 2 * length) > 0) shortest = length;
    if (shortest === 0) continue;
    for (let first = shortest; first + shortest <= length; first++) pair(table, first, length - first);
  }
  return code;
}

function double(table: usize, entries: usize): void {
  const bytes = entries * 4;
  if (entries < 4) memory.copy(table + bytes, table, bytes);
  else for (let i: usize = 0; i < bytes; i += 16) v128.store(table + bytes + i, v128.load(table + i));
}

/** Puts in all pairs of a literal and what may follow it, a literal or a length, whose codes have these lengths. */
function pair(table: usize, first: u32, second: u32): void {
  const firsts = <usize>load<u16>(literalCounts + 2 * first);
  if (firsts === 0) return;
  const from = made + 8 * <usize>load<u16>(ends + 2 * (second - 1));
  const literals = from + 8 * <usize>load<u16>(literalCounts + 2 * second);
  const to = from + 8 * <usize>load<u16>(counts + 2 * second);
  let at = made + 8 * <usize>load<u16>(ends + 2 * (first - 1));
  for (const end = at + 8 * firsts; at < end; at += 8) {
    const entry = load<u32>(at);
    const place = table + 4 * <usize>load<u32>(at, 4);
    const two = entry + oneLiteral + second;
    let next = from;
    for (; next < literals; next += 8) {
      store<u32>(
        place + ((<usize>load<u32>(next, 4)) << (first + 2)),
        two + ((load<u32>(next) >>> 16) << 24),
      );
    }
    const before = ((entry >>> 16) << 24) + literalBefore + first;
    for (; next < to; next += 8) {
      const length = load<u32>(next);
      if (length & special) continue;
      store<u32>(place + ((<usize>load<u32>(next, 4)) << (first + 2)), length + before);
    }
  }
}

/** Puts in the codes from `code` on, which are longer than `width`; false when there is no room for them. */
function longCodes(code: u32, width: u32, longest: u32, entries: usize, table: usize, room: u32): bool {
  let symbol = <usize>load<u16>(ends + 2 * width);
  let prefix: u32 = 0xffffffff;
  let start: u32 = 0;
  let end: u32 = 1 << width;
  for (let length = width + 1; length <= longest; length++) {
    const rest = length - width;
    for (let n = <u32>load<u16>(counts + 2 * length); n > 0; n--) {
      const low = code & ((1 << width) - 1);
      if (low !== prefix) {
        prefix = low;
        const bits = secondBits(rest, n, width);
        start = end;
        end += 1 << bits;
        if (end > room) return false;
        store<u32>(table + 4 * low, (start << 18) | special | second | (bits << 8) | width);
      }
      const entry = load<u32>(entries + 4 * <usize>load<u16>(sorted + 2 * symbol)) + rest;
      symbol++;
      for (let i = start + (code >>> width); i < end; i += 1 << rest) store<u32>(table + 4 * i, entry);
      code = following(code, length);
    }
  }
  return true;
}

/** How many bits a second table needs whose first code is `bits` longer than the first one is wide, with `n` such to come. */
function secondBits(bits: u32, n: u32, width: u32): u32 {
  for (let space = n; space < 1 << bits && bits + width < 15; ) {
    bits++;
    space = (space << 1) + <u32>load<u16>(counts + 2 * (width + bits));
  }
  return bits;
}
