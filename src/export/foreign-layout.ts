/**
 * Columns of binary tables for columns of other formats.
 */
import type { Column } from "../table/column.js";
import { cellShape, type Format, parseDim, parseFormat, type TypeCode } from "../table/format.js";
import { offsetOf } from "../write/bigendian.js";
import { isNullOf, storedRange } from "../write/check.js";
import type { WriteColumn } from "../write/column.js";
import { displayOf, headerText, letters } from "../write/copy.js";
import type { ForeignField, Survey } from "./foreign.js";

/** Where the values of a field go. */
export interface Layout {
  readonly field: ForeignField;
  readonly column: WriteColumn;
  /** Lists that a cell is made of; of a complex column without the pair. */
  readonly depth: number;
  readonly isComplex: boolean;
  /** Values of a cell of fixed length; undefined for variable length. */
  readonly perCell: number | undefined;
}

/** What TFORMn was, where a field was written from FITS. */
function formatOf({ metadata }: ForeignField): Format | undefined {
  return metadata["format"] === undefined ? undefined : parseFormat(metadata["format"]);
}

/** Whether pairs of floats are the complex numbers that they were in FITS. */
export function isComplexField(field: ForeignField): boolean {
  const format = formatOf(field);
  const last = field.lists.at(-1);
  const isFloat = field.type === "float32" || field.type === "float64";
  const isPair = field.lists.length > 0 && (last === 2 || last === undefined);
  return isFloat && isPair && (format?.code === "C" || format?.code === "M");
}

/**
 * The integers that null may become: the one that FITS had, then the least and greatest of the type and their
 * neighbors. As values, not as stored.
 */
export function nullCandidates({ type, metadata }: ForeignField): bigint[] {
  const code = type === "bool" || type === "string" ? undefined : letters[type];
  const bits = { B: 8, I: 16, J: 32, K: 64 }[code as "B"];
  if (bits === undefined) return [];
  const offset = BigInt(offsetOf(type as "int8") ?? 0);
  const [least, greatest] = storedRange(bits);
  const stored = new Set<bigint>();
  const given = metadata["null"];
  if (given !== undefined && /^-?\d{1,20}$/.test(given) && isNullOf(code as TypeCode, BigInt(given)))
    stored.add(BigInt(given));
  const count = bits === 8 ? 256n : 512n;
  // An unsigned byte's greatest value is what people take; of others it is the least.
  for (let i = 0n; i < count; i++) stored.add(bits === 8 ? greatest - i : least + i);
  return [...stored].map((value) => value + offset);
}

/** A column that cannot be had, in words. */
export type NoLayout = string;

/** The column that holds the values of a field. */
export function layoutOf(field: ForeignField, survey: Survey): Layout | NoLayout {
  const isComplex = isComplexField(field);
  const lists = isComplex ? field.lists.slice(0, -1) : field.lists;
  const depth = lists.length;
  const shape = fixedShape(field, lists, survey);
  const isText = field.type === "string";
  if (!shape && isText) return "lists of text have no counterpart";
  if (!shape && lists.slice(1).some((n, k) => lists[k] !== undefined && n === undefined))
    return "lists of different lengths in a list of fixed length have no counterpart";
  const none = nullOf(field, survey);
  if (none === "none") return "it has nulls, and no integer is left that could stand for them";
  const label = { ...labelOf(field), ...(none !== undefined && { null: none }) };
  const shared = { field, depth, isComplex };
  if (!shape) {
    const inner = innerOf(field, lists, survey);
    if (!inner) return "lists of different lengths in lists have no counterpart";
    const column = { ...label, ...variableFormat(field, isComplex, inner, survey) };
    return { ...shared, column, perCell: undefined };
  }
  if (isText && depth === 0 && formatOf(field)?.descriptor) {
    const format = `1${formatOf(field)!.descriptor}A`;
    return { ...shared, column: { ...label, format }, perCell: undefined };
  }
  const perCell = shape.reduce((n, axis) => n * axis, 1);
  const column = { ...label, ...fixedFormat(field, isComplex, shape, survey) };
  return { ...shared, column, perCell };
}

