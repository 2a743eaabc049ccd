/**
 * Listings: from an address, perhaps with wildcards, to the files and folders that it names.
 */
import { FitsError } from "../errors.js";
import { checkOptions } from "../read/options.js";
import { checkSourceOptions } from "../source/options.js";
import { showNoUrl } from "../source/redact.js";
import { checkScheme, schemeOf } from "../source/resolve.js";
import { beginningOf, isPattern, isWild, matchesName, matchesPath } from "./glob.js";
import type { Found, ListEntry, Lister, ListOptions, Place } from "./lister.js";

type ListPlace = (address: string, options: ListOptions) => Promise<Place>;

const http: ListPlace = async (address, options) => (await import("./http.js")).httpPlace(address, options);
const azure: ListPlace = async (address, options) =>
  (await import("./azure.js")).azurePlace(address, options);
const ftp: ListPlace = async (address, options) => (await import("./ftp.js")).ftpPlace(address, options);
const webhdfs: ListPlace = async (address, options) =>
  (await import("./webhdfs.js")).webhdfsPlace(address, options);

/** How each kind of address is listed; loaded when one is. */
const listers: Readonly<Record<string, ListPlace>> = {
  file: async (address) => (await import("./local.js")).localPlace(address),
  http,
  https: http,
  s3: async (address, options) => (await import("./s3.js")).s3Place(address, options),
  gs: async (address, options) => (await import("./gcs.js")).gcsPlace(address, options),
  az: azure,
  abfs: azure,
  abfss: azure,
  webhdfs,
  swebhdfs: webhdfs,
  ftp,
  ftps: ftp,
};

/**
 * What an address names: the contents of a folder, a file, else all that begins so; with wildcards (`*`, `?`, `[0-9]`,
 * `{a,b}`, `**` for any folders) whatever matches. Pages of a listing are asked for as they are needed. Entries come
 * in the order of the store: those of S3 in pages, folders first.
 *
 * @param address `s3://bucket/prefix`, `gs://`, `az://account/container/prefix`, `webhdfs://`, `ftp://`, `https://` of a server
 *   with index pages (Apache, nginx), a path or `file:` URL
 * @returns files and folders; with `recursive`, or for a pattern with `**`, files only
 * Throws FitsError: NOT_FOUND where nothing is there (a pattern that matches nothing gives nothing), BAD_SOURCE for an
 * address that cannot be listed, UNSUPPORTED for a server without index pages, FORBIDDEN and those of a read.
 */
export async function* list(
  address: string | URL,
  options: ListOptions = {},
): AsyncGenerator<ListEntry, undefined> {
  checkSourceOptions(options);
  checkOptions(options);
  const text = String(address);
  const scheme = schemeOf(text) ?? "file";
  checkScheme(scheme, text, options.schemes);
  const lister = Object.hasOwn(listers, scheme) ? listers[scheme] : undefined;
  if (!lister) {
    const kinds = Object.keys(listers).join(", ");
    throw new FitsError("BAD_SOURCE", `${showNoUrl(text)}: cannot be listed; give one of: ${kinds}`);
  }
  const place = await lister(text, options);
  const found = isPattern(place.path)
    ? matching(place, "", place.path.split("/"))
    : named(place, text, options);
  for await (const { path: _, isLink: __, ...entry } of found) {
    options.signal?.throwIfAborted();
    yield entry;
  }
}

/** What an address without wildcards names. */
async function* named(
  { lister, path }: Place,
  text: string,
  { recursive = false }: ListOptions,
): AsyncGenerator<Found, undefined> {
  const isFolder = path === "" || path.endsWith("/");
  let count = 0;
  try {
    for await (const found of lister.below(isFolder ? path : `${path}/`, recursive)) {
      count++;
      yield found;
    }
    if (count > 0 || path === "" || lister.hasFolders) return;
  } catch (error) {
    if (count > 0 || isFolder || !isMissing(lister, error)) throw error;
  }
  if (!isFolder) {
    for await (const found of lister.below(path, recursive)) {
      count++;
      yield found;
    }
  }
  if (count === 0)
    throw new FitsError("NOT_FOUND", `${showNoUrl(text)}: nothing there begins so; check its spelling`);
}

/** What matches the rest of a pattern below a path that is known: empty, or with a `/` at its end. */
async function* matching(
  place: Place,
  base: string,
  [segment = "", ...rest]: readonly string[],
): AsyncGenerator<Found, undefined> {
  if (!isWild(segment) && rest.length > 0) {
    yield* matching(place, `${base}${segment}/`, rest);
    return;
  }
  const isDeep = segment === "**";
  const all = [segment, ...rest];
  for await (const found of present(place, base + (isDeep ? "" : beginningOf(segment)), isDeep)) {
    const name = found.path.slice(base.length).replace(/\/$/, "");
    if (isDeep) {
      if (matchesPath(all, name.split("/"))) yield found;
    } else if (matchesName(segment, name)) {
      if (rest.length === 0 || (found.isFolder && rest.join("/") === "")) yield found;
      else if (found.isFolder) yield* matching(place, found.path, rest);
    }
  }
}

/** What is below a prefix; nothing where its folder is not there. */
async function* present({ lister }: Place, prefix: string, deep: boolean): AsyncGenerator<Found, undefined> {
  try {
    yield* lister.below(prefix, deep);
  } catch (error) {
    if (!isMissing(lister, error)) throw error;
  }
}

/** Whether a folder is not there; where there are none, the whole store is not. */
function isMissing({ hasFolders }: Lister, error: unknown): boolean {
  return hasFolders && error instanceof FitsError && error.code === "NOT_FOUND";
}
