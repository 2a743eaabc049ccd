/**
 * The stores that fitslice brings along, by scheme. Each is loaded with its first address.
 */
import { FitsError } from "../../errors.js";
import type { SourceFactory } from "../options.js";

const stores: Readonly<Record<string, SourceFactory>> = {
  s3: async (address, options) => (await import("./s3.js")).s3Source(address, options),
};

/** Throws BAD_SOURCE for a scheme that is none of a store. */
export function storeFactory(scheme: string): SourceFactory {
  const factory = Object.hasOwn(stores, scheme) ? stores[scheme] : undefined;
  if (factory) return factory;
  throw new FitsError(
    "BAD_SOURCE",
    `"${scheme}:" is not known; give an http:, https:, file: URL, a path, or an address of ${Object.keys(
      stores,
    )
      .map((name) => `${name}:`)
      .join(" ")}`,
  );
}
