/**
 * Table compression as `fpack -table` does it: rows in tiles, every column of a tile compressed by itself into a cell of
 * bytes (FITS Standard 4.0, section 10.3). Readers: cfitsio, funpack, and table/compressed.ts.
 */
import { bigEndianToNative, bytesPerElement, viewAs } from "../array.js";
import { loadEncoder } from "../codec/encoder.js";
import type { TileEncoder } from "../codec/tile.js";
import type { Batch, TableHdu } from "../hdu/table.js";
import type { Card } from "../header/card.js";
import { dataNumber } from "../header/header.js";
import type { ReadOptions } from "../read/options.js";
import { type Column, title } from "../table/column.js";
import type { ColumnData, ListData } from "../table/data.js";
import type { TypeCode } from "../table/format.js";
import { cardsAsRead, renamed, withText, withValue } from "./copy.js";
import { hasChecksums } from "./copy-hdu.js";
import type { DataFacts, WritableHdu } from "./hdu.js";
import { blockSize, type HeaderItem } from "./header.js";
import type { Spool } from "./spool.js";
import { storedDescriptors } from "./table-rows.js";

type Bytes = Uint8Array<ArrayBuffer>;
type Algorithm = "GZIP_1" | "GZIP_2" | "RICE_1";

/** fpack's choice, but for complex numbers: funpack reads no GZIP_2 of these. */
const algorithms: Partial<Record<TypeCode, Algorithm>> = {
  I: "GZIP_2",
  J: "RICE_1",
  K: "GZIP_2",
  E: "GZIP_2",
  D: "GZIP_2",
};

function algorithmOf({ code }: Column): Algorithm {
  return algorithms[code] ?? "GZIP_1";
}

/** Bytes of the rows of a tile, as fpack has it; and of rows and arrays together, which keeps memory bounded. */
const tileBytes = 10_000_000;
const tileBytesWithHeap = 32_000_000;

/** Why a table is not compressed, if it is not; empty where there is nothing to say. */
export function tableUnsuitable(table: TableHdu): string | undefined {
  const { columns, header, rowCount, dataSize, shape } = table;
  if (table.stored || rowCount === 0 || columns.length === 0 || dataSize <= blockSize) return "";
  if (table.type === "TABLE") return "ASCII tables are not compressed";
  const broken = columns.find(({ problem }) => problem !== undefined);
  if (broken) return `${title(broken)} cannot be read: ${broken.problem}`;
  if (columns.reduce((sum, { width }) => sum + width, 0) !== shape[1])
    return "its rows have bytes that belong to no column, which would be lost";
  const rowsEnd = rowCount * shape[1]!;
  const arrays = columns.filter(({ descriptor, width }) => descriptor && width > 0);
  if (arrays.length === 0 && dataSize > rowsEnd)
    return "bytes behind its rows belong to no column, and would be lost";
  if (Number(dataNumber(header, "THEAP").value ?? rowsEnd) !== rowsEnd)
    return "its heap begins behind a gap, which funpack does not restore";
  const unread = arrays.find(({ code }) => "AMX".includes(code));
  if (unread) return `funpack reads no compressed arrays of type ${unread.code} as in ${title(unread)}`;
  const complex = columns.find(({ code, repeat, descriptor }) => code === "M" && repeat > 1 && !descriptor);
  if (complex) return `funpack reads no compressed ${complex.format} as in ${title(complex)}`;
  const reserved = [...header].find(({ keyword }) => reservedKeyword.test(keyword));
  return reserved && `its header has ${reserved.keyword}, a keyword of compressed tables`;
}

const reservedKeyword = /^Z(TABLE|TILELEN|NAXIS[12]|PCOUNT|THEAP|HECKSUM|DATASUM|(FORM|CTYP)[1-9]\d*)$/;

