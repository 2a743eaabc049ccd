/**
 * Sections as FITS files, and sections that may reach beyond the image (--mode).
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { HduSelector, ImageHdu, NdArray } from "fitslice";
import {
  cutoutFile,
  cutSections,
  fitGrid,
  fitsSection,
  imagesIn,
  openGrid,
  sectionPixels,
} from "fitslice/cutout";
import { type CutFileOptions, type FitsFormat, outputOptions, writeCutFile } from "./cut-file.js";
import { badUsage, cannotWrite } from "./failure.js";
import { writeOutput } from "./files.js";
import { encoded, type StreamedFormat } from "./formats.js";
import { toJson, write } from "./output.js";
import { refuseOverwriting } from "./overwrite.js";
import { type PictureFileOptions, pngPieces } from "./picture.js";
import { openSelections, type SelectionOptions } from "./selection.js";
import type { Session } from "./session.js";
import { interruption } from "./signals.js";

interface Options extends SelectionOptions, CutFileOptions, PictureFileOptions {
  raw?: boolean;
}

/** Writes each section of an image, or of several, into a FITS file. */
export async function fitsSections(
  session: Session,
  several: { readonly hdus: readonly HduSelector[] | undefined } | undefined,
  format: FitsFormat,
  many: boolean,
  options: Options,
  output: string,
): Promise<void> {
  if (output === "-" && (many || options.json))
    throw badUsage(
      `${many ? "several FITS files" : "a FITS file and --json"} do not go to stdout together; name ${many ? "a folder" : "a file"} with -o`,
    );
  const { fits, hdu } = session;
  const images = several
    ? await imagesIn(fits, several.hdus, { signal: interruption })
    : [await fits.image(hdu)];
  const selections = await openSelections(session, images[0]!, options);
  const { mode, fill } = options;
  const files = cutSections(fits, images, selections, { signal: interruption, mode, fill });
  let paths: string[] | undefined;
  let number = 0;
  for await (const cuts of files) {
    paths ??= await pathsOf(session, selections.length, format, many, options, output);
    const path = paths[number++]!;
    await writeCutFile(path, await cutoutFile(fits, cuts, outputOptions(options, format)), options);
    if (!options.json || path === "-") continue;
    const parts = cuts.map(({ image, fitted: { grid, status } }) => {
      return { hdu: image.index, name: image.name, section: fitsSection(grid), shape: grid.count, status };
    });
    await write(`${toJson(several ? { path, format, hdus: parts } : { path, format, ...parts[0] })}\n`);
  }
}

/** Writes each section, fitted as --mode says, as pixels or a picture; all axes of the image stay. */
export async function openSections(
  session: Session,
  image: ImageHdu,
  format: StreamedFormat | "png",
  many: boolean,
  options: Options,
  output: string | undefined,
): Promise<void> {
  const { mode, fill, raw = false } = options;
  const selections = await openSelections(session, image, options);
  // All are looked at before anything is written.
  const fitted = selections.map((selection) =>
    fitGrid(openGrid(selection, image), image.shape, mode, `HDU ${image.index}`),
  );
  const paths = await pathsOf(session, selections.length, format, many, options, output ?? "-");
  for (const [i, one] of fitted.entries()) {
    const array = await sectionPixels(image, one, { signal: interruption, fill, raw });
    const path = paths[i]!;
    const pieces = await piecesOf(array, format, options);
    const put = async (file: { write(data: string | Uint8Array): Promise<void> }): Promise<void> => {
      for (const piece of pieces) await file.write(piece);
    };
    if (path === "-") await put({ write });
    else await writeOutput(path, put, options);
    if (!options.json || path === "-") continue;
    const { grid, status } = one;
    const told = {
      hdu: image.index,
      section: fitsSection(grid),
      dtype: array.dtype,
      shape: grid.count,
      status,
    };
    await write(`${toJson({ path, format, ...told })}\n`);
  }
}

async function piecesOf(
  array: NdArray,
  format: StreamedFormat | "png",
  options: Options,
): Promise<Iterable<string | Uint8Array>> {
  return format === "png" ? pngPieces(array, options) : encoded(format, array, array.dtype);
}

async function pathsOf(
  session: Session,
  count: number,
  format: string,
  many: boolean,
  { output: _, ...files }: Options,
  output: string,
): Promise<string[]> {
  if (!many || output === "-") return new Array<string>(count).fill(output);
  const digits = Math.max(4, String(count).length);
  const paths = Array.from({ length: count }, (_, i) =>
    join(output, `section-${String(i + 1).padStart(digits, "0")}.${format}`),
  );
  refuseOverwriting(session.source, files, paths);
  await mkdir(output, { recursive: true }).catch((cause: unknown) => {
    throw cannotWrite(`several sections into ${output}`, cause);
  });
  return paths;
}
