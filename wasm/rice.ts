/**
 * RICE_1 and the scaling of quantized floats as WebAssembly: many tiles in one call.
 *
 * AssemblyScript; `node scripts/build-wasm.mjs` makes src/codec/rice-wasm-code.ts of this file. The same in JavaScript, with
 * the reasons: src/codec/rice.ts. JavaScript
 * decodes the tiles that the kernel does not, and says what is wrong with them.
 */

import { floats } from "./shared/quantize";
import { Tile } from "./shared/tile";

/**
 * Decodes `count` tiles of integers of `bytePix` bytes, each to its target. Answers with how many were decoded: fewer
 * than `count` where the stream of the next one is damaged. `scratch` has room for the longest stream and 64 bytes.
 */
export function decode(tiles: usize, count: u32, bytePix: u32, blockSize: u32, scratch: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const tile = changetype<Tile>(tiles + i * offsetof<Tile>());
    if (!integers(tile.source, tile.length, tile.target, tile.pixels, bytePix, blockSize, scratch)) return i;
  }
  return count;
}

/**
 * Decodes `count` tiles of quantized floats of `size` bytes, dithered by method 0, 1 or 2. `levels` has room for the
 * integers of the largest tile.
 */
export function decodeFloats(
  tiles: usize,
  count: u32,
  bytePix: u32,
  blockSize: u32,
  scratch: usize,
  levels: usize,
  dither: u32,
  size: u32,
): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const tile = changetype<Tile>(tiles + i * offsetof<Tile>());
    if (!integers(tile.source, tile.length, levels, tile.pixels, bytePix, blockSize, scratch)) return i;
    if (bytePix < 4) widen(levels, tile.pixels, bytePix);
    if (size === 4) floats<f32>(tile, levels, dither);
    else floats<f64>(tile, levels, dither);
  }
  return count;
}

function integers(
  source: usize,
  length: u32,
  target: usize,
  pixels: u32,
  bytePix: u32,
  blockSize: u32,
  scratch: usize,
): bool {
  const top = reverse(source, length, scratch);
  if (bytePix === 2) return blocks<i16>(top, length, target, pixels, blockSize);
  if (bytePix === 4) return blocks<i32>(top, length, target, pixels, blockSize);
  return blocks<u8>(top, length, target, pixels, blockSize);
}

/**
 * Copies a stream backwards, zeros behind it; answers with the address of its first byte, those that follow lie below.
 * Then a load of 8 bytes has the stream's bits in their order, wherever in the stream it is.
 */
function reverse(source: usize, length: u32, scratch: usize): usize {
  const top = scratch + 48 + length;
  for (let i: u32 = 0; i < length; i += 16) {
    const backwards = v128.swizzle(
      v128.load(source + i),
      i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    );
    v128.store(top - i - 15, backwards);
  }
  v128.store(top - length - 15, i64x2.splat(0));
  v128.store(top - length - 31, i64x2.splat(0));
  return top;
}

/** The bits of the stream from bit `at` on, 57 or more of them, the first one highest. */
function look(top: usize, at: u32): u64 {
  return load<u64>(top - 7 - (at >>> 3)) << (at & 7);
}

/** A difference, of which small ones of either sign are small numbers. */
function unfold(folded: u32): i32 {
  return (folded >>> 1) ^ -(folded & 1);
}

