/**
 * Rows of a table put together of columns that were read as bytes (`bytes: true`), and the heap behind them.
 */
import { FitsError } from "../errors.js";
import type { Batch } from "../hdu/table.js";
import { type Column, title } from "../table/column.js";
import type { ColumnData, ListData } from "../table/data.js";
import { deal } from "./encode.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where a column lies in the new rows: bytes from their start. */
export interface Field {
  readonly column: Column;
  readonly offset: number;
}

/** What the rows are like. */
export interface RowShape {
  readonly fields: readonly Field[];
  readonly rowBytes: number;
  /** Byte between fields. */
  readonly fill: 0 | 32;
}

const mostNarrow = 2 ** 31 - 1;

/** The rows of a batch; descriptors as `descriptorsOf` gives them for each list. */
export function rowsOfBatch(
  { length, columns }: Pick<Batch, "length" | "columns">,
  { fields, rowBytes, fill }: RowShape,
  descriptorsOf: (list: ListData, field: Field) => Bytes,
): Bytes {
  const bytes = new Uint8Array(length * rowBytes).fill(fill);
  for (const [i, field] of fields.entries()) {
    const { width } = field.column;
    if (width === 0 || length === 0) continue;
    const cells = cellsOf(columns[i]!, field, descriptorsOf);
    deal(cells, width, { bytes, rowBytes }, field.offset);
  }
  return bytes;
}

function cellsOf(
  data: ColumnData,
  field: Field,
  descriptorsOf: (list: ListData, field: Field) => Bytes,
): Bytes {
  if (data.kind === "list") return descriptorsOf(data, field);
  return (data as { data: Bytes }).data;
}

/** Descriptors of arrays that lie one after the other from byte `heapAt` of a heap on. Throws TOO_LARGE. */
export function packedDescriptors(list: ListData, heapAt: number): Bytes {
  const { offsets, stored } = list;
  return descriptors(list, (i) => (stored!.counts[i] === 0 ? 0 : heapAt + offsets[i]!));
}

/** Descriptors as they stand in the file. */
export function storedDescriptors(list: ListData): Bytes {
  return descriptors(list, (i) => list.stored!.offsets[i]!);
}

function descriptors({ column, stored, length }: ListData, place: (i: number) => number): Bytes {
  const wide = column.descriptor === "Q";
  const view = new DataView(new ArrayBuffer(length * (wide ? 16 : 8)));
  for (let i = 0; i < length; i++) {
    const count = stored!.counts[i]!;
    const at = place(i);
    if (wide) {
      view.setBigInt64(16 * i, BigInt(count));
      view.setBigInt64(16 * i + 8, BigInt(at));
      continue;
    }
    if (at > mostNarrow && at !== stored!.offsets[i])
      throw new FitsError(
        "TOO_LARGE",
        `${title(column)}: the heap outgrows its P descriptors; take fewer rows`,
      );
    view.setInt32(8 * i, count);
    view.setUint32(8 * i + 4, at);
  }
  return new Uint8Array(view.buffer);
}
