/**
 * RICE_1 the other way: integers to the stream that rice.ts reads, bit for bit that of cfitsio's `fits_rcomp`.
 */
import { BitWriter } from "./bit-writer.js";
import { riceBlockSize, riceWidth } from "./rice.js";
import type { TileData } from "./tile.js";
import { type EncodeParams, integersOf } from "./tile.js";

/** Encodes a tile; see `TileEncoder`. BYTEPIX is the width of `data`. */
export function encodeRice(data: TileData, params: EncodeParams): Uint8Array {
  const values = integersOf(data, "RICE_1");
  const { codeBits, valueBits, rawCode } = riceWidth(values.BYTES_PER_ELEMENT);
  const blockSize = riceBlockSize(params.blockSize ?? 32);
  const pixels = values.length;
  const writer = new BitWriter(pixels * values.BYTES_PER_ELEMENT);
  if (pixels === 0) return writer.finish();
  const folded = new Uint32Array(Math.min(blockSize, pixels));
  let last = values[0]!;
  writer.putWide(last, valueBits);
  for (let start = 0; start < pixels; start += blockSize) {
    const count = Math.min(blockSize, pixels - start);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const value = values[start + i]!;
      // The difference wraps in the width of the data, so that it can always be written with their bits.
      const difference = ((value - last) << (32 - valueBits)) >> (32 - valueBits);
      folded[i] = (difference << 1) ^ (difference >> 31);
      sum += folded[i]!;
      last = value;
    }
    const low = lowBits(sum, count);
    if (sum === 0) {
      writer.put(0, codeBits);
    } else if (low + 1 >= rawCode) {
      writer.put(rawCode, codeBits);
      for (let i = 0; i < count; i++) writer.putWide(folded[i]!, valueBits);
    } else {
      writer.put(low + 1, codeBits);
      writer.putRice(folded, count, low);
    }
  }
  return writer.finish();
}

/** How many low bits of each difference are written as they are: about as many as the mean has. */
function lowBits(sum: number, count: number): number {
  const mean = Math.max(0, (sum - Math.floor(count / 2) - 1) / count);
  return 32 - Math.clz32(Math.floor(mean) >>> 1);
}
