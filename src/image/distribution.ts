/**
 * Values by their place among all in order: medians, percentiles, sigma clipping. Exact, whatever the size: values that memory cannot hold are gone
 * through several times.
 */
import { type Arrays, allocate, type DType, dtypeOf } from "../array.js";

/** Values in blocks, in any order, that may be asked for again and again. */
export type Blocks = () => AsyncIterable<Arrays[DType]>;

/** What is known of the finite values between two limits, both included. */
export interface Within {
  /** Finite values below the lower limit. */
  readonly below: number;
  readonly count: number;
  readonly mean: number;
  /** Divided by the count. */
  readonly std: number;
}

/** The finite values among some. */
export interface Distribution {
  readonly count: number;
  /** The values of these places, 0-based, from the least on. */
  at(places: readonly number[]): Promise<number[]>;
  within(low: number, high: number): Promise<Within>;
  /** Values in equal bins from the least to the greatest, the last bin closed, as numpy has them; where all are alike 0.5 to either side. */
  histogram(bins: number): Promise<Histogram>;
}

export interface Histogram {
  /** One more than counts. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** How many values are held and sorted: 128 MiB of them. Of more, passes over the blocks. */
export const mostHeld: number = 2 ** 24;

/**
 * The distribution of the finite values of some blocks. `at` of more than `held` values takes two passes where values are float32 or integers of
 * up to 16 bits, else up to four; `within` takes one.
 */
export async function distributionOf(blocks: Blocks, held: number = mostHeld): Promise<Distribution> {
  const parts: Float64Array[] = [];
  let count = 0;
  for await (const block of blocks()) {
    const finite = finiteOf(block);
    count += finite.length;
    if (count <= held) parts.push(finite);
    else parts.length = 0;
  }
  if (count > held) return passes(blocks, count);
  const sorted = allocate("float64", count);
  let to = 0;
  for (const part of parts.splice(0)) {
    sorted.set(part, to);
    to += part.length;
  }
  return ofSorted(sorted.sort());
}

function ofSorted(sorted: Float64Array): Distribution {
  return {
    count: sorted.length,
    at: async (places) => places.map((place) => sorted[place]!),
    within: async (low, high) => {
      const below = firstAtLeast(sorted, low);
      let end = firstAtLeast(sorted, high);
      while (end < sorted.length && sorted[end] === high) end++;
      const moments = new Moments();
      for (let i = below; i < end; i++) moments.add(sorted[i]!);
      return { below, ...moments.result() };
    },
    histogram: async (bins) => {
      const binned = binner(bins, sorted[0], sorted.at(-1));
      binned.add(sorted);
      return binned.histogram;
    },
  };
}

/** Counts values in equal bins. */
function binner(
  bins: number,
  least = 0,
  most = 1,
): { add(values: Float64Array): void; readonly histogram: Histogram } {
  const [low, high] = least === most ? [least - 0.5, most + 0.5] : [least, most];
  const counts = new Array<number>(bins).fill(0);
  const edges = Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? high : low + (i * (high - low)) / bins,
  );
  const scale = bins / (high - low);
  return {
    add(values) {
      for (const value of values) {
        let bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) * scale)));
        // The edges decide, whatever the division has lost.
        if (bin > 0 && value < edges[bin]!) bin--;
        else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
        counts[bin]!++;
      }
    },
    histogram: { edges, counts },
  };
}

/** The first place of a value that is not below. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function passes(blocks: Blocks, count: number): Distribution {
  return {
    count,
    at: (places) => valuesAt(blocks, () => places),
    within: async (low, high) => {
      let below = 0;
      const moments = new Moments();
      for await (const block of blocks()) {
        for (const value of finiteOf(block)) {
          if (value < low) below++;
          else if (value <= high) moments.add(value);
        }
      }
      return { below, ...moments.result() };
    },
    histogram: async (bins) => {
      const [least, most] = await valuesAt(blocks, () => [0, count - 1]);
      const binned = binner(bins, least, most);
      for await (const block of blocks()) binned.add(finiteOf(block));
      return binned.histogram;
    },
  };
}

/** Mean and deviation as they go: of values less the first one, so that a large mean takes no digits from them. */
class Moments {
  #first = 0;
  #sum = 0;
  #squares = 0;
  count = 0;

