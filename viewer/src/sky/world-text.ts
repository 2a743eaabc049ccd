/** Coordinates along axes that are not of the sky, as people read them. */
import type { WorldAxis } from "fitslice/wcs";
import { valueText } from "../text.js";
import type { ReadoutLine } from "../viewer.types.js";
import { spokenUnit } from "./spoken-unit.js";

/** Names of the Stokes parameters by their number (FITS Standard 4.0, table 29). */
const stokes: Readonly<Record<number, string>> = {
  1: "I",
  2: "Q",
  3: "U",
  4: "V",
  [-1]: "RR",
  [-2]: "LL",
  [-3]: "RL",
  [-4]: "LR",
  [-5]: "XX",
  [-6]: "YY",
  [-7]: "XY",
  [-8]: "YX",
};

/** The name of a Stokes parameter by its number; undefined for a number that has none. */
export function stokesName(value: number): string | undefined {
  return Math.abs(value - Math.round(value)) < 1e-6 ? stokes[Math.round(value)] : undefined;
}

/** The line of an axis; undefined where the header does not say what the axis is, or the coordinate is none. */
export function worldLine({ name, ctype, kind, unit }: WorldAxis, value: number): ReadoutLine | undefined {
  const label = name || ctype.replace(/-.*$/, "");
  if (label === "" || !Number.isFinite(value)) return undefined;
  const parameter = kind === "stokes" ? stokesName(value) : undefined;
  if (parameter) return { label, text: parameter };
  const [shown, size] = spokenUnit(unit, value);
  return { label, text: `${valueText(value / size, 9)} ${shown}`.trim() };
}
