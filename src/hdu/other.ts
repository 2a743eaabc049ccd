/**
 * A conforming extension of a type that the Standard does not define: its bytes, and nothing more.
 */

import { FitsError } from "../errors.js";
import type { ReadOptions } from "../read/options.js";
import { read } from "../read/plan.js";
import type { HduLayout, RunPlan } from "./hdu.js";

/** A foreign extension (XTENSION says which). */
export interface OtherHdu extends HduLayout {
  readonly kind: "other";
  /** The bytes of the data unit, or of part of it: half-open, from its start. Borrowed: never write to them. */
  bytes(
    range?: { start?: number | undefined; stop?: number | undefined },
    options?: ReadOptions,
  ): Promise<Uint8Array>;
}

export function otherHdu(layout: HduLayout, run: RunPlan): OtherHdu {
  return {
    ...layout,
    kind: "other",
    async bytes({ start = 0, stop = layout.dataSize } = {}, options) {
      if (!(start >= 0 && start <= stop && stop <= layout.dataSize)) {
        throw new FitsError(
          "BAD_SELECTION",
          `HDU ${layout.index}: its data have ${layout.dataSize} bytes, not ${start} to ${stop}`,
        );
      }
      const range = { offset: layout.dataOffset + start, length: stop - start };
      return run(() => read(`data of HDU ${layout.index}`, range), options);
    },
  };
}
