/**
 * Rows of a table as aligned text, for people.
 */
import type { Batch, Cell, Column } from "fitslice";
import { shortestFloat32 } from "fitslice/export";
import { printable } from "./output.js";

export interface TextTable {
  /** The lines of the column names and units; `rows` tell how wide columns are. */
  readonly head: string[];
  readonly lines: string[];
  /** Columns that did not fit. */
  readonly left: number;
}

/** Longer cells are cut where the output is as wide as a terminal. */
const widestCell = 32;

/** The rows of batches in columns, numbers to the right; as many columns as fit `width`. */
export function textTable(columns: readonly Column[], batches: readonly Batch[], width: number): TextTable {
  const hasUnits = columns.some(({ unit }) => unit !== undefined);
  const texts = columns.map((column, c) => {
    const cells = batches.flatMap((batch) => cellTexts(batch, c, Number.isFinite(width)));
    return [
      printable(column.name || `col${column.index + 1}`),
      ...(hasUnits ? [printable(column.unit ?? "")] : []),
      ...cells,
    ];
  });
  const widths = texts.map((cells) => cells.reduce((most, cell) => Math.max(most, cell.length), 1));
  let fitting = 0;
  for (let used = 0; fitting < widths.length; fitting++) {
    used += widths[fitting]! + (fitting > 0 ? 2 : 0);
    if (used > width && fitting > 0) break;
  }
  const count = texts[0]?.length ?? 0;
  const lines = Array.from({ length: count }, (_, row) =>
    texts
      .slice(0, fitting)
      .map((cells, c) =>
        isNumber(columns[c]!) ? cells[row]!.padStart(widths[c]!) : cells[row]!.padEnd(widths[c]!),
      )
      .join("  ")
      .trimEnd(),
  );
  const headLines = hasUnits ? 2 : 1;
  return { head: lines.slice(0, headLines), lines: lines.slice(headLines), left: columns.length - fitting };
}

function isNumber({ dtype, shape, descriptor }: Column): boolean {
  return dtype !== "string" && dtype !== "bool" && shape.length === 0 && !descriptor;
}

function cellTexts(batch: Batch, c: number, short: boolean): string[] {
  const data = batch.columns[c]!;
  const single = data.column.dtype === "float32" || data.column.dtype === "complex64";
  return Array.from({ length: batch.length }, (_, row) => {
    const text = printable(cellText(data.get(row), single));
    return short && text.length > widestCell ? `${text.slice(0, widestCell - 1)}…` : text;
  });
}

function cellText(cell: Cell, single: boolean): string {
  if (cell === null) return "--";
  if (typeof cell === "boolean") return cell ? "T" : "F";
  if (typeof cell === "number") return String(single ? shortestFloat32(cell) : cell);
  if (typeof cell === "object") return `[${cell.map((item) => cellText(item, single)).join(", ")}]`;
  return String(cell);
}
