/**
 * PLIO_1 as WebAssembly: many tiles in one call.
 *
 * AssemblyScript; `node scripts/build-wasm.mjs` makes src/codec/plio-wasm-code.ts of this file. The same in JavaScript, with
 * the reasons: src/codec/plio.ts. JavaScript
 * decodes the tiles that the kernel does not, and says what is wrong with them.
 */

import { Tile } from "./shared/tile";

/**
 * Decodes `count` tiles of integers of `size` bytes, 2 or 4, each to its target. Answers with how many were decoded:
 * fewer than `count` where the list of the next one is damaged.
 */
export function decode(tiles: usize, count: u32, size: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const tile = changetype<Tile>(tiles + i * offsetof<Tile>());
    const source: usize = tile.source;
    const target: usize = tile.target;
    const done =
      size === 2
        ? list<i16>(source, tile.length, target, tile.pixels)
        : list<i32>(source, tile.length, target, tile.pixels);
    if (!done) return i;
  }
  return count;
}

/** The big-endian word at `at`, with its sign. */
function word(at: usize): i32 {
  return ((<i32>load<i8>(at)) << 8) | <i32>load<u8>(at, 1);
}

/** Values beyond the type are clamped. */
function put<T>(at: usize, value: i32): void {
  if (sizeof<T>() === 2) store<i16>(at, <i16>max<i32>(-32768, min<i32>(value, 32767)));
  else store<i32>(at, value);
}

function list<T>(source: usize, length: u32, target: usize, pixels: u32): bool {
  const size: usize = sizeof<T>();
  const words = <i32>(length >>> 1);
  if (words < 3) return false;
  let first: i32 = 3;
  let stop = word(source + 4);
  if (stop <= 0) {
    if (words < 5) return false;
    first = word(source + 2);
    stop = word(source + 8) * 32768 + word(source + 6);
  }
  if (first < 3 || stop < 0 || stop > words) return false;
  memory.fill(target, 0, <usize>pixels * size);
  const end = source + 2 * <usize>stop;
  let value: i32 = 1;
  let at: u32 = 0;
  for (let next = source + 2 * <usize>first; next < end && at < pixels; next += 2) {
    const high = <u32>load<u8>(next);
    const data = ((high & 15) << 8) | <u32>load<u8>(next, 1);
    const opcode = high >>> 4;
    if (opcode === 6 || opcode === 7) {
      const sign = -(<i32>opcode & 1);
      value += (<i32>data ^ sign) - sign;
      put<T>(target + <usize>at * size, value);
      at++;
    } else if (opcode === 5) {
      at += data - 1;
      // No data at all steps back: left to JavaScript.
      if (data === 0 || at >= pixels) return false;
      put<T>(target + <usize>at * size, value);
      at++;
    } else if (opcode === 4) {
      const behind = at + data;
      if (behind > pixels) return false;
      for (; at < behind; at++) put<T>(target + <usize>at * size, value);
    } else if (opcode === 0) {
      at += data;
    } else if (opcode === 1) {
      next += 2;
      if (next >= end) return false;
      value = word(next) * 4096 + <i32>data;
    } else if (opcode === 2) {
      value += <i32>data;
    } else if (opcode === 3) {
      value -= <i32>data;
    } else return false;
  }
  return at <= pixels;
}
