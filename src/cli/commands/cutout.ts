/** `cutout`: the pixels around positions on the sky, as FITS files with right headers, pictures or arrays. */
import { mkdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { type Command, Option } from "commander";
import type { HduSelector } from "fitslice";
import type { Cutout, CutoutOptions as CutoutRead, Region } from "fitslice/cutout";
import { rare } from "../cli-command.js";
import {
  type CutFileOptions,
  checkCutOptions,
  chosenHdus,
  cutFileOptions,
  type FitsFormat,
  fitsFormat,
  outputOptions,
  writeCutFile,
} from "../cut-file.js";
import { badUsage, cannotWrite } from "../failure.js";
import { isFolder, writeOutput } from "../files.js";
import { encoded } from "../formats.js";
import { type HduOptions, repeated, withSharedOptions } from "../options.js";
import { outputName, refuseTerminal, tell, tellWarning, toJson, write } from "../output.js";
import { refuseOverwriting, refuseTwoOnStdout } from "../overwrite.js";
import { checkPicture, type PictureFileOptions, pictureOptions, pngPieces } from "../picture.js";
import { centerOf, type PositionOptions, planesOf, positionOptions } from "../position.js";
import { sourceHelp } from "../selection.js";
import { type Session, withData } from "../session.js";
import { interruption } from "../signals.js";

interface Options extends HduOptions, CutFileOptions, PictureFileOptions, PositionOptions {
  at: string[];
  size: string;
  output: string;
  format?: Format;
}

const formats = ["fits", "fits.fz", "png", "npy"] as const;
type Format = (typeof formats)[number];

export function cutoutCommand(command: Command): void {
  command
    .description(
      "Cut out the pixels around a position on the sky, by the image's own coordinates. Only the parts of the file needed " +
        "are fetched. A FITS file gets the image's header with its coordinates moved, distortions and lookup tables " +
        "included, and may hold the same region of several HDUs; a .fits.fz is compressed, without loss unless " +
        "--algorithm or --quantize says otherwise. Several positions are read together; they go into the folder -o as " +
        "cutout-0001.fits and so on.\n\nThe pixels are those of astropy's Cutout2D. A picture with axes, a grid of the sky, " +
        "compass, scale bar and color bar is made by plot --at.",
    )
    .argument("<src>", sourceHelp.replace("[x1:x2,y1:y2]", ""))
    .option(
      "--hdu <which>",
      "index, NAME or NAME,VER; for FITS also several, SCI,ERR,DQ, or all (default: the first image with pixels)",
    )
    .requiredOption(
      "--at <position>",
      "'10h01m41.13s +02d25m20.58s', '150.42 2.42', 'gal 120.1 -5', 'pixel 1200 800' counted from 1 (may be repeated)",
      repeated,
    )
    .requiredOption(
      "--size <size>",
      "of each side: 5arcsec, 0.5arcmin, 64pix; or width x height: '5arcsec x 3arcsec'",
    );
  positionOptions(command);
  cutFileOptions(command);
  command
    .requiredOption(
      "-o, --output <path>",
      `file.{${formats.join(",")}} (- is stdout), or a folder for several positions`,
    )
    .addOption(
      new Option("--format <name>", "format, where the file's name does not tell (of several: fits)").choices(
        formats,
      ),
    )
    .option("--json", "print what was written as JSON, one line a cutout")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice cutout hst.fits --hdu SCI --at '150.421375 2.422383' --size 1.5arcsec -o star.fits
  $ fitslice cutout hst.fits --hdu SCI,WHT --at '10h01m41.13s +02d25m20.58s' --size 40pix -o both.fits.fz
  $ fitslice cutout hst.fits --hdu SCI --at '150.421375 2.422383' --size 2arcsec --stretch asinh -o star.png
  $ fitslice cutout https://archive.example/hst.fits --hdu SCI --at '150.421375 2.422383' --at 'pixel 10 10' --size 32pix -o stars --mode partial`,
    );
  pictureOptions(command, { file: true });
  rare(command, "--mode", "--fill", "--algorithm", "--quantize", "--checksum", "--format", "--json");
  withSharedOptions(command).action(async (src: string, options: Options) => {
    const format = chooseFormat(options);
    checkCutOptions(options, format);
    refuseTwoOnStdout(options);
    refuseTerminal(options.output, `a .${format}`);
    await checkPicture(options, format === "png", "write a .png, or say --format png");
    const { hdu: named, ...rest } = options;
    await withData(src, "hdu", rest, async (session) => {
      const chosen = chosenHdus(session.hdu, named);
      if (!chosen.one && format !== "fits" && format !== "fits.fz")
        throw badUsage(`several HDUs go into a .fits or .fits.fz, not a .${format}`);
      const regions = await regionsOf(options);
      if (chosen.one) await cutOne(session, chosen.hdu, regions, format, options);
      else await cutSeveral(session, chosen.hdus, regions, format as FitsFormat, options);
    });
  });
}

