/**
 * Kinds of address that users add.
 */
import { FitsError } from "../errors.js";
import type { RangeObject } from "./objects.js";
import type { SourceFactory } from "./options.js";
import { factories } from "./schemes.js";
import { isOwnSource } from "./source.js";

/**
 * Has `factory` make the sources of all addresses `scheme:...` from now on, also in place of a store that fitslice brings along.
 * The factory may give a source of fitslice's own (`httpSource` with headers of its own, say) or any object with `getRange`, whose
 * answers are copied and asked on for where they are short. Options of the store are the factory's own affair.
 *
 * @param scheme two characters or more, of lower case: letters, digits, `+`, `.`, `-`
 * Throws BAD_ARGUMENT for a name that no scheme has, and for a factory that is no function.
 */
export function registerSource(scheme: string, factory: SourceFactory<RangeObject>): void {
  if (typeof scheme !== "string" || !/^[a-z][a-z0-9+.-]+$/.test(scheme))
    throw new FitsError("BAD_ARGUMENT", 'a scheme is a name in lower case without a colon, as in "irods"');
  if (typeof factory !== "function")
    throw new FitsError(
      "BAD_ARGUMENT",
      `registerSource("${scheme}", factory): the factory must be a function`,
    );
  factories.set(scheme, async (address, options) => {
    const source = await factory(address, options);
    if (isOwnSource(source)) return source;
    const { heldSource } = await import("./objects.js");
    return heldSource(source, {});
  });
}
