/**
 * Folders of HTTP servers, by their index pages.
 */
import { FitsError } from "../errors.js";
import { httpAccess } from "../source/http-access.js";
import { decode, showUrl } from "../source/redact.js";
import { folderLister } from "./folders.js";
import { type Indexed, indexedNames } from "./index-page.js";
import type { Found, ListOptions, Place } from "./lister.js";
import { readPage } from "./page.js";

/** The place of an http: or https: address. Throws BAD_SOURCE for one with a query or a password in it. */
export function httpPlace(address: string, options: ListOptions): Place {
  const shown = showUrl(address);
  // In a pattern a question mark is a query, too: that is what it is in every URL.
  if (!URL.canParse(address) || address.includes("?"))
    throw new FitsError("BAD_SOURCE", `${shown}: only an address without a query can be listed`);
  const url = new URL(address);
  if (url.username || url.password) {
    throw new FitsError(
      "BAD_SOURCE",
      `${shown}: what is listed has addresses of its own, without the password; give the header Authorization`,
    );
  }
  const { origin } = url;

  async function* read(folder: string): AsyncGenerator<Found, undefined> {
    const base = `${origin}/${folder.split("/").map(encodeURIComponent).join("/")}`;
    const page = await readPage(httpAccess(base, options), options);
    const found = indexedNames(page, base);
    if (!found)
      throw new FitsError(
        "UNSUPPORTED",
        `${showUrl(base)}: the server shows no index page there; name the files, or list them in a file: @list.txt`,
      );
    for (const entry of found) yield entryOf(entry, base, folder);
  }
  return { lister: folderLister(read), path: decode(url.pathname.slice(1)) };
}

function entryOf({ link, ...known }: Indexed, base: string, folder: string): Found {
  return { ...known, href: base + link, path: folder + decode(link) };
}
