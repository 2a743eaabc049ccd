/**
 * Optional dependencies of Node: loaded when they are used, with advice where they are not installed.
 */
import { FitsError } from "../errors.js";

/** What `module` holds. Throws UNSUPPORTED, with `advice` for its message, where the module cannot be loaded. */
export async function installed<T>(module: Promise<T>, advice: string): Promise<T> {
  try {
    return await module;
  } catch (cause) {
    throw new FitsError("UNSUPPORTED", advice, { cause });
  }
}
