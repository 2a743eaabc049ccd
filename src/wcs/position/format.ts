/**
 * Positions as people read them.
 */
import { checkList, checkObject } from "../../argument.js";
import { FitsError } from "../../errors.js";
import type { Frame } from "../frames/frame.js";

export interface FormatOptions {
  /** `"sexagesimal"`: `10h01m41.130s +02d25m20.58s`; `"colons"`: `10:01:41.130 +02:25:20.58`; `"decimal"`: degrees. */
  readonly style?: "sexagesimal" | "colons" | "decimal" | undefined;
  /**
   * Decimals of the seconds of the latitude, one more of those of hours: 0 to 9, default 2; of decimal degrees 0 to 15, default 6.
   */
  readonly digits?: number | undefined;
  /** Longitudes of equatorial frames are in hours, of others in degrees. Default ICRS. */
  readonly frame?: Frame | undefined;
}

/**
 * A position in degrees as text that `parsePosition` reads, too (with the same frame). Throws BAD_ARGUMENT for other digits
 * than there can be.
 */
export function formatPosition(
  position: readonly [lon: number, lat: number],
  options: FormatOptions = {},
): string {
  checkList(position, "a position", "number");
  checkObject(options);
  const [lon, lat] = position;
  const { style = "sexagesimal", frame } = options;
  const decimal = style === "decimal";
  const { digits = decimal ? 6 : 2 } = options;
  const most = decimal ? 15 : 9;
  if (!Number.isInteger(digits) || digits < 0 || digits > most)
    throw new FitsError("BAD_ARGUMENT", `digits must be a whole number from 0 to ${most}, not ${digits}`);
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) return "none";
  if (decimal) return `${unsignedZero(lon.toFixed(digits))} ${signOf(lat)}${Math.abs(lat).toFixed(digits)}`;
  const hours = !frame || /^(?:icrs|fk)/.test(frame.name);
  const turn = ((lon % 360) + 360) % 360;
  const marks = style === "colons" ? [":", ":", ""] : ["d", "m", "s"];
  const longitude = hours
    ? parts(turn / 15, digits + 1, 24, style === "colons" ? marks : ["h", "m", "s"])
    : parts(turn, digits, 360, marks, 3);
  return `${longitude} ${signOf(lat)}${parts(Math.abs(lat), digits, undefined, marks)}`;
}

const signOf = (value: number): string => (value < 0 || Object.is(value, -0) ? "-" : "+");
const unsignedZero = (text: string): string => (/^-0\\.?0*$/.test(text) ? text.slice(1) : text);

/** Units, minutes and seconds; rounded once, so that 59.999 s become the next minute; `around` becomes 0. */
function parts(
  value: number,
  digits: number,
  around: number | undefined,
  marks: readonly string[],
  width = 2,
): string {
  const perSecond = 10 ** digits;
  const total = Math.round(value * 3600 * perSecond);
  const rounded = around === undefined ? total : total % (around * 3600 * perSecond);
  const units = Math.floor(rounded / (3600 * perSecond));
  const minutes = Math.floor(rounded / (60 * perSecond)) % 60;
  const seconds = (rounded % (60 * perSecond)) / perSecond;
  const padded = seconds.toFixed(digits).padStart(digits > 0 ? digits + 3 : 2, "0");
  return `${String(units).padStart(width, "0")}${marks[0]}${String(minutes).padStart(2, "0")}${marks[1]}${padded}${marks[2]}`;
}
