/**
 * Reads of bare bytes, as plans: what downloads and the check of an index ask for.
 */
import type { ByteRange, Plan } from "fitslice";

/** A plan that reads one range, as it is. */
export function rangePlan(label: string, range: ByteRange): Plan<Uint8Array> {
  let got: Uint8Array = new Uint8Array(0);
  return {
    label,
    ranges: [range],
    keep: false,
    take: (_, bytes) => {
      got = bytes;
    },
    next: () => ({ value: got }),
  };
}
