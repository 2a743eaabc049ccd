/**
 * A web page in place of a file: servers that want a login answer so, with status 200.
 */
import { Failure } from "../failure.js";

/** Bytes that are enough to know a page by. */
export const pageBytes = 64;

/** Throws `Failure` where what begins with `bytes` is a page of HTML that was not asked for. */
export function refuseWebPage(href: string, bytes: Uint8Array): void {
  if (/\.x?html?$/i.test(href.replace(/[?#].*$/, ""))) return;
  const text = Buffer.from(bytes.subarray(0, pageBytes)).toString("latin1");
  if (!/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head)\b/i.test(text)) return;
  throw new Failure(
    1,
    `${href}: the server sent a web page and not the file, perhaps to ask for a login; open the address in a browser`,
  );
}
