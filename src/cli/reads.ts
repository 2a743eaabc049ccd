/**
 * Reads of bare bytes, as plans: what downloads and the check of an index ask for.
 */
import { type ByteRange, type Plan, read } from "fitslice";

/** A plan that reads one range, as it is. */
export function rangePlan(label: string, range: ByteRange): Plan<Uint8Array> {
  return () => read(label, range, { keep: false });
}
