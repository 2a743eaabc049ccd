/** The pixels of the rectangle around a region as a file, and the command line that makes the same file. */
import { type Fits, type ImageHdu, parseFitsSection, type SourceInput, showAddress } from "fitslice";
import { npyHeader } from "fitslice/export";
import type { PngOptions } from "fitslice/picture";
import { nameOf } from "../model.js";
import type { Look } from "../screen/screen.types.js";
import type { PixelBox } from "./geometry.js";

export type CutFormat = "fits" | "png" | "npy";
export const cutFormats: readonly CutFormat[] = ["fits", "png", "npy"];

/** What is cut. */
export interface Cut {
  readonly image: ImageHdu;
  /** Indices of the axes before the last two, slowest first. */
  readonly plane: readonly number[];
  readonly box: PixelBox;
}

/** How the picture is drawn: as on the screen, with the limits in use there. */
export type CutLook = Pick<Look, "stretch" | "colormap" | "invert"> & {
  readonly vmin: number;
  readonly vmax: number;
};

/** The section as FITS writes it: `[101:200,51:150]`, the plane behind. */
export function sectionText({ image, plane, box }: Cut): string {
  const { x0, y0, x1, y1 } = box;
  const rows = image.shape.length > 1 ? [`${y0 + 1}:${y1}`] : [];
  return `[${[`${x0 + 1}:${x1}`, ...rows, ...[...plane].reverse().map((index) => index + 1)].join(",")}]`;
}

/** The pixels as the bytes of a file. */
export async function cutBytes(
  fits: Fits,
  cut: Cut,
  format: CutFormat,
  look: CutLook,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const reading = signal ? { signal } : {};
  const text = sectionText(cut);
  const section = parseFitsSection(text, cut.image.shape);
  switch (format) {
    case "fits": {
      const [{ cutoutFile, sectionCuts }, { fitsBytes }] = await Promise.all([
        import("fitslice/cutout"),
        import("fitslice/write"),
      ]);
      const cuts = await sectionCuts(fits, [cut.image], text, reading);
      const { hdus, checksum } = await cutoutFile(fits, cuts, reading);
      return [await fitsBytes(hdus, { checksum, ...reading })];
    }
    case "png": {
      const { toPng } = await import("fitslice/picture");
      const pieces: Uint8Array[] = [];
      for await (const piece of toPng(cut.image, { section, ...pngLook(look), ...reading }))
        pieces.push(piece);
      return pieces;
    }
    case "npy": {
      const { data, dtype, shape } = await cut.image.section(section, reading);
      return [npyHeader(dtype, shape), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
    }
  }
}

function pngLook({ stretch, colormap, invert, vmin, vmax }: CutLook): PngOptions {
  return { stretch, colormap: mapOf(colormap, invert), vmin, vmax };
}

const mapOf = (colormap: string, invert: boolean): string => (invert ? `${colormap}_r` : colormap);

/** The arguments of `fitslice` that make the same file. */
export function cutArguments(source: string, cut: Cut, format: CutFormat, look: CutLook): string[] {
  const { stretch, colormap, invert, vmin, vmax } = look;
  const picture = [
    ...["--stretch", stretch, "--colormap", mapOf(colormap, invert)],
    // A number that begins with a sign is no option of its own behind "=".
    ...[`--vmin=${vmin}`, `--vmax=${vmax}`],
  ];
  return [
    ...["section", source, "--hdu", String(cut.image.index), "--fits-section", sectionText(cut)],
    ...(format === "png" ? picture : []),
    ...["-o", cutName(source, cut, format)],
  ];
}

/** The command line, for a shell. */
export function cutCommand(source: string, cut: Cut, format: CutFormat, look: CutLook): string {
  return ["fitslice", ...cutArguments(source, cut, format, look)].map(quoted).join(" ");
}

/** A word for a shell; one that needs no quotes has none. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The name of the file: `hst-1-x101-200-y51-150.fits`. */
export function cutName(source: string, { image, box }: Cut, format: CutFormat): string {
  const [path] = source.split(/[?#]/);
  const stem = path!
    .slice(path!.lastIndexOf("/") + 1)
    .replace(/(\.fits?|\.fts)?(\.(fz|gz|bz2|zst|Z))?$/i, "")
    .replace(/[^\w.+-]+/g, "_")
    .replace(/^[.-]+/, "")
    .slice(0, 80);
  return `${stem || "cutout"}-${image.index}-x${box.x0 + 1}-${box.x1}-y${box.y0 + 1}-${box.y1}.${format}`;
}

/** What a command line says of a source. */
export interface SourceWords {
  readonly text: string;
  /** What was left out, and what to do; undefined where nothing was. */
  readonly note?: string;
}

/** The pages of `fitslice view`: whoever has the first word of the path can read the files. */
const viewPage = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/[\w-]{43}(\/|$)/i;

const viewNote =
  "The address of fitslice view is good for this viewer alone: put the file's own path or address in the place of its name.";
const secretNote =
  "The signature or password of the address was left out: put it back where *** stands, or give your credentials.";

/**
 * How a shell names what was opened: an address without password, signature and token, or the name of a file. What can be
 * read with the address is nobody else's, and command lines are pasted into papers and chats.
 */
export function sourceWords(input: SourceInput | undefined, base?: string): SourceWords {
  if (typeof File !== "undefined" && input instanceof File) return { text: input.name };
  if (typeof input !== "string" && !(input instanceof URL)) return { text: "FILE.fits" };
  const given = String(input);
  const address = base !== undefined && URL.canParse(given, base) ? new URL(given, base).href : given;
  if (viewPage.test(address)) return { text: nameOf(new URL(address).pathname), note: viewNote };
  const named = base !== undefined && /^https?:/i.test(base) ? address : given;
  const text = showAddress(named);
  return text === named.replace(/^(https?:.*?)#.*$/is, "$1") ? { text } : { text, note: secretNote };
}
