/**
 * The header of a compressed image, rebuilt from the table that holds it (FITS Standard 4.0, section 10.1), as
 * astropy shows it: Z keywords under their own names, the table's columns left out.
 */
import { type Card, parseCard } from "../../header/card.js";
import { type Header, headerOf } from "../../header/header.js";

/** Keywords that stand in place, under another name. */
const renamed: Readonly<Record<string, string>> = {
  ZEXTEND: "EXTEND",
  ZBLOCKED: "BLOCKED",
  ZHECKSUM: "CHECKSUM",
  ZDATASUM: "DATASUM",
};
/** And those of a primary header, which may have them anywhere. */
const renamedInPrimary: Readonly<Record<string, string>> = {
  ...renamed,
  ZPCOUNT: "PCOUNT",
  ZGCOUNT: "GCOUNT",
};

/** Keywords of the table itself, and those that say how the tiles are compressed. */
const tableKeyword =
  /^(XTENSION|SIMPLE|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|T(TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|BCOL|DIM|CTYP|CUNI|CRPX|CRVL|CDLT|RPOS)[1-9]\d*)$/;
const tileKeyword =
  /^(ZIMAGE|ZCMPTYPE|ZMASKCMP|ZQUANTIZ|ZSIMPLE|ZTENSION|ZBITPIX|ZNAXIS|Z(NAXIS|TILE|NAME|VAL)[1-9]\d*)$/;

/** What astropy and cfitsio call a table that has no better name. */
const defaultName = "COMPRESSED_IMAGE";

/**
 * The image's own header. ZSIMPLE makes it one of a primary HDU, anything else one of an IMAGE extension. ZBLANK and
 * ZDITHER0 stay, as they do in astropy; an EXTNAME of `COMPRESSED_IMAGE` does not.
 */
export function tiledHeader(table: Header): Header {
  const cards = mandatoryCards(table);
  const isPrimary = table.has("ZSIMPLE");
  const names = isPrimary ? renamedInPrimary : renamed;
  const axes = axesOf(table);
  const taken = new Set<string>();
  for (const z of Object.keys(names)) if (table.has(z)) taken.add(names[z]!);
  for (const card of table) {
    const { keyword } = card;
    // An image may have lengths of more axes than it has; fpack keeps them, too.
    const axis = /^ZNAXIS([1-9]\d*)$/.exec(keyword)?.[1];
    if (Number(axis) > axes) cards.push(rename(card, `NAXIS${axis}`));
    if (tableKeyword.test(keyword) || tileKeyword.test(keyword) || taken.has(keyword)) continue;
    if (keyword === "EXTNAME" && card.value === defaultName) continue;
    if (!isPrimary && (keyword === "ZPCOUNT" || keyword === "ZGCOUNT")) continue;
    const name = names[keyword];
    cards.push(name === undefined ? card : rename(card, name));
  }
  return headerOf(cards);
}

/** SIMPLE or XTENSION, BITPIX, the axes, and PCOUNT and GCOUNT of an extension. */
function mandatoryCards(table: Header): Card[] {
  const primary = table.card("ZSIMPLE");
  const cards = [primary ? rename(primary, "SIMPLE") : extensionCard(table)];
  cards.push(renamedOr(table, "ZBITPIX", "BITPIX", 8), renamedOr(table, "ZNAXIS", "NAXIS", 0));
  const axes = axesOf(table);
  for (let n = 1; n <= axes; n++) cards.push(renamedOr(table, `ZNAXIS${n}`, `NAXIS${n}`, 0));
  if (primary) return cards;
  return [...cards, renamedOr(table, "ZPCOUNT", "PCOUNT", 0), renamedOr(table, "ZGCOUNT", "GCOUNT", 1)];
}

function axesOf(table: Header): number {
  return Math.min(table.integer("ZNAXIS") ?? 0, 999);
}

/** XTENSION from ZTENSION: IMAGE, or a foreign type whose bytes fpack has compressed as an image's. */
function extensionCard(table: Header): Card {
  const card = table.card("ZTENSION");
  const isTable = /^(BINTABLE|A3DTABLE|TABLE)$/.test(String(card?.value));
  if (typeof card?.value === "string" && card.value !== "" && !isTable) return rename(card, "XTENSION");
  const comment = card?.comment ?? "";
  const value = "XTENSION= 'IMAGE   '";
  return parseCard((comment === "" ? value : `${value.padEnd(30)} / ${comment}`).slice(0, 80).padEnd(80));
}

function renamedOr(table: Header, from: string, to: string, otherwise: number): Card {
  const card = table.card(from);
  if (card) return rename(card, to);
  return parseCard(`${to.padEnd(8)}= ${String(otherwise).padStart(20)}`.padEnd(80));
}

function rename(card: Card, keyword: string): Card {
  return { ...card, keyword, raw: keyword.padEnd(8) + card.raw.slice(8) };
}
