/**
 * What the brackets behind a file's name mean (CFITSIO User's Guide, Extended File Name Syntax): an HDU, a section of an image, columns,
 * conditions on rows, a histogram.
 */
import { FitsError, type HduSelector } from "fitslice";
import { badUsage } from "../failure.js";
import { printable } from "../output.js";
import type { Bracket } from "./brackets.js";

/** What is done to a table before a command sees it: columns first, then rows, then the histogram. */
export interface Filters {
  /** What stands behind `col`. */
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** What stands behind `bin`, with the letter of the pixels' type. */
  readonly bin?: { readonly type: string; readonly text: string };
  /** As it was written. */
  readonly text: string;
}

/** The HDU of this type, or whose name matches. */
export interface HduPattern {
  readonly name: string;
  readonly ver?: number;
  readonly type?: "IMAGE" | "TABLE" | "BINTABLE";
}

/** What stands in brackets. */
export interface Selection {
  readonly hdu?: HduSelector;
  /** Where an index, a name and a version do not say it. */
  readonly pattern?: HduPattern;
  readonly fitsSection?: string;
  readonly filters?: Filters;
}

const sectionText = /^[\s\d:*,+-]*[:*][\s\d:*,+-]*$/;
const columnText = /^\s*col(?:\s+|(?=@))([\s\S]*)$/i;
const binText = /^\s*bin([bijrd]?)(?:\s+(?!=)([\s\S]*))?$/i;

const refused: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    /^\s*pix[bijrd]?[0-9]*\s/i,
    "calculations with pixels are not done here; write the section with numpy or .fits and calculate there",
  ],
  [
    /^\s*compress\b/i,
    "this is for files to be written; fitslice compress SRC -o OUT.fits.fz does it (--algorithm, --tile, --quantize)",
  ],
  [
    /^[^;]*;[^;]*\(.*\)\s*$/s,
    "an image in a cell of a table is not opened here; fitslice table SRC --columns NAME --rows N:M reads cells",
  ],
];

/** What no name of an HDU has but a condition on rows. */
const conditionText = /[<>=!&|~(]|^\s*#row\b|\.(?:eq|ne|gt|lt|ge|le|and|or|not)\./i;

/** Reads brackets. Throws `Failure` (wrong usage) and BAD_ARGUMENT for what cannot be meant. */
export function readBrackets(brackets: readonly Bracket[]): Selection {
  let hdu: Selection = {};
  let isNamed = false;
  let fitsSection: string | undefined;
  let bin: Filters["bin"];
  const columns: string[] = [];
  const rows: string[] = [];
  for (const { text } of brackets) {
    const isFirst = !isNamed && fitsSection === undefined && !bin && columns.length + rows.length === 0;
    const [, columnSpec] = columnText.exec(text) ?? [];
    const [isBin, type = "", binSpec = ""] = binText.exec(text) ?? [];
    if (columnSpec !== undefined) columns.push(columnSpec);
    else if (isBin !== undefined) {
      if (bin) throw badUsage(`[${printable(text)}]: a second histogram; one is made`);
      bin = { type: type.toLowerCase(), text: binSpec };
    } else if (sectionText.test(text)) {
      if (fitsSection !== undefined || columns.length + rows.length > 0 || bin)
        throw new FitsError(
          "BAD_ARGUMENT",
          `cannot read "[${printable(text)}]" there; write an HDU and a section, [SCI,1][101:200,51:80], or an HDU and filters, [EVENTS][PI > 50]`,
        );
      fitsSection = `[${text}]`;
    } else if (isFirst && isHdu(text)) {
      hdu = hduOf(text);
      isNamed = true;
    } else rows.push(condition(text));
  }
  const isFiltered = columns.length + rows.length > 0 || bin !== undefined;
  if (isFiltered && fitsSection !== undefined)
    throw badUsage(
      `the section ${fitsSection} is of an image; what stands in brackets beside it is for tables`,
    );
  const text = brackets.map((bracket) => `[${bracket.text}]`).join("");
  return {
    ...hdu,
    ...(fitsSection !== undefined && { fitsSection }),
    ...(isFiltered && { filters: { columns, rows, ...(bin && { bin }), text } }),
  };
}

function isHdu(text: string): boolean {
  for (const [pattern, why] of refused)
    if (pattern.test(text)) throw badUsage(`[${printable(text)}]: ${why}`);
  return !conditionText.test(text);
}

function condition(text: string): string {
  for (const [pattern, why] of refused.slice(0, 2))
    if (pattern.test(text)) throw badUsage(`[${printable(text)}]: ${why}`);
  if (text.trim() === "") throw badUsage("[] is empty; write an HDU, a section or a filter, or leave it out");
  return text;
}

/** How cfitsio writes the types of HDUs: by the first letter. */
const types: Readonly<Record<string, HduPattern["type"]>> = {
  I: "IMAGE",
  A: "TABLE",
  T: "TABLE",
  B: "BINTABLE",
};

/** `3`, `SCI`, `SCI,2`, `SCI,2,IMAGE`, `SC*`. */
export function hduOf(text: string): Pick<Selection, "hdu" | "pattern"> {
  const parts = text.split(",").map((part) => part.trim());
  const last = parts.at(-1)!;
  const type =
    parts.length > 1 && /^(image|ascii|table|binary|bintable|[iatb])$/i.test(last)
      ? types[last[0]!.toUpperCase()]
      : undefined;
  const plain = type ? parts.slice(0, -1).join(",") : text;
  const hdu = parseHdu(plain);
  const [name, ver] = Array.isArray(hdu) ? (hdu as readonly [string, number]) : [hdu, undefined];
  if (typeof name === "number") {
    if (type) throw badUsage(`[${printable(text)}]: a number says which HDU it is; leave out its type`);
    return { hdu };
  }
  if (!type && !/[*?]/.test(String(name))) return { hdu };
  return { pattern: { name: String(name), ...(ver !== undefined && { ver }), ...(type && { type }) } };
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