/**
 * The HDU that holds `table` compressed. Needs memory for two tiles of rows; the heap waits in a spool. Its data reject as
 * reading does. Bytes of the heap that no descriptor points to would be lost, as with fpack (`heapProblem`).
 */
export function compressedTable(
  table: TableHdu,
  options: ReadOptions,
  onTaken?: (bytes: number) => void,
): WritableHdu {
  const { columns, header, rowCount } = table;
  const tileRows = tileRowsOf(table);
  const tiles = Math.ceil(rowCount / tileRows);
  return {
    kind: "table",
    repeatable: false,
    fill: 0,
    checksum: hasChecksums(header),
    cards: (_, facts) => compressedTableCards(table, tileRows, facts),
    async *data(spool): AsyncGenerator<Bytes, DataFacts, void> {
      const encoders = await loadEncoders(columns);
      const sink = cellsAndHeap(tiles, columns.length, spool());
      try {
        let tile = 0;
        const size = { batchRows: tileRows, batchBytes: Number.MAX_SAFE_INTEGER };
        for await (const batch of table.batches({ ...options, ...size, bytes: true })) {
          for (const [i, column] of columns.entries())
            await addColumn(sink, batch, { column, i, tile, encoders });
          onTaken?.(batch.columns.reduce((sum, data) => sum + bytesIn(data), 0));
          tile++;
        }
        yield sink.cells;
        yield* sink.heap.read();
        return sink.facts();
      } finally {
        await sink.heap.close?.();
      }
    },
  };
}

function bytesIn(data: ColumnData): number {
  return data.kind === "list" ? data.values.data.length : (data as { data: Bytes }).data.length;
}

function tileRowsOf({ rowCount, shape, dataSize }: TableHdu): number {
  const rowBytes = Math.max(1, shape[1]!);
  const withHeap = Math.max(rowBytes, dataSize / rowCount);
  const rows = Math.floor(Math.min(tileBytes / rowBytes, tileBytesWithHeap / withHeap));
  return Math.max(1, Math.min(rowCount, rows));
}

type Encoders = ReadonlyMap<Algorithm, TileEncoder>;

async function loadEncoders(columns: readonly Column[]): Promise<Encoders> {
  // Descriptors are gzipped, whatever the arrays are.
  const names = new Set<Algorithm>(["GZIP_1", ...columns.map(algorithmOf)]);
  return new Map(await Promise.all([...names].map(async (name) => [name, await loadEncoder(name)] as const)));
}

/** Big-endian elements of a column, compressed. The bytes are the encoder's to change. */
function encode(encoders: Encoders, column: Column, bytes: Bytes): Uint8Array | Promise<Uint8Array> {
  const algorithm = algorithmOf(column);
  const encoder = encoders.get(algorithm)!;
  if (algorithm === "GZIP_1") return encoder(bytes, { shape: [bytes.length] });
  bigEndianToNative(bytes, bytesPerElement(column.stored));
  const data = viewAs(bytes, column.stored);
  return encoder(data, { shape: [data.length], blockSize: 32 });
}

interface Place {
  readonly column: Column;
  readonly i: number;
  readonly tile: number;
  readonly encoders: Encoders;
}

async function addColumn(sink: CellSink, batch: Batch, { column, i, tile, encoders }: Place): Promise<void> {
  const data = batch.columns[i]!;
  if (column.width === 0) return;
  const cell =
    data.kind === "list"
      ? await encoders.get("GZIP_1")!(await addArrays(sink, data, column, encoders), { shape: [] })
      : await encode(encoders, column, (data as { data: Bytes }).data);
  await sink.addCell(tile, i, cell);
}

