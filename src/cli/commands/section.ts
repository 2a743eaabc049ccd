/** `section`: pixels of an image into a file. */
import { mkdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { type Command, Option } from "commander";
import type { DType, ImageHdu, NdArray, Selection } from "fitslice";
import { parseFiltered } from "../address.js";
import { rare } from "../cli-command.js";
import { type CutFileOptions, checkCutOptions, chosenHdus, cutFileOptions, fitsFormat } from "../cut-file.js";
import { badUsage, cannotWrite } from "../failure.js";
import { isFolder, writeOutput } from "../files.js";
import { encoded, encoder, type StreamedFormat, streamedFormats } from "../formats.js";
import { withSharedOptions } from "../options.js";
import { refuseTerminal, toJson, write } from "../output.js";
import { refuseOverwriting } from "../overwrite.js";
import { checkPicture, type PictureFileOptions, pictureOptions, pngOf, pngPieces } from "../picture.js";
import { type Progress, progressBar } from "../progress.js";
import { chooseImage, chooseSections, type SelectionOptions, selectionOptions } from "../selection.js";
import { interruptible } from "../signals.js";
import { manyHelp, namesMany } from "../sources.js";
import { type StreamOptions, streamEach } from "../streamed.js";

interface SectionOptions extends SelectionOptions, PictureFileOptions, CutFileOptions {
  raw?: boolean;
  output?: string;
  format?: Format;
}

const formats = [...streamedFormats, "png", "fits", "fits.fz"] as const;
type Format = StreamedFormat | "png" | "fits" | "fits.fz";

export function sectionCommand(command: Command): void {
  command
    .description(
      "Read a section of an image. Only the parts of the file needed are fetched, and short gaps where reading on is " +
        "faster than one more request. Without -o the values go to stdout, as text or in the --format given. Several " +
        "sections are read together; they go into the folder -o as section-0001.npy and so on.\n\nA .fits has the header of the " +
        "image with its coordinates moved, and may hold the section of several HDUs (--hdu SCI,ERR,DQ, or all); a " +
        ".fits.fz is compressed, without loss unless --algorithm or --quantize says otherwise.",
    )
    .argument("<src...>", manyHelp);
  selectionOptions(command, { many: true });
  command
    .option("--raw", "stored values: no BSCALE, BZERO, BLANK")
    .option(
      "-o, --output <path>",
      `file.{${formats.join(",")}} (- is stdout), or a folder for several sections`,
    )
    .addOption(
      new Option(
        "--format <name>",
        "format, where the file's name does not tell (of several sections: npy)",
      ).choices(formats),
    )
    .option("--json", "the values as JSON to stdout; with -o, what was written");
  cutFileOptions(command);
  command.addHelpText(
    "after",
    `
Examples:
  $ fitslice section hst.fits --hdu SCI -s 100:200,50:150 -o cutout.npy
  $ fitslice section 'hst.fits[SCI][51:150,101:200]' -o cutout.png --vmin 0 --vmax 0.1
  $ fitslice section hst.fits --hdu SCI -s 100:200,50:150 -o cutout.fits
  $ fitslice section hst.fits --hdu SCI,WHT -s 100:200:2,50:150:2 -o both.fits.fz
  $ fitslice section mosaic.fits --width 1600 --limits 99.5% --stretch asinh -o mosaic.png
  $ fitslice section hst.fits --hdu SCI -s 100:102,50:53
  $ fitslice section hst.fits --hdu SCI --fits-section '[*,101:200]' --stretch asinh --colormap viridis -o strip.png
  $ fitslice section https://archive.example/hst.fits --hdu SCI --sections stamps.txt -o stamps`,
  );
  pictureOptions(command, { file: true });
  rare(
    command,
    "--fits-section",
    "--mode",
    "--fill",
    "--algorithm",
    "--quantize",
    "--checksum",
    "--raw",
    "--json",
  );
  withSharedOptions(command).action(async (given: string[], { output, ...rest }: SectionOptions) => {
    const { hdu: named, ...others } = rest;
    const options: SectionOptions = { ...others, ...(output !== undefined && output !== "-" && { output }) };
    const many = options.sections !== undefined || sectionCount(given, options) > 1;
    const isOne = !namesMany(given);
    if (many && !isOne) throw badUsage("several sections are of one file; name one file, or one section");
    const format = chooseFormat(options, many || !isOne);
    await checkPicture(options, format === "png", "write a .png, or say --format png");
    checkCutOptions(options, format);
    const stream: StreamOptions = {
      takes: "section",
      reads: "data",
      extension: format,
      headings: format === "txt",
    };
    if (!isOne && output === undefined && !/^(txt|json)$/.test(format))
      throw badUsage(`many files as ${format} go into a folder; name one with -o`);
    await streamEach(given, options, stream, async (opened, options) => {
      const { output } = options;
      const chosen = chosenHdus(opened.hdu, named);
      const session = chosen.one && chosen.hdu !== undefined ? { ...opened, hdu: chosen.hdu } : opened;
      if (format === "fits" || format === "fits.fz") {
        const { fitsSections } = await import("../section-fits.js");
        return fitsSections(session, chosen.one ? undefined : chosen, format, many, options, output ?? "-");
      }
      if (!chosen.one) throw badUsage(`several HDUs go into a .fits or .fits.fz, not as ${format}`);
      const image = await chooseImage(session);
      if (options.mode !== undefined) {
        const { openSections } = await import("../section-fits.js");
        return openSections(session, image, format, many, options, output);
      }
      const selections = await chooseSections(session, image, options);
      const task: Task = {
        image,
        format,
        options,
        dtype: options.raw ? image.rawDtype : image.dtype,
        source: session.source,
        raw: options.raw ?? false,
      };
      if (many) await manySections(task, selections);
      else await oneSection(task, selections[0]);
    });
  });
}

/** What is read, and how it is written. */
interface Task {
  readonly source: string;
  readonly image: ImageHdu;
  readonly format: StreamedFormat | "png";
  readonly options: SectionOptions;
  /** Type of the values delivered. */
  readonly dtype: DType;
  readonly raw: boolean;
}

function sectionCount(given: readonly string[], { section = [], fitsSection = [] }: SectionOptions): number {
  const behind = given.length === 1 ? parseFiltered(given[0]!).fitsSection : undefined;
  return section.length + fitsSection.length + (behind === undefined ? 0 : 1);
}

/** From --format, the output's name, --json; text where nothing tells and a person may be looking. */
function chooseFormat(options: SectionOptions, many: boolean): Format {
  const { output, format, json } = options;
  if (output === undefined) {
    const chosen = format ?? (json ? "json" : "txt");
    if (chosen !== "json" && chosen !== "txt") refuseTerminal(output, chosen);
    if (many && chosen === "png") throw badUsage("several pictures need a folder: name one with -o");
    return chosen;
  }
  const extension = extname(output).slice(1).toLowerCase();
  const found = fitsFormat(output) ?? formats.find((name) => name === extension);
  if (many && found && !isFolder(output))
    throw badUsage(
      `several results go into a folder, and ${output} is named like a file; name a folder with -o`,
    );
  if (!many && isFolder(output)) throw badUsage(`${output} is a folder; name a file in it`);
  if (format !== undefined) return format;
  if (many) return "npy";
  if (found) return found;
  throw badUsage(
    `cannot tell the format of ${output}; end it in ${formats.map((f) => `.${f}`).join(", ")} or say --format`,
  );
}

/** Band by band, so that memory stays small however large the image is. */
async function oneSection(task: Task, selection: Selection | undefined): Promise<void> {
  const { image, options, format } = task;
  const { output } = options;
  const { shape, bytes } = sizeOf(task, selection);
  const bar = progressBar(bytes, "reading");
  try {
    if (output === undefined) await putSection(task, selection, shape, { write }, bar);
    else await writeOutput(output, (file) => putSection(task, selection, shape, file, bar), options);
  } finally {
    bar.stop();
  }
  if (output !== undefined && options.json)
    await write(`${toJson({ path: output, format, hdu: image.index, dtype: task.dtype, shape })}\n`);
}

interface Sink {
  write(data: string | Uint8Array): Promise<void>;
}

async function putSection(
  { image, format, options, dtype, raw }: Task,
  selection: Selection | undefined,
  shape: readonly number[],
  sink: Sink,
  bar: Progress,
): Promise<void> {
  if (format === "png") {
    const onRead = (bytes: number): void => bar.advance(bytes);
    const pieces = await pngOf(image, options, { section: selection, raw, onRead });
    for await (const piece of interruptible(pieces)) await sink.write(piece);
    return;
  }
  const { head, add, tail } = encoder(format, dtype, shape);
  await sink.write(head);
  for await (const band of interruptible(image.bands(selection, { raw }))) {
    for (const piece of add(band.data)) await sink.write(piece);
    bar.advance(band.data.byteLength);
  }
  await sink.write(tail);
}

/** Sections read together share requests; more than these at once would only fill memory. */
const batchBytes = 64_000_000;
const batchSections = 1000;

async function manySections(task: Task, selections: readonly Selection[]): Promise<void> {
  const { image, format, options, raw } = task;
  const { output, ...files } = options;
  const digits = Math.max(4, String(selections.length).length);
  const nameOf = (n: number): string => `section-${String(n).padStart(digits, "0")}.${format}`;
  if (output !== undefined) {
    const paths = selections.map((_, i) => join(output, nameOf(i + 1)));
    refuseOverwriting(task.source, files, paths);
    await mkdir(output, { recursive: true }).catch((cause: unknown) => {
      throw cannotWrite(`several sections into ${output}`, cause);
    });
  }
  let number = 0;
  for (const batch of batches(task, selections)) {
    const arrays = await image.sections(batch, { raw });
    for (const [i, array] of arrays.entries()) {
      const path = nameOf(++number);
      if (output === undefined) {
        if (format === "txt" && number > 1) await write("\n");
        for (const piece of await piecesOf(task, array)) await write(piece);
        continue;
      }
      await writeOutput(
        join(output, path),
        async (file) => {
          for (const piece of await piecesOf(task, array)) await file.write(piece);
        },
        options,
      );
      if (options.json) {
        const section = batch[i];
        const told = typeof section === "string" ? section : textOf(image, section);
        await write(
          `${toJson({ path: join(output, path), section: told, dtype: task.dtype, shape: array.shape })}\n`,
        );
      }
    }
  }
}

/** A selection as numpy writes it. */
function textOf(image: ImageHdu, selection: Selection | undefined): string {
  const { start, count, step, dropped } = image.resolve(selection);
  return start
    .map((first, axis) => {
      if (dropped[axis]) return `${first}`;
      const stop = first + count[axis]! * step[axis]!;
      return `${first}:${stop < 0 ? "" : stop}${step[axis] === 1 ? "" : `:${step[axis]}`}`;
    })
    .join(",");
}

async function piecesOf(
  { format, dtype, options }: Task,
  array: NdArray,
): Promise<Iterable<string | Uint8Array>> {
  return format === "png" ? pngPieces(array, options) : encoded(format, array, dtype);
}

function* batches(task: Task, selections: readonly Selection[]): Generator<Selection[]> {
  let batch: Selection[] = [];
  let room = batchBytes;
  for (const selection of selections) {
    const { bytes } = sizeOf(task, selection);
    if (batch.length > 0 && (bytes > room || batch.length === batchSections)) {
      yield batch;
      batch = [];
      room = batchBytes;
    }
    batch.push(selection);
    room -= bytes;
  }
  yield batch;
}

function sizeOf(
  { image, dtype }: Task,
  selection: Selection | undefined,
): { shape: number[]; bytes: number } {
  const shape = [...image.resolve(selection).shape];
  const elementBytes = Number(/\d+$/.exec(dtype)![0]) / 8;
  return { shape, bytes: shape.reduce((n, length) => n * length, elementBytes) };
}
