/**
 * What a user names on the command line: a source, perhaps with what cfitsio's extended file names have behind it.
 */
import { existsSync } from "node:fs";
import type { HduSelector } from "fitslice";
import { badUsage } from "./failure.js";
import { readings } from "./filter/brackets.js";
import { parseHdu, readBrackets, type Selection } from "./filter/syntax.js";
import { printable } from "./output.js";

export { parseHdu } from "./filter/syntax.js";

/** A source, and what was given with it: the HDU, the section (in FITS's own form), filters. */
export interface Address extends Selection {
  readonly source: string;
}

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
export function checkAddress({ hdu, pattern, fitsSection, filters }: Address, takes: Takes): void {
  const isNamed = (hdu ?? pattern) !== undefined && !filters;
  if (takes === "file" && (isNamed || fitsSection !== undefined))
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
 * Reads `SRC`, `SRC+1`, `SRC[EXT]`, `SRC[EXT][x1:x2,y1:y2]`, `SRC[EXT][filter]...`, as cfitsio's extended file names. A file whose name ends
 * in brackets or in +1 is taken as it is; of `a[1][2]` the longest name that is one of a file is the source. Throws
 * `Failure` (wrong usage) and BAD_ARGUMENT.
 */
export function parseFiltered(text: string): Address {
  checkSource(text);
  if (existsSync(text)) return { source: text };
  const possible = [...readings(text)].filter(({ name }) => !name.endsWith("/"));
  const reading = possible.findLast(({ name }) => existsSync(name)) ?? possible[0];
  const name = reading?.name ?? text;
  if (!reading) refuseUnclosed(text);
  const selection = reading ? readBrackets(reading.brackets) : {};
  const { source, hdu } = numbered(name);
  refuseNames(source);
  if (hdu === undefined) return { source, ...selection };
  if (selection.hdu !== undefined || selection.pattern)
    throw badUsage(`+${hdu} and [${selection.hdu ?? selection.pattern?.name}] name two HDUs; leave one out`);
  return { source, hdu, ...selection };
}

/** As `parseFiltered`, for commands that open files in their own way. Throws `Failure` (wrong usage) for filters. */
export function parseAddress(text: string): Address {
  const address = parseFiltered(text);
  if (address.filters)
    throw badUsage(
      `this command takes no filters; make a file of ${printable(address.filters.text)} first: fitslice copy 'SRC${printable(address.filters.text)}' -o made.fits`,
    );
  if (address.pattern) throw badUsage("this command takes an HDU by index, NAME or NAME,VER");
  return address;
}

/**
 * Throws `Failure` (wrong usage) for brackets behind a file, where a command takes whole files by their names; `instead` says
 * what does it. A URL that ends in brackets may be one of a file.
 */
export function checkWhole(text: string, instead: (source: string, brackets: string) => string): void {
  const found = [...readings(text)].find(({ name }) => existsSync(name) || fitsName.test(name));
  if (!found || existsSync(text)) return;
  const brackets = text.slice(found.name.length).trim();
  throw badUsage(`${printable(brackets)} is not taken here: ${instead(found.name, printable(brackets))}`);
}

const fitsName = /\.(fits?|fts|fz|imh|evt|gz|bz2|zst|Z)$/i;

/** `f.fits+1`: the HDU behind a plus sign, where what stands before is a file, or named like one of FITS. */
function numbered(name: string): { source: string; hdu?: number } {
  const [, source = name, digits] = /^(.+)\+(\d{1,5})$/s.exec(name) ?? [];
  if (digits === undefined || existsSync(name)) return { source: name };
  const isFile = fitsName.test(source) || existsSync(source);
  return isFile ? { source, hdu: Number(digits) } : { source: name };
}

/** Throws `Failure` (wrong usage) where a bracket behind a file does not close. */
function refuseUnclosed(text: string): void {
  const [, name = "", rest = ""] = /^([^[]+)(\[.*)$/s.exec(text) ?? [];
  if (name === "" || rest.split("[").length === rest.split("]").length || !existsSync(name)) return;
  throw badUsage(`${printable(rest)} behind ${printable(name)}: a bracket or a quote does not close`);
}

/** Throws `Failure` (wrong usage) for names that only cfitsio's own programs can open. */
function refuseNames(source: string): void {
  const [, scheme] = /^(mem|shmem|root|rootd|stream|gsiftp):\/\//i.exec(source) ?? [];
  if (scheme !== undefined)
    throw badUsage(
      `${scheme}:// is of cfitsio's own programs; give a path, a URL, s3://bucket/key, or - for standard input`,
    );
  const [, template] = /\.(?:fits?|fts|gz|fz)(\([^()]*\))$/i.exec(source) ?? [];
  if (template !== undefined && !existsSync(source))
    throw badUsage(
      `${printable(template)} behind a file is a name for a copy; -o names the file that is written`,
    );
}
