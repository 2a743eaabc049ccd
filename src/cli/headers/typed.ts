/**
 * A table of headers as a binary table, from which the formats with types are made: every column has one type.
 */
import type { BatchColumn, TableBatch, TableOptions, WriteColumn } from "fitslice/write";
import type { Cell, Column, Row } from "./rows.js";

const batchRows = 4096;
/** Stands for no value among integers: no integer of a column is this one. */
const noInteger = -(2n ** 63n);
/** Columns of text whose cells are filled up to the longest may take this much more than their text. */
const mostPadding = 1 << 20;

/** The table as `tableHdu` takes it; its rows are gone through once. */
export function typedTable(columns: readonly Column[], rowCount: number, rows: Iterable<Row>): TableOptions {
  return {
    columns: columns.map((column) => layoutOf(column, rowCount)),
    batches: batches(columns, rows),
    rowCount,
    name: "HEADERS",
    // A keyword may be called as a column is that is ours.
    keepNames: true,
  };
}

function layoutOf(column: Column, rowCount: number): WriteColumn {
  const { name, kind } = column;
  if (kind === "int") return { name, format: "1K", dtype: "int64", null: noInteger };
  if (kind === "float") return { name, format: "1D", dtype: "float64" };
  if (kind === "bool") return { name, format: "1L" };
  return { name, format: isVaried(column, rowCount) ? "1QA" : `${Math.max(1, column.longest)}A` };
}

function isVaried({ longest, total }: Column, rowCount: number): boolean {
  return longest * rowCount > 2 * total + mostPadding;
}

async function* batches(
  columns: readonly Column[],
  rows: Iterable<Row>,
): AsyncGenerator<TableBatch, undefined> {
  let waiting: Row[] = [];
  const batch = (): TableBatch => {
    const values = columns.map((column, c) =>
      valuesOf(
        column,
        waiting.map((row) => row[c]),
      ),
    );
    return { columns: values, rowCount: waiting.length };
  };
  for (const row of rows) {
    waiting.push(row);
    if (waiting.length < batchRows) continue;
    yield batch();
    waiting = [];
  }
  if (waiting.length > 0) yield batch();
}

function valuesOf({ kind }: Column, cells: readonly Cell[]): BatchColumn {
  if (kind === "int")
    return {
      values: BigInt64Array.from(cells, (cell) => (cell === undefined ? noInteger : BigInt(cell))),
      ...validOf(cells),
    };
  if (kind === "float")
    return { values: Float64Array.from(cells, (cell) => (cell === undefined ? Number.NaN : Number(cell))) };
  if (kind === "bool")
    return { values: Uint8Array.from(cells, (cell) => (cell === true ? 1 : 0)), ...validOf(cells) };
  const parts = cells.map((cell) => Buffer.from(cell === undefined ? "" : String(cell)));
  const offsets = [0];
  for (const { length } of parts) offsets.push(offsets.at(-1)! + length);
  return { values: { offsets, values: new Uint8Array(Buffer.concat(parts)) } };
}

/** One bit a cell, 0 for none. */
function validOf(cells: readonly Cell[]): { valid: Uint8Array } {
  const valid = new Uint8Array(Math.ceil(cells.length / 8));
  for (const [i, cell] of cells.entries()) if (cell !== undefined) valid[i >> 3]! |= 1 << (i & 7);
  return { valid };
}
