/** Coordinates along axes that are not of the sky, as people read them. */
import type { WorldAxis } from "fitslice/wcs";
import { valueText } from "../text.js";
import type { ReadoutLine } from "../viewer.types.js";

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

/** Units in which people say coordinates that are delivered in SI, from the largest on: how many SI units each is. */
const spoken: Readonly<Record<string, readonly (readonly [name: string, size: number])[]>> = {
  m: [
    ["m", 1],
    ["cm", 1e-2],
    ["mm", 1e-3],
    ["\u00B5m", 1e-6],
    ["nm", 1e-9],
    ["pm", 1e-12],
  ],
  Hz: [
    ["THz", 1e12],
    ["GHz", 1e9],
    ["MHz", 1e6],
    ["kHz", 1e3],
    ["Hz", 1],
  ],
  "m/s": [
    ["km/s", 1e3],
    ["m/s", 1],
  ],
};

/** The largest unit of which `value` SI units are one or more, and how many SI units it is; other units are as they are. */
export function spokenUnit(unit: string, value: number): readonly [name: string, size: number] {
  const units = spoken[unit] ?? [[unit, 1] as const];
  return units.find(([, one]) => Math.abs(value) >= one) ?? units.at(-1)!;
}

/** The line of an axis; undefined where the header does not say what the axis is, or the coordinate is none. */
export function worldLine({ name, ctype, kind, unit }: WorldAxis, value: number): ReadoutLine | undefined {
  const label = name || ctype.replace(/-.*$/, "");
  if (label === "" || !Number.isFinite(value)) return undefined;
  const parameter = kind === "stokes" ? stokes[Math.round(value)] : undefined;
  if (parameter && Math.abs(value - Math.round(value)) < 1e-6) return { label, text: parameter };
  const [shown, size] = spokenUnit(unit, value);
  return { label, text: `${valueText(value / size, 9)} ${shown}`.trim() };
}
