/**
 * gzip members (RFC 1952) whose bytes are all there and whose length is known: inflated (RFC 1951) and checked.
 *
 * Sixty-odd bits of the stream are held in an integer that is filled by one load of 8 bytes; symbols are looked up eleven
 * bits at a time, literals two at a time. Nothing is checked byte by byte: there is room behind the input and the output
 * for what one turn of a loop reads and writes too far. Functions return block by block, since an engine puts its better
 * code in place when they are called.
 */
import { crc32, prepareCrc } from "./crc32";
import {
  anyLiteral,
  buildDistances,
  buildLengths,
  buildLiterals,
  distanceBits,
  distanceTable,
  endOfBlock,
  huffmanEnd,
  lengthTable,
  literalBits,
  literalTable,
  prepareHuffman,
  second,
  special,
} from "./huffman";

/** For each distance below 16 which bytes of the last 16 follow; before them how many of 16 bytes are of whole turns. */
const patterns: usize = (huffmanEnd + 15) & ~15;
/** Lengths of the codes of a block, and room for a run too far. */
const lengths: usize = patterns + 256;

/** Of the stream: bits not used up, above two that mean nothing; how many they all are, in bits 0..5; what follows them. */
let window: u64 = 0;
let held: u64 = 0;
let next: usize = 0;
/** Of the output. */
let start: usize = 0;
let to: usize = 0;

/** Streams with more bytes than this to come are worth a table with pairs of literals. */
const worthPairs: usize = 256;
/** A table of 4-byte entries is looked up with the lowest bits of `window`, the two that mean nothing left out. */
const literalMask: u64 = ((1 << literalBits) - 1) << 2;
const distanceMask: u64 = ((1 << distanceBits) - 1) << 2;

/** To be called once. */
export function prepareInflate(): void {
  prepareCrc();
  prepareHuffman();
  for (let distance: u32 = 1; distance < 16; distance++) {
    store<u8>(patterns + distance, <u8>(16 - (16 % distance)));
    for (let i: u32 = 0; i < 16; i++) store<u8>(patterns + 16 * distance + i, <u8>(i % distance));
  }
}

/**
 * Whether the bytes are one plain member and nothing more, whose output, of `size` bytes, is what its CRC says: that is at
 * `room` then. 64 bytes behind the input are read, 300 behind the output are written.
 */
export function inflateMember(source: usize, length: u32, room: usize, size: u32): bool {
  // A header without names and the like.
  if (length < 18 || load<u32>(source) !== 0x00088b1f) return false;
  const end = source + length;
  const limit = room + size;
  window = 0;
  held = 2;
  next = source + 10;
  start = room;
  to = room;
  let crc: u32 = 0;
  for (let last = false; !last; ) {
    if (next > end) return false;
    window |= load<u64>(next) << held;
    next += 7 - <usize>((held >> 3) & 7);
    held |= 56;
    last = (window & 4) !== 0;
    const kind = <u32>(window >> 3) & 3;
    window >>= 3;
    held -= 3;
    const before = to;
    if (!block(kind, limit, end)) return false;
    crc = crc32(crc, before, to);
  }
  const trailer = behind();
  if (trailer + 8 !== end) return false;
  return load<u32>(trailer) === crc && load<u32>(trailer, 4) === size && to === limit;
}

/** Where the next whole byte of the stream is. */
function behind(): usize {
  return next - <usize>(((held & 63) - 2) >> 3);
}

function block(kind: u32, limit: usize, end: usize): bool {
  if (kind === 0) return stored(limit, end);
  const paired = next + worthPairs < end;
  if (kind === 1) fixedCodes(paired);
  else if (kind === 3 || !dynamicCodes(end, paired)) return false;
  return symbols(limit, end);
}

function stored(limit: usize, end: usize): bool {
  const at = behind();
  if (at + 4 > end) return false;
  const length = <usize>load<u16>(at);
  if ((length ^ <usize>load<u16>(at, 2)) !== 0xffff) return false;
  if (at + 4 + length > end || to + length > limit) return false;
  memory.copy(to, at + 4, length);
  to += length;
  next = at + 4 + length;
  window = 0;
  held = 2;
  return true;
}

