/**
 * Divides ranges of bytes into the bytes that the cache keeps and the bytes that must be requested.
 */
import type { ByteRange } from "../source.js";

/** A gap up to this, if kept, is read with what lies around it: entries are read whole, anyway. */
const gap = 128 * 1024;
/** Longer stretches are read in parts, so that the first can be decoded while the next is read. */
const longest = 4 * 2 ** 20;

/** The bytes of all `ranges`, sorted, in as few ranges as can be. */
export function union(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = joined.at(-1);
    if (last && offset <= last.offset + last.length)
      last.length = Math.max(last.length, offset + length - last.offset);
    else joined.push({ offset, length });
  }
  return joined;
}

/** Divides the bytes of `ranges` by what is kept: `extents`, as `union` gives them. Both answers are sorted. */
export function divided(
  ranges: readonly ByteRange[],
  extents: readonly ByteRange[],
): { kept: ByteRange[]; rest: ByteRange[] } {
  const kept: { offset: number; length: number }[] = [];
  const rest: ByteRange[] = [];
  let first = 0;
  /** The extent in which the last kept range lies. */
  let within = -1;
  const take = (extent: number, from: number, to: number): void => {
    let at = from;
    const last = kept.at(-1);
    if (last && within === extent && from - endOf(last) <= gap && from < last.offset + longest) {
      last.length = Math.min(longest, to - last.offset);
      at = endOf(last);
    }
    for (; at < to; at += longest) kept.push({ offset: at, length: Math.min(longest, to - at) });
    within = extent;
  };
  for (const { offset, length } of union(ranges)) {
    const end = offset + length;
    let at = offset;
    while (first < extents.length && endOf(extents[first]!) <= offset) first++;
    for (let i = first; i < extents.length && extents[i]!.offset < end; i++) {
      const extent = extents[i]!;
      if (extent.offset > at) rest.push({ offset: at, length: extent.offset - at });
      const to = Math.min(end, endOf(extent));
      take(i, Math.max(at, extent.offset), to);
      at = to;
    }
    if (at < end) rest.push({ offset: at, length: end - at });
  }
  return { kept, rest };
}

function endOf({ offset, length }: ByteRange): number {
  return offset + length;
}
