/** The pixels of the rectangle around a region as a file, and the command line that makes the same file. */
import { type Fits, type ImageHdu, parseFitsSection, type SourceInput } from "fitslice";
import { npyHeader } from "fitslice/export";
import type { PngOptions } from "fitslice/picture";
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

/** How a shell names what was opened: the address without a password, or the name of a file. */
export function sourceText(input: SourceInput | undefined, base?: string): string {
  if (typeof File !== "undefined" && input instanceof File) return input.name;
  if (typeof input !== "string" && !(input instanceof URL)) return "FILE.fits";
  if (base === undefined || !/^https?:/i.test(base)) return String(input);
  try {
    const url = new URL(String(input), base);
    url.username = "";
    url.password = "";
    return url.href;
  } catch {
    return String(input);
  }
}
