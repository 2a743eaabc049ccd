/**
 * The cells of tables: what types allow (Standard 7.2.4, 7.3.3, 7.3.5).
 */
import { latin1 } from "../header/scan.js";
import type { CheckedColumn } from "./columns.js";
import { error, type Subject } from "./finding.js";

/** Where arrays of variable length may lie: bytes of the heap, and where descriptors count from. */
export interface HeapFacts {
  readonly size: number;
}

/** Arrays whose elements have to be looked at: logicals and text. */
export interface HeapArray {
  readonly row: number;
  readonly column: CheckedColumn;
  /** Bytes from the start of the heap. */
  readonly offset: number;
  readonly length: number;
}

/** Of each column so many faults are told; the rest is counted. */
const mostTold = 3;

/** Looks at rows as they come. */
export interface CellCheck {
  /** Whole rows; `first` is the number of the first one, from 0. Answers with arrays to be looked at. */
  rows(bytes: Uint8Array, first: number): HeapArray[];
  array(of: HeapArray, bytes: Uint8Array): void;
  /** Tells what was counted. */
  finish(): void;
}

export function cellCheck(
  subject: Subject,
  columns: readonly CheckedColumn[],
  rowBytes: number,
  heap: HeapFacts,
): CellCheck {
  const counts = new Map<string, number>();
  const isAscii = subject.hdu.type === "TABLE";
  const tell = ({ n }: CheckedColumn, row: number, what: string, advice: string): void => {
    const key = `column ${n}: ${what}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count <= mostTold) error(subject, undefined, `row ${row + 1}, ${key}`, advice);
  };
  const checked = columns.filter(({ code, width }) => width > 0 && (isAscii || /[LAXPQ]/.test(code)));

  function field(column: CheckedColumn, bytes: Uint8Array, row: number): HeapArray | undefined {
    if (isAscii) textField(column, bytes, row);
    else if (column.element !== undefined) return descriptor(column, bytes, row);
    else values(column.code, column, bytes, row);
    return undefined;
  }

  function values(code: string, column: CheckedColumn, bytes: Uint8Array, row: number): void {
    if (code === "L") {
      if (bytes.some((byte) => byte !== 84 && byte !== 70 && byte !== 0))
        tell(column, row, "a logical is none of T, F and 0", "correct the value");
    } else if (code === "A") {
      const end = bytes.indexOf(0);
      const text = end < 0 ? bytes : bytes.subarray(0, end);
      if (text.some((byte) => byte < 32 || byte > 126))
        tell(column, row, "the text holds bytes that are no printable ASCII", "replace the bytes");
    } else if (code === "X" && column.repeat % 8 > 0) {
      if (((bytes.at(-1) ?? 0) & (0xff >> (column.repeat % 8))) !== 0)
        tell(column, row, "the bits that fill the last byte are not 0", "clear the bits");
    }
  }

  function descriptor(column: CheckedColumn, bytes: Uint8Array, row: number): HeapArray | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isLong = column.code === "Q";
    const count = isLong ? Number(view.getBigInt64(0)) : view.getInt32(0);
    const offset = isLong ? Number(view.getBigInt64(8)) : view.getInt32(4);
    const type = column.element!;
    const length = type === "X" ? Math.ceil(count / 8) : count * (elementBytes[type] ?? 1);
    if (count < 0 || offset < 0 || (count > 0 && offset + length > heap.size)) {
      tell(column, row, "the array lies outside the heap", "correct the descriptor, or PCOUNT");
      return undefined;
    }
    if (column.most !== undefined && count > column.most)
      tell(
        column,
        row,
        `the array is longer than the most of ${column.most} that TFORM${column.n} tells`,
        `raise the number in TFORM${column.n}`,
      );
    return count > 0 && /[LA]/.test(type) ? { row, column, offset, length } : undefined;
  }

  function textField(column: CheckedColumn, bytes: Uint8Array, row: number): void {
    const text = latin1(bytes);
    if (column.code === "A") {
      if (/[^\x20-\x7e]/.test(text))
        tell(column, row, "the text holds bytes that are no printable ASCII", "replace the bytes");
      return;
    }
    const value = text.trim();
    if (value === "" || value === nulls.get(column.n)) return;
    if (/\S +\S/.test(text)) tell(column, row, "a blank stands inside the number", "remove the blank");
    else if (column.code === "I") {
      if (!/^[+-]?\d+$/.test(value)) tell(column, row, "the field holds no integer", "correct the value");
    } else if (!/^[+-]?(\d+\.?\d*|\.\d+)(([ED][+-]?|[+-])\d+)?$/i.test(value))
      tell(column, row, "the field holds no number", "correct the value");
    else if (!value.includes(".")) tell(column, row, "the number has no decimal point", "write the point");
  }

  const nulls = new Map(columns.map(({ n }) => [n, subject.first.get(`TNULL${n}`)?.text.trim()] as const));
  return {
    rows(bytes, first) {
      const arrays: HeapArray[] = [];
      for (let at = 0, row = first; at + rowBytes <= bytes.length; at += rowBytes, row++)
        for (const column of checked) {
          const start = at + column.offset;
          const array = field(column, bytes.subarray(start, start + column.width), row);
          if (array) arrays.push(array);
        }
      return arrays;
    },
    array: ({ column, row }, bytes) => values(column.element!, column, bytes, row),
    finish() {
      for (const [key, count] of counts)
        if (count > mostTold) error(subject, undefined, `${count - mostTold} more rows: ${key}`, "see above");
    },
  };
}

const elementBytes: Readonly<Record<string, number>> = {
  ...{ L: 1, B: 1, I: 2, J: 4, K: 8, A: 1, E: 4, D: 8, C: 8, M: 16 },
};