  add(value: number): void {
    if (this.count++ === 0) this.#first = value;
    const shifted = value - this.#first;
    this.#sum += shifted;
    this.#squares += shifted * shifted;
  }

  result(): Omit<Within, "below"> {
    const { count } = this;
    if (count === 0) return { count, mean: Number.NaN, std: Number.NaN };
    const mean = this.#sum / count;
    const variance = Math.max(0, this.#squares / count - mean * mean);
    return { count, mean: this.#first + mean, std: Math.sqrt(variance) };
  }
}

/** The finite values, as float64. */
function finiteOf(block: Arrays[DType]): Float64Array {
  const finite = new Float64Array(block.length);
  let count = 0;
  for (const each of block) {
    const value = Number(each);
    if (value - value === 0) finite[count++] = value;
  }
  return finite.subarray(0, count);
}

/** Percentiles as numpy has them by default: straight lines between the sorted values. NaN where there is no value. */
export async function percentilesOf(
  { count, at }: Distribution,
  percents: readonly number[],
): Promise<number[]> {
  if (count === 0) return percents.map(() => Number.NaN);
  const places = percents.map((percent) => (percent / 100) * (count - 1));
  const ranks = places.flatMap((place) => [Math.floor(place), Math.min(Math.floor(place) + 1, count - 1)]);
  const values = await at(ranks);
  return places.map((place, i) => between(place - Math.floor(place), values[2 * i]!, values[2 * i + 1]!));
}

/** A share of the way from one value to another; neither where they are equal, infinite differences included. */
function between(share: number, low: number, high: number): number {
  return share === 0 || low === high ? low : low * (1 - share) + high * share;
}

/** What sigma clipping leaves. */
export interface Clipped {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  /** Divided by the count. */
  readonly std: number;
  /** Values beyond are left out. */
  readonly low: number;
  readonly high: number;
}

/**
 * Values left when those more than `sigma` standard deviations from the median are left out, again and again, until none is or
 * `iterations` are over: as astropy.stats.sigma_clipped_stats does by default.
 */
export async function sigmaClipped(
  distribution: Distribution,
  { sigma = 3, iterations = 5 }: { readonly sigma?: number; readonly iterations?: number } = {},
): Promise<Clipped> {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let left = await distribution.within(low, high);
  let median = await medianWithin(distribution, left);
  for (let i = 0; i < iterations && left.count > 0; i++) {
    const before = left.count;
    low = Math.max(low, median - sigma * left.std);
    high = Math.min(high, median + sigma * left.std);
    left = await distribution.within(low, high);
    if (left.count === before) break;
    median = await medianWithin(distribution, left);
  }
  const { count, mean, std } = left;
  return { count, mean, median, std, low, high };
}

async function medianWithin({ at }: Distribution, { below, count }: Within): Promise<number> {
  if (count === 0) return Number.NaN;
  const middle = below + (count - 1) / 2;
  const [low, high] = await at([Math.floor(middle), Math.ceil(middle)]);
  return between(0.5, low!, high!);
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
 * The finite values of places in order, found bit by bit: each pass counts how the values that begin with the bits known go on. The places may
 * depend on how many values there are; none are looked for where there is no value.
 */
export async function valuesAt(
  blocks: Blocks,
  placesOf: (count: number) => readonly number[],
): Promise<number[]> {
  let searches: Search[] = [{ rank: 0, high: 0, low: 0 }];
  for (const level of levels) {
    const counted = await count(blocks, searches, level);
    if (level.above === 0) {
      const total = counted.counts[0]!.reduce((sum, n) => sum + n, 0);
      if (total === 0) return [];
      searches = placesOf(total).map((rank) => ({ rank, high: 0, low: 0 }));
      counted.counts = searches.map(() => counted.counts[0]!);
    }
    for (const [i, search] of searches.entries()) refine(search, counted.counts[i]!, level);
    if (level.above > 0 && counted.isShort) break;
  }
  return searches.map(({ high, low }) => keyValue(high, low));
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
