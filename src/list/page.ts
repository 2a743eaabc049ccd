/**
 * Pages of listings over HTTP: read whole, checked, asked again as all requests are.
 */
import { FitsError } from "../errors.js";
import { httpSourceOver } from "../source/http.js";
import type { HttpAccess } from "../source/http-access.js";
import type { ListOptions } from "./lister.js";

/** No page of a listing is longer; it would be no listing, or nothing that memory should be filled with. */
const mostBytes = 64 * 2 ** 20;

/** The text of the page that `access` leads to. Throws TOO_LARGE for one of more than 64 MiB, and what a read throws. */
export async function readPage(access: HttpAccess, options: ListOptions): Promise<string> {
  const { signal, profile } = options;
  const recorder = profile?.recorder;
  const source = httpSourceOver(access, options);
  recorder?.begin();
  try {
    const bytes = await source.getRange(
      { offset: 0, length: mostBytes },
      { signal, record: (request) => recorder?.request(request, "listing") },
    );
    if ((source.size ?? 0) > bytes.length) throw tooLong(access.href);
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof FitsError && error.code === "RANGE_IGNORED") throw tooLong(access.href);
    throw error;
  } finally {
    recorder?.finish();
    await source.close?.();
  }
}

function tooLong(href: string): FitsError {
  return new FitsError("TOO_LARGE", `${href}: what comes there is too long for a page of a listing`);
}