/** Compresses each array by itself; the descriptors before compression, and behind them those of the compressed ones. */
async function addArrays(sink: CellSink, list: ListData, column: Column, encoders: Encoders): Promise<Bytes> {
  const { offsets, values, length } = list;
  const original = storedDescriptors(list);
  const both = new Uint8Array(original.length + 16 * length);
  both.set(original);
  const view = new DataView(both.buffer, original.length);
  for (let row = 0; row < length; row++) {
    const plain = (values.data as Bytes).slice(offsets[row]!, offsets[row + 1]!);
    if (plain.length === 0) continue;
    const compressed = await encode(encoders, column, plain.slice());
    // An array that compression makes no shorter stays as it is: readers tell by its length.
    const kept = compressed.length < plain.length ? compressed : plain;
    view.setBigInt64(16 * row, BigInt(kept.length));
    view.setBigInt64(16 * row + 8, BigInt(await sink.addToHeap(kept)));
  }
  return both;
}

interface CellSink {
  /** The rows of the table: a Q descriptor for each column of each tile. */
  readonly cells: Bytes;
  readonly heap: Spool;
  addCell(tile: number, column: number, bytes: Uint8Array): Promise<void>;
  /** Answers where in the heap the bytes lie. */
  addToHeap(bytes: Uint8Array): Promise<number>;
  facts(): DataFacts;
}

function cellsAndHeap(tiles: number, columns: number, heap: Spool): CellSink {
  const cells = new Uint8Array(tiles * columns * 16);
  const view = new DataView(cells.buffer);
  const longest = new Array<number>(columns).fill(0);
  let heapBytes = 0;
  const addToHeap = async (bytes: Uint8Array): Promise<number> => {
    const at = heapBytes;
    heapBytes += bytes.length;
    await heap.append(bytes as Bytes);
    return at;
  };
  return {
    cells,
    heap,
    addToHeap,
    async addCell(tile, column, bytes) {
      const at = 16 * (tile * columns + column);
      longest[column] = Math.max(longest[column]!, bytes.length);
      view.setBigInt64(at, BigInt(bytes.length));
      view.setBigInt64(at + 8, BigInt(await addToHeap(bytes)));
    },
    facts: () => ({ rows: tiles, heapBytes, longest }),
  };
}

const renamedTo: Readonly<Record<string, string>> = {
  CHECKSUM: "ZHECKSUM",
  DATASUM: "ZDATASUM",
  THEAP: "ZTHEAP",
};

/** The table's cards: its own sizes and formats in the places of the old ones, these behind all under Z names. */
function compressedTableCards(table: TableHdu, tileRows: number, facts: DataFacts): HeaderItem[] {
  const { header, columns } = table;
  const sizes: Record<string, number> = {
    NAXIS1: 16 * columns.length,
    NAXIS2: facts.rows,
    PCOUNT: facts.heapBytes,
  };
  const cards: Card[] = [];
  const originals = new Map<string, Card>();
  for (const card of header) {
    const { keyword } = card;
    const n = Number(/^TFORM([1-9]\d*)$/.exec(keyword)?.[1] ?? 0);
    const name = renamedTo[keyword];
    if (keyword in sizes || (n > 0 && n <= columns.length)) {
      originals.set(keyword, renamed(card, `Z${keyword.replace(/^T/, "")}`));
      cards.push(n > 0 ? withText(card, `1QB(${facts.longest[n - 1]})`) : withValue(card, sizes[keyword]!));
    } else cards.push(name === undefined ? card : renamed(card, name));
  }
  const original = (keyword: string): HeaderItem[] => {
    const card = originals.get(keyword);
    return card ? cardsAsRead([card]) : [];
  };
  return [
    ...cardsAsRead(cards),
    { keyword: "ZTABLE", value: true, comment: "this is a compressed table" },
    { keyword: "ZTILELEN", value: tileRows, comment: "rows of a tile" },
    ...Object.keys(sizes).flatMap(original),
    ...columns.flatMap(({ index }) => original(`TFORM${index + 1}`)),
    ...columns
      .filter(({ width }) => width > 0)
      .map((column) => ({
        keyword: `ZCTYP${column.index + 1}`,
        value: algorithmOf(column),
        comment: "compression algorithm of the column",
      })),
  ];
}
