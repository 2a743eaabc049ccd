/**
 * Cells of other formats as values of binary tables.
 */
import { allocate, type DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { BatchColumn } from "../write/column.js";
import { type ForeignBatch, type ForeignTable, type ImportedTable, surveyor, textOf } from "./foreign.js";
import { isComplexField, type Layout, layoutOf, nullCandidates } from "./foreign-layout.js";

/**
 * A table of another format as one for `tableHdu`: gone through once to lay the columns out, and again for its values.
 * Columns that FITS cannot hold are left out, with a warning.
 */
export async function imported(table: ForeignTable): Promise<ImportedTable> {
  const surveyors = table.fields.map((field) =>
    surveyor(field, field.lists.length - (isComplexField(field) ? 1 : 0), nullCandidates(field)),
  );
  for await (const { length, cells } of table.batches()) {
    for (const [i, { add }] of surveyors.entries())
      for (let row = 0; row < length; row++) add(cells[i]!(row));
  }
  const warnings = [...table.warnings];
  const layouts: { layout: Layout; at: number }[] = [];
  for (const [at, field] of table.fields.entries()) {
    const layout = layoutOf(field, surveyors[at]!.survey());
    if (typeof layout === "string")
      warnings.push(
        `column '${field.name}' is left out: ${layout}${layout.endsWith("counterpart") ? " in a FITS table" : ""}`,
      );
    else layouts.push({ layout, at });
  }
  return {
    columns: layouts.map(({ layout }) => layout.column),
    batches: (async function* () {
      for await (const batch of table.batches())
        yield {
          columns: layouts.map(({ layout, at }) => valuesOf(layout, batch, at)),
          rowCount: batch.length,
        };
    })(),
    rowCount: table.rowCount,
    keepNames: true,
    ...(table.name !== undefined && { name: table.name }),
    warnings,
  };
}

function valuesOf(layout: Layout, { length, cells }: ForeignBatch, at: number): BatchColumn {
  const cell = cells[at]!;
  const leaves: unknown[] = [];
  const offsets = [0];
  for (let row = 0; row < length; row++) {
    addCell(layout, cell(row), leaves);
    if (layout.perCell === undefined) offsets.push(leaves.length);
  }
  if (layout.field.type === "string") return textValues(layout, leaves);
  const values = numbersOf(layout, leaves);
  const valid = validityOf(leaves);
  const shared = valid && !layout.isComplex ? { valid } : {};
  return layout.perCell === undefined ? { values: { offsets, values }, ...shared } : { values, ...shared };
}

/** Puts the values of a cell behind the others; of a fixed cell that is null as many nulls. */
function addCell(layout: Layout, cell: unknown, leaves: unknown[]): void {
  const { field, depth, perCell } = layout;
  if (depth > 0 && (cell === null || cell === undefined)) {
    for (let i = 0; i < (perCell ?? 0); i++) leaves.push(null);
    return;
  }
  const before = leaves.length;
  const walk = (value: unknown, level: number): void => {
    if (level === depth) leaves.push(value);
    else for (const item of (value as Iterable<unknown> | null | undefined) ?? []) walk(item, level + 1);
  };
  walk(cell, 0);
  if (perCell === undefined || leaves.length - before === perCell) return;
  throw new FitsError("BAD_DATA", `column '${field.name}': its cells have changed since they were looked at`);
}

function textValues({ field }: Layout, leaves: readonly unknown[]): BatchColumn {
  const encoder = new TextEncoder();
  const parts = leaves.map((value) =>
    value === null || value === undefined ? new Uint8Array(0) : encoder.encode(textOf(field, value)),
  );
  const offsets = [0];
  for (const { length } of parts) offsets.push(offsets.at(-1)! + length);
  const values = allocate("uint8", offsets.at(-1)!);
  for (const [i, part] of parts.entries()) values.set(part, offsets[i]);
  return { values: { offsets, values } };
}

function numbersOf(
  { field, isComplex }: Layout,
  leaves: readonly unknown[],
): Exclude<BatchColumn["values"], { offsets: unknown } | readonly (string | null)[]> {
  if (isComplex) {
    const out = allocate(field.type as "float64", 2 * leaves.length);
    for (const [i, pair] of leaves.entries()) {
      const [real = Number.NaN, imaginary = Number.NaN] =
        pair === null || pair === undefined ? [] : [...(pair as Iterable<number>)];
      out[2 * i] = real;
      out[2 * i + 1] = imaginary;
    }
    return out;
  }
  const dtype: DType = field.type === "bool" ? "uint8" : (field.type as DType);
  const out = allocate(dtype, leaves.length);
  const isWide = dtype === "int64" || dtype === "uint64";
  for (const [i, value] of leaves.entries()) {
    if (value === null || value === undefined) continue;
    (out as { [i: number]: number | bigint })[i] = isWide ? BigInt(value as number) : Number(value);
  }
  return out;
}

function validityOf(leaves: readonly unknown[]): Uint8Array | undefined {
  if (!leaves.some((value) => value === null || value === undefined)) return undefined;
  const bits = new Uint8Array(Math.ceil(leaves.length / 8));
  for (const [i, value] of leaves.entries())
    if (value !== null && value !== undefined) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}
