/**
 * HDUs by type, or by a pattern of their name.
 */
import { FitsError, type HduLayout } from "fitslice";
import { printable } from "../output.js";
import { matcher } from "./matcher.js";
import type { HduPattern } from "./syntax.js";

/** The index of the first HDU that matches. Throws NO_SUCH_HDU. */
export function matchingHdu(hdus: readonly HduLayout[], { name, ver, type }: HduPattern): number {
  const matches = matcher(name);
  const isType = (hdu: HduLayout): boolean =>
    type === undefined || hdu.type === type || (type === "IMAGE" && /IMAGE$|^PRIMARY$/.test(hdu.type));
  const found = hdus.find(
    (hdu) => matches(hdu.name) && (ver === undefined || hdu.ver === ver) && isType(hdu),
  );
  if (found) return found.index;
  const wanted = [name, ...(ver === undefined ? [] : [ver]), ...(type ? [type] : [])].join(",");
  const there = hdus.map((hdu) => `${hdu.index} ${hdu.name || "(unnamed)"} ${hdu.type}`).join(", ");
  throw new FitsError("NO_SUCH_HDU", `no HDU is [${printable(wanted)}]; there are ${printable(there)}`);
}
