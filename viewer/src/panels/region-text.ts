/** Regions in words. */

import type { Length } from "../regions/region.js";
import type { RegionEntry } from "../regions/region-list.js";

const marks: Readonly<Record<Length["unit"], string>> = {
  pixel: " px",
  arcsec: "\u2033",
  arcmin: "\u2032",
  deg: "\u00b0",
};

const short = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

/** `circle at 120, 80, 15 px`, `fk5 box at 150.10000, +2.20000, 5″ × 3″`; of what is not drawn, the line. */
export function regionSummary({ region, line }: RegionEntry): string {
  if (!region) return line.length > 80 ? `${line.slice(0, 77)}...` : line;
  const { shape, frame, center, lengths, text, excluded } = region;
  const isImage = frame === "image";
  const at = center.map((value) => (isImage ? short(value, 2) : value.toFixed(5))).join(", ");
  const sizes = lengths.map(({ value, unit }) => `${short(value, 3)}${marks[unit]}`).join(" \u00d7 ");
  const name = `${isImage ? "" : `${frame} `}${excluded ? "excluded " : ""}${shape}`;
  return [text, `${name} at ${at}`, sizes]
    .filter(Boolean)
    .join(text ? ": " : ", ")
    .replace(/^([^:]*: [^:]*): /, "$1, ");
}
