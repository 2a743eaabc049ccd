/**
 * Cutouts as FITS files: the options that say how, and the writing.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { FitsError, type HduSelector } from "fitslice";
import type { CutoutFile, CutoutMode, OutputOptions } from "fitslice/cutout";
import type { CompressionName } from "fitslice/write";
import { parseHdu } from "./address.js";
import { badUsage } from "./failure.js";
import { writeOutput } from "./files.js";
import { interruption } from "./signals.js";

export interface CutFileOptions {
  mode?: CutoutMode;
  fill?: number | bigint;
  algorithm?: CompressionName;
  quantize?: number;
  checksum?: boolean;
}

export type FitsFormat = "fits" | "fits.fz";

/** --mode and --fill. */
export function modeOptions(): Option[] {
  return [
    new Option(
      "--mode <name>",
      "what reaches beyond the image: trim cuts it off (default), partial fills, strict is an error",
    ).choices(["trim", "partial", "strict"]),
    new Option("--fill <value>", "what partial fills with (default: NaN, of integers BLANK)").argParser(
      fillValue,
    ),
  ];
}

/** Adds --mode, --fill, --algorithm, --quantize and --checksum. */
export function cutFileOptions(command: Command): void {
  for (const option of modeOptions()) command.addOption(option);
  command
    .addOption(
      new Option(
        "--algorithm <name>",
        "of .fits.fz (default: rice for integers, gzip2 without loss for floats)",
      ).choices(["rice", "gzip", "gzip2", "hcompress", "plio"]),
    )
    .option(
      "--quantize <q>",
      "of .fits.fz: floats lose digits as fpack has them do, in q steps to a sigma of the noise; 0: no loss",
      quantizing,
    )
    .option("--checksum", "write CHECKSUM and DATASUM into FITS (default: where the image had them)");
}

function fillValue(text: string): number | bigint {
  if (/^\s*nan\s*$/i.test(text)) return Number.NaN;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be a number, or nan.");
  return /^\s*[+-]?\d+\s*$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

function quantizing(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

/** The FITS format that a file's name or --format asks for, if it does. */
export function fitsFormat(name: string | undefined): FitsFormat | undefined {
  if (name === undefined) return undefined;
  if (/(^|\.)fz$/i.test(name)) return "fits.fz";
  return /(^|\.)fits?$/i.test(name) ? "fits" : undefined;
}

/** Throws `Failure` (wrong usage) for options of FITS files where none is written, and for --fill without partial. */
export function checkCutOptions(options: CutFileOptions, format: string | undefined): void {
  const { algorithm, quantize, checksum, fill, mode } = options;
  const isFits = format === "fits" || format === "fits.fz";
  if (algorithm !== undefined && format !== "fits.fz")
    throw badUsage("--algorithm is for .fits.fz; name one with -o");
  if (quantize !== undefined && format !== "fits.fz")
    throw badUsage("--quantize is for .fits.fz; name one with -o");
  if (checksum && !isFits) throw badUsage("--checksum is for FITS; write a .fits");
  if (fill !== undefined && mode !== "partial") throw badUsage("--fill does nothing without --mode partial");
}

/** How the HDUs of the file are to be made. */
export function outputOptions({ algorithm, quantize }: CutFileOptions, format: FitsFormat): OutputOptions {
  if (format === "fits") return { signal: interruption };
  const compress = {
    ...(algorithm && { algorithm }),
    ...(quantize !== undefined && { quantize }),
  };
  return { signal: interruption, compress };
}

/** Writes the file; answers with its size in bytes. */
export async function writeCutFile(
  path: string,
  { hdus, checksum }: CutoutFile,
  options: CutFileOptions & { force?: boolean },
): Promise<number> {
  const [{ writeFits }, { fileSpool }] = await Promise.all([import("fitslice/write"), import("./spool.js")]);
  let size = 0;
  await writeOutput(
    path,
    async (file) => {
      size = await writeFits(file, hdus, {
        checksum: options.checksum ?? checksum,
        spool: fileSpool,
        signal: interruption,
      });
    },
    options,
  );
  return size;
}

/**
 * Reads `SCI`, `SCI,2`, `SCI,ERR,DQ`, `SCI,1,ERR,1`, `1,2,3`: a number behind a name is its version, any other one an index.
 * `all` is undefined: every image.
 */
export function parseHdus(text: string): HduSelector[] | undefined {
  if (/^\s*all\s*$/i.test(text)) return undefined;
  const hdus: HduSelector[] = [];
  for (const part of text.split(",")) {
    const one = parseHdu(part);
    const last = hdus.at(-1);
    if (typeof one === "number" && typeof last === "string") hdus[hdus.length - 1] = [last, one];
    else hdus.push(one);
  }
  return hdus;
}

/** The HDUs behind the source or of --hdu; `one` where it is one, or none is named. */
export function chosenHdus(
  behind: HduSelector | undefined,
  option: string | undefined,
): { one: true; hdu: HduSelector | undefined } | { one: false; hdus: HduSelector[] | undefined } {
  if (option === undefined) return { one: true, hdu: behind };
  const hdus = parseHdus(option);
  const [first] = hdus ?? [];
  if (hdus?.length === 1) {
    if (behind !== undefined && String(behind).toUpperCase() !== String(first).toUpperCase())
      throw badUsage(`[${behind}] behind the source and --hdu ${option} name two HDUs; leave one out`);
    return { one: true, hdu: first };
  }
  if (behind !== undefined)
    throw new FitsError(
      "BAD_ARGUMENT",
      `[${behind}] behind the source and --hdu ${option} name several HDUs; leave one out`,
    );
  return { one: false, hdus };
}
