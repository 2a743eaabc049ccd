/**
 * The header Range of a request (RFC 9110, section 14): which bytes of a file are asked for.
 */

/** Bytes from `start` to before `end`; without `end` to the end of the file. A negative `start` counts from the end. */
export interface AskedRange {
  readonly start: number;
  readonly end?: number;
}

/** Most ranges of one request. */
const mostRanges = 512;

/** The ranges asked for, in order; none for the whole file, as of a header that is none of ranges of bytes, or asks for too many. */
export function rangesIn(header: string | null): AskedRange[] {
  const list = /^\s*bytes\s*=(.*)$/i.exec(header ?? "")?.[1];
  if (list === undefined) return [];
  const parts = list.split(",");
  if (parts.length > mostRanges) return [];
  const ranges = parts.map(rangeOf);
  return ranges.every((range) => range !== undefined) ? ranges : [];
}

function rangeOf(text: string): AskedRange | undefined {
  const [, first, last] = /^\s*(\d{0,15})-(\d{0,15})\s*$/.exec(text) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") return { start: -Number(last) };
  if (last === "") return { start: Number(first) };
  return Number(last) < Number(first) ? undefined : { start: Number(first), end: Number(last) + 1 };
}
