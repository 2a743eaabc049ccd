/**
 * Listings of directories of Hadoop, in batches, by WebHDFS.
 */
import { FitsError } from "../errors.js";
import { webhdfsAccess } from "../source/stores/webhdfs.js";
import { folderLister } from "./folders.js";
import type { Found, ListOptions, Place } from "./lister.js";
import { readPage } from "./page.js";
import { facts } from "./pages.js";

/** The place of `webhdfs://host:port/path`. Throws BAD_SOURCE for an address without a host. */
export async function webhdfsPlace(address: string, options: ListOptions): Promise<Place> {
  const [, start = "", path = ""] = /^(s?webhdfs:\/\/[^/]+)\/?(.*)$/is.exec(address) ?? [];
  if (!start)
    throw new FitsError("BAD_SOURCE", `"${address}" names no host; write webhdfs://namenode:9870/path`);
  const shown = start.replace(/\/\/.*@/, "//");

  async function* read(folder: string): AsyncGenerator<Found, undefined> {
    let after = "";
    for (let left = 1; left > 0; ) {
      const parameters = { op: "LISTSTATUS_BATCH", ...(after && { startAfter: after }) };
      const access = webhdfsAccess(`${start}/${folder}`, options, parameters);
      const { entries, remaining } = batchOf(await readPage(access, options), access.href);
      for (const { pathSuffix: name, type, length, modificationTime } of entries) {
        // A file is its own only entry, without a name.
        if (name === "")
          throw new FitsError("NOT_FOUND", `${access.href}: no such directory; check the path`);
        if (typeof name !== "string" || /[/\0]/.test(name) || name === "..") continue;
        const isFolder = type === "DIRECTORY";
        const path = `${folder}${name}${isFolder ? "/" : ""}`;
        const { size, modified } = facts(length, Number(modificationTime));
        const time = modified && { modified };
        yield {
          href: `${shown}/${path}`,
          path,
          isFolder,
          ...time,
          ...(!isFolder && size !== undefined && { size }),
        };
      }
      const last = String(entries.at(-1)?.pathSuffix ?? "");
      if (remaining > 0 && !(last > after))
        throw new FitsError(
          "HTTP",
          `${access.href}: the listing goes round in a circle; the server is at fault`,
        );
      [after, left] = [last, remaining];
    }
  }
  return { lister: folderLister(read), path };
}

interface Status {
  readonly pathSuffix?: unknown;
  readonly type?: unknown;
  readonly length?: unknown;
  readonly modificationTime?: unknown;
}

function batchOf(text: string, href: string): { entries: readonly Status[]; remaining: number } {
  try {
    const { DirectoryListing: listing } = JSON.parse(text) as {
      DirectoryListing: {
        partialListing: { FileStatuses: { FileStatus: Status[] } };
        remainingEntries?: number;
      };
    };
    const entries = listing.partialListing.FileStatuses.FileStatus;
    if (Array.isArray(entries)) return { entries, remaining: Number(listing.remainingEntries ?? 0) };
  } catch {
    // is told below
  }
  throw new FitsError("HTTP", `${href}: the answer is not that of a name node; check host and port`);
}
