/**
 * ASCII tables to be written (FITS Standard 4.0, section 7.2): fields of text, one blank between them.
 */
import { dtypeOf } from "../array.js";
import { FitsError } from "../errors.js";
import { isValid } from "../table/bitmap.js";
import type { AnyArray } from "./bigendian.js";
import { checkText, type HeaderCard } from "./card.js";
import { checkRowCount, checkScale } from "./check.js";
import {
  type BatchColumn,
  columnTitle,
  isVariable,
  labelCards,
  nameCard,
  type WriteColumn,
} from "./column.js";
import { checkBatch, checkOffsets } from "./given.js";
import { type DataFacts, nameCards, type WritableHdu } from "./hdu.js";
import { checkColumns, otherCards, sizeCards, type TableBatch, type TableOptions } from "./table.js";

/** A field: where it lies and how its values are written. */
interface Field {
  readonly column: WriteColumn;
  readonly title: string;
  readonly code: "A" | "I" | "F" | "E" | "D";
  readonly width: number;
  readonly digits: number;
  /** 0-based. */
  readonly offset: number;
}

const chunkRows = 4096;

/**
 * A TABLE extension. Values are strings for A, any typed array of numbers for I, F, E and D; null needs a `null` text
 * in the column (A: blanks). NaN is written as null. Throws BAD_ARGUMENT for a value that does not fit its field.
 */
export function asciiTableHdu(options: TableOptions): WritableHdu {
  checkColumns(options);
  const { columns, batches } = options;
  const others = otherCards(options);
  const fields = planFields(columns);
  const last = fields.at(-1);
  const rowBytes = last ? last.offset + last.width : 0;
  const held = Array.isArray(batches) ? (batches as readonly TableBatch[]) : undefined;
  const rows = held ? held.reduce((n, batch) => n + rowsOf(fields, batch), 0) : options.rowCount;
  if (held) checkRowCount(options.rowCount, rows);
  return {
    kind: "table",
    ...(rows !== undefined && { facts: { rows, heapBytes: 0, longest: [] } }),
    repeatable: held !== undefined,
    fill: 32,
    cards: (_, facts) => [
      ...sizeCards("TABLE", rowBytes, facts, fields.length),
      ...nameCards(options.name, options.ver),
      ...fields.flatMap((field, i) => fieldCards(field, i + 1)),
      ...others,
    ],
    data: () => asciiRows(fields, rowBytes, options),
  };
}

function planFields(columns: readonly WriteColumn[]): Field[] {
  let offset = 0;
  return columns.map((column, index) => {
    const title = columnTitle(column, index);
    const match = /^(?:([AI])(\d+)|([FED])(\d+)\.(\d+))$/.exec(column.format.trim());
    const width = Number(match?.[2] ?? match?.[4] ?? 0);
    const digits = Number(match?.[5] ?? 0);
    if (!match || width < 1 || width > 10_000 || digits >= Math.max(width, 1) || digits > 100) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `${title}: '${column.format}' is no format of an ASCII table (Aw, Iw, Fw.d, Ew.d, Dw.d)`,
      );
    }
    checkScale(column.scale, column.zero, [`${title}: its scale`, `${title}: its zero`]);
    const none = column.null === undefined ? "" : String(column.null);
    if (none.trim().length > width)
      throw new FitsError(
        "BAD_ARGUMENT",
        `${title}: its null ${JSON.stringify(none.slice(0, 40))} does not fit ${width} characters`,
      );
    const field: Field = {
      column,
      title,
      code: (match[1] ?? match[3]) as Field["code"],
      width,
      digits,
      offset,
    };
    offset += width + 1;
    return field;
  });
}

function fieldCards({ column, offset }: Field, n: number): HeaderCard[] {
  return [
    ...nameCard(column, n),
    { keyword: `TBCOL${n}`, value: offset + 1, comment: `first byte of field ${n}` },
    { keyword: `TFORM${n}`, value: column.format.trim(), comment: `data format of field ${n}` },
    ...labelCards(
      { ...column, ...(column.null !== undefined && { null: String(column.null) }) },
      n,
      column.zero,
    ),
  ];
}

function rowsOf(fields: readonly Field[], batch: TableBatch): number {
  checkBatch(batch, fields.length);
  checkRowCount(batch.rowCount);
  let rows = batch.rowCount;
  for (const [i, { title }] of fields.entries()) {
    const { values } = batch.columns[i]!;
    if (isVariable(values)) checkOffsets(values, 1, title);
    const own = isVariable(values) ? values.offsets.length - 1 : values.length;
    if (rows !== undefined && own !== rows) {
      throw new FitsError("BAD_ARGUMENT", `${title}: a batch has ${own} rows of it and ${rows} of others`);
    }
    rows = own;
  }
  return rows ?? 0;
}

