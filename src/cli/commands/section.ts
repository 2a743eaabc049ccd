/** `section`: pixels of an image into a file. */
import { mkdir, open as openFile, rename, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Command } from "commander";
import { FitsError, type ImageHdu, type NdArray, type Selection } from "fitslice";
import { jsonText, npyHeader, rawBytes, textRows } from "../formats.js";
import { repeated, withSharedOptions } from "../options.js";
import { write } from "../output.js";
import { type PictureOptions, pictureOptions, pngOf } from "../picture.js";
import { progressBar } from "../progress.js";
import { chooseImage, chooseSections, type SelectionOptions } from "../selection.js";
import { type Session, save, withFits } from "../session.js";

interface SectionOptions extends SelectionOptions, PictureOptions {
  output?: string;
  format?: Format;
}

const formats = ["npy", "json", "raw", "png", "txt"] as const;
type Format = (typeof formats)[number];

export function sectionCommand(program: Command): void {
  const command = program
    .command("section")
    .summary("read pixels of an image")
    .description(
      "Read a section of an image: only its bytes are fetched. Without -o its values go to stdout as text, or with --json as JSON.",
    )
    .argument("<src>", "URL, s3://bucket/key or path, perhaps with [EXT][x1:x2,y1:y2] behind it")
    .option("--hdu <which>", "index, NAME or NAME,VER (default: the first with pixels)")
    .option(
      "-s, --section <y0:y1,x0:x1>",
      "as numpy writes it: slowest axis first, from 0, end excluded (may be repeated)",
      repeated,
    )
    .option(
      "--fits-section <[x1:x2,y1:y2]>",
      "as FITS writes it: NAXIS1 first, from 1, end included (may be repeated)",
      repeated,
    )
    .option("--sections <file>", "sections from a file, one a line, in either form")
    .option("--raw", "stored values: no BSCALE, BZERO, BLANK")
    .option("-o, --output <path>", `file.{${formats.join(",")}}, or a folder for several sections`)
    .option("--format <name>", "format, where the file's name does not tell (default npy)")
    .option("--json", "as JSON, to stdout");
  pictureOptions(command);
  withSharedOptions(command).action(async (src: string, options: SectionOptions) => {
    if (options.format !== undefined && !formats.includes(options.format)) {
      throw new FitsError("BAD_ARGUMENT", `no format "${options.format}"; there are ${formats.join(", ")}`);
    }
    await withFits(src, options, (session) => readSections(session, options));
  });
}

async function readSections(session: Session, options: SectionOptions): Promise<void> {
  const image = await chooseImage(session, options);
  const selections = await chooseSections(session, image, options);
  if (selections.length > 1 || options.sections !== undefined)
    return manySections(image, selections, options);
  const selection = selections[0];
  const { output } = options;
  if (output === undefined)
    return toStdout(image, await image.section(selection, valueOptions(options)), options);
  const format = formatOf(output, options);
  if (format === "npy" || format === "raw") return streamTo(output, format, image, selection, options);
  await save(
    output,
    await encoded(await image.section(selection, valueOptions(options)), format, image, options),
  );
}

/** Sections read together share requests; more than this at once would only fill memory. */
const batchBytes = 64_000_000;

async function manySections(
  image: ImageHdu,
  selections: readonly Selection[],
  options: SectionOptions,
): Promise<void> {
  const { output, format = "npy" } = options;
  if (output !== undefined) {
    await mkdir(output, { recursive: true }).catch((cause: Error) => {
      throw new FitsError(
        "BAD_ARGUMENT",
        `several sections need a folder, and ${output} cannot be one: ${cause.message}`,
        { cause },
      );
    });
  }
  const digits = Math.max(4, String(selections.length).length);
  let number = 0;
  for (const batch of batches(image, selections, options)) {
    for (const array of await image.sections(batch, valueOptions(options))) {
      number++;
      if (output === undefined) await toStdout(image, array, options);
      else {
        const name = `section-${String(number).padStart(digits, "0")}.${format}`;
        await save(join(output, name), await encoded(array, format, image, options));
      }
    }
  }
}

function* batches(
  image: ImageHdu,
  selections: readonly Selection[],
  options: SectionOptions,
): Generator<Selection[]> {
  let batch: Selection[] = [];
  let room = batchBytes;
  for (const selection of selections) {
    const { bytes } = sizeOf(image, selection, options);
    if (batch.length > 0 && bytes > room) {
      yield batch;
      batch = [];
      room = batchBytes;
    }
    batch.push(selection);
    room -= bytes;
  }
  yield batch;
}

async function toStdout(image: ImageHdu, array: NdArray, options: SectionOptions): Promise<void> {
  if (options.json || options.format === "json") return write(jsonText(array, dtypeOf(image, options)));
  if (options.format !== undefined && options.format !== "txt") {
    return write(await encoded(array, options.format, image, options));
  }
  for (const row of textRows(array)) await write(row);
}

async function encoded(
  array: NdArray,
  format: Format,
  image: ImageHdu,
  options: SectionOptions,
): Promise<string | Uint8Array> {
  switch (format) {
    case "json":
      return jsonText(array, dtypeOf(image, options));
    case "txt":
      return [...textRows(array)].join("");
    case "png":
      return pngOf(array, options);
    case "raw":
      return rawBytes(array.data);
    case "npy":
      return Buffer.concat([npyHeader(dtypeOf(image, options), array.shape), rawBytes(array.data)]);
  }
}

/** Band by band, so that memory stays small however large the image is; the file appears when it is complete. */
async function streamTo(
  path: string,
  format: "npy" | "raw",
  image: ImageHdu,
  selection: Selection | undefined,
  options: SectionOptions,
): Promise<void> {
  const partial = `${path}.part`;
  const { shape, bytes } = sizeOf(image, selection, options);
  const bar = progressBar(bytes, "reading");
  const file = await openFile(partial, "w").catch((cause: Error) => {
    throw new FitsError("BAD_ARGUMENT", `cannot write ${path}: ${cause.message}`, { cause });
  });
  try {
    if (format === "npy") await file.write(npyHeader(dtypeOf(image, options), shape));
    for await (const band of image.bands(selection, valueOptions(options))) {
      const data = rawBytes(band.data);
      for (let at = 0; at < data.byteLength; ) at += (await file.write(data, at)).bytesWritten;
      bar.advance(data.byteLength);
    }
    await file.close();
    await rename(partial, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  } finally {
    bar.stop();
  }
}

function sizeOf(
  image: ImageHdu,
  selection: Selection | undefined,
  options: SectionOptions,
): { shape: number[]; bytes: number } {
  const shape = [...image.resolve(selection).shape];
  const elementBytes = Number(/\d+$/.exec(dtypeOf(image, options))![0]) / 8;
  return { shape, bytes: shape.reduce((n, length) => n * length, elementBytes) };
}

function dtypeOf(image: ImageHdu, options: SectionOptions): ImageHdu["dtype"] {
  return options.raw ? image.rawDtype : image.dtype;
}

function valueOptions({ raw }: SectionOptions): { raw: boolean } {
  return { raw: raw ?? false };
}

function formatOf(path: string, options: SectionOptions): Format {
  if (options.format) return options.format;
  const extension = extname(path).slice(1).toLowerCase();
  const format = formats.find((name) => name === extension);
  if (!format) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `cannot tell the format of ${path}; end it in ${formats.map((f) => `.${f}`).join(", ")} or say --format`,
    );
  }
  return format;
}
