/**
 * What a user names on the command line: a source, perhaps with cfitsio's `[extension][section]` behind it.
 */
import { existsSync } from "node:fs";
import { FitsError, type HduSelector } from "fitslice";

/** A source, the HDU and the section (in FITS's own form) that were given with it. */
export interface Address {
  readonly source: string;
  readonly hdu?: HduSelector;
  readonly fitsSection?: string;
}

const brackets = /^(.*?)((?:\[[^[\]]*\]){1,2})$/s;

/**
 * Reads `SRC`, `SRC[EXT]`, `SRC[x1:x2,y1:y2]` and `SRC[EXT][x1:x2,y1:y2]`, as cfitsio's extended file names. A file
 * whose name ends in brackets is taken as it is. Throws BAD_ARGUMENT.
 */
export function parseAddress(text: string): Address {
  const match = brackets.exec(text);
  if (!match?.[1] || match[1].endsWith("/") || existsSync(text)) return { source: text };
  const parts = match[2]!.slice(1, -1).split("][");
  const isSection = (part: string): boolean => /^[\s\d:*,+-]*[:*][\s\d:*,+-]*$/.test(part);
  const section = parts.findIndex(isSection);
  const hdu = parts.findIndex((_, i) => i !== section);
  if (parts.length === 2 && section !== 1) {
    throw new FitsError("BAD_ARGUMENT", `cannot read "${match[2]}"; write it like [SCI,1][101:200,51:80]`);
  }
  return {
    source: match[1],
    ...(hdu >= 0 && { hdu: parseHdu(parts[hdu]!) }),
    ...(section >= 0 && { fitsSection: `[${parts[section]}]` }),
  };
}

/** Reads `3`, `-1`, `SCI` or `SCI,2`. Throws BAD_ARGUMENT. */
export function parseHdu(text: string): HduSelector {
  const trimmed = text.trim();
  if (/^[+-]?\d+$/.test(trimmed)) return Number(trimmed);
  const match = /^(.*\S)\s*,\s*([+-]?\d+)$/.exec(trimmed);
  if (match) return [match[1]!, Number(match[2])];
  if (trimmed === "")
    throw new FitsError("BAD_ARGUMENT", "an HDU is an index, a name, or a name and version: 1, SCI, SCI,2");
  return trimmed;
}
