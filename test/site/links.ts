/** Where the links of the site lead: pages, anchors, files of the repository. */
import { existsSync } from "node:fs";
import { fileOfSite } from "./serve.js";

const repository = /^https:\/\/github\.com\/fitslice\/fitslice(?:\/(?:blob|tree)\/main\/([^#?]*))?/;

/**
 * What is wrong with the links of all pages: of the site itself, and into the repository. Other sites are not asked.
 * @param anchors the anchors of each page, by the page's file
 */
export function brokenLinks(
  pages: ReadonlyMap<string, readonly string[]>,
  anchors: ReadonlyMap<string, ReadonlySet<string>>,
  { folder, origin }: { folder: string; origin: string },
): string[] {
  const faults: string[] = [];
  for (const [page, links] of pages)
    for (const link of new Set(links)) {
      const inRepository = repository.exec(link)?.[1];
      if (inRepository !== undefined && !existsSync(decodeURIComponent(inRepository)))
        faults.push(`${page} links to ${link}, which is not in the repository`);
      const url = new URL(link);
      if (url.origin !== origin) continue;
      const file = fileOfSite(folder, url.pathname);
      if (file === undefined) faults.push(`${page} links to ${url.pathname}, which is not there`);
      const anchor = decodeURIComponent(url.hash.slice(1));
      const known = file === undefined ? undefined : anchors.get(file);
      if (known && anchor !== "" && !known.has(anchor))
        faults.push(`${page} links to ${url.pathname}${url.hash}: no such anchor`);
    }
  return faults;
}
