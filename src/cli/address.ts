/**
 * What a user names on the command line: a source, perhaps with cfitsio's `[extension][section]` behind it.
 */
import { existsSync } from "node:fs";
import { FitsError, type HduSelector } from "fitslice";
import { badUsage } from "./failure.js";

/** A source, the HDU and the section (in FITS's own form) that were given with it. */
export interface Address {
  readonly source: string;
  readonly hdu?: HduSelector;
  readonly fitsSection?: string;
}

const brackets = /^(.*?)((?:\[[^[\]]*\]){1,2})$/s;

/** What a command does with what stands in brackets: nothing, takes an HDU, takes a section too. */
export type Takes = "file" | "hdu" | "section";

/** Throws `Failure` (wrong usage) for a source that none can be. */
export function checkSource(text: string): void {
  if (text === "") throw badUsage("the source is empty; give a path, a URL or s3://bucket/key");
}

/** Throws `Failure` (wrong usage) for standard input, where it cannot be read. */
export function refuseStdin(source: string): void {
  if (source === "-")
    throw badUsage('standard input cannot be read here; save it to a file (one called "-" is "./-")');
}

/** Throws `Failure` (wrong usage) for brackets that the command would pass over. */
export function checkAddress({ hdu, fitsSection }: Address, takes: Takes): void {
  if (takes === "file" && (hdu !== undefined || fitsSection !== undefined))
    throw badUsage("this command is about the whole file; leave out what stands in brackets behind it");
  if (takes === "hdu" && fitsSection !== undefined)
    throw badUsage(`this command reads no pixels; leave out the section ${fitsSection}`);
}

/** The HDU that was named, behind the source or with --hdu. Throws `Failure` (wrong usage) for two that differ. */
export function oneHdu(behind: HduSelector | undefined, option: string | undefined): HduSelector | undefined {
  if (option === undefined) return behind;
  const named = parseHdu(option);
  if (behind !== undefined && String(behind).toUpperCase() !== String(named).toUpperCase())
    throw badUsage(`[${behind}] behind the source and --hdu ${option} name two HDUs; leave one out`);
  return named;
}

/**
 * Reads `SRC`, `SRC[EXT]`, `SRC[x1:x2,y1:y2]` and `SRC[EXT][x1:x2,y1:y2]`, as cfitsio's extended file names. A file
 * whose name ends in brackets is taken as it is. Throws `Failure` (wrong usage) and BAD_ARGUMENT.
 */
export function parseAddress(text: string): Address {
  checkSource(text);
  const match = brackets.exec(text);
  if (!match?.[1] || match[1].endsWith("/") || existsSync(text)) return { source: text };
  const parts = match[2]!.slice(1, -1).split("][");
  const isSection = (part: string): boolean => /^[\s\d:*,+-]*[:*][\s\d:*,+-]*$/.test(part);
  const section = parts.findIndex(isSection);
  const hdu = parts.findIndex((_, i) => i !== section);
  if (parts.length === 2 && section !== 1) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `cannot read "${match[2]}"; write an HDU and a section, [SCI,1][101:200,51:80]; rows and columns of tables are chosen by --where and --columns`,
    );
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
