/**
 * The refusal of what references cannot say.
 */
import { FitsError } from "../errors.js";

/** Throws UNSUPPORTED, naming the ways that read such an image all the same. */
export function refuse(label: string, why: string): never {
  throw new FitsError(
    "UNSUPPORTED",
    `${label}: references cannot say this: ${why}; read it live, by fitslice serve or zarrStore`,
  );
}
