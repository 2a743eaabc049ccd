/**
 * What callers without types give the writer: anything but what it takes is refused in one line, before a byte is
 * written.
 */
import { checkObject } from "../argument.js";
import { type ArrayView, dtypeOf } from "../array.js";
import { FitsError } from "../errors.js";
import type { Card } from "../header/card.js";
import { shown } from "./check.js";
import type { BatchColumn, VariableValues, WriteColumn } from "./column.js";
import type { HeaderItem } from "./header.js";

function wrong(what: string, value: unknown, wanted: string): FitsError {
  return new FitsError("BAD_ARGUMENT", `${what} is ${shown(value)}, not ${wanted}`);
}

function checkText(value: unknown, what: string, isNeeded = false): void {
  if (typeof value !== "string" && (isNeeded || value !== undefined)) throw wrong(what, value, "text");
}

/** Throws BAD_ARGUMENT for anything that is not things one by one. */
export function checkIterable(value: unknown, what: string, wanted: string): void {
  const given = Object(value) as object;
  if (typeof value === "string" || !(Symbol.iterator in given || Symbol.asyncIterator in given))
    throw wrong(what, value, wanted);
}

/** Throws BAD_ARGUMENT for an EXTNAME that is no text, and an EXTVER that is no whole number. */
export function checkNameVer(name: unknown, ver: unknown): void {
  checkText(name, "name");
  if (ver !== undefined && !Number.isSafeInteger(ver)) throw wrong("ver", ver, "a whole number");
}

/** The caller's further cards. Throws BAD_ARGUMENT for anything but a list of cards. */
export function headerItems(header: Iterable<HeaderItem> | undefined): HeaderItem[] {
  if (header === undefined || header === null) return [];
  checkIterable(header, "header", "a list of cards");
  const items = [...header];
  for (const [i, item] of items.entries()) {
    if (typeof item === "string") continue;
    checkObject(item, `card ${i + 1} of the header`, "a card: { keyword, value, comment }");
    checkText(item.keyword, `the keyword of card ${i + 1} of the header`, true);
  }
  return items;
}

/** Cards as they were read from a header. Throws BAD_ARGUMENT for anything else. */
export function readCards(cards: Iterable<Card>): Card[] {
  checkIterable(cards, "cards", "a list of cards");
  const list = [...cards];
  for (const [i, card] of list.entries()) {
    checkObject(card, `card ${i + 1}`, "a card as parseCard makes it");
    checkText(card.raw, `raw of card ${i + 1}`, true);
  }
  return list;
}

/** Throws BAD_ARGUMENT for what is no list of columns. */
export function checkColumnList(columns: unknown): void {
  if (!Array.isArray(columns)) throw wrong("columns", columns, "a list of columns");
  for (const [i, column] of columns.entries()) {
    const title = `column ${i + 1}`;
    checkObject(column, title);
    const { name, format, unit, dim, display, description, ucd } = column as WriteColumn;
    checkText(name, `${title}: its name`, true);
    checkText(format, `${title}: its format`, true);
    for (const [key, value] of Object.entries({ unit, dim, display, description, ucd }))
      checkText(value, `${title}: its ${key}`);
  }
}

/** Throws BAD_ARGUMENT for a batch that is not made of `count` columns with values. */
export function checkBatch(batch: unknown, count: number): void {
  checkObject(batch, "a batch", "an object with columns");
  const { columns } = batch as { columns: unknown };
  if (!Array.isArray(columns)) throw wrong("columns of a batch", columns, "a list");
  if (columns.length !== count)
    throw new FitsError("BAD_ARGUMENT", `a batch has ${columns.length} columns, the table ${count}`);
  for (const [i, column] of columns.entries()) {
    checkObject(column, `column ${i + 1} of a batch`, "an object with values");
    const { values } = column as BatchColumn;
    if (typeof values !== "object" || values === null)
      throw wrong(`column ${i + 1} of a batch: its values`, values, "an array");
  }
}

/** Throws BAD_ARGUMENT for offsets that are no places in `values`, in order; a place has `parts` elements. */
export function checkOffsets({ offsets, values }: VariableValues, parts: number, title: string): void {
  if (!Number.isSafeInteger(Object(offsets).length)) throw wrong(`${title}: its offsets`, offsets, "a list");
  let last = 0;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i]!;
    if (!Number.isSafeInteger(offset) || offset < 0)
      throw wrong(`${title}: offset ${i}`, offset, "a whole number from 0 on");
    if (offset < last) throw new FitsError("BAD_ARGUMENT", `${title}: its offsets go down at row ${i - 1}`);
    last = offset;
  }
  if (last * parts > values.length)
    throw new FitsError("BAD_ARGUMENT", `${title}: its offsets go beyond its ${values.length} values`);
}

/** Throws WRONG_TYPE or BAD_ARGUMENT for a validity that is not a bit for each of `count` values. */
export function checkValid(valid: Uint8Array | undefined, count: number, title: string): void {
  if (valid === undefined) return;
  const isBits = ArrayBuffer.isView(valid) && dtypeOf(valid, title) === "uint8";
  if (!isBits) throw new FitsError("WRONG_TYPE", `${title}: its validity is no Uint8Array of bits`);
  if (valid.length * 8 < count)
    throw new FitsError(
      "BAD_ARGUMENT",
      `${title}: its validity has ${valid.length * 8} bits for ${count} values`,
    );
}

/** Throws BAD_ARGUMENT for anything but an array with a shape and strides, or pixels that come in parts. */
export function checkPixels(data: unknown, what: string): void {
  checkObject(data, what, "an array with a shape; make one with ndarray(values, shape)");
  const { shape, stride } = data as ArrayView;
  if (!Array.isArray(shape))
    throw wrong(
      `the shape of ${what}`,
      shape,
      "a list of lengths; make an array with ndarray(values, shape)",
    );
  if (!("parts" in (data as object)) && !Array.isArray(stride))
    throw wrong(`the stride of ${what}`, stride, "a list; make an array with ndarray(values, shape)");
}
