/**
 * Positions on the sky as people write them.
 */
import { checkText } from "../../argument.js";
import { FitsError } from "../../errors.js";
import type { Frame } from "../frames/frame.js";
import { clipped, frameIn } from "../frames/name.js";
import { coordinateOf, type Field, fieldsOf, plainText, splitAt } from "./fields.js";

export interface Position {
  /** Degrees: longitude 0 to 360, latitude -90 to 90. */
  readonly lon: number;
  readonly lat: number;
  /** Where the text names one. */
  readonly frame?: Frame;
  /** What was read past: 60 seconds, 24 hours and more. */
  readonly warnings: readonly string[];
}

/**
 * A position: `10h01m41.13s +02d25m20.58s`, `10:01:41.13 +02:25:20.58`, `10 01 41.13 +02 25 20.58`, `150.42 2.42`,
 * `150.42d, +2.42d`, `J100141.13+022520.58`; with signs, primes and raised letters as printed; with a frame before or
 * behind it: `gal 120.1 -5`, `l=120.1 b=-5`, `fk4 B1975 ...`, `... J2000`, `icrs; ...`.
 *
 * The longitude is in hours if `h`, colons, or a row of two or three numbers says so, and the frame is equatorial; a single
 * number is degrees. Throws BAD_ARGUMENT, and says how far the text was understood.
 */
export function parsePosition(text: string): Position {
  checkText(text, "a position");
  if (text.length > 200) throw wrong(text, "is too long for a position");
  const plain = plainText(text).replace(/^[([{]([^()[\]{}]*)[)\]}]$/, "$1");
  const designation = parseDesignation(plain);
  if (designation) return designation;
  const { frame, rest } = framed(plain);
  const equatorial = !frame || !/galactic|ecliptic/.test(frame.name);
  const [lonFields, latFields] = halves(rest, text);
  const lon = coordinateOf(lonFields, equatorial);
  if (typeof lon === "string") throw wrong(text, `in the longitude ${lon}`);
  const lat = coordinateOf(latFields, false);
  if (typeof lat === "string") throw wrong(text, `in the latitude ${lat}`);
  if (lat.unit === "hours") throw wrong(text, "the latitude is in hours");
  const degrees = lon.unit === "hours" ? lon.value * 15 : lon.value;
  const read = `it reads as longitude ${short(degrees)}, latitude ${short(lat.value)} degrees`;
  if (!(Math.abs(lat.value) <= 90)) throw wrong(text, `${read}, which is beyond 90`);
  if (!(Math.abs(degrees) <= 720)) throw wrong(text, `${read}: more than two turns`);
  const warnings = [...lon.warnings, ...lat.warnings];
  // Catalogs with declinations in minutes and seconds often have decimal hours beside them.
  const [plainLon] = lonFields;
  const isBare = lonFields.length === 1 && plainLon?.mark === "" && equatorial;
  if (isBare && latFields.length > 1 && degrees >= 0 && degrees < 24)
    warnings.push(
      `the longitude ${plainLon.text} is read as degrees; decimal hours are written ${plainLon.text}h`,
    );
  // -70 degrees are a common way to write 290; other turns are rather a slip.
  if (degrees > 360 || degrees < -360 || (lon.unit === "hours" && (degrees < 0 || degrees === 360)))
    warnings.push(`the longitude ${short(lon.value)} ${lon.unit} is taken around the circle`);
  return { lon: turned(degrees), lat: lat.value, ...(frame && { frame }), warnings };
}

/** Within 0 to 360 degrees. */
function turned(degrees: number): number {
  const within = degrees % 360;
  const positive = within < 0 ? within + 360 : within;
  return positive === 360 ? 0 : positive + 0;
}

const short = (value: number): string => String(Number(value.toPrecision(9)));

function wrong(text: string, what: string): FitsError {
  return new FitsError(
    "BAD_ARGUMENT",
    `position '${clipped(text)}': ${what}; write it as '10h01m41.1s +02d25m20s', '10:01:41.1 +02:25:20' or '150.42 2.42'`,
  );
}

