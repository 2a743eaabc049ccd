/**
 * Listings that come in pages, of stores that know names and no folders.
 */
import { FitsError } from "../errors.js";
import type { HttpAccess } from "../source/http-access.js";
import { showUrl } from "../source/redact.js";
import type { Found, Lister } from "./lister.js";

/** Query parameters of the request for the next page. */
export type Next = Readonly<Record<string, string>>;

/** A page: its entries, whose addresses are still to be made of their paths. */
export interface Page {
  readonly found: readonly Omit<Found, "href">[];
  /** Undefined of the last page. */
  readonly next: Next | undefined;
}

/** Asks for one page of what begins with a prefix; `href` is what messages call that. */
export type AskPage = (prefix: string, deep: boolean, next: Next, href: string) => Promise<Page>;

/** Pages without an entry that may come in a row. */
const mostEmpty = 1000;

/** Lists a store whose addresses begin with `root`. Pages that come again and again are an error (HTTP). */
export function pagedLister(root: string, ask: AskPage): Lister {
  async function* below(prefix: string, deep: boolean): AsyncGenerator<Found, undefined> {
    const href = root + prefix.replace(/\p{Cc}/gu, encodeURIComponent);
    let next: Next | undefined = {};
    let first: string | undefined;
    let empty = 0;
    while (next) {
      const page: Page = await ask(prefix, deep, next, href);
      const begin = page.found[0]?.path;
      empty = begin === undefined ? empty + 1 : 0;
      const isSame = page.next !== undefined && JSON.stringify(page.next) === JSON.stringify(next);
      if (empty > mostEmpty || isSame || (begin !== undefined && begin === first))
        throw new FitsError("HTTP", `${href}: the listing goes round in a circle; the server is at fault`);
      first = begin ?? first;
      for (const found of page.found) {
        // Where folders are made, an object marks them.
        if (found.isFolder || !found.path.endsWith("/")) yield { ...found, href: root + found.path };
      }
      next = page.next;
    }
  }
  return { hasFolders: false, below };
}

/** A query, names in order, as signatures want them. */
export function queryOf(parameters: Next): string {
  const encoded = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return Object.entries(parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encoded(value)}`)
    .join("&");
}

/** How a listing is asked by a store whose `access` is one of an object: with the same credentials, at another address. */
export function asked(access: HttpAccess, url: string, href: string): HttpAccess {
  return Object.create(access, {
    href: { value: href, enumerable: true },
    url: { value: url, enumerable: true },
    shown: { value: showUrl(url), enumerable: true },
  }) as HttpAccess;
}

/** Size and time of an entry; a value that is no number of bytes, or no date, is left out. */
export function facts(size: unknown, time: unknown): Pick<Found, "size" | "modified"> {
  const bytes = typeof size === "string" && /^\d{1,16}$/.test(size) ? Number(size) : size;
  const modified = new Date(typeof time === "number" ? time : String(time));
  return {
    ...(Number.isSafeInteger(bytes) && (bytes as number) >= 0 && { size: bytes as number }),
    ...(!Number.isNaN(modified.getTime()) && { modified }),
  };
}
