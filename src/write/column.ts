/**
 * Columns to be written: their values, their cards, and the elements as a binary table stores them (FITS Standard
 * 4.0, section 7.3).
 */
import { type DType, dtypeOf } from "../array.js";
import { FitsError } from "../errors.js";
import { dimFits, fieldBytes, parseDim, parseFormat, type TypeCode } from "../table/format.js";
import { type AnyArray, offsetOf } from "./bigendian.js";
import type { HeaderCard } from "./card.js";
import { checkColumnNull, checkScale, wholeCardValue } from "./check.js";

/** What the header says of a column. A `Column` of a table that was read is one. */
export interface WriteColumn {
  /** TTYPEn. */
  readonly name: string;
  /**
   * TFORMn: of a binary table rT, rAw, P or Q with an element type (`1PJ`; the longest cell is put behind it by the
   * writer); of an ASCII table Aw, Iw, Fw.d, Ew.d, Dw.d.
   */
  readonly format: string;
  readonly unit?: string;
  /** TDIMn as it will stand in the file: `(3,2)`. */
  readonly dim?: string;
  /**
   * TNULLn: the stored integer that null becomes; of an ASCII table the text. A value that is there and equals it is
   * refused, for it would be read as null.
   */
  readonly null?: number | bigint | string;
  /** TSCALn and TZEROn to note: the values are stored ones. Columns of int8, uint16, uint32, uint64 get their own TZEROn. */
  readonly scale?: number;
  readonly zero?: number;
  /** TDISPn. */
  readonly display?: string;
  /** TCOMMn. */
  readonly description?: string;
  /** TUCDn. */
  readonly ucd?: string;
  /**
   * Element type of the values where the batches come one by one: int8, uint16, uint32 or uint64 ask for their
   * TZEROn. Arrays of batches tell by themselves.
   */
  readonly dtype?: string;
}

/**
 * Cells of varying length: those of row i are elements `offsets[i]` to `offsets[i + 1]` of `values` (a complex counts
 * as one element; `values` holds its two parts). Strings in this form are bytes.
 */
export interface VariableValues {
  /** One more than there are rows. */
  readonly offsets: ArrayLike<number>;
  readonly values: AnyArray;
}

/**
 * The values of a column in a batch of rows, row after row: stored values in native order, of the type's own typed
 * array or, for B I J K, the one of other sign. L and X: a Uint8Array of 0 and 1, one a bit. C and M: real and
 * imaginary parts in turn. A: strings, or their bytes with offsets, one a cell or as many as TDIMn or rAw make.
 */
export type ColumnValues = AnyArray | VariableValues | readonly (string | null)[];

/** The part of a column that belongs to a batch. */
export interface BatchColumn {
  readonly values: ColumnValues;
  /** Validity, one bit an element, lowest bit first, 0 for null: TNULLn, NaN, a logical's 0 byte or an empty string. */
  readonly valid?: Uint8Array;
}

/** A column with its format taken apart. */
export interface ColumnPlan {
  readonly column: WriteColumn;
  /** How a message names it. */
  readonly title: string;
  readonly code: TypeCode;
  /** Set for variable-length columns. */
  readonly descriptor?: "P" | "Q";
  /** Values in a cell: strings of A, bits of X, complex numbers of C and M. */
  readonly perCell: number;
  /** Bytes of a cell in its row; where it starts there. */
  readonly width: number;
  readonly offset: number;
  /** Bytes of one string of A. */
  readonly stringBytes: number;
  /** Element type of the values, undefined for strings. */
  readonly dtype?: DType;
}

const natural: Partial<Record<TypeCode, readonly DType[]>> = {
  L: ["uint8"],
  X: ["uint8"],
  B: ["uint8", "int8"],
  I: ["int16", "uint16"],
  J: ["int32", "uint32"],
  K: ["int64", "uint64"],
  A: ["uint8"],
  E: ["float32"],
  D: ["float64"],
  C: ["float32"],
  M: ["float64"],
};

/** How a message names a column. */
export function columnTitle(column: WriteColumn, index: number): string {
  return column.name ? `column '${column.name}' (${index + 1})` : `column ${index + 1}`;
}

/**
 * Takes the formats of a binary table's columns apart. `first` is the first batch where there is one: it decides
 * signs. Throws BAD_ARGUMENT.
 */
export function planColumns(
  columns: readonly WriteColumn[],
  first: readonly BatchColumn[] | undefined,
): ColumnPlan[] {
  let offset = 0;
  return columns.map((column, index) => {
    const plan = planColumn(column, columnTitle(column, index), first?.[index], offset);
    offset += plan.width;
    return plan;
  });
}

