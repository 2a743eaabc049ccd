/** Regions as ds9's text. */
import type { Length, LengthUnit, Region } from "./region.js";

export const ds9Head = "# Region file format: DS9 version 4.1";

const marks: Readonly<Record<LengthUnit, string>> = { pixel: "i", arcsec: '"', arcmin: "'", deg: "d" };

/** One region as a line that says its frame: `fk5;circle(150.1,2.2,5")`. Numbers have all their digits. */
export function regionLine(region: Region): string {
  const { shape, frame, center, lengths, angle, excluded, text, color } = region;
  const isTurned = shape === "box" || shape === "ellipse";
  const values = [
    ...center.map(numberText),
    ...lengths.map((length) => lengthText(length, frame === "image")),
    ...(isTurned ? [numberText(angle)] : []),
  ];
  const properties = [
    ...(shape === "point" ? ["point=cross"] : []),
    ...(color ? [`color=${color}`] : []),
    ...(text ? [`text=${braced(text)}`] : []),
  ];
  const end = properties.length > 0 ? ` # ${properties.join(" ")}` : "";
  return `${frame};${excluded ? "-" : ""}${shape}(${values.join(",")})${end}`;
}

/** A file of lines, each with its frame. */
export function regionFile(lines: readonly string[]): string {
  // What ds9 has behind "#" stands in a line of its own.
  return [ds9Head, ...lines.map((line) => line.replace(/^(\w+);#/, "$1\n#")), ""].join("\n");
}

function lengthText({ value, unit }: Length, isImage: boolean): string {
  return `${numberText(value)}${isImage && unit === "pixel" ? "" : marks[unit]}`;
}

/** ds9 reads no exponents in some places: plain digits where they are few. */
function numberText(value: number): string {
  const text = String(value + 0);
  const [, mantissa, exponent] = /^(.*)e-(\d+)$/.exec(text) ?? [];
  if (mantissa === undefined || Number(exponent) > 30) return text;
  const digits = mantissa.replace(/[-.]/g, "");
  return `${value < 0 ? "-" : ""}0.${"0".repeat(Number(exponent) - 1)}${digits}`;
}

/** In the delimiters that the text does not contain. */
function braced(text: string): string {
  const clean = text.replace(/[\r\n]+/g, " ");
  if (!/[{}]/.test(clean)) return `{${clean}}`;
  if (!clean.includes('"')) return `"${clean}"`;
  return `'${clean.replaceAll("'", "\u2019")}'`;
}
