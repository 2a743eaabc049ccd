/** What requests moved: which parts of the file, and when. Pure. */
import type { ByteRange, RequestEvent } from "fitslice";

/** The stretches of a file that a request brought. */
export function movedRanges({ offset, length, parts }: RequestEvent): readonly ByteRange[] {
  return parts ?? [{ offset, length }];
}

/** Of each of `bins` equal parts of a file of `size` bytes the share that moved at least once, 0 to 1. */
export function movedShares(ranges: readonly ByteRange[], size: number, bins: number): Float64Array {
  const shares = new Float64Array(bins);
  if (!(size > 0)) return shares;
  for (const { offset, length } of united(ranges)) {
    const [from, to] = [Math.max(0, offset), Math.min(size, offset + length)];
    const last = Math.min(bins - 1, Math.ceil((to / size) * bins) - 1);
    for (let bin = Math.min(bins - 1, Math.floor((from / size) * bins)); bin <= last; bin++) {
      const [start, end] = [(bin * size) / bins, ((bin + 1) * size) / bins];
      shares[bin]! += Math.max(0, Math.min(to, end) - Math.max(from, start)) / (end - start);
    }
  }
  return shares.map((share) => Math.min(1, share));
}

/** The same bytes, each once, by offset. */
export function united(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: { offset: number; length: number }[] = [];
  for (const { offset, length } of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = merged.at(-1);
    if (last && offset <= last.offset + last.length)
      last.length = Math.max(last.length, offset + length - last.offset);
    else if (length > 0) merged.push({ offset, length });
  }
  return merged;
}

/** A lane for each request, so that requests of one lane follow each other; those beyond `most` lanes share the last. */
export function lanesOf(
  events: readonly Pick<RequestEvent, "start" | "end">[],
  most: number,
): { readonly lanes: number[]; readonly count: number } {
  const ends: number[] = [];
  const lanes = events.map(({ start, end }) => {
    const free = ends.findIndex((until) => until <= start);
    const lane = free >= 0 ? free : Math.min(ends.length, most - 1);
    ends[lane] = Math.max(end, ends[lane] ?? 0);
    return lane;
  });
  return { lanes, count: ends.length };
}
