/**
 * Listings of S3 buckets: ListObjectsV2.
 */
import { FitsError } from "../errors.js";
import { decode } from "../source/redact.js";
import { s3Bucket } from "../source/stores/s3.js";
import type { ListOptions, Place } from "./lister.js";
import { elementsOf, textIn } from "./markup.js";
import { readPage } from "./page.js";
import { facts, type Page, pagedLister, queryOf } from "./pages.js";

/** The place of `s3://bucket/prefix`. Throws BAD_SOURCE for an address without a bucket. */
export async function s3Place(address: string, options: ListOptions): Promise<Place> {
  const [, name = "", path = ""] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(address) ?? [];
  if (!name) throw new FitsError("BAD_SOURCE", `"${address}" names no bucket; write s3://bucket/prefix`);
  const root = `s3://${name}/`;
  const bucket = await s3Bucket(name, options, root);
  const lister = pagedLister(root, async (prefix, deep, next, href) => {
    const level = deep ? {} : { delimiter: "/" };
    const query = queryOf({ "list-type": "2", "encoding-type": "url", prefix, ...level, ...next });
    return pageOf(await readPage(bucket.asked(query, href), options), href);
  });
  return { lister, path };
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
  const folders = [...elementsOf(xml, "CommonPrefixes")].map((element) => ({
    path: nameIn(element, "Prefix"),
    isFolder: true,
  }));
  const files = [...elementsOf(xml, "Contents")].map((element) => ({
    path: nameIn(element, "Key"),
    isFolder: false,
    ...facts(textIn(element, "Size"), textIn(element, "LastModified")),
  }));
  const found = [...folders, ...files];
  return { found, next: nextOf(xml, found) };
}

function nextOf(xml: string, found: Page["found"]): Page["next"] {
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