function planColumn(
  column: WriteColumn,
  title: string,
  first: BatchColumn | undefined,
  offset: number,
): ColumnPlan {
  const format = parseFormat(column.format.trim());
  if (!format || (format.descriptor && format.repeat > 1)) {
    throw new FitsError("BAD_ARGUMENT", `${title}: '${column.format}' is no format of a binary table`);
  }
  const { code, width, repeat } = format;
  const types = natural[code]!;
  const dtype = first
    ? dtypeIn(first.values, code, title)
    : (types.find((type) => type === column.dtype) ?? types[0]!);
  checkColumnNull(column, code, title);
  checkScaling(column, code, dtype, title);
  const shared = { column, code, width, offset, title, ...(dtype && { dtype }) };
  if (format.descriptor) return { ...shared, descriptor: format.descriptor, perCell: 1, stringBytes: 0 };
  const dim = column.dim === undefined ? undefined : parseDim(column.dim);
  const inDim = dim?.reduce((n, axis) => n * axis, 1);
  if (column.dim !== undefined && !(dim && dimFits(dim, repeat))) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${title}: TDIM '${column.dim}' does not fit the format '${column.format}'`,
    );
  }
  if (code !== "A") return { ...shared, perCell: inDim ?? repeat, stringBytes: 0 };
  const stringBytes = dim?.at(-1) ?? format.stringBytes;
  const strings = dim ? dim.slice(0, -1).reduce((n, axis) => n * axis, 1) : Math.floor(repeat / stringBytes);
  return { ...shared, perCell: stringBytes === 0 ? 1 : strings, stringBytes };
}

/** The element type of a column's values. Throws WRONG_TYPE where it is none that the format can hold. */
export function dtypeIn(values: ColumnValues, code: TypeCode, title: string): DType | undefined {
  const array = isVariable(values) ? values.values : values;
  if (Array.isArray(array)) {
    if (code === "A" && array === values) return undefined;
    throw new FitsError("WRONG_TYPE", `${title}: values of type ${code} must be a typed array, not a list`);
  }
  const dtype = dtypeOf(array as AnyArray, `${title}: its values`);
  if (natural[code]?.includes(dtype)) return dtype;
  throw new FitsError(
    "WRONG_TYPE",
    `${title}: ${dtype} values do not go into the format ${code}, which takes ${natural[code]?.join(" or ")}`,
  );
}

/** Whether values are cells of varying length. */
export function isVariable(values: ColumnValues): values is VariableValues {
  return "offsets" in values;
}

function checkScaling(column: WriteColumn, code: TypeCode, dtype: DType | undefined, title: string): void {
  const { scale, zero } = column;
  checkScale(scale, zero, [`${title}: its scale`, `${title}: its zero`]);
  if ("AXL".includes(code) && (scale !== undefined || zero !== undefined))
    throw new FitsError(
      "BAD_ARGUMENT",
      `${title}: scale and zero mean nothing for type ${code}; leave them out`,
    );
  const own = dtype && offsetOf(dtype);
  if (own === undefined) return;
  if ((column.scale ?? 1) === 1 && (column.zero ?? Number(own)) === Number(own)) return;
  throw new FitsError(
    "BAD_ARGUMENT",
    `${title}: ${dtype} values are stored with a TZERO of their own; give stored values to scale`,
  );
}

/** The cards of one column. `longest` goes into the format of a variable-length one. */
export function columnCards(plan: ColumnPlan, n: number, longest: number | undefined): HeaderCard[] {
  const { column, dtype, code, descriptor } = plan;
  const format =
    descriptor && plan.width > 0
      ? `1${descriptor}${code}${longest === undefined ? "" : `(${longest})`}`
      : column.format.trim();
  const zero = (dtype && offsetOf(dtype)) ?? column.zero;
  return [
    ...nameCard(column, n),
    { keyword: `TFORM${n}`, value: format, comment: `data format of field ${n}` },
    ...labelCards(column, n, zero),
  ];
}

/** TTYPEn, for columns that have a name. */
export function nameCard(column: WriteColumn, n: number): HeaderCard[] {
  return column.name === ""
    ? []
    : [{ keyword: `TTYPE${n}`, value: column.name, comment: `label of field ${n}` }];
}

/** The cards that both kinds of table have behind the format. */
export function labelCards(column: WriteColumn, n: number, zero: number | bigint | undefined): HeaderCard[] {
  const cards: HeaderCard[] = [];
  const { unit, dim, scale, display, description, ucd } = column;
  if (unit !== undefined) cards.push({ keyword: `TUNIT${n}`, value: unit });
  if (dim !== undefined) cards.push({ keyword: `TDIM${n}`, value: dim });
  if (scale !== undefined) cards.push({ keyword: `TSCAL${n}`, value: scale, real: true });
  if (zero !== undefined)
    cards.push({ keyword: `TZERO${n}`, value: zero, real: zero === column.zero && !Number.isInteger(zero) });
  if (column.null !== undefined) cards.push({ keyword: `TNULL${n}`, value: wholeCardValue(column.null) });
  if (display !== undefined) cards.push({ keyword: `TDISP${n}`, value: display });
  if (ucd !== undefined) cards.push({ keyword: `TUCD${n}`, value: ucd });
  if (description !== undefined) cards.push({ keyword: `TCOMM${n}`, value: description });
  return cards;
}

/** Bytes of one stored value of a column that is neither bits nor text. */
export function valueBytes(plan: ColumnPlan): number {
  return fieldBytes(plan.code, 1);
}

/** What stands for null in an integer, float or logical column, as stored. Throws BAD_ARGUMENT without a TNULL. */
export function nullBytes(plan: ColumnPlan): Uint8Array<ArrayBuffer> {
  const { code, column } = plan;
  if (code === "L") return new Uint8Array(1);
  if (code === "E" || code === "C") return floatNaN(4, valueBytes(plan));
  if (code === "D" || code === "M") return floatNaN(8, valueBytes(plan));
  const size = valueBytes(plan);
  if (column.null === undefined || typeof column.null === "string") {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${plan.title}: there are nulls, but no null value for TNULL to name; give one`,
    );
  }
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigInt64(0, BigInt(column.null), false);
  return new Uint8Array(bytes.buffer, 8 - size, size);
}

function floatNaN(size: 4 | 8, total: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(total);
  for (let i = 0; i < total; i += size) bytes.set([0x7f, size === 4 ? 0xc0 : 0xf8], i);
  return bytes;
}