function chooseFormat({ output, format, at }: Options): Format {
  const found = fitsFormat(output) ?? formats.find((name) => name === extname(output).slice(1).toLowerCase());
  if (at.length > 1) {
    if (output === "-") throw badUsage("several cutouts go into a folder; name one with -o");
    if (found && !isFolder(output))
      throw badUsage(
        `several cutouts go into a folder, and ${output} is named like a file; name a folder with -o`,
      );
    return format ?? "fits";
  }
  if (isFolder(output)) throw badUsage(`${output} is a folder; name a file in it`);
  const chosen = format ?? found;
  if (chosen) return chosen;
  if (output === "-") throw badUsage(`say with --format what goes to stdout: ${formats.join(", ")}`);
  throw badUsage(
    `cannot tell the format of ${output}; end it in ${formats.map((f) => `.${f}`).join(", ")} or say --format`,
  );
}

async function regionsOf({ at, size, frame, resolve }: Options): Promise<Region[]> {
  return Promise.all(at.map(async (text) => ({ center: await centerOf(text, frame, resolve), size })));
}

function readOptions({ mode, fill, plane, alternate }: Options): CutoutRead {
  return {
    signal: interruption,
    ...(mode && { mode }),
    ...(fill !== undefined && { fill }),
    ...(plane !== undefined && { plane: planesOf(plane) }),
    ...(alternate !== undefined && { alternate }),
  };
}

/** Where each cutout goes; of several a folder is made. */
async function pathsOf(session: Session, count: number, format: Format, options: Options): Promise<string[]> {
  const { output, ...files } = options;
  if (options.at.length === 1) return [output];
  const digits = Math.max(4, String(count).length);
  const paths = Array.from({ length: count }, (_, i) =>
    join(output, `cutout-${String(i + 1).padStart(digits, "0")}.${format}`),
  );
  refuseOverwriting(session.source, files, paths);
  await mkdir(output, { recursive: true }).catch((cause: unknown) => {
    throw cannotWrite(`several cutouts into ${output}`, cause);
  });
  return paths;
}

async function cutOne(
  session: Session,
  hdu: HduSelector | undefined,
  regions: readonly Region[],
  format: Format,
  options: Options,
): Promise<void> {
  const { cutouts } = await import("fitslice/cutout");
  const made = await cutouts(session.fits, regions, {
    ...readOptions(options),
    ...(hdu !== undefined && { hdu }),
  });
  const paths = await pathsOf(session, made.length, format, options);
  for (const [i, cut] of made.entries()) {
    const path = paths[i]!;
    await put(path, cut, format, options);
    const { section, status, shape } = cut;
    await told(path, [{ hdu: cut.hdu.index, name: cut.hdu.name, section, shape, status }], options);
  }
}

async function put(path: string, cut: Cutout, format: Format, options: Options): Promise<void> {
  if (format === "fits" || format === "fits.fz") {
    await writeCutFile(path, await cut.file(outputOptions(options, format)), options);
    return;
  }
  if (format === "png" && cut.shape.filter((length) => length > 1).length > 2)
    throw badUsage(
      `a picture shows one plane, and the cutout is ${[...cut.shape].reverse().join(" x ")} pixels; choose with --plane`,
    );
  const pieces =
    format === "png" ? await pngPieces(cut.data, options) : encoded("npy", cut.data, cut.data.dtype);
  await writeOutput(
    path,
    async (file) => {
      for (const piece of pieces) await file.write(piece);
    },
    options,
  );
}

async function cutSeveral(
  session: Session,
  hdus: HduSelector[] | undefined,
  regions: readonly Region[],
  format: FitsFormat,
  options: Options,
): Promise<void> {
  const { cutoutRegions, fitsSection } = await import("fitslice/cutout");
  const files = await cutoutRegions(session.fits, regions, {
    ...readOptions(options),
    ...outputOptions(options, format),
    ...(hdus && { hdus }),
  });
  const paths = await pathsOf(session, files.length, format, options);
  for (const [i, file] of files.entries()) {
    const path = paths[i]!;
    await writeCutFile(path, file, options);
    const parts = file.cuts.map(({ image, fitted: { grid, status } }) => {
      return { hdu: image.index, name: image.name, section: fitsSection(grid), shape: grid.count, status };
    });
    await told(path, parts, options);
    for (const { reason } of file.outside) tellWarning(`${outputName(path)}: left out: ${reason}`);
  }
}

interface Told {
  readonly hdu: number;
  readonly name: string;
  readonly section: string;
  readonly shape: readonly number[];
  readonly status: string;
}

async function told(path: string, parts: readonly Told[], { json }: Options): Promise<void> {
  const [first] = parts;
  if (!first) return;
  if (json) return write(`${toJson(parts.length === 1 ? { path, ...first } : { path, hdus: parts })}\n`);
  const shape = [...first.shape].reverse().join(" x ");
  const more = parts.length > 1 ? ` of ${parts.length} HDUs` : "";
  const note = parts.some(({ status }) => status === "partial") ? ", which reaches beyond the image" : "";
  tell(`${outputName(path)}: ${shape} pixels${more}, ${first.section}${note}`);
}
