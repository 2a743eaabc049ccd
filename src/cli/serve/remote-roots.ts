/**
 * Prefixes of buckets and servers whose files are served: which address a path means. Nothing is listed: the file is the first
 * part of a path that is named as FITS files are.
 */
import { FitsError } from "fitslice";
import { badUsage } from "../failure.js";

/** A file below a prefix. */
export interface RemoteFile {
  readonly href: string;
  /** The same below the prefix. */
  readonly name: string;
  /** How many parts of the path the file takes. */
  readonly parts: number;
}

/** The file that the first parts of a path name: parts are decoded, and no part is empty, `.`, `..` or holds a slash. */
export type RemoteRoot = (parts: readonly string[]) => RemoteFile | undefined;

const stores = /^(s3|gs|az|abfss?):\/\/[^/]+/i;
const servers = /^(https?|webhdfs|swebhdfs|ftps?):\/\/[^/]+/i;
const fitsName = /\.(fits?|fts)(\.(gz|fz|bz2|z|zst))?$/i;

/** Whether a root is an address, and no path. */
export function isRemote(root: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(root) && !/^file:/i.test(root);
}

/** A prefix, or a single file. Throws Failure for an address that has no files below it. */
export function remoteRoot(root: string): RemoteRoot {
  const isStore = stores.test(root);
  if (!isStore && !servers.test(root))
    throw badUsage(`cannot serve ${root}: give a folder, or an address like s3://bucket/prefix or https://`);
  if (/[?#]/.test(root))
    throw badUsage("cannot serve an address with a query; give the prefix that files have");
  const given = root.replace(/\/+$/, "");
  const own = given.slice(given.lastIndexOf("/") + 1);
  const isFile = fitsName.test(own) && !root.endsWith("/") && given.split("/").length > 3;
  const folder = isFile ? given.slice(0, -own.length) : `${given}/`;
  return (parts) => {
    const last = parts.findIndex((part) => fitsName.test(part));
    const named = parts.slice(0, last + 1);
    if (last < 0 || named.some((part) => isOdd(part, isStore))) return undefined;
    const below = named.map((part) => (isStore ? part : encodeURIComponent(part))).join("/");
    if (isFile && below !== own) return undefined;
    return { href: folder + below, name: named.join("/"), parts: last + 1 };
  };
}

/** Names that an address cannot hold without meaning something else. */
function isOdd(part: string, isStore: boolean): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
  return /[\x00-\x1f\x7f]/.test(part) || (isStore && /[?#]/.test(part));
}

/** A fetch that goes to `root`'s own server alone: another one that it redirects to may be inside of somebody's network. */
export function ownServerOnly(root: string): typeof fetch | undefined {
  if (!/^https?:/i.test(root)) return undefined;
  const own = new URL(root);
  return (url, init) => {
    const { host, protocol } = new URL(url instanceof Request ? url.url : url);
    if (host === own.host && (protocol === own.protocol || protocol === "https:")) return fetch(url, init);
    throw new FitsError(
      "FORBIDDEN",
      `the server redirects to ${host}, which is not served; make that address a ROOT`,
    );
  };
}
