/**
 * The scaling of quantized floats: levels to floats, with the dithering undone. The same in JavaScript, with the reasons:
 * quantize.ts of src/image.
 */
import { Tile } from "./tile";

/** The 10,000 random numbers of dithering, as 32-bit floats, are here. */
const randoms: usize = 1024;
const randomCount: u32 = 10000;
const zeroLevel: i32 = -2147483646;

/** Makes floats of the integers of 4 bytes at `levels`, at the tile's target. */
export function floats<T>(tile: Tile, levels: usize, dither: u32): void {
  const size: usize = sizeof<T>();
  const pixels = tile.pixels;
  const target: usize = tile.target;
  let least: i32 = 0;
  if (dither === 0) least = plain<T>(levels, target, pixels, tile.scale, tile.zero);
  else {
    let chooser = tile.chooser;
    let done: u32 = 0;
    while (done < pixels) {
      const from = <u32>(<f64>load<f32>(randoms + 4 * chooser) * 500);
      const count = min<u32>(pixels - done, randomCount - from);
      const lowest = dithered<T>(
        levels + 4 * done,
        target + size * done,
        randoms + 4 * from,
        count,
        tile.scale,
        tile.zero,
      );
      least = min<i32>(least, lowest);
      done += count;
      chooser = chooser + 1 === randomCount ? 0 : chooser + 1;
    }
  }
  if (dither === 2 && least <= zeroLevel) replace<T>(levels, target, pixels, zeroLevel, false);
  if (tile.hasBlank && least <= tile.blank) replace<T>(levels, target, pixels, tile.blank, true);
}

function replace<T>(levels: usize, target: usize, pixels: u32, level: i32, nan: bool): void {
  for (let i: u32 = 0; i < pixels; i++) {
    if (load<i32>(levels + 4 * i) !== level) continue;
    if (sizeof<T>() === 4) store<u32>(target + 4 * i, nan ? 0x7fc00000 : 0);
    else store<u64>(target + 8 * i, nan ? 0x7ff8000000000000 : 0);
  }
}

/** Answers with the least level, or 0. */
function plain<T>(levels: usize, target: usize, pixels: u32, scale: f64, zero: f64): i32 {
  let least: i32 = 0;
  for (let i: u32 = 0; i < pixels; i++) {
    const level = load<i32>(levels + 4 * i);
    least = min<i32>(least, level);
    store<T>(target + sizeof<T>() * i, <T>(<f64>level * scale + zero));
  }
  return least;
}

/** Likewise. */
function dithered<T>(levels: usize, target: usize, random: usize, count: u32, scale: f64, zero: f64): i32 {
  const scales = f64x2.splat(scale);
  const zeros = f64x2.splat(zero);
  const half = f64x2.splat(0.5);
  let least = i32x4.splat(0);
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const level = v128.load(levels + 4 * i);
    const noise = v128.load(random + 4 * i);
    least = i32x4.min_s(least, level);
    let low = f64x2.convert_low_i32x4_s(level);
    let high = f64x2.convert_low_i32x4_s(i32x4.shuffle(level, level, 2, 3, 2, 3));
    low = f64x2.sub(low, f64x2.promote_low_f32x4(noise));
    high = f64x2.sub(high, f64x2.promote_low_f32x4(i32x4.shuffle(noise, noise, 2, 3, 2, 3)));
    low = f64x2.add(f64x2.mul(f64x2.add(low, half), scales), zeros);
    high = f64x2.add(f64x2.mul(f64x2.add(high, half), scales), zeros);
    if (sizeof<T>() === 4) {
      const pair = f32x4.demote_f64x2_zero(low);
      v128.store(target + 4 * i, i32x4.shuffle(pair, f32x4.demote_f64x2_zero(high), 0, 1, 4, 5));
    } else {
      v128.store(target + 8 * i, low);
      v128.store(target + 8 * i, high, 16);
    }
  }
  let lowest = min<i32>(
    min<i32>(i32x4.extract_lane(least, 0), i32x4.extract_lane(least, 1)),
    min<i32>(i32x4.extract_lane(least, 2), i32x4.extract_lane(least, 3)),
  );
  for (; i < count; i++) {
    const level = load<i32>(levels + 4 * i);
    lowest = min<i32>(lowest, level);
    const value = (<f64>level - <f64>load<f32>(random + 4 * i) + 0.5) * scale + zero;
    store<T>(target + sizeof<T>() * i, <T>value);
  }
  return lowest;
}
