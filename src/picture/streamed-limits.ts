/**
 * Display limits of pictures that memory cannot hold: the same as those of all their values, in a few passes over them.
 */
import { type Arrays, type DType, dtypeOf } from "../array.js";
import { extremesOf, type ParsedRule, ranksOf } from "./limits.js";
import { type Limits, zscaleOfSample, zscaleStride } from "./zscale.js";

/** Values in blocks, the last block first, that may be asked for again and again. */
export type Blocks = () => AsyncIterable<Arrays[DType]>;

/**
 * The limits that `limitsOf` finds among all values of the blocks. `minmax` takes one pass; `zscale` one, and a second one
 * where some values are not finite; percentiles up to four. `undefined` where no value is finite.
 *
 * @param blocks rows of `width` values from the top down, as `PictureRows` gives them
 */
export async function streamedLimits(
  blocks: Blocks,
  { width, height }: { readonly width: number; readonly height: number },
  rule: ParsedRule,
): Promise<Limits | undefined> {
  if (rule === "zscale") return zscaleOf(blocks, width, width * height);
  if (rule !== "minmax") return percentiles(blocks, rule);
  let found: Limits | undefined;
  for await (const block of blocks()) found = extremesOf(block, found) ?? found;
  return found;
}

/** The sample is every n-th finite value from the first one on, and n tells on how many there are. */
async function zscaleOf(blocks: Blocks, width: number, pixels: number): Promise<Limits | undefined> {
  const first = await everyNth(blocks, width, pixels);
  if (first.finite === 0) return undefined;
  const { sample } = first.finite === pixels ? first : await everyNth(blocks, width, first.finite);
  return zscaleOfSample(sample.sort());
}

/** The sample where there are `expected` finite values; and how many there are. */
async function everyNth(
  blocks: Blocks,
  width: number,
  expected: number,
): Promise<{ sample: Float64Array; finite: number }> {
  const { stride, count } = zscaleStride(expected);
  const sample = new Float64Array(count);
  let finite = 0;
  for await (const block of blocks()) {
    // The rows come from the last to the first, values from the left to the right: from the right to the left they count down.
    for (let row = 0; row < block.length; row += width)
      for (let i = row + width - 1; i >= row; i--) {
        const value = Number(block[i]);
        if (!Number.isFinite(value)) continue;
        const place = expected - 1 - finite++;
        if (place % stride === 0 && place >= 0 && place / stride < count) sample[place / stride] = value;
      }
  }
  return { sample, finite };
}

/** Bits of a value that each pass looks at, from the highest on: how many are above, and how many it takes. */
const levels = [
  { above: 0, bits: 18 },
  { above: 18, bits: 18 },
  { above: 36, bits: 14 },
  { above: 50, bits: 14 },
] as const;
/** Values of these types have no bits beyond the second pass. */
const shortTypes = /^(float32|u?int(8|16))$/;

/** A value searched for by its place among all values in order. */
interface Search {
  /** Place among those that begin with the same bits. */
  rank: number;
  /** The bits known, as the high and the low half of an ordered key. */
  high: number;
  low: number;
}

/**
 * The values of the ranks wanted, found bit by bit: each pass counts how the values that begin with the bits known go on.
 */
async function percentiles(
  blocks: Blocks,
  range: readonly [lower: number, upper: number],
): Promise<Limits | undefined> {
  let searches: Search[] = [{ rank: 0, high: 0, low: 0 }];
  let lerp: ReturnType<typeof ranksOf> | undefined;
  for (const level of levels) {
    const counted = await count(blocks, searches, level);
    if (!lerp) {
      const total = counted.counts[0]!.reduce((sum, n) => sum + n, 0);
      if (total === 0) return undefined;
      lerp = ranksOf(range, total);
      searches = lerp.ranks.map((rank) => ({ rank, high: 0, low: 0 }));
      counted.counts = searches.map(() => counted.counts[0]!);
    }
    for (const [i, search] of searches.entries()) refine(search, counted.counts[i]!, level);
    if (level.above > 0 && counted.isShort) break;
  }
  return lerp?.limits(searches.map(({ high, low }) => keyValue(high, low)));
}

type Level = (typeof levels)[number];

async function count(
  blocks: Blocks,
  searches: readonly Search[],
  { above, bits }: Level,
): Promise<{ counts: Uint32Array[]; isShort: boolean }> {
  // Searches that know the same bits share their counts.
  const shared = new Map<string, { high: number; low: number; bins: Uint32Array }>();
  const counts = searches.map(({ high, low }) => {
    const known = shared.get(`${high},${low}`) ?? { high, low, bins: new Uint32Array(2 ** bits) };
    shared.set(`${high},${low}`, known);
    return known.bins;
  });
  const known = [...shared.values()];
  let isShort = true;
  for await (const block of blocks()) {
    isShort &&= shortTypes.test(dtypeOf(block, "a block"));
    for (const each of block) {
      const value = Number(each);
      if (!Number.isFinite(value)) continue;
      asNumber[0] = value;
      const sign = asBits[1]! >>> 31;
      const high = (sign ? ~asBits[1]! : asBits[1]! | 0x80000000) >>> 0;
      const low = (sign ? ~asBits[0]! : asBits[0]!) >>> 0;
      for (const { high: h, low: l, bins } of known)
        if (begins(high, low, h, l, above)) bins[digits(high, low, above)]!++;
    }
  }
  return { counts, isShort };
}

const asNumber = new Float64Array(1);
/** The low half, the high half. */
const asBits = new Uint32Array(asNumber.buffer);

/** Whether the first bits are those known. */
function begins(high: number, low: number, h: number, l: number, above: number): boolean {
  if (above === 0) return true;
  if (above === 18) return high >>> 14 === h >>> 14;
  return high === h && low >>> (64 - above) === l >>> (64 - above);
}

/** The bits of a level. */
function digits(high: number, low: number, above: number): number {
  if (above === 0) return high >>> 14;
  if (above === 18) return ((high & 0x3fff) << 4) | (low >>> 28);
  return above === 36 ? (low >>> 14) & 0x3fff : low & 0x3fff;
}

function refine(search: Search, bins: Uint32Array, { above }: Level): void {
  let bin = 0;
  while (search.rank >= bins[bin]!) search.rank -= bins[bin++]!;
  if (above === 0) search.high = (bin << 14) >>> 0;
  else if (above === 18) {
    search.high = (search.high | (bin >>> 4)) >>> 0;
    search.low = ((bin & 0xf) << 28) >>> 0;
  } else search.low = (search.low | (above === 36 ? bin << 14 : bin)) >>> 0;
}

/** The value of an ordered key. */
function keyValue(high: number, low: number): number {
  const isPositive = high >>> 31 === 1;
  asBits[1] = isPositive ? high & 0x7fffffff : ~high;
  asBits[0] = isPositive ? low : ~low;
  return asNumber[0]!;
}
