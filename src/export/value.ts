/**
 * Cells as JSON, and text in chunks of bytes: what the text formats share.
 */
import type { Cell, ColumnData } from "../table/data.js";
import { isSingle, shortestCell, shortestFloat32 } from "./float32.js";

/** A cell as JSON: NaN and infinities as strings, 64-bit integers with all their digits, complex numbers as [re, im]. */
export function jsonCell(cell: Cell): string {
  if (cell === null) return "null";
  if (typeof cell === "number") return jsonNumber(cell);
  if (typeof cell === "string") return JSON.stringify(cell);
  if (typeof cell === "object") return `[${cell.map(jsonCell).join(",")}]`;
  return String(cell);
}

/** Readers that tell integers from numbers (Python's) would take 1e20 written in full for an integer, and not for this one. */
function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER) return value.toExponential();
  return Object.is(value, -0) ? "-0.0" : String(value);
}

/** Writes the cell of a row; made once for a column, where cells are scalar numbers without making a list of kinds. */
export type CellWriter = (row: number) => string;

/** Writes cells of a column as `write` does, those of float32 in as few digits as tell them from others. */
export function cellWriter(data: ColumnData, write: (cell: Cell) => string): CellWriter {
  const single = isSingle(data);
  if (data.kind === "number" && data.shape.length === 1 && data.nullCount === 0) {
    const { data: values } = data;
    if (single) return (row) => write(shortestFloat32(values[row] as number));
    return (row) => write(values[row]!);
  }
  if (single) return (row) => write(shortestCell(data.get(row)));
  return (row) => write(data.get(row));
}

const chunkLength = 1 << 18;

/** Text as UTF-8 in chunks of some hundred kilobytes, however small its pieces. */
export async function* utf8Chunks(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array, undefined> {
  const encoder = new TextEncoder();
  let text = "";
  for await (const piece of pieces) {
    text += piece;
    if (text.length < chunkLength) continue;
    yield encoder.encode(text);
    text = "";
  }
  if (text !== "") yield encoder.encode(text);
}