function fixedCodes(paired: bool): void {
  memory.fill(lengths, 8, 288);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  buildLiterals(lengths, 288, paired);
  memory.fill(lengths, 5, 32);
  buildDistances(lengths, 32);
}

/** In which order the lengths of the code of lengths stand, five bits each; there are nineteen. */
const firstOrder: u64 =
  16 |
  (17 << 5) |
  (18 << 10) |
  (8 << 20) |
  (7 << 25) |
  ((<u64>9) << 30) |
  ((<u64>6) << 35) |
  ((<u64>10) << 40) |
  ((<u64>5) << 45) |
  ((<u64>11) << 50) |
  ((<u64>4) << 55);
const lastOrder: u64 = 12 | (3 << 5) | (13 << 10) | (2 << 15) | (14 << 20) | (1 << 25) | ((<u64>15) << 30);

/** Reads the codes of a block (RFC 1951, section 3.2.7). Exported, and so no part of another function. */
export function dynamicCodes(end: usize, paired: bool): bool {
  window |= load<u64>(next) << held;
  next += 7 - <usize>((held >> 3) & 7);
  held |= 56;
  const literals: u32 = 257 + (<u32>(window >> 2) & 31);
  const distances: u32 = 1 + (<u32>(window >> 7) & 31);
  const codes: u32 = 4 + (<u32>(window >> 12) & 15);
  if (literals > 286 || distances > 30) return false;
  window >>= 14;
  held -= 14;
  v128.store(lengths, i64x2.splat(0));
  v128.store(lengths, i64x2.splat(0), 16);
  let order = firstOrder;
  for (let i: u32 = 0; i < codes; i++) {
    if (i === 12) {
      order = lastOrder;
      window |= load<u64>(next) << held;
      next += 7 - <usize>((held >> 3) & 7);
      held |= 56;
    }
    store<u8>(lengths + <usize>(order & 31), <u8>((window >> 2) & 7));
    order >>= 5;
    window >>= 3;
    held -= 3;
  }
  if (!buildLengths(lengths) || !readLengths(literals + distances, end)) return false;
  if (load<u8>(lengths + 256) === 0) return false;
  return buildDistances(lengths + literals, distances) && buildLiterals(lengths, literals, paired);
}

function readLengths(all: u32, end: usize): bool {
  let bits = window;
  let count = held;
  let from = next;
  let i: u32 = 0;
  while (i < all) {
    if (from > end) return false;
    bits |= load<u64>(from) << count;
    from += 7 - <usize>((count >> 3) & 7);
    count |= 56;
    // Three symbols of up to 14 bits.
    for (let turn = 0; turn < 3 && i < all; turn++) {
      const entry = load<u32>(lengthTable + <usize>(bits & (127 << 2)));
      bits >>= <u64>entry;
      count -= <u64>entry;
      const symbol = entry >>> 16;
      if (symbol < 16) {
        store<u8>(lengths + i, <u8>symbol);
        i++;
        continue;
      }
      const extra: u32 = symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
      const times: u32 = (symbol === 18 ? 11 : 3) + (<u32>(bits >> 2) & ((1 << extra) - 1));
      bits >>= <u64>extra;
      count -= <u64>extra;
      if (i + times > all || (symbol === 16 && i === 0)) return false;
      const run = i8x16.splat(symbol === 16 ? load<u8>(lengths + i - 1) : 0);
      for (let j: u32 = 0; j < times; j += 16) v128.store(lengths + i + j, run);
      i += times;
    }
  }
  window = bits;
  held = count;
  next = from;
  return true;
}

