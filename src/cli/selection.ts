/**
 * Which image and which sections of it the command line asks for.
 */
import type { Command } from "commander";
import { FitsError, type ImageHdu, parseFitsSection, type Selection } from "fitslice";
import { badUsage, Failure } from "./failure.js";
import { readInput } from "./files.js";
import { fitsSectionText, type HduOptions, sectionText } from "./options.js";
import { printable } from "./output.js";
import type { Session } from "./session.js";

export interface SelectionOptions extends HduOptions {
  section?: string[];
  fitsSection?: string[];
  sections?: string;
}

/** What the argument of commands that read one HDU is called. */
export const sourceHelp = "path, URL or s3://bucket/key, perhaps with [EXT][x1:x2,y1:y2] behind it";

/** Adds --hdu, --section and --fits-section; with `many` they may be repeated, or come from a file. */
export function selectionOptions(command: Command, { many = false }: { many?: boolean } = {}): void {
  const again = many ? " (may be repeated)" : "";
  command
    .option("--hdu <which>", "index, NAME or NAME,VER (default: the first image with pixels)")
    .option(
      "-s, --section <y0:y1,x0:x1>",
      `as numpy writes it: slowest axis first, from 0, end excluded${again}`,
      sectionText,
    )
    .option(
      "--fits-section <[x1:x2,y1:y2]>",
      `as FITS writes it: NAXIS1 first, from 1, end included${again}`,
      fitsSectionText,
    );
  if (many)
    command.option("--sections <file>", "sections from a file (- is stdin), one a line, in either form");
}

/** The image that the user named; without a name the first that has pixels, as ds9 and astropy's getdata choose. */
export async function chooseImage({ fits, hdu }: Session): Promise<ImageHdu> {
  return fits.image(hdu);
}

/** All sections asked for, in the order given; none at all is the whole image. */
export async function chooseSections(
  session: Session,
  image: ImageHdu,
  options: SelectionOptions,
): Promise<Selection[]> {
  // As where a variable of the shell is not set.
  if (options.section?.some((text) => text.trim() === ""))
    throw badUsage("--section is empty; leave it out to get the whole image");
  const listed = options.sections === undefined ? [] : await sectionsIn(options.sections, image);
  const fits = [
    ...(options.fitsSection ?? []),
    ...(session.fitsSection === undefined ? [] : [session.fitsSection]),
  ];
  const all = [
    ...(options.section ?? []),
    ...fits.map((text) => parseFitsSection(text, image.shape)),
    ...listed,
  ];
  for (const section of all) refuseEmpty(section, image);
  return all;
}

/**
 * Throws for a section without pixels. Slices end where their axis ends, as in numpy, so a section outside the image is
 * empty: mostly its axes are swapped.
 */
function refuseEmpty(section: Selection, image: ImageHdu): void {
  if (image.shape.includes(0) || !image.resolve(section).shape.includes(0)) return;
  const which = typeof section === "string" ? ` ${printable(section)}` : "";
  throw new FitsError(
    "BAD_SELECTION",
    `section${which} holds no pixel of HDU ${image.index}, which is ${image.shape.join(" x ")}, slowest axis first`,
  );
}

/** All sections asked for as they were written: they may reach beyond the image. */
export async function openSelections(
  session: Session,
  image: ImageHdu,
  options: SelectionOptions,
): Promise<Selection[]> {
  const listed = options.sections === undefined ? [] : await linesIn(options.sections);
  const fits = [
    ...(options.fitsSection ?? []),
    ...(session.fitsSection === undefined ? [] : [session.fitsSection]),
  ].map((text) => (text.trim().startsWith("[") ? text : `[${text}]`));
  const all = [...(options.section ?? []), ...fits, ...listed.map(({ text }) => text)];
  return all.length > 0 ? all : [image.shape.map(() => null)];
}

/** The one section asked for, if any. */
export async function chooseSection(
  session: Session,
  image: ImageHdu,
  options: SelectionOptions,
): Promise<Selection | undefined> {
  const all = await chooseSections(session, image, options);
  if (all.length > 1) throw badUsage("this command takes one section");
  return all[0];
}

/** Sections of `image` from a file, one a line; blank lines and # comments are passed over. */
async function sectionsIn(path: string, image: ImageHdu): Promise<Selection[]> {
  return (await linesIn(path)).map(({ text, line }) =>
    sectionOfLine(text, image, `--sections ${path}, line ${line}`),
  );
}

async function linesIn(path: string): Promise<{ text: string; line: number }[]> {
  const lines = (await readInput(path, "--sections")).toString("utf8").split(/\r?\n/);
  const found = lines.flatMap((text, i) => {
    const section = text.replace(/#.*/, "").trim();
    return section === "" ? [] : [{ text: section, line: i + 1 }];
  });
  if (found.length === 0) throw new Failure(1, `--sections ${path} holds no section`);
  return found;
}

/** A section in either form. Looked at before anything is read: of a file with one that is wrong nothing is written. */
function sectionOfLine(text: string, image: ImageHdu, where: string): Selection {
  try {
    const section = text.startsWith("[") ? parseFitsSection(text, image.shape) : text;
    image.resolve(section);
    return section;
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    throw new FitsError(error.code, `${where}: ${error.message}`, { cause: error });
  }
}
