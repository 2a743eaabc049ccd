/**
 * Tables of tiles built by hand, byte by byte: what the usual writers do not make.
 */
import type { HeaderCard } from "../../../src/write/card.js";
import { formatHeader, padding } from "../../../src/write/header.js";

/** A number is a field of the row; a list the cell of a variable-length column. */
export interface Column {
  name: string;
  format: string;
  rows: (number | readonly number[])[];
}

const sizes: Record<string, number> = { B: 1, I: 2, J: 4, K: 8, E: 4, D: 8 };

function putter(code: string): (view: DataView, at: number, value: number) => void {
  return (view, at, value) => {
    if (code === "B") view.setUint8(at, value);
    else if (code === "I") view.setInt16(at, value);
    else if (code === "J") view.setInt32(at, value);
    else if (code === "E") view.setFloat32(at, value);
    else view.setFloat64(at, value);
  };
}

/** A file of an empty primary HDU and a table of tiles with these cards; `gap` bytes lie before its heap. */
export function file(
  cards: Record<string, string | number | boolean>,
  columns: Column[],
  gap = 0,
): Uint8Array {
  const rows = columns[0]!.rows.length;
  const widths = columns.map(({ format }) =>
    format[1] === "Q" ? 16 : format[1] === "P" ? 8 : sizes[format[1]!]!,
  );
  const rowBytes = widths.reduce((a, b) => a + b, 0);
  const table = new DataView(new ArrayBuffer(rows * rowBytes + gap));
  const heap: number[] = [];
  for (let row = 0; row < rows; row++) {
    let at = row * rowBytes;
    for (const [i, { format, rows: values }] of columns.entries()) {
      const value = values[row]!;
      if (typeof value === "number") putter(format[1]!)(table, at, value);
      else {
        const code = format[2]!;
        if (format[1] === "Q") {
          table.setBigInt64(at, BigInt(value.length));
          table.setBigInt64(at + 8, BigInt(heap.length));
        } else {
          table.setInt32(at, value.length);
          table.setInt32(at + 4, heap.length);
        }
        const cell = new DataView(new ArrayBuffer(value.length * sizes[code]!));
        for (const [k, element] of value.entries()) putter(code)(cell, k * sizes[code]!, element);
        heap.push(...new Uint8Array(cell.buffer));
      }
      at += widths[i]!;
    }
  }
  const card = (keyword: string, value: string | number | boolean): HeaderCard => ({ keyword, value });
  const primary = formatHeader([card("SIMPLE", true), card("BITPIX", 8), card("NAXIS", 0)]);
  const header = formatHeader([
    card("XTENSION", "BINTABLE"),
    card("BITPIX", 8),
    card("NAXIS", 2),
    card("NAXIS1", rowBytes),
    card("NAXIS2", rows),
    card("PCOUNT", gap + heap.length),
    card("GCOUNT", 1),
    card("TFIELDS", columns.length),
    ...columns.flatMap(({ name, format }, i) => [card(`TTYPE${i + 1}`, name), card(`TFORM${i + 1}`, format)]),
    ...(gap > 0 ? [card("THEAP", rows * rowBytes + gap)] : []),
    card("ZIMAGE", true),
    ...Object.entries(cards).map(([keyword, value]) => card(keyword, value)),
  ]);
  const data = new Uint8Array([...new Uint8Array(table.buffer), ...heap]);
  const bytes = new Uint8Array(primary.length + header.length + data.length + padding(data.length));
  bytes.set(primary);
  bytes.set(header, primary.length);
  bytes.set(data, primary.length + header.length);
  return bytes;
}
