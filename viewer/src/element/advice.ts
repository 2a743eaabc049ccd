/** What an error means for who looks at the page: the same line, and in a browser what the server has to send. */
import { FitsError, type SourceInput } from "fitslice";

/** The headers without which a page of another site cannot read ranges. */
const headers =
  "Access-Control-Allow-Origin (this page, or *), Access-Control-Allow-Headers: Range, and Access-Control-Expose-Headers: Content-Range, ETag";

/** The line to show. A browser does not tell why a request failed; at another site CORS is the likely cause. */
export function adviceOn(error: Error, input: SourceInput | undefined): string {
  const isHidden = error instanceof FitsError && error.code === "NETWORK";
  if (!isHidden || !isForeign(input)) return error.message;
  return `${error.message}. If the address is right, the server does not let this page read it: it must send ${headers}`;
}

function isForeign(input: SourceInput | undefined): boolean {
  if (!(typeof input === "string" || input instanceof URL)) return false;
  const base = document.baseURI;
  if (!URL.canParse(String(input), base)) return false;
  const { protocol, origin } = new URL(String(input), base);
  return /^https?:$/.test(protocol)
    ? origin !== location.origin
    : protocol !== "blob:" && protocol !== "data:";
}
