/**
 * Listings of containers of Azure: List Blobs.
 */
import { FitsError } from "../errors.js";
import { decode } from "../source/redact.js";
import { azureAccess } from "../source/stores/azure.js";
import type { ListOptions, Place } from "./lister.js";
import { elementsOf, textIn } from "./markup.js";
import { readPage } from "./page.js";
import { asked, facts, type Page, pagedLister, queryOf } from "./pages.js";

/** The place of `az://account/container/prefix` or `abfss://container@host/prefix`. Throws BAD_SOURCE for an address without a container. */
export async function azurePlace(address: string, options: ListOptions): Promise<Place> {
  const forms = /^(az:\/\/[^/?]*\/[^/?]+|abfss?:\/\/[^/?]*)\/?([^?]*)$/is;
  const [, start = "", path = ""] = forms.exec(address) ?? [];
  if (!start) {
    throw new FitsError(
      "BAD_SOURCE",
      "an address of Azure that can be listed is az://account/container/prefix, with no signature behind it; give that as az.sas",
    );
  }
  const root = `${start}/`;
  const access = azureAccess(`${root}*`, options);
  const [blob = "", sas] = access.url.split("?");
  const lister = pagedLister(root, async (prefix, deep, next, href) => {
    const level = deep ? {} : { delimiter: "/" };
    const query = queryOf({ restype: "container", comp: "list", prefix, ...level, ...next });
    const url = `${blob.slice(0, blob.lastIndexOf("/"))}?${query}${sas ? `&${sas}` : ""}`;
    return pageOf(await readPage(asked(access, url, href), options), href);
  });
  return { lister, path };
}

function pageOf(xml: string, href: string): Page {
  if (!/<EnumerationResults[\s>]/.test(xml.slice(0, 1000)))
    throw new FitsError(
      "HTTP",
      `${href}: the server answers with something else than a listing; check the endpoint`,
    );
  const folders = [...elementsOf(xml, "BlobPrefix")].map((element) => ({
    path: nameIn(element),
    isFolder: true,
  }));
  const files = [...elementsOf(xml, "Blob")]
    // Accounts with folders have a blob for each.
    .filter((element) => textIn(element, "ResourceType") !== "directory")
    .map((element) => ({
      path: nameIn(element),
      isFolder: false,
      ...facts(textIn(element, "Content-Length"), textIn(element, "Last-Modified")),
    }));
  const marker = textIn(xml, "NextMarker");
  return { found: [...folders, ...files], next: marker ? { marker } : undefined };
}

/** The name of a blob; one with characters that XML cannot hold comes percent-encoded. */
function nameIn(element: string): string {
  const encoded = /<Name Encoded="true">([^<]*)<\/Name>/.exec(element)?.[1];
  return encoded === undefined ? (textIn(element, "Name") ?? "") : decode(encoded);
}
