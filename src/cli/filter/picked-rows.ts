/**
 * Some rows of a column that is copied: its stored values, whatever they are.
 */
import type { BatchColumn } from "fitslice/write";

type Numbers = Extract<BatchColumn["values"], { readonly BYTES_PER_ELEMENT: number }>;

/** The values of these rows, of `count` rows that a batch has. */
export function pickedRows(
  { values, valid }: BatchColumn,
  rows: readonly number[],
  count: number,
): BatchColumn {
  if (rows.length === count) return { values, ...(valid && { valid }) };
  if (Array.isArray(values))
    return { values: rows.map((row) => (values as readonly (string | null)[])[row]!) };
  if ("offsets" in values) return pickedLists({ ...values, ...(valid && { valid }) }, rows, count);
  const array = values as Numbers;
  const width = count === 0 ? 0 : array.length / count;
  const result = emptyLike(array, rows.length * width);
  for (const [i, row] of rows.entries())
    result.set(array.subarray(row * width, (row + 1) * width) as never, i * width);
  if (!valid) return { values: result };
  const places = rows.flatMap((row) => range(row * width, (row + 1) * width));
  return { values: result, valid: pickedBits(valid, places) };
}

/** Stored integers, with those that TNULLn makes null marked as such: `fitslice/write` refuses them as values. */
export function withNulls(column: BatchColumn, none: bigint | string | undefined): BatchColumn {
  const { values, valid } = column;
  if (typeof none !== "bigint" || valid || !ArrayBuffer.isView(values)) return column;
  const array = values as Numbers;
  const value = typeof array[0] === "bigint" ? none : Number(none);
  const there = new Uint8Array(Math.ceil(array.length / 8));
  for (let i = 0; i < array.length; i++) if (array[i] !== value) there[i >> 3]! |= 1 << (i & 7);
  return { values, valid: there };
}

/** Strings and arrays of variable length: each row has as many of them. */
function pickedLists(
  { offsets, values, valid }: Extract<BatchColumn["values"], { offsets: unknown }> & { valid?: Uint8Array },
  rows: readonly number[],
  count: number,
): BatchColumn {
  const perRow = count === 0 ? 0 : (offsets.length - 1) / count;
  const items = rows.flatMap((row) => range(row * perRow, (row + 1) * perRow));
  const total = offsets[offsets.length - 1]!;
  // Complex numbers are two values each.
  const parts = total === 0 ? 1 : Math.max(1, Math.round((values as Numbers).length / total));
  const places = items.flatMap((item) => range(offsets[item]! * parts, offsets[item + 1]! * parts));
  const moved = new Int32Array(items.length + 1);
  for (const [i, item] of items.entries()) moved[i + 1] = moved[i]! + offsets[item + 1]! - offsets[item]!;
  return {
    values: { offsets: moved, values: pickedNumbers(values as Numbers, places) },
    ...(valid && { valid: pickedBits(valid, places) }),
  };
}

function range(start: number, stop: number): number[] {
  return Array.from({ length: stop - start }, (_, i) => start + i);
}

function emptyLike(array: Numbers, length: number): Numbers {
  return new (array.constructor as new (length: number) => Numbers)(length);
}

function pickedNumbers(array: Numbers, places: readonly number[]): Numbers {
  const result = emptyLike(array, places.length);
  for (let i = 0; i < places.length; i++) result[i] = array[places[i]!]!;
  return result;
}

function pickedBits(bits: Uint8Array, places: readonly number[]): Uint8Array {
  const result = new Uint8Array(Math.ceil(places.length / 8));
  for (const [i, place] of places.entries())
    if (bits[place >> 3]! & (1 << (place & 7))) result[i >> 3]! |= 1 << (i & 7);
  return result;
}
