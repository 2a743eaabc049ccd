/** `header`: the cards of one HDU. */
import type { Command } from "commander";
import { type Card, FitsError, type Hdu } from "fitslice";
import { parseHdu } from "../address.js";
import { repeated, type SharedOptions, withSharedOptions } from "../options.js";
import { printable, toJson, write } from "../output.js";
import { withFits } from "../session.js";

interface HeaderOptions extends SharedOptions {
  hdu?: string;
  keyword?: string[];
}

export function headerCommand(program: Command): void {
  const command = program
    .command("header")
    .summary("print one header")
    .description("Print the header of one HDU as it stands in the file, or the values of some keywords.")
    .argument("<src>", "URL, s3://bucket/key or path, perhaps with [EXT] behind it")
    .option("--hdu <which>", "index, NAME or NAME,VER (default 0)")
    .option("--keyword <name>", "only this keyword (may be repeated)", repeated)
    .option("--json", "as JSON")
    .action(async (src: string, options: HeaderOptions) => {
      await withFits(src, options, async ({ fits, hdu: named }) => {
        const hdu = await fits.hdu(options.hdu === undefined ? (named ?? 0) : parseHdu(options.hdu));
        const { cards } = hdu.header;
        const chosen = options.keyword?.flatMap((keyword) => cardsOf(hdu, keyword)) ?? cards;
        if (options.json) return write(`${toJson({ cards: chosen.map(plain) })}\n`);
        const lines = options.keyword ? chosen.map(valueText) : chosen.flatMap((card) => rawLines(card));
        await write(lines.map((line) => `${printable(line)}\n`).join(""));
      });
    });
  withSharedOptions(command);
}

function cardsOf(hdu: Hdu, keyword: string): readonly Card[] {
  const found = hdu.header.all(keyword);
  if (found.length > 0) return found;
  const where = `HDU ${hdu.index}${hdu.name && ` "${hdu.name}"`}`;
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

function valueText({ value, comment, raw }: Card): string {
  if (value === undefined) return comment || raw.trimEnd();
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "T" : "F";
  return typeof value === "object" ? `(${value.join(", ")})` : String(value);
}
