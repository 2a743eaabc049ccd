/**
 * The header of a cutout: the header of its image, card for card, with what the cut changes.
 */
import { checkImage, checkObject } from "../argument.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { Card } from "../header/card.js";
import { type Header, withInherited } from "../header/header.js";
import { type ResolvedSection, resolveSection, type Selection } from "../image/section.js";
import { version } from "../version.js";
import { plainImageCards } from "../write/compress-header.js";
import { type HeaderItem, longStringNotice } from "../write/header.js";
import { type Edits, editedCards, newEdits } from "./edits.js";
import { fitsAxes, fitsSection, type Grid, gridOf, isWholeImage } from "./grid.js";
import { editSections } from "./section-keywords.js";
import { editWcs } from "./wcs-keywords.js";

/** What the header of a cutout is made of, beside the image's own header. */
export interface CutoutHeaderOptions {
  /** Whether the cutout is the first HDU of its file. Default false. */
  readonly primary?: boolean;
  /** The primary header of the image's file: its cards are taken over where the image says INHERIT = T. */
  readonly inherits?: Header;
  /** Where the image's file lies, for HISTORY: without secrets, as `Fits.href`. */
  readonly href?: string;
  /** When the cutout is made, for HISTORY. Default: now. */
  readonly date?: Date;
  /** S_REGION of the cutout; without one the keyword is left out. */
  readonly region?: string;
  /** Further lines of HISTORY. */
  readonly notes?: readonly string[];
}

/** The image that a header describes: an `HduLayout` of an image has all of this. */
export type HeaderSource = Pick<HduLayout, "header" | "shape" | "bitpix" | "index" | "name">;

/**
 * The header of a section of an image, for the writers of `fitslice/write`: structure, then the image's cards, digit for
 * digit where nothing changes. Pure: reads nothing.
 *
 * Reference pixels of all alternates move (CRPIXja); steps scale the columns of the matrix (CD, PC, CDELT, with CROTA),
 * SIP, LTV/LTM and the plates of DSS; an axis taken at one index stays, with one pixel, so that coordinates stay
 * right. DATASEC, TRIMSEC and BIASSEC move, other sections go. CHECKSUM and DATASUM are the writer's. HISTORY tells where
 * the cutout comes from. Lookup tables (CPDIS, D2IM) are HDUs of their own: `cutoutHdus` moves them.
 *
 * Throws BAD_SELECTION for a section that does not fit.
 */
export function cutoutHeader(
  image: HeaderSource,
  selection: Selection | Grid | undefined,
  options: CutoutHeaderOptions = {},
): HeaderItem[] {
  checkImage(image);
  checkObject(options);
  return headerItems(image, asGrid(selection, image.shape), newEdits(), options);
}

function asGrid(selection: Selection | Grid | undefined, shape: readonly number[]): Grid {
  const isGrid = "count" in Object(selection);
  return isGrid
    ? (selection as Grid)
    : gridOf(resolveSection(selection as Selection | undefined, shape) satisfies ResolvedSection);
}

/** As `cutoutHeader`, with changes that the caller has made. */
export function headerItems(
  image: HeaderSource,
  grid: Grid,
  edits: Edits,
  options: CutoutHeaderOptions = {},
): HeaderItem[] {
  const { primary = false, inherits } = options;
  const header = inherits ? withInherited(image.header, inherits) : image.header;
  const axes = fitsAxes(grid);
  editWcs(header, axes, edits);
  if (!isWholeImage(grid, image.shape)) {
    editSections(header, axes, edits);
    editRegion(header, edits, options.region);
  }
  if (primary)
    for (const keyword of ["INHERIT", "EXTLEVEL"]) if (header.has(keyword)) edits.values.set(keyword, null);
  edits.notes.push(...(options.notes ?? []), ...provenance(image, grid, options));
  const cards = editedCards(header, edits);
  return announced(plainImageCards(cards, { bitpix: image.bitpix, shape: grid.count, primary }));
}

/** With LONGSTRN before the first string that goes on in CONTINUE cards: not all files announce theirs. */
function announced(items: readonly HeaderItem[]): HeaderItem[] {
  const isText = (item: HeaderItem): item is string => typeof item === "string";
  const first = items.findIndex((item) => isText(item) && item.startsWith("CONTINUE", 80));
  if (first < 0 || items.some((item) => isText(item) && item.startsWith("LONGSTRN"))) return [...items];
  return [...items.slice(0, first), longStringNotice, ...items.slice(first)];
}

/** S_REGION, where the header has one. */
function editRegion(header: Header, edits: Edits, region: string | undefined): void {
  if (!header.has("S_REGION")) return;
  edits.values.set("S_REGION", region ?? null);
  if (region === undefined) edits.notes.push("S_REGION left out: it was that of the whole image");
}

/** Where the cutout comes from. */
function provenance(
  image: HeaderSource,
  grid: Grid,
  { href, date = new Date() }: CutoutHeaderOptions,
): string[] {
  const hdu = `HDU ${image.index}${image.name === "" ? "" : ` (${image.name})`}`;
  const when = date.toISOString().replace(/\.\d+Z$/, "");
  return [
    `Cutout by fitslice ${version}, ${when} UTC`,
    ...(href === undefined ? [] : [`of ${asciiAddress(href)}`]),
    `${hdu}, section ${fitsSection(grid)}`,
  ];
}

/** An address in the characters that a header may hold, as URLs write them. */
function asciiAddress(href: string): string {
  return href.replace(/[^\x20-\x7e]+/gu, (text) => encodeURIComponent(text.replace(/\p{Cs}/gu, "?")));
}

/** Keywords of the data unit that a header without one does not have. */
const ofData = /^(BSCALE|BZERO|BLANK|DATAMIN|DATAMAX|CHECKSUM|DATASUM|GROUPS)$/;

/** The primary header of the image's file, to stand before `extensions` cutouts, without data. */
export function primaryItems(header: Header, extensions: number): HeaderItem[] {
  const edits = newEdits();
  if (header.has("NEXTEND")) edits.values.set("NEXTEND", extensions);
  const cards: Card[] = editedCards(header, edits).filter(({ keyword }) => !ofData.test(keyword));
  const items = announced(plainImageCards(cards, { bitpix: 8, shape: [], primary: true }));
  const has = cards.some(({ keyword }) => keyword === "EXTEND");
  return has ? items : [...items.slice(0, 3), { keyword: "EXTEND", value: true }, ...items.slice(3)];
}
