/**
 * The kinds of address, and how the source of each is made.
 */
import { httpSource } from "./http.js";
import type { ResolveOptions, SourceFactory } from "./options.js";
import type { ByteSource } from "./source.js";

const fetched: SourceFactory = async (address, options) =>
  (await import("./request.js")).fetchedSource(String(address), options);

/** Hosts of stores that know more of them than HTTP does. */
const storeHosts = /^https:\/\/[\w.-]*\b(storage\.googleapis\.com|blob\.core\.[a-z]+\.[a-z]+)\/./i;

/** By scheme, in lower case. `registerSource` adds more; stores that are not here have a list of their own, loaded late. */
export const factories: Map<string, SourceFactory> = new Map([
  ["http", httpSource],
  [
    "https",
    async (address, options) =>
      storeHosts.test(String(address))
        ? (await import("./stores/stores.js")).httpsFactory(address, options)
        : httpSource(address, options),
  ],
  ["file", async (address, options) => (await import("./file.js")).fileSource(address, options)],
  ["blob", fetched],
  ["data", fetched],
]);

/** The source of an address with this scheme. Throws BAD_SOURCE where nobody knows the scheme. */
export const madeSource = async (
  scheme: string,
  address: string | URL,
  options: ResolveOptions,
): Promise<ByteSource> =>
  (factories.get(scheme) ?? (await import("./stores/stores.js")).storeFactory(scheme))(address, options);
