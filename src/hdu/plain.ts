/**
 * The layout of the HDUs that most images are in: a primary HDU or an IMAGE extension without anything odd.
 */
import type { Header } from "../header/header.js";
import { padded } from "../header/scan.js";
import type { HduLayout } from "./hdu.js";

/** Where an HDU is. */
export interface HduPlace {
  readonly index: number;
  /** Where the header lies in the file. */
  readonly headerOffset: number;
}

/**
 * What layout.ts, which knows all HDUs and is loaded where this does not do, says of such an HDU: there is nothing to
 * warn of. Undefined for all others.
 */
export function plainLayout(header: Header, { index, headerOffset }: HduPlace): HduLayout | undefined {
  const { get } = header;
  const primary = index === 0;
  const begins = primary ? get("SIMPLE") === true : get("XTENSION") === "IMAGE" && !header.has("SIMPLE");
  const naxis = get("NAXIS");
  if (!begins || get("GROUPS") === true || !isCount(naxis) || naxis > 999) return undefined;
  const shape = Array.from({ length: naxis }, (_, i) => get(`NAXIS${naxis - i}`));
  const [bitpix, pcount = 0, gcount = 1, ver = 1] = ["BITPIX", "PCOUNT", "GCOUNT", "EXTVER"].map(
    (keyword) => get(keyword) ?? undefined,
  );
  const bytes = elementBytes[String(bitpix)];
  if (!bytes || ![...shape, pcount, gcount, ver].every(isCount)) return undefined;
  const lengths = shape as number[];
  const array = lengths.reduce((size, length) => size * length, 1);
  const dataOffset = headerOffset + header.byteLength;
  const dataSize = naxis && bytes * (gcount as number) * ((pcount as number) + array);
  const end = dataOffset + padded(dataSize);
  // Zeros must not hide that the other factors are absurd.
  const largest = [gcount as number, ...lengths].reduce((n, length) => n * (length || 1), bytes);
  if (!Number.isSafeInteger(end) || !Number.isSafeInteger(largest)) return undefined;
  return {
    index,
    name: String(get("EXTNAME") ?? (primary ? "PRIMARY" : "")),
    ver: ver as number,
    type: primary ? "PRIMARY" : "IMAGE",
    bitpix: bitpix as number,
    shape: lengths,
    headerOffset,
    headerSize: header.byteLength,
    dataOffset,
    dataSize,
    end,
    cards: header.length,
    header,
  };
}

const elementBytes: Readonly<Record<string, number>> = { 8: 1, 16: 2, 32: 4, 64: 8, "-32": 4, "-64": 8 };

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
