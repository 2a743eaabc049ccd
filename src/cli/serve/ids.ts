/**
 * Which file an ID means: a path below a root, a row of a catalog, or an address below a prefix that was allowed. Nothing else is opened.
 */
import { stat } from "node:fs/promises";
import { type Fits, FitsError, type OpenOptions, open, showAddress } from "fitslice";
import type { FileFinder, ServedFile } from "fitslice/service";
import type { ZarrFinder, ZarrMount } from "fitslice/zarr";
import { badUsage } from "../failure.js";
import { guardedFetch } from "./guarded-fetch.js";
import type { OpenFiles } from "./open-files.js";
import { pathOfDid } from "./publisher.js";
import { isRemote, ownServerOnly } from "./remote-roots.js";
import type { Found, Lookup } from "./roots.js";

/** What an ID leads to. */
export interface Place {
  readonly address: string;
  readonly options: OpenOptions;
  readonly tag: string;
  /** Whether `tag` tells the version of the file, and not only when it is opened anew. */
  readonly isVersion: boolean;
  readonly name: string;
}

/** Milliseconds after which a remote file is opened anew, so that one that was replaced is noticed. */
const freshTime = 60_000;

const minute = (): string => String(Math.floor(Date.now() / freshTime));

export interface IdSources {
  readonly lookup: Lookup;
  readonly files: OpenFiles;
  readonly reading: OpenOptions;
  /** Addresses and paths of the catalog, by the IDs that name them. */
  readonly catalog: ReadonlyMap<string, string>;
  readonly allowed: readonly string[];
  /** What identifiers of files below the roots begin with, `ivo://authority/resource`. */
  readonly publisher?: string | undefined;
}

/** The places that an ID may mean, in their order. */
export type Places = (id: string) => AsyncGenerator<Place>;

export function placesOf({ lookup, catalog, allowed, publisher }: IdSources): Places {
  const prefixes = allowed.map(prefixOf);
  return async function* (id) {
    const address = catalog.get(id);
    if (address !== undefined) yield await listed(address);
    const prefix = prefixes.find((one) => isBelow(id, one));
    if (prefix) {
      const fetch = guardedFetch(prefix);
      yield { address: id, options: { ...(fetch && { fetch }) }, tag: minute(), isVersion: false, name: id };
    }
    const path = (publisher && pathOfDid(id, publisher)) ?? id;
    if (!isPath(path)) return;
    for await (const found of lookup(path)) if (found.rest === "") yield placeOf(found);
  };
}

/** Finds files by their IDs. */
export function fileFinder(places: Places, { files, reading }: IdSources): FileFinder {
  return async (id) => {
    for await (const place of places(id)) {
      const file = await opened(place, files, reading);
      if (file) return file;
    }
    return undefined;
  };
}

/** Finds files by paths, as the routes of Zarr have them. */
export function zarrFinder({ lookup, files, reading }: IdSources): ZarrFinder {
  return async (path): Promise<ZarrMount | undefined> => {
    for await (const found of lookup(path)) {
      const file = await opened(placeOf(found), files, reading);
      if (file) return { ...file, key: found.rest, source: found.name };
    }
    return undefined;
  };
}

function placeOf({ path, root, tag, name }: Found): Place {
  const fetch = root === undefined ? undefined : ownServerOnly(root);
  return { address: path, options: { ...(fetch && { fetch }) }, tag, isVersion: root === undefined, name };
}

/** A row of the catalog. The operator wrote its address; clients only chose it. */
async function listed(address: string): Promise<Place> {
  if (isRemote(address)) {
    const fetch = ownServerOnly(address);
    return { address, options: { ...(fetch && { fetch }) }, tag: minute(), isVersion: false, name: address };
  }
  const state = await stat(address).catch(() => undefined);
  const tag = state ? `${state.size}-${state.mtimeMs}-${state.ctimeMs}-${state.ino}` : minute();
  return { address, options: {}, tag, isVersion: state !== undefined, name: address };
}

async function opened(
  { address, options, tag, isVersion, name }: Place,
  files: OpenFiles,
  reading: OpenOptions,
): Promise<ServedFile | undefined> {
  try {
    const make = (): Promise<Fits> => open(address, { ...reading, ...options });
    const loan = await files.borrow(address, tag, make);
    return { ...loan, name, ...(isVersion && { tag }) };
  } catch (error) {
    if (error instanceof FitsError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Whether an ID is a path of names: no part is empty, `.`, `..`, or holds a backslash or NUL. */
function isPath(id: string): boolean {
  return !id.split("/").some((part) => /^\.{0,2}$|[\\\0]/.test(part));
}

/** A prefix in the form in which prefixes and addresses are compared. Throws Failure where the text is no address, or has a query. */
function prefixOf(given: string): URL {
  const isAddress = isRemote(given) && URL.canParse(given) && !/[?#]/.test(given);
  const url = isAddress ? new URL(given) : undefined;
  if (url === undefined || url.username + url.password !== "")
    throw badUsage(
      `cannot allow ${showAddress(given)}: give the address that files begin with, such as https://server/folder/`,
    );
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Whether an address is one below a prefix, however it is written. */
function isBelow(id: string, prefix: URL): boolean {
  if (!isRemote(id) || !URL.canParse(id) || /[\\\s]|%2f|%5c|%00|%2e/i.test(id)) return false;
  const url = new URL(id);
  if (url.username !== "" || url.password !== "" || url.hash !== "" || url.search !== "") return false;
  const isSame = url.protocol === prefix.protocol && url.host === prefix.host;
  // What URL makes of dots is compared, and must be what was written.
  return isSame && url.href === id && url.pathname.startsWith(prefix.pathname);
}
