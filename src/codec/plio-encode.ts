/**
 * PLIO_1 the other way: masks to the line lists that plio.ts reads, as cfitsio's `pl_p2li` writes them.
 */
import { FitsError } from "../errors.js";
import type { TileData } from "./tile.js";
import { integersOf } from "./tile.js";

/** A word holds 12 bits of data. */
const MOST = 4095;
const HEADER_WORDS = 7;

/** Encodes a tile; see `TileEncoder`. Values are 0 to 2^24 - 1, all that a line list can say. */
export function encodePlio(data: TileData): Uint8Array {
  const values = integersOf(data, "PLIO_1");
  const words: number[] = [0, HEADER_WORDS, -100, 0, 0, 0, 0];
  let current = 1;
  let zeros = 0;
  for (let i = 0; i < values.length; ) {
    const value = values[i]!;
    if (value < 0 || value > 0xffffff) {
      throw new FitsError("BAD_ARGUMENT", `PLIO_1 compresses integers from 0 to 16777215, not ${value}`);
    }
    const start = i;
    while (i < values.length && values[i] === value) i++;
    if (value === 0) {
      zeros = i - start;
      continue;
    }
    current = writeRun(words, { zeros, count: i - start, value, current });
    zeros = 0;
  }
  writeCounts(words, 0, zeros);
  words[3] = words.length % 32768;
  words[4] = Math.floor(words.length / 32768);
  const bytes = new Uint8Array(2 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setInt16(2 * i, word);
  return bytes;
}

/** Writes `zeros` zeros and `count` pixels of `value`; the value that is current afterwards. */
function writeRun(
  words: number[],
  { zeros, count, value, current }: { zeros: number; count: number; value: number; current: number },
): number {
  const change = value - current;
  if (Math.abs(change) > MOST) {
    words.push(0x1000 | (value & MOST), value >> 12);
  } else if (change !== 0) {
    const instruction = change > 0 ? 0x2000 | change : 0x3000 | -change;
    if (count === 1 && zeros === 0) {
      words.push(instruction | 0x4000);
      return value;
    }
    words.push(instruction);
  }
  // IRAF also folds the pixel into a word of 4095 zeros, which then has no room for it and says something else.
  if (count === 1 && zeros > 0 && zeros % MOST !== 0) {
    writeCounts(words, 0, zeros - (zeros % MOST));
    words.push(0x5000 | ((zeros % MOST) + 1));
    return value;
  }
  writeCounts(words, 0, zeros);
  writeCounts(words, 0x4000, count);
  return value;
}

function writeCounts(words: number[], instruction: number, count: number): void {
  for (let rest = count; rest > 0; rest -= MOST) words.push(instruction | Math.min(rest, MOST));
}
