/**
 * What was read as what is to be written: cards, columns, values.
 */
import { checkMembers, checkStream } from "../argument.js";
import type { DType } from "../array.js";
import type { Card } from "../header/card.js";
import type { Column } from "../table/column.js";
import type { ColumnData } from "../table/data.js";
import { dimFits, parseDim } from "../table/format.js";
import { formatCard } from "./card.js";
import { isNullOf } from "./check.js";
import type { BatchColumn, WriteColumn } from "./column.js";

/** Cards of another file as they stand there, byte for byte, also those that cannot be parsed or hold what no header may. */
export function cardsAsRead(cards: Iterable<Card>): string[] {
  checkStream(cards, "the cards");
  return Array.from(cards, ({ raw }) => raw);
}

/** The card under another keyword of up to 8 characters, all else as it stands. */
export function renamed(card: Card, keyword: string): Card {
  const { raw } = card;
  const early = /^[^=]{1,7}=/.exec(raw);
  if (!early) return { ...card, keyword, raw: keyword.padEnd(8) + raw.slice(8) };
  // A value indicator before column 9 is read as one; behind another keyword it goes where it belongs.
  const mended = `${keyword.padEnd(8)}= ${raw.slice(early[0].length, 80).trim()}`.slice(0, 80).padEnd(80);
  return { ...card, keyword, raw: mended + raw.slice(80) };
}

/** A card with another whole number, its comment as it stands. */
export function withValue(card: Card, value: number): Card {
  const { raw, keyword, comment } = card;
  const fixed = /^.{8}= [ \d+-]{20}(?= |\/|$)/.test(raw);
  const text = fixed
    ? `${raw.slice(0, 10)}${String(value).padStart(20)}${raw.slice(30)}`
    : formatCard({ keyword, value, comment: comment.replace(/[^\x20-\x7e]/g, "?") });
  return { ...card, value, raw: text };
}

/** A card with another text, its comment as it stands. */
export function withText(card: Card, value: string): Card {
  const { keyword, comment } = card;
  return { ...card, value, raw: formatCard({ keyword, value, comment: headerText(comment) }) };
}

/** Text of another file's header, as a header may hold it. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}

/** The letter of TFORMn for values of each type. */
export const letters: Record<Column["dtype"], string> = {
  bool: "L",
  string: "A",
  int8: "B",
  uint8: "B",
  int16: "I",
  uint16: "I",
  int32: "J",
  uint32: "J",
  int64: "K",
  uint64: "K",
  float32: "E",
  float64: "D",
  complex64: "C",
  complex128: "M",
};

const leastOf: Partial<Record<DType, bigint>> = {
  int8: 0n,
  uint8: 255n,
  int16: -(2n ** 15n),
  uint16: -(2n ** 15n),
  int32: -(2n ** 31n),
  uint32: -(2n ** 31n),
  int64: -(2n ** 63n),
  uint64: -(2n ** 63n),
};

/**
 * The binary-table column that takes the values of `column` as they were read. Its format is the same where values
 * are stored ones; where TSCALn and TZEROn were applied, or where it was a field of text, that of the values' type. In the name,
 * the unit and the like, characters that no header may hold become `?`.
 */
export function columnAsRead(column: Column): WriteColumn {
  checkMembers(column, ["name", "code"], "a column", "one of a table that was read");
  const { name, unit, display, description, ucd, dtype } = column;
  const label = {
    name: headerText(name),
    dtype,
    ...(unit !== undefined && { unit: headerText(unit) }),
    ...displayOf(display, dtype),
    ...(description !== undefined && { description: headerText(description) }),
    ...(ucd !== undefined && { ucd: headerText(ucd) }),
  };
  const shaped = { ...label, ...dimOf(column) };
  if (isTextField(column)) {
    // Only a column that can hold nulls needs a number for them, lest the least one be taken for null.
    const least = column.null === undefined ? undefined : leastOf[dtype as DType];
    const format = dtype === "string" ? `${column.width}A` : letters[dtype];
    return { ...label, format, ...(least !== undefined && { null: least }) };
  }
  if (column.scale !== undefined || column.zero !== undefined) {
    return {
      ...shaped,
      format: `${column.descriptor ? 1 : column.repeat}${column.descriptor ?? ""}${letters[dtype]}`,
    };
  }
  return { ...shaped, format: column.format, ...nullOf(column) };
}

/** TDISPn, where it goes with the values: whole numbers (I, B, O, Z) are not how floats are shown (Standard 7.3.4). */
export function displayOf(display: string | undefined, dtype: Column["dtype"]): { display?: string } {
  if (display === undefined || (/^(float|complex)/.test(dtype) && /^ *[IBOZ]/i.test(display))) return {};
  return { display: headerText(display) };
}

/** TNULLn, where a stored value can equal it: another one says nothing. */
function nullOf({ code, null: none }: Column): { null?: bigint | string } {
  return none !== undefined && isNullOf(code, none) ? { null: none } : {};
}

/** TDIMn, where it goes with the format. */
function dimOf({ dim, descriptor, repeat }: Column): { dim?: string } {
  const axes = dim === undefined ? undefined : parseDim(dim);
  const fits = axes && (descriptor || dimFits(axes, repeat));
  return fits ? { dim: dim! } : {};
}

/** Whether it is a column of an ASCII table: I6, F8.3, E15.7, D25.17, A12. */
function isTextField({ format, code }: Column): boolean {
  return code === "F" || /^[AIED] *\d/i.test(format);
}

/** The values of a column as they were read, for a batch; strings as the bytes that stand in the file. */
export function batchColumn(data: ColumnData): BatchColumn {
  checkMembers(data, ["kind"], "the data", "a column that was read");
  const valid = data.validity && { valid: data.validity };
  if (data.kind === "string") {
    const { offsets, bytes } = data.stored ?? data;
    return { values: { offsets, values: bytes }, ...valid };
  }
  if (data.kind !== "list") return { values: data.data, ...valid };
  const { values } = data;
  return {
    values: { offsets: data.offsets, values: values.data },
    ...(values.validity && { valid: values.validity }),
  };
}
