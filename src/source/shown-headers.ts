/**
 * Headers of a request and its answer, as a profile may show them. Loaded where somebody wants to see them.
 */
import { type Hide, isSecretHeader, showUrl } from "./redact.js";
import type { RequestRecord } from "./source.js";

type HeaderRecord = Readonly<Record<string, string>>;

/** Notes the headers that were sent and those that came; the values of `own` are the user's. */
export function noteHeaders(
  entry: RequestRecord,
  { headers, own, answer }: { headers: HeaderRecord; own: HeaderRecord; answer: HeaderRecord },
  hide: Hide,
): void {
  entry.requestHeaders = showHeaders(headers, hide, own);
  entry.responseHeaders = showHeaders(answer, hide);
}

/** `headers` with `***` for every value that may be secret; `own` are those that the user gave values to. */
function showHeaders(headers: HeaderRecord, hide: Hide, own?: HeaderRecord): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (isSecretHeader(name) || (own && name in own)) shown[name] = "***";
    else shown[name] = hide(/location|link|refresh|report-to/i.test(name) ? showUrl(value) : value);
  }
  return shown;
}
