/**
 * The layout of the HDUs that most images are in: a primary HDU or an IMAGE extension without anything odd.
 */
import type { Header } from "../header/header.js";
import { padded } from "../header/scan.js";
import { scalingWarnings } from "../image/scale.js";
import type { HduLayout } from "./hdu.js";
import type { HduPlace } from "./layout.js";

/**
 * What layout.ts, which knows all HDUs and is loaded where this does not do, says of such an HDU: there is nothing to
 * warn of. Undefined for all others.
 */
export function plainLayout(header: Header, { index, headerOffset }: HduPlace): HduLayout | undefined {
  const { get } = header;
  if (header.repeated().length > 0 || scalingWarnings(header, Number(get("BITPIX"))).length > 0)
    return undefined;
  const unread = ["PCOUNT", "GCOUNT", "GROUPS", "EXTVER"].some((k) => header.has(k) && get(k) === undefined);
  if (unread) return undefined;
  const primary = index === 0;
  const begins = primary ? get("SIMPLE") === true : get("XTENSION") === "IMAGE" && !header.has("SIMPLE");
  const naxis = get("NAXIS");
  const extra = [get("PCOUNT") ?? 0, get("GCOUNT") ?? 1, get("GROUPS") ?? false];
  if (!begins || String(extra) !== "0,1,false" || !isCount(naxis) || naxis > 999) return undefined;
  const shape = Array.from({ length: naxis }, (_, i) => get(`NAXIS${naxis - i}`)) as number[];
  const bitpix = get("BITPIX") as number;
  const ver = get("EXTVER") ?? 1;
  // Arrays without elements are left to layout.ts: zeros could hide that other factors are absurd.
  if (shape.includes(0) || ![...shape, ver].every(isCount) || !bitpixes.includes(bitpix)) return undefined;
  const dataOffset = headerOffset + header.byteLength;
  const dataSize = naxis && shape.reduce((size, length) => size * length, Math.abs(bitpix) / 8);
  const end = dataOffset + padded(dataSize);
  if (!Number.isSafeInteger(end)) return undefined;
  return {
    index,
    name: String(get("EXTNAME") ?? (primary ? "PRIMARY" : "")),
    ver: ver as number,
    type: primary ? "PRIMARY" : "IMAGE",
    bitpix,
    shape,
    headerOffset,
    headerSize: header.byteLength,
    dataOffset,
    dataSize,
    end,
    cards: header.length,
    header,
  };
}

const bitpixes = [8, 16, 32, 64, -32, -64];

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
