/**
 * Which image and which sections of it the command line asks for.
 */
import { readFile } from "node:fs/promises";
import { FitsError, type ImageHdu, parseFitsSection, type Selection } from "fitslice";
import { parseHdu } from "./address.js";
import type { SharedOptions } from "./options.js";
import type { Session } from "./session.js";

export interface SelectionOptions extends SharedOptions {
  hdu?: string;
  section?: string[];
  fitsSection?: string[];
  sections?: string;
  raw?: boolean;
}

/** The image that the user named; without a name the first that has pixels, as ds9 and astropy's getdata choose. */
export async function chooseImage({ fits, hdu }: Session, options: SelectionOptions): Promise<ImageHdu> {
  const which = options.hdu === undefined ? hdu : parseHdu(options.hdu);
  if (which !== undefined) return fits.image(which);
  for await (const found of fits) if (found.kind === "image" && found.shape.length > 0) return found;
  throw new FitsError("NO_SUCH_HDU", `${fits.href}: no HDU has an image; say which with --hdu`);
}

/** All sections asked for, in the order given; none at all is the whole image. */
export async function chooseSections(
  session: Session,
  image: ImageHdu,
  options: SelectionOptions,
): Promise<Selection[]> {
  const listed = options.sections === undefined ? [] : await sectionsIn(options.sections);
  const fits = [
    ...(options.fitsSection ?? []),
    ...(session.fitsSection === undefined ? [] : [session.fitsSection]),
  ];
  return [
    ...(options.section ?? []),
    ...fits.map((text) => parseFitsSection(text, image.shape)),
    ...listed.map((text) => (text.startsWith("[") ? parseFitsSection(text, image.shape) : text)),
  ];
}

/** The one section asked for, if any. */
export async function chooseSection(
  session: Session,
  image: ImageHdu,
  options: SelectionOptions,
): Promise<Selection | undefined> {
  const all = await chooseSections(session, image, options);
  if (all.length > 1) throw new FitsError("BAD_ARGUMENT", "this command takes one section");
  return all[0];
}

/** Sections from a file, one a line; blank lines and # comments are passed over. */
async function sectionsIn(path: string): Promise<string[]> {
  try {
    const text = await readFile(path === "-" ? "/dev/stdin" : path, "utf8");
    return text
      .split(/\r?\n/)
      .map((line) => line.replace(/#.*/, "").trim())
      .filter((line) => line !== "");
  } catch (cause) {
    throw new FitsError("BAD_ARGUMENT", `cannot read --sections ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
