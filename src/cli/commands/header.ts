/** `header`: the cards of one HDU. */
import type { Command } from "commander";
import { type Card, type CardValue, FitsError, type Header, headerWarnings } from "fitslice";
import { type HduOptions, repeated, withSharedOptions } from "../options.js";
import { printable, toJson, write } from "../output.js";
import { type Session, tellWarning, withFits } from "../session.js";

interface HeaderOptions extends HduOptions {
  keyword?: string[];
  raw?: boolean;
}

export function headerCommand(command: Command): void {
  command
    .description(
      "Print the cards of one header as they stand in the file, without END and without the blanks at the ends of cards, " +
        "or the values of some keywords, one a line. " +
        "Of a compressed image that is the header of the image; --raw shows that of the table which holds it.",
    )
    .argument("<src>", "path, URL or s3://bucket/key, perhaps with [EXT] behind it")
    .option("--hdu <which>", "index, NAME or NAME,VER (default 0)")
    .option("-k, --keyword <name>", "only this keyword (may be repeated)", repeated)
    .option("--raw", "of a compressed image: the header of its table")
    .option("--json", "as JSON: bigints exact, complex as [re, im], undefined values null")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice header hst.fits
  $ fitslice header hst.fits --hdu SCI --keyword BUNIT --keyword EXPTIME
  $ fitslice header 'hst.fits[SCI,1]' -k BUNIT
  $ fitslice header https://archive.example/hst.fits --hdu 1 --json`,
    )
    .action(async (src: string, options: HeaderOptions) => {
      await withFits(src, "hdu", options, async (session) => {
        const { header, where } = await readHeader(session, options);
        const chosen = options.keyword?.flatMap((keyword) => cardsOf(header, keyword, where)) ?? header.cards;
        if (options.json) return write(`${toJson({ cards: chosen.map(plain) })}\n`);
        if (!options.keyword)
          for (const warning of headerWarnings(header)) tellWarning(`${where}: ${warning}`);
        const lines = options.keyword ? chosen.map(valueText) : chosen.flatMap((card) => rawLines(card));
        await write(lines.map((line) => `${printable(line)}\n`).join(""));
      });
    });
  withSharedOptions(command);
}

async function readHeader(
  session: Session,
  options: HeaderOptions,
): Promise<{ header: Header; where: string }> {
  const { fits, hdu: which = 0 } = session;
  const hdu = await fits.hdu(which);
  const where = `HDU ${hdu.index}${hdu.name && ` "${hdu.name}"`}`;
  if (!options.raw) return { header: hdu.header, where };
  const layout = (await fits.layouts())[hdu.index]!;
  return { header: layout.header, where };
}

function cardsOf(header: Header, keyword: string, where: string): readonly Card[] {
  const found = header.all(keyword);
  if (found.length > 0) return found;
  throw new FitsError(
    "NO_SUCH_KEYWORD",
    `no keyword ${JSON.stringify(keyword)} in ${where}; without --keyword all are printed`,
  );
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
