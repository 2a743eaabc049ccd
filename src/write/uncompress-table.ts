/**
 * Compressed tables as they were before compression, byte for byte as funpack restores them.
 */
import { FitsError, hduLabel } from "../errors.js";
import type { TableHdu } from "../hdu/table.js";
import type { Card } from "../header/card.js";
import type { ReadOptions } from "../read/options.js";
import type { Column } from "../table/column.js";
import type { ListData } from "../table/data.js";
import { cardsAsRead, withText } from "./copy.js";
import { hasChecksums } from "./copy-hdu.js";
import { type DataFacts, noFacts, type WritableHdu } from "./hdu.js";
import { rowsOfBatch, storedDescriptors } from "./table-rows.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Most bytes of a heap: arrays go back to their places in it, in any order. */
const mostHeap = 2 ** 30;
/** Most that deflate makes of one byte. */
const mostExpansion = 1032;
const chunkBytes = 1 << 20;

/**
 * The HDU that a compressed table was made of: fields, descriptors, and arrays at the places in the heap that they had.
 * Bytes of rows and heap that belong to no column are zero, for nothing keeps them. Formats of arrays say how long the
 * longest one is, whatever they said before, as cfitsio has it where there is a heap. Throws BAD_HEADER for a table with a
 * column that cannot be read, TOO_LARGE for a heap of more than 1 GiB.
 */
export function restoredTable(table: TableHdu, options: ReadOptions): WritableHdu {
  const { header, columns, rowCount } = table;
  const label = hduLabel(table);
  const broken = columns.find(({ problem }) => problem !== undefined);
  if (broken) throw new FitsError("BAD_HEADER", `${label}: column ${broken.index + 1}: ${broken.problem}`);
  const rowBytes = table.shape[1]!;
  const fields = columns.map((column) => ({ column, offset: column.offset }));
  const { size, start } = heapOf(table);
  const hasArrays = size > 0 && columns.some(({ descriptor }) => descriptor);
  return {
    kind: "table",
    ...(!hasArrays && { facts: noFacts }),
    repeatable: false,
    fill: 0,
    checksum: hasChecksums(table.stored?.header ?? header),
    cards: (_, { longest }) => cardsAsRead(hasArrays ? withLongest(header, columns, longest) : header),
    async *data(): AsyncGenerator<Bytes, DataFacts, void> {
      const heap = heapInProgress(label, size - start);
      const longest = columns.map(() => 0);
      for await (const batch of table.batches({ ...options, bytes: true })) {
        yield rowsOfBatch(batch, { fields, rowBytes, fill: 0 }, storedDescriptors);
        for (const [i, data] of batch.columns.entries()) {
          if (data.kind !== "list") continue;
          heap.put(data);
          longest[i] = data.stored!.counts.reduce((most, n) => Math.max(most, n), longest[i]!);
        }
      }
      if (columns.length === 0) yield new Uint8Array(rowCount * rowBytes);
      yield* zeros(start);
      yield* heap.chunks();
      return { rows: rowCount, heapBytes: size - start, longest };
    },
  };
}

/** The cards, with TFORMn of arrays as cfitsio writes it: 1PE(40). */
function* withLongest(
  header: Iterable<Card>,
  columns: readonly Column[],
  longest: readonly number[],
): Generator<Card, void, void> {
  const formats = new Map(columns.map(({ index }, i) => [`TFORM${index + 1}`, i]));
  for (const card of header) {
    const i = formats.get(card.keyword);
    const [, format] = (i !== undefined && /^ *(1?[PQ][A-Z])/i.exec(String(card.value))) || [];
    yield format === undefined ? card : withText(card, `${format}(${longest[i!] ?? 0})`);
  }
}

/** Bytes behind the rows (PCOUNT), and where among them the heap begins. */
function heapOf(table: TableHdu): { size: number; start: number } {
  const { header, shape, dataSize } = table;
  const size = header.integer("PCOUNT") ?? 0;
  const rowsEnd = shape[0]! * shape[1]!;
  const start = (header.integer("THEAP") ?? rowsEnd) - rowsEnd;
  if (size < 0 || size > mostHeap || size > dataSize * mostExpansion)
    throw new FitsError(
      "TOO_LARGE",
      `${hduLabel(table)}: its heap of ${size} bytes is too large to be restored`,
    );
  return { size, start: start >= 0 && start <= size ? start : 0 };
}

/** A heap of `size` bytes whose arrays come in any order. Memory grows as far as they reach. */
function heapInProgress(
  label: string,
  size: number,
): { put(list: ListData): void; chunks(): Iterable<Bytes> } {
  let bytes = new Uint8Array(0);
  let filled = 0;
  return {
    put({ offsets, values, stored, length }) {
      const data = values.data as Bytes;
      for (let i = 0; i < length; i++) {
        const array = data.subarray(offsets[i]!, offsets[i + 1]!);
        if (array.length === 0) continue;
        const at = stored!.offsets[i]!;
        const end = at + array.length;
        if (!(at >= 0 && end <= size))
          throw new FitsError("BAD_DATA", `${label}: an array lies at byte ${at} of a heap of ${size}`);
        if (end > bytes.length) {
          const larger = new Uint8Array(Math.min(size, Math.max(end, 2 * bytes.length, chunkBytes)));
          larger.set(bytes);
          bytes = larger;
        }
        bytes.set(array, at);
        filled = Math.max(filled, end);
      }
    },
    *chunks() {
      for (let at = 0; at < filled; at += chunkBytes)
        yield bytes.slice(at, Math.min(filled, at + chunkBytes));
      yield* zeros(size - filled);
    },
  };
}

function* zeros(count: number): Generator<Bytes, void, void> {
  for (let left = count; left > 0; left -= chunkBytes) yield new Uint8Array(Math.min(left, chunkBytes));
}
