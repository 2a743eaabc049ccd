/**
 * Columns of a table as cfitsio's calculator sees them, made of the stored values: what TSCALn and TZEROn scale is real, and so are 64-bit
 * integers and unsigned 32-bit ones; NaN and TNULLn are null.
 */
import type { Column, ColumnData } from "fitslice";
import { TypeProblem } from "./operators.js";
import { type Kind, numbers, type Typed, texts, type Values } from "./typed.js";

/** TZEROn of the types whose sign it changes. */
const signs: Readonly<Record<string, number>> = {
  int8: -(2 ** 7),
  uint16: 2 ** 15,
  uint32: 2 ** 31,
  uint64: 2 ** 63,
};

/** How the stored numbers of a column become its values. */
export function scalingOf({ scale = 1, zero = 0, dtype }: Column): { scale: number; zero: number } {
  return { scale, zero: signs[dtype] ?? zero };
}

function kindOf(column: Column): Kind {
  const { dtype, code } = column;
  if (dtype === "string") return "string";
  if (dtype === "bool") return code === "X" ? "bits" : "boolean";
  const isReal = /^float|64$|^uint32$/.test(dtype);
  return isReal ? "real" : "integer";
}

/** A column by what its header says; its values come with the rows. Throws `TypeProblem`. */
export function columnOperand(column: Column): Typed {
  const { name, dtype, descriptor, problem, rawOnly, shape, repeat, stringBytes } = column;
  const kind = kindOf(column);
  const width = shape.reduce((n, axis) => n * axis, 1);
  const isSingle = kind === "string" ? width === 1 : width > 0;
  const why = problem ?? rawOnly ?? (descriptor ? "its cells are of variable length" : undefined);
  if (why !== undefined) throw new TypeProblem(`column '${name}' cannot be calculated with: ${why}`);
  if (/^complex/.test(dtype) || !isSingle)
    throw new TypeProblem(
      `column '${name}' cannot be calculated with: it holds ${/^complex/.test(dtype) ? "complex numbers" : isSingle ? "lists" : "no single values"}`,
    );
  const axes = kind === "bits" ? [] : [...shape].reverse();
  return {
    kind,
    axes,
    width: kind === "bits" ? 1 : width,
    length: kind === "string" ? stringBytes : kind === "bits" ? repeat : 1,
    isConstant: false,
    evaluate: (rows) => rows.values(column.index),
  };
}

/** The values of a column, of the stored ones. */
export function columnValues(column: Column, stored: ColumnData): Values {
  if (stored.kind === "string") return texts(Array.from(stored, (text) => String([text].flat(9)[0] ?? "")));
  if (stored.kind === "bool") return column.code === "X" ? bitTexts(column, stored.data) : logicals(stored);
  if (stored.kind !== "number") throw new TypeProblem(`column '${column.name}' holds no single numbers`);
  const { scale, zero } = scalingOf(column);
  const none = column.null === undefined ? undefined : Number(column.null);
  const { data } = stored;
  const result = new Float64Array(data.length);
  let isNull: Uint8Array | undefined;
  const isValid = (i: number): boolean =>
    !stored.validity || (stored.validity[i >> 3]! & (1 << (i & 7))) !== 0;
  for (let i = 0; i < result.length; i++) {
    const value = Number(data[i]!);
    if (value === none || Number.isNaN(value) || !isValid(i)) {
      isNull ??= new Uint8Array(result.length);
      isNull[i] = 1;
    } else result[i] = value * scale + zero;
  }
  return numbers(result, isNull);
}

function bitTexts({ repeat }: Column, data: Uint8Array): Values {
  const rows = repeat === 0 ? 0 : data.length / repeat;
  return texts(
    Array.from({ length: rows }, (_, row) => data.subarray(row * repeat, (row + 1) * repeat).join("")),
  );
}

function logicals({ data, validity }: Extract<ColumnData, { kind: "bool" }>): Values {
  const isNull = validity && Uint8Array.from(data, (_, i) => ((validity[i >> 3]! >> (i & 7)) & 1) ^ 1);
  return numbers(Float64Array.from(data), isNull);
}
