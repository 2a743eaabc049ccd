/**
 * Headers of many stamps of one image: the first is made as that of every cutout; the others differ from it in few cards.
 */
import { editedCard, newEdits } from "../cutout/edits.js";
import { fitsAxes, fitsSection, type Grid } from "../cutout/grid.js";
import { headerItems } from "../cutout/header.js";
import { lookupReferences, tabReferences } from "../cutout/lookup.js";
import { editWcs } from "../cutout/wcs-keywords.js";
import type { Fits } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import { formatHeader } from "../write/header.js";

const cardLength = 80;
const mostTemplates = 64;

/** A header, and where in it stands what differs from stamp to stamp. */
interface Template {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offsets of the cards of keywords. */
  readonly places: ReadonlyMap<string, number>;
  /** Offset of the card that tells the section. */
  readonly section: number;
  readonly sectionText: string;
}

/** What is known of an image whose stamps are plain. */
interface Known {
  readonly templates: Map<string, Template | undefined>;
}

const known = new WeakMap<ImageHdu, Known | "special">();

/** The cut of a stamp, as far as its header goes. */
export interface HeaderCut {
  readonly image: ImageHdu;
  readonly grid: Grid;
}

/**
 * The header of a stamp that is the only HDU of its file; undefined of images whose cutouts have more than a header and pixels, or
 * headers that are not alike: tables, checksums, regions, steps.
 */
export async function stampHeader(
  fits: Fits,
  { image, grid }: HeaderCut,
  date: Date,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const own = known.get(image) ?? (isSpecial(fits, image) ? "special" : { templates: new Map() });
  known.set(image, own);
  if (own === "special" || grid.step.some((step) => step !== 1)) return undefined;
  const edits = newEdits();
  editWcs(image.header, fitsAxes(grid), edits);
  if (edits.records.size + edits.notes.length > 0) return undefined;
  const key = [+date, grid.count, ...edits.values.keys()].join(" ");
  if (!own.templates.has(key)) {
    // Stamps of many shapes gain nothing from the headers of others.
    if (own.templates.size >= mostTemplates) own.templates.clear();
    const primary = (await fits.hdu(0)).header;
    const options = { primary: true, inherits: primary, href: fits.href, date };
    own.templates.set(
      key,
      templateOf(formatHeader(headerItems(image, grid, newEdits(), options)), edits.values, grid),
    );
  }
  const template = own.templates.get(key);
  if (!template) return undefined;
  const bytes = template.bytes.slice();
  for (const [keyword, value] of edits.values) {
    const card = editedCard(image.header, keyword, value!);
    if (card.length !== cardLength) return undefined;
    put(bytes, template.places.get(keyword)!, card);
  }
  const section = template.sectionText + fitsSection(grid);
  if (section.length > cardLength) return undefined;
  put(bytes, template.section, section.padEnd(cardLength));
  return bytes;
}

/** Keywords that the writer or the cutout has more to do for than to move a number. */
const special = ["CHECKSUM", "DATASUM", "S_REGION", "INHERIT"];

function isSpecial(fits: Fits, { header }: ImageHdu): boolean {
  return (
    special.some((keyword) => header.has(keyword)) ||
    lookupReferences(header).length + tabReferences(header).length > 0 ||
    fits.known.some(({ name }) => name === "ASDF") ||
    header.get("TELESCOP") === "JWST"
  );
}

function templateOf(
  bytes: Uint8Array<ArrayBuffer>,
  values: ReadonlyMap<string, unknown>,
  grid: Grid,
): Template | undefined {
  const text = new TextDecoder().decode(bytes);
  const cards = Array.from({ length: text.length / cardLength }, (_, i) =>
    text.slice(i * cardLength, (i + 1) * cardLength),
  );
  const places = new Map<string, number>();
  for (const keyword of values.keys()) {
    const start = `${keyword.padEnd(8)}= `;
    const found = cards.flatMap((card, i) => (card.startsWith(start) ? [i] : []));
    if (found.length !== 1 || values.get(keyword) === null) return undefined;
    places.set(keyword, found[0]! * cardLength);
  }
  const told = fitsSection(grid);
  const section = cards.findLastIndex(
    (card) => card.startsWith("HISTORY HDU ") && card.trimEnd().endsWith(told),
  );
  if (section < 0) return undefined;
  const sectionText = cards[section]!.trimEnd().slice(0, -told.length);
  return { bytes, places, section: section * cardLength, sectionText };
}

function put(bytes: Uint8Array, offset: number, card: string): void {
  for (let i = 0; i < card.length; i++) bytes[offset + i] = card.charCodeAt(i);
}
