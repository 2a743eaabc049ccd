/**
 * Guessing where the next headers lie, so that they can be read before they are known. A guess that misses costs
 * bytes, never correctness: positions always come from headers.
 */
import type { ByteRange } from "../source/source.js";
import type { HduLayout } from "./hdu.js";

/** Guesses that were read ahead and still matter. */
export interface Guesses {
  /** Ranges behind the last HDU found, by offset: no header has told yet whether the ranges are needed. */
  readonly pending: readonly ByteRange[];
  /** Bytes that were guessed in vain. */
  readonly wasted: number;
}

/** Most guessed bytes that no header has needed or ruled out yet; and most bytes guessed in vain. */
const pendingLimit = 448 * 1024;
const wasteLimit = 384 * 1024;
const BLOCK = 2880;
/** How far the end of a header may lie from where its sibling's was. */
const slack = 2 * BLOCK;
const firstRead = 10 * BLOCK;
/**
 * The length of the next header is guessed from this many headers. Fewer headers may be alike by chance. Reading too
 * little costs a round trip, reading too much costs next to nothing.
 */
const fewHeaders = 16;
/** Most bytes of a read through small HDUs, so that the read costs little where large HDUs follow. */
const largestRead = 4 * 1024 * 1024;

/** How the next header is read. */
export interface Approach {
  /** Bytes of its first read. */
  readonly blockSize: number;
  /** Guesses to read in the same wave. */
  readonly ahead: readonly ByteRange[];
  /** All guesses after that. */
  readonly guesses: Guesses;
}

/** How to read the header behind the last HDU. The options are those of `walkPlan`. */
export function approach(
  { hdus, guesses: before }: { readonly hdus: readonly HduLayout[]; readonly guesses: Guesses },
  options: {
    readonly size?: number | undefined;
    readonly blockSize: number;
    readonly far: boolean;
  },
): Approach {
  const { size, blockSize, far } = options;
  const start = hdus.at(-1)!.end;
  const guesses = settle(before, hdus, start);
  const small = smallRun(hdus, blockSize);
  const held = guesses.pending.find((g) => g.offset <= start && start + BLOCK <= g.offset + g.length);
  // Guesses go along with a read: where a guess has brought the header already, the next read takes new guesses along.
  const guess = far && size !== undefined && !held && small === 0;
  // Where a guess has brought the beginning of the header, the first read ends where the guess ends.
  const reads = held ? held.offset + held.length - start : nextRead(hdus, { blockSize, far, small });
  const ahead = guess ? guessAhead(hdus, start + reads, { start, size, blockSize, guesses }) : [];
  return { blockSize: reads, ahead, guesses: withGuesses(guesses, start, ahead) };
}

/** So many small HDUs, one after the other, are likely to be followed by more of them. */
const fewSmall = 3;
/** Where nothing can be guessed, reading through HDUs of up to this size takes less time than a round trip for each. */
const worthReadingThrough = 256 * 1024;

/**
 * Bytes of the last HDUs, if they are so small that one read brings several: at least three of them, or all that there
 * are. 0 where large ones are among those that the next ones are likely to repeat.
 */
function smallRun(hdus: readonly HduLayout[], blockSize: number): number {
  const most = isErratic(hdus) ? worthReadingThrough : blockSize / 2;
  const isSmall = (hdu: HduLayout): boolean => hdu.end - hdu.headerOffset <= most;
  const { length } = hdus;
  let first = length;
  while (first > 0 && isSmall(hdus[first - 1]!)) first--;
  if (length < 2 || length - first < Math.min(fewSmall, length)) return 0;
  if (!patternOf(hdus).models.every(isSmall)) return 0;
  return hdus.at(-1)!.end - hdus[first]!.headerOffset;
}

/** Whether the last HDUs repeat no others, so that none can be guessed from them. */
function isErratic(hdus: readonly HduLayout[]): boolean {
  const latest = hdus.slice(-64);
  const ends = [0, 1, 2].map((k) => latest.slice(0, latest.length - k));
  return latest.length > fewSmall && ends.every((some) => patternOf(some).confirmed < 2);
}

/** Bytes to read for the next header, and HDUs behind it. Of small HDUs, the more there were, the longer the read. */
function nextRead(
  hdus: readonly HduLayout[],
  { blockSize, far, small }: { readonly blockSize: number; readonly far: boolean; readonly small: number },
): number {
  if (small === 0) return likelyHeaderSize(hdus);
  return far ? Math.min(largestRead, Math.max(blockSize, small)) : blockSize;
}

interface AheadOptions {
  /** Where the next header is. */
  readonly start: number;
  readonly size: number;
  readonly blockSize: number;
  readonly guesses: Guesses;
}

/** The pattern that the HDUs so far make: which of them the next ones are likely to repeat. */
interface Pattern {
  /** What the following HDUs are expected to be like, in turn and over again. */
  readonly models: readonly HduLayout[];
  /** How many HDUs have confirmed it. */
  readonly confirmed: number;
  /** By how many bytes the length of a header is likely to differ from that of its model. */
  readonly spread: number;
}

const none: Pattern = { models: [], confirmed: 0, spread: slack };

/** Bytes to read for the next header, given the HDUs before it. */
function likelyHeaderSize(hdus: readonly HduLayout[]): number {
  if (hdus.length < 3) return Math.max(firstRead, (hdus.at(-1)?.headerSize ?? 0) + slack);
  // The primary header is like no other, once there are others.
  const sizes = hdus
    .slice(hdus.length > 3 ? Math.max(1, hdus.length - fewHeaders) : 0)
    .map(({ headerSize }) => headerSize);
  const largest = Math.max(...sizes);
  return largest - Math.min(...sizes) <= 4 * BLOCK ? largest + BLOCK : Math.max(firstRead, largest + slack);
}

