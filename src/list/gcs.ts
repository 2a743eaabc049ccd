/**
 * Listings of Google Cloud Storage, by its JSON API.
 */
import { FitsError } from "../errors.js";
import { gcsAccess } from "../source/stores/gcs.js";
import type { ListOptions, Place } from "./lister.js";
import { readPage } from "./page.js";
import { asked, facts, type Page, pagedLister, queryOf } from "./pages.js";

/** The place of `gs://bucket/prefix`. Throws BAD_SOURCE for an address without a bucket. */
export async function gcsPlace(address: string, options: ListOptions): Promise<Place> {
  const [, bucket = "", path = ""] = /^gs:\/\/([^/]*)\/?(.*)$/is.exec(address) ?? [];
  if (!bucket) throw new FitsError("BAD_SOURCE", `"${address}" names no bucket; write gs://bucket/prefix`);
  const root = `gs://${bucket}/`;
  const access = gcsAccess(`${root}*`, options);
  const [media, query = ""] = access.url.split("?");
  const project = new URLSearchParams(query).get("userProject");
  const fixed = {
    fields: "nextPageToken,prefixes,items(name,size,updated)",
    ...(project !== null && { userProject: project }),
  };
  const lister = pagedLister(root, async (prefix, deep, next, href) => {
    const level = deep ? {} : { delimiter: "/" };
    const url = `${media!.slice(0, media!.lastIndexOf("/"))}?${queryOf({ ...fixed, prefix, ...level, ...next })}`;
    return pageOf(await readPage(asked(access, url, href), options), href);
  });
  return { lister, path };
}

interface Listed {
  readonly nextPageToken?: unknown;
  readonly prefixes?: readonly unknown[];
  readonly items?: readonly (Readonly<Record<string, unknown>> | null)[];
}

function pageOf(text: string, href: string): Page {
  const { nextPageToken: token, prefixes = [], items = [] } = parsed(text, href);
  const folders = prefixes.map((path) => ({ path: String(path), isFolder: true }));
  const files = items.map((item) => ({
    path: String(item?.["name"]),
    isFolder: false,
    ...facts(item?.["size"], item?.["updated"]),
  }));
  return {
    found: [...folders, ...files],
    next: typeof token === "string" && token !== "" ? { pageToken: token } : undefined,
  };
}

function parsed(text: string, href: string): Listed {
  try {
    const listed = JSON.parse(text) as Listed;
    const lists = [listed.prefixes ?? [], listed.items ?? []];
    if (lists.every((each) => Array.isArray(each))) return listed;
  } catch {
    // is told below
  }
  throw new FitsError(
    "HTTP",
    `${href}: the server answers with something else than a listing; check the endpoint`,
  );
}
