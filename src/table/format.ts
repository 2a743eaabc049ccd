/**
 * The formats of columns: what TFORMn and TDIMn say of a field and of the cells in it (FITS Standard 4.0, 7.3.1, 7.3.2).
 */
import type { DType } from "../array.js";
import { printable } from "../errors.js";

/** The data type letter of TFORMn: those of binary tables, and F of ASCII tables (whose A I E D mean text fields). */
export type TypeCode = "L" | "X" | "B" | "I" | "J" | "K" | "A" | "E" | "D" | "C" | "M" | "F";

/** Type of the stored elements; of complex numbers the parts, of text, bits and logicals uint8. */
export const storedTypes: Record<TypeCode, DType> = {
  L: "uint8",
  X: "uint8",
  B: "uint8",
  I: "int16",
  J: "int32",
  K: "int64",
  A: "uint8",
  E: "float32",
  D: "float64",
  C: "float32",
  M: "float64",
  F: "float64",
};

const elementBytes: Record<TypeCode, number> = {
  L: 1,
  X: 1,
  B: 1,
  I: 2,
  J: 4,
  K: 8,
  A: 1,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  F: 8,
};

/** Bytes that `repeat` elements of this type take. */
export function fieldBytes(code: TypeCode, repeat: number): number {
  return code === "X" ? Math.ceil(repeat / 8) : repeat * elementBytes[code];
}

/** What TFORMn says. */
export interface Format {
  code: TypeCode;
  repeat: number;
  width: number;
  stringBytes: number;
  descriptor?: "P" | "Q";
}

/**
 * TFORMn of a binary table: rT, rAw, rPt(max), rQt(max). `undefined` where its width cannot be told. `A7` is read as
 * `7A`, a common mistake that astropy reads so too.
 */
export function parseFormat(format: string): Format | undefined {
  const match = /^(\d*)([LXBIJKAEDCMPQ])(.*)$/i.exec(format);
  if (!match) return undefined;
  const [, digits = "", letter = "", rest = ""] = match;
  let repeat = digits === "" ? 1 : Number(digits);
  if (!Number.isSafeInteger(repeat) || !Number.isSafeInteger(repeat * 16)) return undefined;
  const code = letter.toUpperCase();
  if (code === "P" || code === "Q") {
    const element = /^([LXBIJKAEDCM])?/i.exec(rest)?.[1]?.toUpperCase() as TypeCode | undefined;
    const width = repeat * (code === "P" ? 8 : 16);
    // Without an element type the cells mean nothing, but the width of the field is known: bytes, then.
    return { code: element ?? "B", repeat, width, stringBytes: 0, descriptor: code };
  }
  let stringBytes = repeat;
  if (code === "A") {
    const width = /^(?::SSTR)?(\d+)/i.exec(rest)?.[1];
    if (width !== undefined && digits === "") repeat = stringBytes = Number(width);
    else if (width !== undefined && Number(width) > 0 && Number(width) < repeat) stringBytes = Number(width);
  }
  return { code: code as TypeCode, repeat, width: fieldBytes(code as TypeCode, repeat), stringBytes };
}

/** Axes of TDIMn, slowest first; `undefined` when it is not of the form `(i,j,k)`. */
export function parseDim(dim: string): number[] | undefined {
  if (!/^\(\s*\d+\s*(,\s*\d+\s*)*\)$/.test(dim)) return undefined;
  const axes = dim.slice(1, -1).split(",").map(Number).reverse();
  return axes.every((axis) => Number.isSafeInteger(axis)) ? axes : undefined;
}

/** What the cells of a column are. */
export interface Cells {
  shape: number[];
  stringBytes: number;
  cellShape?: number[];
  warning?: string;
}

/**
 * Whether a TDIMn of these axes is followed in a field of `repeat` elements. The Standard lets it leave elements out
 * (7.3.2); one with a single axis that does is a mistake: `(1)` would make a string of six characters one of one.
 */
export function dimFits(axes: readonly number[], repeat: number): boolean {
  const size = axes.reduce((n, axis) => n * axis, 1);
  return size === repeat || (axes.length > 1 && size > 0 && size < repeat);
}

/** The shape of one cell. A TDIMn that does not fit the repeat count is left aside, as astropy does. */
export function cellShape(format: Format, dim: string | undefined): Cells {
  if (format.descriptor) return variableShape(format.code, dim);
  const { code, repeat, stringBytes } = format;
  const axes = dim === undefined ? undefined : parseDim(dim);
  if (axes && dimFits(axes, repeat)) {
    const rest = repeat - axes.reduce((n, axis) => n * axis, 1);
    const warning =
      rest === 0
        ? {}
        : { warning: `TDIM '${dim}' leaves out ${rest} of the ${repeat} elements of each cell` };
    if (code !== "A") return { shape: axes, stringBytes: 0, ...warning };
    return { shape: axes.slice(0, -1), stringBytes: axes.at(-1)!, ...warning };
  }
  const warning =
    dim === undefined
      ? {}
      : { warning: `TDIM '${printable(dim)}' does not fit a repeat count of ${repeat}; ignored` };
  if (code === "A") {
    const strings = stringBytes < repeat ? [Math.floor(repeat / stringBytes)] : [];
    return { shape: strings, stringBytes, ...warning };
  }
  // Bits are always a vector, also a single one: a bit field is a mask, not a number.
  return { shape: repeat === 1 && code !== "X" ? [] : [repeat], stringBytes: 0, ...warning };
}

/** The cells of a variable-length column: TDIMn shapes each by itself (7.3.5), save text, which is one string a cell. */
function variableShape(code: TypeCode, dim: string | undefined): Cells {
  const flat: Cells = { shape: [], stringBytes: 0 };
  if (dim === undefined) return flat;
  const axes = parseDim(dim);
  if (!axes || axes.includes(0))
    return { ...flat, warning: `TDIM '${printable(dim)}' is no shape of a cell; ignored` };
  if (axes.length === 1) return flat;
  if (code === "A")
    return {
      ...flat,
      warning: `TDIM '${dim}' of variable-length text is not applied: each cell is one string`,
    };
  return { ...flat, cellShape: axes };
}

/**
 * What cfitsio shuffles as, where a column of a compressed table says GZIP_2: numbers. Complex ones it leaves as they are, though it says GZIP_2 of them too,
 * save those of single precision in arrays of variable length, which it takes for 8-byte numbers.
 */
export function shuffledType({ code, descriptor }: Pick<Format, "code" | "descriptor">): DType | undefined {
  if (code === "C" && descriptor) return "int64";
  return "IJKED".includes(code) ? storedTypes[code] : undefined;
}
