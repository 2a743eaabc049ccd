/**
 * Listings of S3 buckets: ListObjectsV2, page after page.
 */
import { FitsError } from "../errors.js";
import { decode } from "../source/redact.js";
import { encodeKey, s3Bucket } from "../source/stores/s3.js";
import type { Found, ListOptions, Place } from "./lister.js";
import { elementsOf, textIn } from "./markup.js";
import { readPage } from "./page.js";

/** Pages without an entry that may come in a row. */
const mostEmpty = 1000;

/** The place of `s3://bucket/prefix`. Throws BAD_SOURCE for an address without a bucket. */
export async function s3Place(address: string, options: ListOptions): Promise<Place> {
  const [, name = "", path = ""] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(address) ?? [];
  if (!name) throw new FitsError("BAD_SOURCE", `"${address}" names no bucket; write s3://bucket/prefix`);
  const root = `s3://${name}/`;
  const bucket = await s3Bucket(name, options, root);

  async function* below(prefix: string, deep: boolean): AsyncGenerator<Found, undefined> {
    const href = root + prefix.replace(/\p{Cc}/gu, encodeURIComponent);
    const fixed = { "list-type": "2", "encoding-type": "url", prefix, ...(!deep && { delimiter: "/" }) };
    let next: Readonly<Record<string, string>> | undefined = {};
    let first: string | undefined;
    let empty = 0;
    while (next) {
      const page = pageOf(await readPage(bucket.asked(queryOf({ ...fixed, ...next }), href), options), href);
      const begin = page.found[0]?.path;
      empty = begin === undefined ? empty + 1 : 0;
      if (empty > mostEmpty || (begin !== undefined && begin === first) || isSame(page.next, next))
        throw new FitsError("HTTP", `${href}: the listing goes round in a circle; the server is at fault`);
      first = begin ?? first;
      for (const found of page.found) {
        // Where folders are made, an object marks them.
        if (found.isFolder || !found.path.endsWith("/")) yield { ...found, href: root + found.path };
      }
      next = page.next;
    }
  }
  return { lister: { hasFolders: false, below }, path };
}

interface Page {
  readonly found: Found[];
  /** What the next page is asked for with. */
  readonly next: Readonly<Record<string, string>> | undefined;
}

/** Reads the answer to ListObjectsV2. Throws HTTP for anything else. */
function pageOf(xml: string, href: string): Page {
  if (!/<ListBucketResult[\s>]/.test(xml.slice(0, 1000)))
    throw new FitsError(
      "HTTP",
      `${href}: the server answers with something else than a listing; check the endpoint`,
    );
  const isEncoded = textIn(xml, "EncodingType") === "url";
  const nameIn = (element: string, tag: string): string => {
    const text = textIn(element, tag) ?? "";
    return isEncoded ? decode(text.replaceAll("+", "%20")) : text;
  };
  const folders = [...elementsOf(xml, "CommonPrefixes")].map((element): Found => {
    const path = nameIn(element, "Prefix");
    return { href: path, path, isFolder: true };
  });
  const files = [...elementsOf(xml, "Contents")].map((element): Found => {
    const path = nameIn(element, "Key");
    const size = Number(textIn(element, "Size") ?? Number.NaN);
    const modified = new Date(textIn(element, "LastModified") ?? Number.NaN);
    return {
      ...{ href: path, path, isFolder: false },
      ...(Number.isSafeInteger(size) && size >= 0 && { size }),
      ...(!Number.isNaN(modified.getTime()) && { modified }),
    };
  });
  const found = [...folders, ...files];
  return { found, next: nextOf(xml, found) };
}

function nextOf(xml: string, found: readonly Found[]): Page["next"] {
  if (textIn(xml, "IsTruncated") !== "true") return undefined;
  const token = textIn(xml, "NextContinuationToken");
  if (token) return { "continuation-token": token };
  // Servers that know only the first version of listings.
  const last = found
    .map(({ path }) => path)
    .sort()
    .at(-1);
  return last === undefined ? undefined : { "start-after": last };
}

function isSame(a: Page["next"], b: Page["next"]): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/** Names in order, as signatures want them. */
function queryOf(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${(encodeKey(value) ?? "").replaceAll("/", "%2F")}`)
    .join("&");
}
