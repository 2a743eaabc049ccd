/**
 * What stands behind `bin` (CFITSIO User's Guide, Binning or Histogramming Specification): `X=1:100:4, Y; WEIGHT`, `(X,Y)=4`, `4`.
 */
import { badUsage, type Failure } from "../failure.js";
import { printable } from "../output.js";
import { cutAt } from "./brackets.js";

/** A number, or the name of a keyword that holds one. */
export type Limit = number | string;

export interface AxisClause {
  /** A column, or an expression; undefined for the table's own choice. */
  readonly column?: string;
  readonly min?: Limit;
  readonly max?: Limit;
  readonly step?: Limit;
}

export interface BinClause {
  readonly axes: readonly AxisClause[];
  /** A number, a column or an expression that each row counts for; `isInverse`: one over it. */
  readonly weight?: { readonly text: string; readonly isInverse: boolean };
}

const mostAxes = 4;

/** Throws `Failure` (wrong usage). */
export function binClause(text: string): BinClause {
  const [spec, weight, ...more] = cutAt(text, ";");
  if (more.length > 0) throw problem(text, "one ; stands before the weight");
  const axes = cutAt(spec!.text, ",").flatMap(({ text: part }) =>
    part.trim() === "" ? [] : axesOf(part, text),
  );
  if (axes.length > mostAxes)
    throw problem(text, `a histogram has at most ${mostAxes} axes, not ${axes.length}`);
  const [, slash = "", by = ""] = /^\s*(\/?)\s*([\s\S]*?)\s*$/.exec(weight?.text ?? "") ?? [];
  if (weight && by === "") throw problem(text, "behind the ; stands a weight: a number or a column");
  return { axes, ...(weight && { weight: { text: by, isInverse: slash === "/" } }) };
}

function problem(text: string, what: string): Failure {
  return badUsage(`[bin ${printable(text)}]: ${what}`);
}

/** One axis, or several of `(X, Y) = ...`. */
function axesOf(part: string, text: string): AxisClause[] {
  const sides = cutAt(part, "=").map((side) => side.text.trim());
  if (sides.length > 2) throw problem(text, `"${printable(part.trim())}" has two =`);
  const [left = "", right] = sides;
  if (right === undefined && isRange(left)) return [rangeOf(left, text)];
  const range = right === undefined ? {} : rangeOf(right, text);
  const [, inner] = /^\(([\s\S]*)\)$/.exec(left) ?? [];
  const columns = inner === undefined ? [left] : cutAt(inner, ",").map((column) => column.text.trim());
  if (columns.some((column) => column === ""))
    throw problem(text, "a column is missing; write NAME = min:max:size");
  return columns.map((column) => ({ column, ...range }));
}

/** Whether it is limits and a size without a column: `4`, `1:100:4`. */
function isRange(text: string): boolean {
  return text.includes(":") || Number.isFinite(Number(text === "" ? "x" : text));
}

/** `min:max:size`, `min:max`, `size`. */
function rangeOf(text: string, whole: string): AxisClause {
  const parts = text.split(":").map((part) => part.trim());
  if (parts.length > 3) throw problem(whole, `"${printable(text)}" has more than min:max:size`);
  const [min, max, step] = parts.length === 1 ? [undefined, undefined, parts[0]] : parts;
  return {
    ...limit("min", min, whole),
    ...limit("max", max, whole),
    ...limit("step", step, whole),
  };
}

function limit(name: "min" | "max" | "step", text: string | undefined, whole: string): AxisClause {
  if (text === undefined || text === "") return {};
  const value = Number(text);
  if (Number.isFinite(value)) return { [name]: value };
  if (/^#?[A-Za-z_][\w-]*$/.test(text)) return { [name]: text.replace(/^#/, "") };
  throw problem(whole, `"${printable(text)}" is no number and no keyword`);
}
