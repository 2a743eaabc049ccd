/**
 * What to say of an HDU that was asked for and cannot be had.
 */
import { FitsError } from "../errors.js";
import type { Hdu, HduSelector } from "../fits.js";
import type { Walk } from "./walk.js";

const kinds: Readonly<Record<Hdu["kind"], string>> = {
  image: "an image",
  table: "a table",
  groups: "random groups",
  other: "a foreign extension",
};

const mostListed = 12;

/** The error for a selector that no HDU of `href` answers to that the walk has found, to its end. */
export function noSuchHdu(which: HduSelector, { hdus: known, error }: Walk, href: string): FitsError {
  if (error) return error;
  if (typeof which === "number" && !Number.isInteger(which))
    return new FitsError("BAD_ARGUMENT", `an HDU has an integer index, not ${which}`);
  const wanted = [which]
    .flat()
    .map((part) => (typeof part === "string" ? JSON.stringify(part) : String(part)));
  const there = known
    .slice(0, mostListed)
    .map(({ index, name, ver }) => `${index} ${name}${ver === 1 ? "" : `,${ver}`}`.trim());
  if (known.length > mostListed) there.push(`... ${known.length} in all`);
  return new FitsError("NO_SUCH_HDU", `${href}: no HDU ${wanted.join()}; there are ${there.join(", ")}`);
}

/** The error for an HDU of `href` that is of another kind than asked for. */
export function wrongKind(hdu: Hdu, kind: Hdu["kind"], href: string): FitsError {
  const what = `${href}: HDU ${hdu.index}${hdu.name && ` "${hdu.name}"`}`;
  return new FitsError("WRONG_TYPE", `${what} is ${kinds[hdu.kind]}, not ${kinds[kind]}`);
}