async function* asciiRows(
  fields: readonly Field[],
  rowBytes: number,
  { batches, rowCount }: TableOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, DataFacts, void> {
  const encoder = new TextEncoder();
  let rows = 0;
  for await (const batch of batches) {
    const count = rowsOf(fields, batch);
    const cells = fields.map((field, i) => cellsOf(field, batch.columns[i]!));
    for (let start = 0; start < count && rowBytes > 0; start += chunkRows) {
      const stop = Math.min(count, start + chunkRows);
      let text = "";
      for (let row = start; row < stop; row++) {
        for (let i = 0; i < cells.length; i++) text += i === 0 ? cells[i]!(row) : ` ${cells[i]!(row)}`;
      }
      const bytes = new Uint8Array(text.length);
      encoder.encodeInto(text, bytes);
      yield bytes;
    }
    rows += count;
  }
  checkRowCount(rowCount, rows);
  return { rows, heapBytes: 0, longest: [] };
}

/** The text of a row's cell, of the field's width. */
function cellsOf(field: Field, { values, valid }: BatchColumn): (row: number) => string {
  const value = valuesOf(field, values);
  const given = field.column.null === undefined ? "" : String(field.column.null).trim();
  // Of text a blank null is an empty string; no number is written as blanks.
  const none = given === "" ? undefined : given;
  return (row) => {
    const here = valid && !isValid(valid, row) ? null : value(row);
    const text = here === null ? nullText(field) : format(field, here);
    if (text.length > field.width) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `${field.title}: ${JSON.stringify(text.slice(0, 40))} in row ${row} does not fit ${field.width} characters`,
      );
    }
    if (here !== null && none !== undefined && text.trim() === none) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `${field.title}: the value in row ${row} is written as ${JSON.stringify(none)}, which its null value stands for; give another null`,
      );
    }
    // TNULLn is filled with spaces behind it (7.2.2): so must the field be.
    const isLeft = field.code === "A" || here === null;
    return isLeft ? text.padEnd(field.width) : text.padStart(field.width);
  };
}

function valuesOf(
  { code, title }: Field,
  values: BatchColumn["values"],
): (row: number) => string | number | bigint | null {
  if (isVariable(values)) {
    const { offsets, values: bytes } = values;
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    if (code === "A")
      return (row) => decoder.decode((bytes as Uint8Array).subarray(offsets[row]!, offsets[row + 1]!));
  } else if (Array.isArray(values)) {
    if (code === "A") return (row) => (values as readonly (string | null)[])[row]!;
  } else if (code !== "A") {
    dtypeOf(values as AnyArray, `${title}: its values`);
    return (row) => {
      const value = (values as AnyArray)[row]!;
      return Number.isNaN(value) ? null : value;
    };
  }
  throw new FitsError("WRONG_TYPE", `${title}: the values do not go into a field of type ${code}`);
}

function nullText({ column, code, title }: Field): string {
  if (column.null !== undefined) return String(column.null);
  if (code === "A") return "";
  throw new FitsError(
    "BAD_ARGUMENT",
    `${title}: there are nulls or NaN, but no text for TNULL to name; give a null`,
  );
}

function format(field: Field, value: string | number | bigint): string {
  if (typeof value === "string") {
    checkText(value, `${field.title}: ${JSON.stringify(value.slice(0, 40))}`);
    return value;
  }
  if (field.code === "I") {
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `${field.title}: ${value} is not an integer that the format ${field.column.format} can hold`,
      );
    }
    return String(value);
  }
  const number = Number(value);
  if (!Number.isFinite(number))
    throw new FitsError("BAD_ARGUMENT", `${field.title}: ${number} cannot be written as text of a table`);
  // JavaScript's formatting drops the sign of -0.
  const sign = Object.is(number, -0) ? "-" : "";
  if (field.code === "F") return sign + fixed(number, field.digits);
  return sign + exponential(number, field.digits, field.code === "D" ? "D" : "E");
}

/** Beyond 1e21 toFixed falls back to exponents, which Fw.d does not have. */
function fixed(value: number, digits: number): string {
  if (Math.abs(value) < 1e21) return value.toFixed(digits);
  return BigInt(value).toString() + (digits > 0 ? `.${"0".repeat(digits)}` : "");
}

/** `1.500E+02`: at least two digits of exponent, as Fortran writes them. */
function exponential(value: number, digits: number, letter: "E" | "D"): string {
  const [mantissa, exponent] = value.toExponential(digits).split("e") as [string, string];
  const point = mantissa.includes(".") ? mantissa : `${mantissa}.`;
  return `${point}${letter}${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}
