/**
 * Sizes of cutouts as people write them.
 */
import { FitsError } from "../../errors.js";
import { clipped } from "../frames/name.js";
import { unitOf } from "../unit.js";
import { plainText } from "./fields.js";

/** Both greater than 0. In C order, as shapes of arrays are: height first. */
export interface Size {
  readonly height: number;
  readonly width: number;
  readonly unit: "deg" | "pixel";
}

/**
 * A size: `5arcsec`, `5"`, `0.5'`, `2 arcmin`, `0.1deg`, `64pix`, `64`; or two, as ds9 and people write boxes, the WIDTH
 * first: `5arcsec x 3arcsec`, `5x3 arcsec`, `350x250pix`. A number without a unit is pixels, or takes the other number's
 * unit. Throws BAD_ARGUMENT.
 */
export function parseSize(text: string): Size {
  const sides = plainText(text)
    .split(/ ?[\u00D7*,] ?| ?(?<!pi?)x ?(?=[+-]?[\d.])/)
    .map((part) => sideOf(part, text));
  if (sides.length > 2) throw wrong(text, `has ${sides.length} sides`);
  const [width, height = width] = sides as [Side, Side?];
  const unit = width.unit ?? height.unit ?? "pixel";
  if ((width.unit && width.unit !== unit) || (height.unit && height.unit !== unit))
    throw wrong(text, "mixes pixels and angles");
  const scale = width.scale ?? height.scale ?? 1;
  return {
    height: checked(height.value * (height.scale ?? scale), unit, text),
    width: checked(width.value * (width.scale ?? scale), unit, text),
    unit,
  };
}

interface Side {
  readonly value: number;
  readonly scale?: number;
  readonly unit?: Size["unit"];
}

function sideOf(part: string, text: string): Side {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?) ?([^\d.]*)$/.exec(part.trim());
  if (!match) throw wrong(text, "is no number with a unit");
  const value = Number(match[1]);
  const word = match[2]!.trim();
  if (word === "") return { value };
  if (/^(?:p|px|pix|pixels?)$/.test(word)) return { value, scale: 1, unit: "pixel" };
  const unit = unitOf(word === "d" ? "deg" : word === "''" ? "arcsec" : word);
  if (unit?.dimension !== "angle") throw wrong(text, `has the unit '${clipped(word)}', which is no angle`);
  return { value, scale: unit.scale, unit: "deg" };
}

function checked(value: number, unit: Size["unit"], text: string): number {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw wrong(text, "is not greater than 0");
  if (unit === "deg" && value > 360) throw wrong(text, "is more than a full turn");
  if (unit === "pixel" && value > Number.MAX_SAFE_INTEGER) throw wrong(text, "is too large");
  return value;
}

function wrong(text: string, what: string): FitsError {
  return new FitsError(
    "BAD_ARGUMENT",
    `size '${clipped(text)}' ${what}; write it as 5arcsec, 2arcmin, 64pix, or width x height: 350x250pix`,
  );
}