/** Decodes the symbols of a block. Exported, and so no part of another function. */
export function symbols(limit: usize, end: usize): bool {
  let bits = window;
  let count = held;
  let from = next;
  let at = to;
  const low = start;
  while (true) {
    if (from > end) return false;
    if (at > limit) return false;
    bits |= load<u64>(from) << count;
    from += 7 - <usize>((count >> 3) & 7);
    count |= 56;
    // There are 54 bits: enough for three entries of 11, and a length's 20 in place of a fourth.
    let entry = <u64>load<u32>(literalTable + <usize>(bits & literalMask));
    if (entry & anyLiteral) {
      store<u16>(at, <u16>(entry >> 16));
      at += <usize>((entry >> 6) & 3);
      bits >>= entry;
      count -= entry;
      entry = <u64>load<u32>(literalTable + <usize>(bits & literalMask));
      if (entry & anyLiteral) {
        store<u16>(at, <u16>(entry >> 16));
        at += <usize>((entry >> 6) & 3);
        bits >>= entry;
        count -= entry;
        entry = <u64>load<u32>(literalTable + <usize>(bits & literalMask));
        if (entry & anyLiteral) {
          store<u16>(at, <u16>(entry >> 16));
          at += <usize>((entry >> 6) & 3);
          bits >>= entry;
          count -= entry;
          entry = <u64>load<u32>(literalTable + <usize>(bits & literalMask));
          if (entry & anyLiteral) {
            store<u16>(at, <u16>(entry >> 16));
            at += <usize>((entry >> 6) & 3);
            bits >>= entry;
            count -= entry;
            continue;
          }
        }
      }
    }
    if (entry & <u64>special) {
      if (entry & <u64>second) {
        bits >>= entry;
        count -= entry;
        entry = inSecond(literalTable, entry, bits);
        if (entry & anyLiteral) {
          store<u8>(at, <u8>(entry >> 16));
          at++;
          bits >>= entry;
          count -= entry;
          continue;
        }
      }
      if (entry & <u64>special) {
        if (!(entry & <u64>endOfBlock)) return false;
        window = bits >> entry;
        held = count - entry;
        next = from;
        to = at;
        return at <= limit;
      }
    }
    store<u8>(at, <u8>(entry >> 24));
    at += <usize>((entry >> 15) & 1);
    const length: usize = <usize>((entry >> 16) & 255) + 3 + beyond(entry, bits);
    bits >>= entry;
    count -= entry;
    if ((count & 63) < 30) {
      bits |= load<u64>(from) << count;
      from += 7 - <usize>((count >> 3) & 7);
      count |= 56;
    }
    entry = <u64>load<u32>(distanceTable + <usize>(bits & distanceMask));
    if (entry & <u64>special) {
      if (!(entry & <u64>second)) return false;
      bits >>= entry;
      count -= entry;
      entry = inSecond(distanceTable, entry, bits);
      if (entry & <u64>special) return false;
    }
    const distance = <usize>(entry >> 16) + beyond(entry, bits);
    bits >>= entry;
    count -= entry;
    if (distance > at - low) return false;
    const stop = at + length;
    if (distance >= 16) {
      v128.store(at, v128.load(at - distance));
      while (at + 16 < stop) {
        at += 16;
        v128.store(at, v128.load(at - distance));
      }
    } else {
      const run = v128.swizzle(v128.load(at - distance), v128.load(patterns + 16 * distance));
      const step = <usize>load<u8>(patterns + distance);
      do {
        v128.store(at, run);
        at += step;
      } while (at < stop);
    }
    at = stop;
  }
}

/** The entry that one of the first table points to. */
function inSecond(table: usize, entry: u64, bits: u64): u64 {
  const mask: u64 = ((<u64>4) << ((entry >> 8) & 15)) - 4;
  return <u64>load<u32>(table + <usize>(entry >> 16) + <usize>(bits & mask));
}

/** What the bits behind a code add to the least length or distance: those from 2 on, as many as the entry says. */
function beyond(entry: u64, bits: u64): usize {
  return <usize>(((bits << (62 - entry)) >> 1) >> (entry >> 8));
}