/** Lengths of the lists below the outermost: what FITS said, if the cells still fit; else what the cells have. */
function innerOf(
  { metadata }: ForeignField,
  lists: readonly (number | undefined)[],
  { inner }: Survey,
): readonly number[] | undefined {
  const given = metadata["dim"] === undefined ? undefined : parseDim(metadata["dim"])?.slice(1);
  // Cells of one list each may be shorter than TDIMn has it.
  const isGiven = given?.length === lists.length - 1 && inner?.every((n, k) => n <= given[k]!);
  const known = lists.slice(1).map((n, k) => n ?? inner?.[k]);
  if (isGiven && given) return inner!.every((n, k) => n === given[k] || n === 0) ? given : inner;
  return known.every((n) => n !== undefined) && inner ? (known as number[]) : undefined;
}

/** The shape of all cells, where the type says it, or FITS said it and the cells still have it. */
function fixedShape(
  field: ForeignField,
  lists: readonly (number | undefined)[],
  survey: Survey,
): readonly number[] | undefined {
  if (lists.every((n) => n !== undefined)) return lists as readonly number[];
  const format = formatOf(field);
  if (!format || format.descriptor) return undefined;
  const { shape } = cellShape(format, field.metadata["dim"]);
  if (shape.length !== lists.length) return undefined;
  if (survey.shape === undefined) return survey.cells === 0 || survey.longest === 0 ? shape : undefined;
  const none = shape.indexOf(0);
  const isSame = shape.every((n, k) => (none >= 0 && k > none) || n === survey.shape![k]);
  return isSame ? shape : undefined;
}

function labelOf({ name, type, metadata }: ForeignField): Omit<WriteColumn, "format"> {
  const { unit, display, description, ucd } = metadata;
  return {
    name: headerText(name),
    dtype: type,
    ...(unit !== undefined && { unit: headerText(unit) }),
    ...displayOf(display, type),
    ...(description !== undefined && { description: headerText(description) }),
    ...(ucd !== undefined && { ucd: headerText(ucd) }),
  };
}

function letterOf({ type }: ForeignField, isComplex: boolean): string {
  if (isComplex) return type === "float32" ? "C" : "M";
  return letters[type as Column["dtype"]];
}

function variableFormat(
  field: ForeignField,
  isComplex: boolean,
  inner: readonly number[],
  { longest }: Survey,
): Pick<WriteColumn, "format" | "dim"> {
  const format = `1${formatOf(field)?.descriptor ?? "P"}${letterOf(field, isComplex)}`;
  const given = field.metadata["dim"];
  const axes = given === undefined ? undefined : parseDim(given);
  if (axes?.slice(1).join() === inner.join()) return { format, dim: given! };
  if (inner.length === 0 || inner.includes(0)) return { format };
  return { format, dim: dimText([Math.max(1, longest), ...inner]) };
}

function fixedFormat(
  field: ForeignField,
  isComplex: boolean,
  shape: readonly number[],
  survey: Survey,
): Pick<WriteColumn, "format" | "dim"> {
  const before = formatOf(field);
  const perCell = shape.reduce((n, axis) => n * axis, 1);
  if (field.type === "string") {
    const had = before?.code === "A" ? cellShape(before, field.metadata["dim"]).stringBytes : undefined;
    const width = Math.max(survey.stringBytes, had ?? 1);
    if (shape.length === 0) return { format: `${width}A` };
    return { format: `${perCell * width}A`, dim: dimText([...shape, width]) };
  }
  const isBits = field.type === "bool" && before?.code === "X" && !survey.hasNulls;
  const format = `${perCell}${isBits ? "X" : letterOf(field, isComplex)}`;
  const isPlain = shape.length === 0 || (shape.length === 1 && (shape[0] !== 1 || isBits));
  return isPlain && field.metadata["dim"] === undefined ? { format } : { format, dim: dimText(shape) };
}

/** TDIMn of axes that come slowest first. */
function dimText(shape: readonly number[]): string {
  return `(${[...shape].reverse().join(",")})`;
}

/** TNULLn: what FITS had, if no value equals it; where there are nulls any integer that no value equals. */
function nullOf(field: ForeignField, survey: Survey): bigint | undefined | "none" {
  const candidates = nullCandidates(field);
  if (candidates.length === 0) return undefined;
  const offset = BigInt(offsetOf(field.type as "int8") ?? 0);
  const given = field.metadata["null"];
  const isGiven = given !== undefined && candidates[0] === BigInt(given) + offset;
  if (!survey.hasNulls && !(isGiven && !survey.isUsed(candidates[0]!))) return undefined;
  const free = candidates.find((value) => !survey.isUsed(value));
  return free === undefined ? "none" : free - offset;
}
