/**
 * Round steps of longitudes and latitudes, and their labels: hours or degrees, minutes, seconds.
 */
import { checkNumber } from "../argument.js";

/** Parts of a unit that divide it evenly, from 1/10 of a second to whole turns, in seconds. */
const parts = [1, 2, 5, 10, 20, 30] as const;
const minute = 60;
const whole = 3600;

/** Steps in seconds (of arc, or of time), ascending. */
const steps: readonly number[] = [
  ...[1e-5, 1e-4, 1e-3, 1e-2, 1e-1].flatMap((power) => [1, 2, 5].map((n) => n * power)),
  ...parts,
  ...parts.map((n) => n * minute),
];
const degrees = [1, 2, 5, 10, 15, 30, 45, 90].map((n) => n * whole);
const hours = [1, 2, 3, 4, 6].map((n) => n * whole);

/** Degrees between the lines of a grid over so many degrees of longitude and latitude: about five lines each way. */
export function gridSteps(lon: number, lat: number, equatorial: boolean): { lon: number; lat: number } {
  const latStep = nearest((lat * whole) / 5, [...steps, ...degrees]) / whole;
  if (!equatorial) return { lat: latStep, lon: nearest((lon * whole) / 5, [...steps, ...degrees]) / whole };
  return { lat: latStep, lon: (nearest((lon * whole) / 15 / 5, [...steps, ...hours]) / whole) * 15 };
}

/** The step whose ratio to the wanted one is nearest to 1. */
function nearest(wanted: number, among: readonly number[]): number {
  const ratio = (step: number): number => Math.abs(Math.log(step / wanted));
  return among.reduce((best, step) => (ratio(step) < ratio(best) ? step : best));
}

/** `10h01m41.5s`, or degrees; with as many parts as the step needs. */
export function lonLabel(value: number, step: number, equatorial: boolean): string {
  const turn = ((value % 360) + 360) % 360;
  return equatorial
    ? sexagesimal(turn / 15, step / 15, ["h", "m", "s"], 24)
    : sexagesimal(turn, step, degreeMarks, 360);
}

/** `+2°25′20″`. */
export function latLabel(value: number, step: number): string {
  const sign = value < -step / 1e6 ? "-" : value > step / 1e6 ? "+" : "";
  return sign + sexagesimal(Math.abs(value), step, degreeMarks, 360);
}

const degreeMarks = ["°", "′", "″"] as const;

function sexagesimal(
  value: number,
  step: number,
  [unit, min, sec]: readonly [string, string, string],
  turn: number,
): string {
  const stepSeconds = step * whole;
  const decimals = stepSeconds >= 1 - 1e-9 ? 0 : Math.min(6, Math.ceil(-Math.log10(stepSeconds) - 1e-6));
  // Rounded once, so that 59.9999 seconds are the next minute.
  const unitSeconds = 10 ** decimals;
  let total = Math.round(value * whole * unitSeconds);
  if (total >= turn * whole * unitSeconds) total -= turn * whole * unitSeconds;
  const units = Math.floor(total / (whole * unitSeconds));
  const minutes = Math.floor(total / (minute * unitSeconds)) % 60;
  const seconds = (total % (minute * unitSeconds)) / unitSeconds;
  if (stepSeconds >= whole - 1e-6) return `${units}${unit}`;
  const two = (n: number): string => String(n).padStart(2, "0");
  if (stepSeconds >= minute - 1e-6) return `${units}${unit}${two(minutes)}${min}`;
  return `${units}${unit}${two(minutes)}${min}${seconds.toFixed(decimals).padStart(decimals ? 3 + decimals : 2, "0")}${sec}`;
}

/** A round length of at most `most` degrees: 1, 2, 5, 10, 20 or 30 of a unit; and its name. */
export function roundLength(most: number): { degrees: number; label: string } {
  checkNumber(most, "most");
  const all = [...steps, ...degrees.slice(0, 4)];
  const seconds = all.findLast((step) => step <= most * whole * (1 + 1e-6)) ?? all[0]!;
  const [count, unit] =
    seconds >= whole ? [seconds / whole, "°"] : seconds >= minute ? [seconds / minute, "′"] : [seconds, "″"];
  return { degrees: seconds / whole, label: `${Number(count.toPrecision(3))}${unit}` };
}
