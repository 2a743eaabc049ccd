/**
 * The headers of an overview: coordinates of blocks, and the keywords that bind it to its file.
 */
import { type Edits, editedCards, newEdits } from "../cutout/edits.js";
import { fitsAxes, type Grid } from "../cutout/grid.js";
import { editSections } from "../cutout/section-keywords.js";
import { editWcs } from "../cutout/wcs-keywords.js";
import type { ImageHdu } from "../hdu/image.js";
import { type Header, withInherited } from "../header/header.js";
import { version } from "../version.js";
import type { HeaderCard } from "../write/card.js";
import { plainImageCards } from "../write/compress-header.js";
import type { HeaderItem } from "../write/header.js";
import type { Binding } from "./binding.js";
import { levelShape } from "./levels.js";

/** One level of one image. */
export interface Level {
  readonly image: ImageHdu;
  readonly factor: number;
  /** EXTVER, which tells the HDUs of an overview apart. */
  readonly ver: number;
  /** What binds it to its image, the two of `checksumsOf`. */
  readonly binding: string;
}

/**
 * The blocks of a level as a grid of its image. A block's middle lies between pixels: the grid begins at half a pixel, which
 * is right for all linear keywords (CRPIX, SIP, LTV, plates).
 */
export function blockGrid({ image: { shape }, factor }: Pick<Level, "image" | "factor">): Grid {
  const isBinned = (axis: number): boolean => axis >= shape.length - 2;
  return {
    start: shape.map((_, axis) => (isBinned(axis) ? (factor - 1) / 2 : 0)),
    count: levelShape(shape, factor),
    step: shape.map((_, axis) => (isBinned(axis) ? factor : 1)),
  };
}

/** Keywords of the image that are not those of its means: how it is stored, its extremes, its name. */
const ofImage = /^(BSCALE|BZERO|BLANK|DATAMIN|DATAMAX|EXTNAME|EXTVER|EXTLEVEL|INHERIT|OVR[A-Z]+)$/;

/**
 * The cards of a level.
 *
 * @param primary the first header of the image's file: of an image with INHERIT = T its cards are taken over
 * @param edits changes that its lookup tables need
 */
export function levelCards(level: Level, primary: Header, edits: Edits = newEdits()): HeaderItem[] {
  const { image, factor, ver, binding } = level;
  const grid = blockGrid(level);
  const header = withInherited(image.header, primary);
  const axes = fitsAxes(grid);
  editWcs(header, axes, edits);
  editSections(header, axes, edits);
  edits.notes.push(`Means of blocks of ${factor} x ${factor} pixels, by fitslice ${version}`);
  const cards = editedCards(header, edits).filter(({ keyword }) => !ofImage.test(keyword));
  const own: HeaderCard[] = [
    { keyword: "EXTNAME", value: "OVERVIEW", comment: "means of blocks of pixels" },
    { keyword: "EXTVER", value: ver, comment: "number of this level" },
    { keyword: "OVRFACT", value: factor, comment: "pixels of the image along a block" },
    { keyword: "OVRHDU", value: image.index, comment: "HDU of the image in its file, from 0" },
    { keyword: "OVRNAME", value: image.name, comment: "EXTNAME of the image" },
    { keyword: "OVREXTV", value: image.ver, comment: "EXTVER of the image" },
    ...datasumCards(image.header),
    { keyword: "OVRCRC", value: binding, comment: "CRC-32 of its header and of samples" },
  ];
  const items = plainImageCards(cards, { bitpix: -32, shape: grid.count, primary: false });
  const structure = 5 + grid.count.length;
  return [...items.slice(0, structure), ...own, ...items.slice(structure)];
}

function datasumCards(header: Header): HeaderCard[] {
  const sum = header.get("DATASUM");
  return typeof sum === "string" || typeof sum === "number"
    ? [{ keyword: "OVRSUM", value: String(sum).trim(), comment: "DATASUM of the image" }]
    : [];
}

/** The cards of the primary header, which say which file the overview is of. */
export function primaryCards({ size, tag }: Binding): HeaderItem[] {
  const items: HeaderCard[] = [
    { keyword: "SIMPLE", value: true, comment: "conforms to FITS standard" },
    { keyword: "BITPIX", value: 8, comment: "bits per pixel" },
    { keyword: "NAXIS", value: 0, comment: "number of axes" },
    { keyword: "EXTEND", value: true, comment: "there may be extensions" },
    { keyword: "OVRFORM", value: 1, comment: "an overview of another file, form 1" },
  ];
  if (size !== undefined) items.push({ keyword: "OVRSIZE", value: size, comment: "bytes of that file" });
  if (tag !== undefined) items.push({ keyword: "OVRTAG", value: tag, comment: "its ETag or Last-Modified" });
  return items;
}
