/** `header`: the cards of HDUs. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { type Card, type CardValue, type Header, headerWarnings } from "fitslice";
import { keywordsOf, matchesKeyword } from "fitslice/list";
import { badUsage } from "../failure.js";
import { repeated, withSharedOptions } from "../options.js";
import { printable, tellWarning } from "../output.js";
import { type Report, type ReportOptions, reportOn, reportOptions } from "../report.js";
import type { Session } from "../session.js";
import { manyHelp } from "../sources.js";
import { didYouMean } from "../suggest.js";

interface HeaderOptions extends ReportOptions {
  keyword?: string[];
  raw?: boolean;
  names?: boolean;
}

export function headerCommand(command: Command): void {
  command
    .description(
      "Print the cards of a header as they stand in the file, without END and without the blanks at the ends of cards, " +
        "or the values of some keywords, one a line. " +
        "Of a compressed image that is the header of the image; --raw shows that of the table which holds it.",
    )
    .argument("<src...>", `${manyHelp}; perhaps with [EXT] behind`)
    .option("--hdu <which>", "index, NAME or NAME,VER, or all (default 0)")
    .option(
      "-k, --keyword <name>",
      "only this keyword, or those that match: 'CD*' (may be repeated)",
      repeated,
    )
    .option("--names", "NAME = value, not the value alone (default for patterns and --hdu all)")
    .option("--no-names", "values alone")
    .option("--raw", "of a compressed image: the header of its table")
    .option("--json", "as JSON: bigints exact, complex as [re, im], undefined values null");
  reportOptions(command);
  command
    .addHelpText(
      "after",
      `
A keyword that is not there is told on stderr; the exit code is then 1. In a table its cell is empty.

Examples:
  $ fitslice header hst.fits
  $ fitslice header hst.fits --hdu SCI --keyword BUNIT --keyword 'CD*'
  $ fitslice header 'hst.fits[SCI,1]' -k BUNIT
  $ fitslice header hst.fits https://archive.example/hst.fits --hdu all -k 'NAXIS*' --table`,
    )
    .action(async (given: string[], options: HeaderOptions) => {
      if (options.keyword?.some((name) => name.trim() === "")) throw badUsage("--keyword is empty");
      const keyword = given.slice(1).find((name) => isKeyword(name) && !existsSync(name));
      if (keyword !== undefined) throw badUsage(`${keyword}: no such file; a keyword stands behind -k`);
      const isAll = options.hdu?.trim().toLowerCase() === "all";
      const { hdu: _, ...others } = options;
      await reportOn(given, isAll ? others : options, headersReport(options, isAll));
    });
  withSharedOptions(command);
}

/** Whether a word looks like a keyword, or a pattern of them, and not like a file. */
function isKeyword(word: string): boolean {
  return /^[A-Z][A-Z0-9_*?-]{1,7}$/.test(word);
}

/** A header, and what of it is shown. */
interface Shown {
  readonly index: number;
  readonly name: string;
  readonly ver: number;
  readonly header: Header;
  readonly cards: readonly Card[];
  /** Keywords that were asked for and are not there. */
  readonly missing: readonly string[];
}

function headersReport({ keyword, raw = false, names }: HeaderOptions, isAll: boolean): Report<Shown[]> {
  const wanted = keyword?.map((name) => name.trim().toUpperCase());
  const isNamed = names ?? (isAll || wanted?.some(isWild) === true);
  return {
    takes: "hdu",
    reads: "headers",
    async read(session) {
      const headers = await chosenHeaders(session, raw, isAll);
      return headers.map((one) => shownOf(one, wanted));
    },
    text(shown) {
      const parts = shown.map((one) => {
        const lines = wanted
          ? one.cards.map((card) => (isNamed ? `${card.keyword} = ${valueText(card)}` : valueText(card)))
          : rawText(one);
        const heading = isAll ? [`# ${whereOf(one)}`] : [];
        return [...heading, ...lines].map((line) => `${printable(line)}\n`).join("");
      });
      return parts.join(isAll ? "\n" : "");
    },
    json(shown) {
      const objects = shown.map(({ index, name, ver, cards }) => ({
        index,
        name,
        ver,
        cards: cards.map(plain),
      }));
      return isAll ? { hdus: objects } : { cards: objects[0]!.cards };
    },
    columns: wanted ?? ["*"],
    rows: (shown) =>
      shown.map((one) => {
        const { hdu, values, floats } = keywordsOf(one, wanted ?? ["*"]);
        return { hdu, values, floats };
      }),
    failure(shown) {
      const missing = shown.flatMap((one) =>
        one.missing.map(
          (name) =>
            `no keyword ${JSON.stringify(name)} in ${whereOf(one)}${didYouMean(
              name,
              one.header.cards.map(({ keyword }) => keyword),
            )}`,
        ),
      );
      if (missing.length === 0 || (isAll && shown.some(({ cards }) => cards.length > 0))) return undefined;
      return `${missing.join("; ")}; without --keyword all are printed`;
    },
  };
}

type Named = Pick<Shown, "index" | "name" | "ver" | "header">;

function whereOf({ index, name }: Named): string {
  return `HDU ${index}${name && ` "${name}"`}`;
}

async function chosenHeaders(
  { fits, hdu: which = 0 }: Session,
  raw: boolean,
  isAll: boolean,
): Promise<readonly Named[]> {
  if (raw) {
    const layouts = await fits.layouts();
    return isAll ? layouts : [layouts[(await fits.hdu(which)).index]!];
  }
  return isAll ? fits.hdus() : [await fits.hdu(which)];
}

function shownOf({ index, name, ver, header }: Named, wanted: readonly string[] | undefined): Shown {
  const found = wanted?.map((pattern) => cardsOf(header, pattern));
  const missing = wanted?.filter((_, i) => found![i]!.length === 0) ?? [];
  return { index, name, ver, header, cards: found?.flat() ?? header.cards, missing };
}

function isWild(keyword: string): boolean {
  return /[*?[{]/.test(keyword);
}

/** The cards of a keyword, or of all that match a pattern, in the order of the header. */
function cardsOf(header: Header, keyword: string): readonly Card[] {
  const found = header.all(keyword);
  if (found.length > 0 || !isWild(keyword)) return found;
  return header.cards.filter(
    (card) => card.keyword !== "" && matchesKeyword(keyword, card.keyword.toUpperCase()),
  );
}

function rawText(shown: Shown): string[] {
  for (const warning of headerWarnings(shown.header)) tellWarning(`${whereOf(shown)}: ${warning}`);
  return shown.cards.flatMap((card) => rawLines(card));
}

/** The text of COMMENT, HISTORY and blank cards is their value, as astropy has it. */
function plain({ keyword, value, comment, problem }: Card): object {
  if (value === undefined && problem === undefined) return { keyword, value: comment, comment: "" };
  return { keyword, value: value ?? null, comment, problem };
}

function rawLines({ raw }: Card): string[] {
  const lines: string[] = raw.match(/.{1,80}/gs) ?? [];
  return lines.map((line) => line.trimEnd());
}

function valueText({ value, comment, problem, raw }: Card): string {
  if (problem !== undefined) return raw.trimEnd();
  return value === undefined ? comment : textOf(value);
}

function textOf(value: CardValue): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "T" : "F";
  return typeof value === "object" ? `(${value.join(", ")})` : String(value);
}