/**
 * Ranges where headers after the next one are likely to lie, behind `from`, by offset, none already guessed. Siblings
 * mostly repeat each other, so the pattern of the HDUs so far is continued: a little way at first, further the more
 * HDUs have confirmed it. The end of the file often holds the last header.
 */
function guessAhead(hdus: readonly HduLayout[], from: number, options: AheadOptions): ByteRange[] {
  const { start, size, blockSize, guesses } = options;
  const { pending, wasted } = guesses;
  if (wasted > wasteLimit) return [];
  let room = pendingLimit - pending.reduce((sum, { length }) => sum + length, 0);
  const wanted: ByteRange[] = [];
  for (const window of windows(hdus, start, size)) {
    // What lies in the read itself is no guess.
    if (window.offset < from || pending.some((range) => covers(range, window))) continue;
    room -= window.length;
    if (room < 0) break;
    wanted.push(window);
  }
  const tail = { offset: size - blockSize, length: blockSize };
  const hasTail = pending.some((range) => range.offset + range.length === size);
  if (!hasTail && tail.offset > from) wanted.push(tail);
  return merged(wanted);
}

/** The guesses after the walk has come to `start`: those before it are settled, in vain where no header was there. */
function settle({ pending, wasted }: Guesses, hdus: readonly HduLayout[], start: number): Guesses {
  const passed = pending.filter(({ offset, length }) => offset + length <= start);
  if (passed.length === 0) return { pending, wasted };
  const latest = hdus.slice(-64);
  const isRight = ({ offset, length }: ByteRange): boolean =>
    latest.some(({ headerOffset: at }) => at >= offset && at < offset + length);
  return {
    pending: pending.slice(passed.length),
    wasted: passed.reduce((sum, range) => (isRight(range) ? sum : sum + range.length), wasted),
  };
}

/** The guesses with `more`, and without the one that `start` lies in: it was right. */
function withGuesses({ pending, wasted }: Guesses, start: number, more: readonly ByteRange[]): Guesses {
  const open = pending.filter(({ offset, length }) => start < offset || start >= offset + length);
  return { pending: [...open, ...more].sort((a, b) => a.offset - b.offset), wasted };
}

function* windows(hdus: readonly HduLayout[], start: number, size: number): Generator<ByteRange> {
  const header = likelyHeaderSize(hdus);
  for (const { models, confirmed, spread } of [groupOf(hdus), patternOf(hdus)]) {
    if (models.length === 0) continue;
    const count =
      confirmed === 0
        ? Math.max(3, models.length)
        : confirmed >= 3
          ? Infinity
          : models.length * 4 ** confirmed;
    let low = start;
    let high = start;
    for (let i = 0; i < count; i++) {
      const model = models[i % models.length]!;
      const data = model.end - model.dataOffset;
      low += Math.max(BLOCK, model.headerSize - spread) + data;
      high += model.headerSize + Math.min(spread, slack) + data;
      if (low >= size) break;
      yield { offset: low, length: Math.min(size, high + header) - low };
    }
  }
}

/**
 * Where the last HDU is like none before it, all extensions so far may be a group that the file repeats: image, errors and
 * flags of one detector after the other.
 */
function groupOf(hdus: readonly HduLayout[]): Pattern {
  const models = hdus.slice(1);
  const last = models.at(-1);
  const isGroup = models.length > 1 && models.length <= mostOfGroup;
  if (!last || !isGroup || models.slice(0, -1).some((hdu) => alike(hdu, last))) return none;
  return { models, confirmed: 0, spread: slack };
}

/** Detectors have images, errors, flags, and few have more. */
const mostOfGroup = 6;

function patternOf(hdus: readonly HduLayout[]): Pattern {
  const last = hdus.at(-1);
  // The primary HDU of a file with extensions is mostly empty: nothing repeats it.
  if (!last || (hdus.length === 1 && last.dataSize === 0)) return none;
  const at = hdus.length - 1;
  const like =
    findBack(hdus, (h) => h.name === last.name && alike(h, last)) ?? findBack(hdus, (h) => alike(h, last));
  // One alone says little of the length of the next header: the first extension mostly has the longest.
  if (like === undefined) return { models: [last], confirmed: 0, spread: last.headerSize };
  const period = at - like;
  let confirmed = 0;
  let spread = 0;
  for (let i = at; confirmed < 8 && i >= period && alike(hdus[i]!, hdus[i - period]!); i--) {
    spread = Math.max(spread, Math.abs(hdus[i]!.headerSize - hdus[i - period]!.headerSize));
    confirmed++;
  }
  return {
    models: hdus.slice(like + 1),
    confirmed,
    spread: confirmed >= 2 ? Math.min(spread, slack) : slack,
  };
}

/** The last HDU before the last one that `test` likes. */
function findBack(hdus: readonly HduLayout[], test: (hdu: HduLayout) => boolean): number | undefined {
  const first = Math.max(0, hdus.length - 64);
  for (let i = hdus.length - 2; i >= first; i--) if (test(hdus[i]!)) return i;
  return undefined;
}

function alike(a: HduLayout, b: HduLayout): boolean {
  return a.type === b.type && a.end - a.dataOffset === b.end - b.dataOffset;
}

function covers(a: ByteRange, b: ByteRange): boolean {
  return a.offset <= b.offset && a.offset + a.length >= b.offset + b.length;
}

/** Ranges that touch become one. */
function merged(ranges: readonly ByteRange[]): ByteRange[] {
  const out: ByteRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = out.at(-1);
    if (!last || range.offset > last.offset + last.length) out.push(range);
    else {
      const end = Math.max(last.offset + last.length, range.offset + range.length);
      out[out.length - 1] = { offset: last.offset, length: end - last.offset };
    }
  }
  return out;
}
