/** `compress` and `uncompress`: tile compression of all images of a file. */
import { type Command, Option } from "commander";
import type { HduLayout } from "fitslice";
import type { CompressFileOptions, CompressOptions, FitsSink, WritableHdu } from "fitslice/write";
import { badUsage } from "../failure.js";
import { writeOutput } from "../files.js";
import { axisLengths, finiteNumber, type SharedOptions, wholeNumber, withSharedOptions } from "../options.js";
import { byteText, outputName, refuseTerminal, tell, toJson, write } from "../output.js";
import { refuseTwoOnStdout } from "../overwrite.js";
import { progressBar } from "../progress.js";
import { type Session, withData } from "../session.js";
import { interruptible, interruption } from "../signals.js";

interface FileOptions extends SharedOptions {
  output: string;
  checksum?: boolean;
}

interface CompressionOptions extends FileOptions, Omit<CompressOptions, "dither"> {
  dither?: string;
  tables?: boolean;
}

export function compressCommand(command: Command): void {
  command
    .description(
      "Write a copy in which the images are compressed tile by tile, readable by funpack, cfitsio and astropy. Integers " +
        "keep every bit; floats are quantized as fpack does, unless --quantize 0. Tables are " +
        "copied unless --tables is given, and so are images that funpack would not read.",
    )
    .argument("<src>", "path, URL or s3://bucket/key")
    .requiredOption("-o, --output <path>", "where to (- is stdout), such as image.fits.fz")
    .addOption(
      new Option("--algorithm <name>", "default rice").choices([
        "rice",
        "gzip",
        "gzip2",
        "hcompress",
        "plio",
      ]),
    )
    .option("--tile <shape>", "shape of the tiles, slowest axis first: 100,100 (default: rows)", axisLengths)
    .option(
      "--quantize <q>",
      "floats: steps to a sigma of the noise (default 4); a negative number -q: steps of q; 0: no loss, gzip only",
      finiteNumber,
    )
    .addOption(
      new Option("--dither <method>", "0 none, 1 subtractive (default), 2 with zeros kept exact").choices([
        "0",
        "1",
        "2",
      ]),
    )
    .option(
      "--seed <n>",
      "where dithering starts, 1 to 10000 (default: from the pixels)",
      wholeNumber(1, 10_000),
    )
    .option(
      "--scale <s>",
      "hcompress: how much may be lost, in sigmas of the noise (default 0)",
      finiteNumber,
    )
    .option("--smooth", "hcompress: tell readers to smooth the image")
    .option("--tables", "compress binary tables too, as fpack -table does")
    .option("--checksum", "write CHECKSUM and DATASUM")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice compress hst.fits -o hst.fits.fz
  $ fitslice compress hst.fits -o tables.fits.fz --tables
  $ fitslice compress hst.fits -o lossless.fits.fz --algorithm gzip2 --quantize 0
  $ fitslice compress hst.fits -o tiles.fits.fz --algorithm hcompress --tile 100,100 --dither 1 --seed 1`,
    );
  withSharedOptions(command).action(async (src: string, options: CompressionOptions) => {
    const { algorithm, tile, quantize, seed, scale, smooth, tables } = options;
    const compression: CompressFileOptions = {
      ...(tables && { tables }),
      ...(algorithm && { algorithm }),
      ...(tile && { tile }),
      ...(quantize !== undefined && { quantize }),
      ...(options.dither !== undefined && { dither: Number(options.dither) as 0 | 1 | 2 }),
      ...(seed !== undefined && { seed }),
      ...(scale !== undefined && { scale }),
      ...(smooth && { smooth }),
    };
    const { compressedHdus } = await import("fitslice/write");
    refuseIdle(options);
    await rewrite(src, options, true, ({ fits }, told) => compressedHdus(fits, { ...compression, ...told }));
  });
}

export function uncompressCommand(command: Command): void {
  command
    .description(
      "Write a copy in which tile-compressed images and tables are plain again, with the headers that they had before. " +
        "The rest is copied.",
    )
    .argument("<src>", "path, URL or s3://bucket/key")
    .requiredOption("-o, --output <path>", "where to (- is stdout), such as image.fits")
    .option("--checksum", "write CHECKSUM and DATASUM")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice uncompress compressed.fits.fz -o plain.fits
  $ fitslice uncompress https://archive.example/compressed.fits.fz -o plain.fits --checksum`,
    );
  withSharedOptions(command).action(async (src: string, options: FileOptions) => {
    const { uncompressedHdus } = await import("fitslice/write");
    await rewrite(src, options, false, ({ fits }) => uncompressedHdus(fits));
  });
}

