/**
 * The CRC-32 of gzip, 16 bytes at a time.
 *
 * In place of tables, words are moved on: 1 + x^145 + x^183 + x^211 + x^300 is a multiple of the reversed polynomial, so
 * that a bit of the message may be taken out and added 145, 183, 211 and 300 bits behind instead, which is a handful of
 * shifts for 128 bits (S. Russell 2024, "Chorba: A novel CRC32 implementation", arXiv:2412.16398). What has been moved to
 * the end is left to a table.
 */

/** For one byte, and room for the words at the end. */
const table: usize = 90_240;
const ending: usize = table + 1024;
export const crcEnd: usize = ending + 64;

const polynomial: u32 = 0xedb88320;
const least: usize = 128;

/** To be called once. */
export function prepareCrc(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (polynomial & -(crc & 1));
    store<u32>(table + 4 * i, crc);
  }
}

/** The CRC of what has `crc` so far and goes on with the bytes from `at` to `stop`. */
export function crc32(crc: u32, at: usize, stop: usize): u32 {
  crc = ~crc;
  if (stop - at < least) return ~byBytes(crc, at, stop);
  const zero = i64x2.splat(0);
  // The last two pairs of words, and what the pair before those leaves to words of which it reached the first.
  let last = v128.xor(v128.load(at), i64x2.replace_lane(zero, 0, <u64>crc));
  let before = zero;
  let left = zero;
  for (at += 16; at + 64 <= stop; at += 16) {
    const odd = askew(last, before);
    const next = v128.xor(v128.load(at), v128.xor(ahead(last, before), i64x2.shuffle(left, odd, 1, 2)));
    before = last;
    last = next;
    left = odd;
  }
  const odd = askew(last, before);
  const end = askew(zero, last);
  const first = v128.xor(ahead(last, before), i64x2.shuffle(left, odd, 1, 2));
  const second = v128.xor(ahead(zero, last), i64x2.shuffle(odd, end, 1, 2));
  v128.store(ending, v128.xor(v128.load(at), first));
  v128.store(ending, v128.xor(v128.load(at, 16), second), 16);
  v128.store(ending, v128.xor(v128.load(at, 32), i64x2.shuffle(end, zero, 1, 2)), 32);
  crc = byBytes(0, ending, ending + 48);
  return ~byBytes(crc, at + 48, stop);
}

/** What the words of two pairs add to those at the same places of the next pair. */
function ahead(last: v128, before: v128): v128 {
  const far = v128.xor(i64x2.shr_u(before, 45), i64x2.shl(before, 44));
  return v128.xor(v128.xor(i64x2.shl(last, 17), i64x2.shl(last, 55)), far);
}

/** What they add to the words one behind those. */
function askew(last: v128, before: v128): v128 {
  const near = v128.xor(i64x2.shr_u(last, 47), i64x2.shr_u(last, 9));
  return v128.xor(near, v128.xor(i64x2.shl(last, 19), i64x2.shr_u(before, 20)));
}

function byBytes(crc: u32, at: usize, stop: usize): u32 {
  for (; at < stop; at++) crc = (crc >>> 8) ^ load<u32>(table + 4 * <usize>((crc ^ load<u8>(at)) & 255));
  return crc;
}
