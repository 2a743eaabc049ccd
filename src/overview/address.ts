/**
 * Where the overview of a file lies: beside it, under its name.
 */

import { checkText } from "../argument.js";

/** What stands at the end of a FITS file's name. */
const ending = /(\.(fits?|fts))?(\.(fz|gz|z|bz2|zst))?$/i;

/**
 * The address of the overview that may lie beside a file: `a/x.ovr.fits` of `a/x.fits`, `a/x.fits.fz` and `a/x.fits.gz`,
 * `a/x.dat.ovr.fits` of `a/x.dat`; of URLs and paths alike. Undefined for addresses that name no file, or that have a query (a signature is good
 * for one object), for overviews themselves, and for names that are not places (`mast:`).
 */
export function overviewAddress(address: string): string | undefined {
  checkText(address, "an address");
  const [, path = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(address) ?? [];
  // A local path may hold any character; only that of a URL ends at these.
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(address);
  if (/^(mast|blob|data):/i.test(address) || (isUrl && rest.startsWith("?"))) return undefined;
  const whole = isUrl ? path : address;
  const name = whole.slice(Math.max(whole.lastIndexOf("/"), whole.lastIndexOf("\\")) + 1);
  if (name === "" || /\.ovr\.fits$/i.test(name)) return undefined;
  const stem = name.replace(ending, "");
  return stem === "" ? undefined : `${whole.slice(0, whole.length - name.length)}${stem}.ovr.fits`;
}
