/**
 * Part of a section: of every axis of its result a range.
 */
import type { ResolvedSection } from "./section.js";

/**
 * Part of a section: of every axis of its result, `count[i]` elements from `start[i]`. Axes keep their place in the
 * result. Bounds are the caller's business.
 */
export function narrowSection(
  section: ResolvedSection,
  start: readonly number[],
  count: readonly number[],
): ResolvedSection {
  const { dropped, step } = section;
  // Of an axis of the section, its place in the result.
  const place = dropped.map((_, axis) => dropped.slice(0, axis).filter((is) => !is).length);
  return {
    start: section.start.map((first, axis) =>
      dropped[axis] ? first : first + start[place[axis]!]! * step[axis]!,
    ),
    count: dropped.map((is, axis) => (is ? 1 : count[place[axis]!]!)),
    step,
    dropped,
    shape: [...count],
  };
}