function blocks<T>(top: usize, length: u32, target: usize, pixels: u32, blockSize: u32): bool {
  const size: usize = sizeof<T>();
  const codeBits: u32 = sizeof<T>() === 1 ? 3 : sizeof<T>() === 2 ? 4 : 5;
  const valueBits: u32 = 8 * sizeof<T>();
  const rawCode: u32 = sizeof<T>() === 1 ? 7 : sizeof<T>() === 2 ? 15 : 26;
  const end: u32 = length * 8;
  const last = target + <usize>pixels * size;
  let value = <i32>(look(top, 0) >>> (64 - valueBits));
  let at = valueBits;
  let to = target;
  if (at > end) return false;
  while (to < last) {
    const stop = min<usize>(to + <usize>blockSize * size, last);
    if (at + codeBits > end) return false;
    const code = <u32>(look(top, at) >>> (64 - codeBits));
    at += codeBits;
    if (code === 0) {
      while (to < stop) {
        store<T>(to, <T>value);
        to += size;
      }
      continue;
    }
    if (code === rawCode) {
      if (<u64>at + ((stop - to) / size) * valueBits > <u64>end) return false;
      while (to < stop) {
        value += unfold(<u32>(look(top, at) >>> (64 - valueBits)));
        at += valueBits;
        store<T>(to, <T>value);
        to += size;
      }
      continue;
    }
    if (code > rawCode) return false;
    const low = code - 1;
    const one: u32 = 1 << low;
    const shift: u64 = 63 - low;
    if (code <= 10) {
      // Four differences from one look at the stream, where they lie within 57 bits, as nearly all do.
      while (to + 4 * size <= stop) {
        let window = look(top, at);
        let zeros = clz(window);
        let bits = zeros;
        window <<= zeros;
        const a = unfold(((<u32>zeros) << low) + <u32>(window >>> shift) - one);
        window <<= code;
        zeros = clz(window);
        bits += zeros;
        window <<= zeros;
        const b = unfold(((<u32>zeros) << low) + <u32>(window >>> shift) - one);
        window <<= code;
        zeros = clz(window);
        bits += zeros;
        window <<= zeros;
        const c = unfold(((<u32>zeros) << low) + <u32>(window >>> shift) - one);
        window <<= code;
        zeros = clz(window);
        bits += zeros;
        window <<= zeros;
        const d = unfold(((<u32>zeros) << low) + <u32>(window >>> shift) - one);
        bits += 4 * code;
        if (bits > 57) {
          const next = single(top, at, end, code);
          if (next < 0) return false;
          at = <u32>(next >> 32);
          value += unfold(<u32>next);
          store<T>(to, <T>value);
          to += size;
          continue;
        }
        at += <u32>bits;
        value += a;
        store<T>(to, <T>value);
        value += b;
        store<T>(to, <T>value, size);
        value += c;
        store<T>(to, <T>value, 2 * size);
        value += d;
        store<T>(to, <T>value, 3 * size);
        to += 4 * size;
      }
    }
    while (to < stop) {
      const next = single(top, at, end, code);
      if (next < 0) return false;
      at = <u32>(next >> 32);
      value += unfold(<u32>next);
      store<T>(to, <T>value);
      to += size;
    }
    // Behind the end there are zeros: wrong pixels of one block at most.
    if (at > end) return false;
  }
  return true;
}

/** One difference, however long: the place behind it in the upper half, itself in the lower; negative at the end. */
function single(top: usize, start: u32, end: u32, code: u32): i64 {
  let at = start;
  let run: u32 = 0;
  for (;;) {
    const window = look(top, at);
    const zeros = <u32>clz(window);
    if (zeros < 57) {
      run += zeros;
      at += zeros + 1;
      break;
    }
    run += 57;
    at += 57;
    if (at >= end) return -1;
  }
  const low = code - 1;
  // A shift in two steps, since `low` may be 0.
  const folded = (run << low) | <u32>((look(top, at) >>> 1) >>> (63 - low));
  at += low;
  if (at > end) return -1;
  return ((<i64>at) << 32) | <i64>(<u64>folded);
}

/** Integers of 1 or 2 bytes at the beginning of `levels` as such of 4, from the last one on. */
function widen(levels: usize, pixels: u32, bytePix: u32): void {
  for (let i = pixels; i > 0; i--) {
    const level = bytePix === 2 ? <i32>load<i16>(levels + 2 * (i - 1)) : <i32>load<u8>(levels + i - 1);
    store<i32>(levels + 4 * (i - 1), level);
  }
}
