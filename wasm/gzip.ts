/**
 * GZIP_1, GZIP_2 and the scaling of quantized floats as WebAssembly: many tiles in one call.
 *
 * AssemblyScript; `node scripts/build-wasm.mjs` makes src/codec/gzip-wasm-code.ts of this file. The same in JavaScript, with
 * the reasons: src/codec/gzip.ts and raw.ts. JavaScript decodes the tiles
 * that the kernel does not, and says what is wrong with them, if anything: members with names, several members, rare widths.
 */
import { inflateMember, prepareInflate } from "./shared/inflate";
import { floats } from "./shared/quantize";
import { Tile } from "./shared/tile";

export { crc32 } from "./shared/crc32";
export { dynamicCodes, symbols } from "./shared/inflate";

/** What `how` is made of: bytes are shuffled (GZIP_2); elements are integers, which may be held in 4 bytes. */
const shuffled: u32 = 1;
const integers: u32 = 2;

prepareInflate();

/**
 * Decodes `count` tiles of elements of `size` bytes, each to its target. Answers with how many were decoded: fewer than
 * `count` where the next one is not for it. `scratch` has room for what the largest tile inflates to and 512 bytes; behind
 * the last target, and behind the last source, 128 bytes may be written and read.
 */
export function decode(tiles: usize, count: u32, size: u32, how: u32, scratch: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const tile = changetype<Tile>(tiles + i * offsetof<Tile>());
    if (!elements(tile, tile.target, size, how, scratch)) return i;
  }
  return count;
}

/**
 * Decodes `count` tiles of quantized floats of `size` bytes, dithered by method 0, 1 or 2. `levels` has room for the
 * integers of the largest tile and 128 bytes.
 */
export function decodeFloats(
  tiles: usize,
  count: u32,
  bytePix: u32,
  how: u32,
  scratch: usize,
  levels: usize,
  dither: u32,
  size: u32,
): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const tile = changetype<Tile>(tiles + i * offsetof<Tile>());
    if (!elements(tile, levels, bytePix, how, scratch)) return i;
    if (size === 4) floats<f32>(tile, levels, dither);
    else floats<f64>(tile, levels, dither);
  }
  return count;
}

/** Inflates a tile, then puts its elements, of `size` bytes and in native order, at `target`. */
function elements(tile: Tile, target: usize, size: u32, how: u32, scratch: usize): bool {
  const source: usize = tile.source;
  const length = tile.length;
  const pixels: usize = tile.pixels;
  if (length < 18 || pixels === 0) return false;
  const held = load<u32>(source + length - 4);
  const narrowed = how === integers && size < 4 && held === <u32>pixels * 4;
  if (held !== <u32>pixels * size && !narrowed) return false;
  if (!inflateMember(source, length, scratch, held)) return false;
  if (narrowed) narrow(scratch, target, pixels, size);
  else if (size === 1) memory.copy(target, scratch, pixels);
  else if (!(how & shuffled)) swap(scratch, target, pixels * size, size);
  else if (size === 2) weave2(scratch, target, pixels);
  else if (size === 4) weave4(scratch, target, pixels);
  else weave8(scratch, target, pixels);
  return true;
}

/** Big-endian bytes of elements of `size` bytes. There is room to read and write 15 bytes too many. */
function swap(from: usize, to: usize, bytes: usize, size: u32): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    const big = v128.load(from + i);
    if (size === 2) v128.store(to + i, swapped2(big));
    else if (size === 4) v128.store(to + i, swapped4(big));
    else v128.store(to + i, i8x16.shuffle(big, big, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
  }
}

function swapped2(big: v128): v128 {
  return i8x16.shuffle(big, big, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
}

function swapped4(big: v128): v128 {
  return i8x16.shuffle(big, big, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Big-endian integers of 4 bytes as such of 1, without a sign, or 2: those that do not fit are clamped. */
function narrow(from: usize, to: usize, pixels: usize, size: u32): void {
  for (let i: usize = 0; i < pixels; i += 8) {
    const first = swapped4(v128.load(from + 4 * i));
    const words = i16x8.narrow_i32x4_s(first, swapped4(v128.load(from + 4 * i, 16)));
    if (size === 2) v128.store(to + 2 * i, words);
    else v128.store64_lane(to + i, i8x16.narrow_i16x8_u(words, words), 0);
  }
}

/** The bytes of two vectors in turn: those of their lower halves, and of their upper ones. */
function lows(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function highs(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Likewise words of 2 bytes. */
function lowWords(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function highWords(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Elements of 2 bytes whose higher bytes all come first. There is room to write 15 elements too many. */
function weave2(from: usize, to: usize, pixels: usize): void {
  for (let i: usize = 0; i < pixels; i += 16) {
    const high = v128.load(from + i);
    const low = v128.load(from + pixels + i);
    v128.store(to + 2 * i, lows(low, high));
    v128.store(to + 2 * i, highs(low, high), 16);
  }
}

/** Of 4 bytes. */
function weave4(from: usize, to: usize, pixels: usize): void {
  for (let i: usize = 0; i < pixels; i += 16) {
    const at = from + i;
    const a = v128.load(at);
    const b = v128.load(at + pixels);
    const c = v128.load(at + 2 * pixels);
    const d = v128.load(at + 3 * pixels);
    const low = lows(d, c);
    const high = lows(b, a);
    const upperLow = highs(d, c);
    const upperHigh = highs(b, a);
    v128.store(to + 4 * i, lowWords(low, high));
    v128.store(to + 4 * i, highWords(low, high), 16);
    v128.store(to + 4 * i, lowWords(upperLow, upperHigh), 32);
    v128.store(to + 4 * i, highWords(upperLow, upperHigh), 48);
  }
}

/** Of 8 bytes. */
function weave8(from: usize, to: usize, pixels: usize): void {
  for (let i: usize = 0; i < pixels; i += 16) {
    const at = from + i;
    const below = at + 4 * pixels;
    const a = v128.load(at);
    const b = v128.load(at + pixels);
    const c = v128.load(at + 2 * pixels);
    const d = v128.load(at + 3 * pixels);
    const e = v128.load(below);
    const f = v128.load(below + pixels);
    const g = v128.load(below + 2 * pixels);
    const h = v128.load(below + 3 * pixels);
    weaveWords(lows(h, g), lows(f, e), lows(d, c), lows(b, a), to + 8 * i);
    weaveWords(highs(h, g), highs(f, e), highs(d, c), highs(b, a), to + 8 * i + 64);
  }
}

/** Eight elements of 8 bytes from their words of 2 bytes, lowest first. */
function weaveWords(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const low = lowWords(a, b);
  const high = lowWords(c, d);
  const upperLow = highWords(a, b);
  const upperHigh = highWords(c, d);
  v128.store(to, i32x4.shuffle(low, high, 0, 4, 1, 5));
  v128.store(to, i32x4.shuffle(low, high, 2, 6, 3, 7), 16);
  v128.store(to, i32x4.shuffle(upperLow, upperHigh, 0, 4, 1, 5), 32);
  v128.store(to, i32x4.shuffle(upperLow, upperHigh, 2, 6, 3, 7), 48);
}
