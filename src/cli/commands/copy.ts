/** `copy`: a file with HDUs chosen, cards changed, compression on or off. */
import { type Command, Option } from "commander";
import { type Fits, FitsError, type HduLayout, type HduSelector, type Header } from "fitslice";
import type { CompressOptions, HduChoice, HeaderEdits, WritableHdu } from "fitslice/write";
import { parseHdu } from "../address.js";
import { textHeader } from "../bare-header.js";
import { parseHdus } from "../cut-file.js";
import { badUsage } from "../failure.js";
import { writeOutput } from "../files.js";
import { repeated, type SharedOptions, withSharedOptions } from "../options.js";
import { byteText, outputName, refuseTerminal, tell, toJson, write } from "../output.js";
import { refuseTwoOnStdout } from "../overwrite.js";
import { expectBytes } from "../progress.js";
import { withData } from "../session.js";
import { interruptible, interruption } from "../signals.js";

interface CopyOptions extends SharedOptions {
  output: string;
  hdus?: string;
  set?: string[];
  drop?: string[];
  cards?: string;
  compress?: true | NonNullable<CompressOptions["algorithm"]>;
  uncompress?: boolean;
  checksum?: boolean;
}

const algorithms = ["rice", "gzip", "gzip2", "hcompress", "plio"] as const;

export function copyCommand(command: Command): void {
  command
    .description(
      "Copy a file: all HDUs, or some; with cards set or dropped; compressed, or plain. What is not changed is copied block by block. " +
        "HDUs that had checksums get new ones where their headers change.",
    )
    .argument(
      "<src>",
      "path, URL or s3://bucket/key, or - for standard input; perhaps with [EXT] and filters behind",
    )
    .requiredOption("-o, --output <path>", "where to (- is stdout)")
    .option("--hdus <which>", "the HDUs to copy, in the order of the file: 0,SCI,1 (default all)")
    .option("--set <card>", "KEY=VALUE or KEY=VALUE / comment, in every HDU; [EXT]KEY=VALUE in one", repeated)
    .option("--drop <name>", "drop a keyword or a pattern, in every HDU; [EXT]KEY in one", repeated)
    .option("--cards <file>", "the header of the one HDU copied, as fitslice header prints it, edited")
    .addOption(
      new Option(
        "--compress [algorithm]",
        `compress images: ${algorithms.join(", ")} (default gzip2, without loss); see fitslice compress`,
      ).choices(algorithms),
    )
    .addOption(new Option("--uncompress", "compressed images and tables become plain").conflicts("compress"))
    .option("--checksum", "write CHECKSUM and DATASUM into all HDUs")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice copy hst.fits -o sci.fits --hdus 0,SCI --set '[SCI]OBJECT=M 51' --drop HISTORY
  $ fitslice copy https://archive.example/hst.fits -o small.fits --compress gzip2
  $ fitslice copy 'hst.fits[CATALOG][mag < 18][col ra; dec; f = 10**(-0.4*mag)]' -o bright.fits`,
    );
  withSharedOptions(command).action(async (src: string, options: CopyOptions) => {
    const { output, compress, uncompress = false } = options;
    refuseTwoOnStdout(options);
    refuseTerminal(output, "a FITS file");
    const [library, { fileSpool }] = await Promise.all([import("fitslice/write"), import("../spool.js")]);
    const sets = (options.set ?? []).map((text) => placed(text, library.parseCardEdit));
    const drops = (options.drop ?? []).map((text) => placed(text, (name) => name.trim()));
    const given = options.cards === undefined ? undefined : await cardsIn(options.cards);
    await withData(src, "hdu", options, async ({ fits, hdu, isFiltered }) => {
      if (hdu !== undefined && !isFiltered && options.hdus !== undefined)
        throw badUsage("the HDUs to copy stand behind the source or in --hdus; leave one out");
      const named = hdu === undefined || isFiltered ? undefined : [(await fits.hdu(hdu)).index];
      const hdus = options.hdus === undefined ? named : await indicesOf(fits, options.hdus);
      if (given && hdus?.length !== 1)
        throw badUsage("--cards is the header of one HDU; name it with --hdus");
      const copied = (await fits.layouts()).filter(({ index }) => !hdus || hdus.includes(index));
      expectBytes(copied.reduce((sum, { dataSize }) => sum + dataSize, 0));
      const resolved = { sets: await resolve(fits, sets), drops: await resolve(fits, drops) };
      const edit = (written: WritableHdu, { index, header }: HduLayout): WritableHdu => {
        const edits: HeaderEdits = {
          set: of(resolved.sets, index),
          drop: of(resolved.drops, index),
          ...(given && { cards: given.cards }),
        };
        const isIdle = edits.set?.length === 0 && edits.drop?.length === 0 && !given;
        return isIdle ? written : library.editedHdu(written, { header }, edits);
      };
      const choice: HduChoice = { ...(hdus && { hdus }), edit };
      const made = uncompress
        ? library.uncompressedHdus(fits, choice)
        : compress
          ? library.compressedHdus(fits, { ...choice, ...losslessly(compress), onCopied })
          : library.copiedHdus(fits, choice);
      const how = { checksum: options.checksum ?? false, spool: fileSpool, signal: interruption };
      let size = 0;
      await writeOutput(
        output,
        async (file) => {
          size = await library.writeFits(file, interruptible(made), how);
        },
        options,
      );
      if (options.json) await write(`${toJson({ href: fits.href, path: output, written: size })}\n`);
      else tell(`${outputName(output)}: ${byteText(size)}`);
    });
  });
}

function losslessly(compress: NonNullable<CopyOptions["compress"]>): CompressOptions {
  const algorithm = compress === true ? "gzip2" : compress;
  return { algorithm, ...(/^gzip/.test(algorithm) && { quantize: 0 }) };
}

function onCopied({ index, name }: HduLayout, why: string): void {
  tell(`HDU ${index}${name === "" ? "" : ` (${name})`} is copied as it is: ${why}`);
}

/** A change of the HDU that is named in brackets, or of all. */
interface Placed<T> {
  readonly hdu?: HduSelector;
  readonly what: T;
}

function placed<T>(text: string, read: (text: string) => T): Placed<T> {
  const [, hdu, rest = text] = /^\[([^\]]*)\](.*)$/s.exec(text) ?? [];
  return { ...(hdu !== undefined && { hdu: parseHdu(hdu) }), what: read(rest) };
}

interface Resolved<T> {
  readonly index: number | undefined;
  readonly what: T;
}

async function resolve<T>(fits: Fits, changes: readonly Placed<T>[]): Promise<Resolved<T>[]> {
  const all: Resolved<T>[] = [];
  for (const { hdu, what } of changes)
    all.push({ index: hdu === undefined ? undefined : (await fits.hdu(hdu)).index, what });
  return all;
}

function of<T>(changes: readonly Resolved<T>[], index: number): T[] {
  return changes
    .filter((change) => change.index === undefined || change.index === index)
    .map(({ what }) => what);
}

async function indicesOf(fits: Fits, text: string): Promise<number[] | undefined> {
  const selectors = parseHdus(text);
  if (!selectors) return undefined;
  const indices: number[] = [];
  for (const selector of selectors) indices.push((await fits.hdu(selector)).index);
  return indices;
}

async function cardsIn(path: string): Promise<Header> {
  const header = await textHeader(path);
  if (header) return header;
  throw new FitsError(
    "NOT_FITS",
    `--cards ${path} is no header: lines of text that are cards, as fitslice header prints them`,
  );
}
