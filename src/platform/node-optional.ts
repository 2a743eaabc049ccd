/**
 * Optional dependencies of Node: loaded when they are used, with advice where they are not installed.
 */
import { createRequire } from "node:module";
import { FitsError } from "../errors.js";

/** What the package or file of this name holds. Bundlers do not look for the name: a server's page is built without the package. */
export async function packageNamed<T>(name: string): Promise<T> {
  return createRequire(import.meta.url)(name) as T;
}

/** What `module` holds. Throws UNSUPPORTED, with `advice` for its message, where the module cannot be loaded. */
export async function installed<T>(module: Promise<T>, advice: string): Promise<T> {
  try {
    return await module;
  } catch (cause) {
    throw new FitsError("UNSUPPORTED", advice, { cause });
  }
}
