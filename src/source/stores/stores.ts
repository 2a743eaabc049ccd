/**
 * The stores that fitslice brings along, by scheme. Each is loaded with its first address.
 */
import { FitsError } from "../../errors.js";
import type { SourceFactory } from "../options.js";

/** A store, and the option of `open` that holds its own options. */
interface Store {
  readonly option: "s3" | "gs" | "az" | "webhdfs";
  readonly make: SourceFactory;
}

const azure: Store = {
  option: "az",
  make: async (address, options) => (await import("./azure.js")).azureSource(address, options),
};

const webhdfs: Store = {
  option: "webhdfs",
  make: async (address, options) => (await import("./webhdfs.js")).webhdfsSource(address, options),
};

const gcsHttps: Store = {
  option: "gs",
  make: async (address, options) => (await import("./gcs.js")).gcsHttpsSource(address, options),
};

const azureHttps: Store = {
  option: "az",
  make: async (address, options) => (await import("./azure.js")).azureHttpsSource(address, options),
};

const stores: Readonly<Record<string, Store>> = {
  s3: {
    option: "s3",
    make: async (address, options) => (await import("./s3.js")).s3Source(address, options),
  },
  gs: {
    option: "gs",
    make: async (address, options) => (await import("./gcs.js")).gcsSource(address, options),
  },
  az: azure,
  abfs: azure,
  abfss: azure,
  webhdfs,
  swebhdfs: webhdfs,
  hdfs: { option: "webhdfs", make: async (address) => (await import("./webhdfs.js")).hdfsSource(address) },
};

/** Throws BAD_SOURCE for a scheme that is none of a store. */
export function storeFactory(scheme: string): SourceFactory {
  const store = Object.hasOwn(stores, scheme) ? stores[scheme] : undefined;
  if (store) return checked(store);
  throw new FitsError(
    "BAD_SOURCE",
    `"${scheme}:" is not known; give an http:, https: or file: URL, a path, or an address of ${Object.keys(
      stores,
    )
      .map((name) => `${name}:`)
      .join(" ")}`,
  );
}

/** The store that an https: address is of. */
export const httpsFactory: SourceFactory = (address, options) =>
  checked(/\.googleapis\.com$/.test(new URL(address).hostname) ? gcsHttps : azureHttps)(address, options);

/** Throws BAD_ARGUMENT for options of a store that are no object. */
function checked({ option, make }: Store): SourceFactory {
  return (address, options) => {
    const own: unknown = options[option];
    if (own === undefined || (typeof own === "object" && own !== null && !Array.isArray(own)))
      return make(address, options);
    throw new FitsError("BAD_ARGUMENT", `${option} must be an object of options, as in { anonymous: true }`);
  };
}
