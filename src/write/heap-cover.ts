/**
 * Whether the arrays of a table fill its heap. Where they are compressed one by one, bytes that no descriptor points to
 * would be lost, and arrays behind the heap that the header declares would have no place to be restored to.
 */
import { FitsError } from "../errors.js";
import type { Fits } from "../fits.js";
import type { TableHdu } from "../hdu/table.js";
import type { ReadOptions } from "../read/options.js";
import { type Plan, read } from "../read/plan.js";
import type { Column } from "../table/column.js";
import { fieldBytes } from "../table/format.js";

/** Bytes of rows that are looked at in one go. */
const chunkBytes = 4 * 1024 * 1024;
/** Most stretches of the heap that are kept apart: arrays in no order at all are not worth more memory. */
const mostStretches = 1_000_000;

/** Parts of a heap, sorted, none touching another: starts and ends in turns. */
type Stretches = readonly number[];

/**
 * Why the heap of `table` cannot be restored from its arrays; `undefined` where it can. Reads the rows, not the heap.
 * Throws as reading does.
 */
export async function heapProblem(
  fits: Fits,
  table: TableHdu,
  options: ReadOptions,
): Promise<string | undefined> {
  const { columns, rowCount, shape, header, dataOffset } = table;
  const arrays = columns.filter(({ descriptor, width }) => descriptor && width > 0);
  if (arrays.length === 0) return undefined;
  const rowBytes = shape[1]!;
  const size = header.integer("PCOUNT") ?? 0;
  const step = Math.max(1, Math.floor(chunkBytes / rowBytes));
  let covered: Stretches = [];
  for (let row = 0; row < rowCount; row += step) {
    const length = Math.min(step, rowCount - row) * rowBytes;
    const rows = { offset: dataOffset + row * rowBytes, length };
    const found = await fits.run(stretchesPlan(table, arrays, rows), options);
    covered = united(pairs(covered).concat(found));
    if (covered.length > 2 * mostStretches) return "its arrays lie in its heap in no order";
  }
  const end = covered.at(-1) ?? 0;
  if ((covered[0] ?? 0) < 0 || end > size) return "arrays lie behind the heap that PCOUNT declares";
  const isFilled = size === 0 || (covered.length === 2 && covered[0] === 0 && end === size);
  return isFilled ? undefined : "bytes of its heap belong to no array, and would be lost";
}

type Stretch = readonly [start: number, end: number];

/** Where the arrays of some rows lie in the heap. */
function stretchesPlan(
  table: TableHdu,
  arrays: readonly Column[],
  rows: { offset: number; length: number },
): Plan<Stretch[]> {
  return function* () {
    const bytes = yield* read(`descriptors of ${table.name || `HDU ${table.index}`}`, rows, { keep: false });
    if (bytes.length < rows.length)
      throw new FitsError(
        "TRUNCATED",
        `HDU ${table.index}: the file ends at byte ${rows.offset + bytes.length}`,
      );
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const found: Stretch[] = [];
    for (let at = 0; at < bytes.length; at += table.shape[1]!) {
      for (const { code, descriptor, offset } of arrays) {
        const place = at + offset;
        const wide = descriptor === "Q";
        const count = wide ? Number(view.getBigInt64(place)) : view.getInt32(place);
        const start = wide ? Number(view.getBigInt64(place + 8)) : view.getUint32(place + 4);
        if (count !== 0) found.push([start, start + fieldBytes(code, count)]);
      }
    }
    return pairs(united(found));
  };
}

function pairs(stretches: Stretches): Stretch[] {
  return Array.from(
    { length: stretches.length / 2 },
    (_, i) => [stretches[2 * i]!, stretches[2 * i + 1]!] as const,
  );
}

/** Stretches that touch or overlap as one. */
function united(stretches: Stretch[]): Stretches {
  stretches.sort(([a], [b]) => a - b);
  const out: number[] = [];
  for (const [start, end] of stretches) {
    if (out.length > 0 && start <= out[out.length - 1]!)
      out[out.length - 1] = Math.max(out[out.length - 1]!, end);
    else out.push(start, end);
  }
  return out;
}