/** Options that would do nothing are refused: whoever gives them expects something else. */
function refuseIdle({ algorithm, scale, smooth, quantize, dither, seed }: CompressionOptions): void {
  const isHcompress = algorithm === "hcompress";
  const idle = (option: string, with_: string): Error => badUsage(`${option} does nothing with ${with_}`);
  if (scale !== undefined && !isHcompress)
    throw idle("--scale", `${algorithm ?? "rice"}; it is for hcompress`);
  if (smooth && !isHcompress) throw idle("--smooth", `${algorithm ?? "rice"}; it is for hcompress`);
  if (quantize === 0 && dither !== undefined)
    throw idle("--dither", "--quantize 0, which keeps floats as they are");
  if (quantize === 0 && seed !== undefined)
    throw idle("--seed", "--quantize 0, which keeps floats as they are");
  if (dither === "0" && seed !== undefined) throw idle("--seed", "--dither 0");
}

/** Writes the file that `hdusOf` makes of another one. */
async function rewrite(
  src: string,
  options: FileOptions,
  isCompression: boolean,
  hdusOf: (
    session: Session,
    told: Required<Pick<CompressFileOptions, "onCopied" | "onLeftOut" | "onTaken">>,
  ) => AsyncIterable<WritableHdu>,
): Promise<void> {
  const { output } = options;
  if (/\.(gz|bz2|Z|zst)$/.test(output))
    throw badUsage(`${output}: what is written is FITS, not compressed as a whole; give it another name`);
  refuseTwoOnStdout(options);
  refuseTerminal(output, "a FITS file");
  const copied: { hdu: number; name: string; why: string }[] = [];
  const onCopied = ({ index, name }: HduLayout, why: string): void => {
    copied.push({ hdu: index, name, why });
    if (!options.json) tell(`HDU ${index}${name === "" ? "" : ` (${name})`} is copied as it is: ${why}`);
  };
  const onLeftOut = (bytes: number): void =>
    tell(`${byteText(bytes)} behind the last HDU are left out: funpack would stop at them`);
  const [{ writeFits }, { fileSpool }] = await Promise.all([import("fitslice/write"), import("../spool.js")]);
  await withData(src, "file", options, async (session) => {
    let size = 0;
    // Of what is uncompressed nobody knows beforehand how much there will be.
    const [total, what] = isCompression ? [session.fits.size, "compressing"] : [undefined, "writing"];
    const bar = progressBar(total, what);
    const told = { onCopied, onLeftOut, onTaken: bar.advance };
    try {
      await writeOutput(
        output,
        async (file) => {
          const counted: FitsSink = {
            ...file,
            write: (chunk) => {
              if (!isCompression) bar.advance(chunk.length);
              return file.write(chunk);
            },
          };
          size = await writeFits(counted, interruptible(hdusOf(session, told)), {
            checksum: options.checksum ?? false,
            spool: fileSpool,
            signal: interruption,
          });
        },
        options,
      );
    } finally {
      bar.stop();
    }
    const { href, size: before } = session.fits;
    if (options.json)
      return write(`${toJson({ href, path: output, size: before ?? null, written: size, copied })}\n`);
    const share = before ? `, ${((100 * size) / before).toFixed(1)} % of ${byteText(before)}` : "";
    tell(`${outputName(output)}: ${byteText(size)}${share}`);
  });
}