/** The fields of the longitude and of the latitude. */
function halves(numbers: string, text: string): [lon: Field[], lat: Field[]] {
  const parts = numbers.split(/[,;]/);
  const fields = parts.map(fieldsOf);
  const odd = fields.indexOf(undefined);
  if (odd >= 0)
    throw wrong(
      text,
      `'${clipped(parts[odd]!.trim())}' is not made of numbers, hours, degrees, minutes and seconds`,
    );
  if (fields.length === 2) return [fields[0]!, fields[1]!];
  const all = fields[0]!;
  const at = fields.length === 1 ? splitAt(all) : undefined;
  if (at === undefined || all.length < 2) {
    const count = fields.flat().length;
    throw wrong(
      text,
      `${count === 1 ? "there is one number" : `there are ${count} numbers`}, which cannot be told apart into longitude and latitude`,
    );
  }
  return [all.slice(0, at), all.slice(at)];
}

/** The frame named before or behind the numbers, and the numbers. */
function framed(text: string): { frame?: Frame; rest: string } {
  const words = [...text.matchAll(/[^\s;,]+/g)];
  for (const count of [3, 2, 1]) {
    if (words.length <= count) continue;
    const last = words[count - 1]!;
    const end = last.index + last[0].length;
    const before = frameIn(bare(text.slice(0, end)));
    if (before) return { ...unlabeled(text.slice(end).replace(/^[\s;,]+/, "")), frame: before };
    const start = words[words.length - count]!.index;
    const behind = frameIn(bare(text.slice(start)));
    if (behind) return { ...unlabeled(text.slice(0, start).replace(/[\s;,]+$/, "")), frame: behind };
  }
  return unlabeled(text);
}

const bare = (words: string): string => words.replace(/[()[\]:;,]+/g, " ").trim();

const labels =
  /^(ra|l|lon|glon|elon|alpha|\u03B1) ?[=:] ?(.*?)[ ,;]+(dec|de|b|lat|glat|elat|delta|\u03B4) ?[=:] ?(.*)$/;

/** The numbers of `ra=... dec=...` and the like; `l=` and `b=` are galactic. */
function unlabeled(text: string): { frame?: Frame; rest: string } {
  const match = labels.exec(text);
  if (!match) return { rest: text };
  const rest = `${match[2]}, ${match[4]}`;
  const label = match[1]!;
  if (label === "l" || label === "glon") return { frame: { name: "galactic" }, rest };
  if (label === "elon") return { frame: { name: "ecliptic", equinox: 2000 }, rest };
  return { rest };
}

/**
 * A name that is a position: `J100141.13+022520.58`, `SDSS J1001...`, `J1001+0225`, `B0531+2158`; decimals belong to the last
 * field. J is ICRS, B is FK4 B1950. With another name before it all seconds must be there: `PSR B0531+21` is no position.
 */
function parseDesignation(plain: string): Position | undefined {
  const match =
    /^(?:(.*[a-z\d])[ _-]?)??([jb]|(?=\d{6}))(\d{4}|\d{6})(\.\d*)?([+-])(\d{4}|\d{6})(\.\d*)?$/.exec(plain);
  if (!match) return undefined;
  const [, prefix, letter, ra = "", raPart = "", sign, dec = "", decPart = ""] = match;
  const full = ra.length === 6 && dec.length === 6;
  if ((prefix !== undefined || letter === "") && !full) return undefined;
  const lonValue = packed(ra, raPart);
  const latValue = packed(dec, decPart);
  if (lonValue === undefined || latValue === undefined || lonValue >= 24 || latValue > 90) return undefined;
  const frame: Frame = letter === "b" ? { name: "fk4", equinox: 1950 } : { name: "icrs" };
  return { lon: lonValue * 15, lat: sign === "-" ? -latValue : latValue, frame, warnings: [] };
}

/** `100141` and `.13`: hours or degrees. */
function packed(digits: string, part: string): number | undefined {
  const pairs = digits.match(/../g)!;
  const values = pairs.map((pair, i) => Number(i === pairs.length - 1 ? pair + part : pair));
  if (values.slice(1).some((value) => value >= 60)) return undefined;
  return values.reduce((sum, value, i) => sum + value / 60 ** i, 0);
}
