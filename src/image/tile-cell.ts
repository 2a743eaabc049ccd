/**
 * One row of the table of tiles: where its tile's bytes lie, and how they are to be scaled.
 */
import { FitsError } from "../errors.js";
import { type CellColumn, cellColumns, codecOf, isRice } from "./tile-coding.js";
import type { DescriptorField, TileNumber, TileTable } from "./tile-table.js";
import { field } from "./tile-tasks.js";

/** How errors call a tile. */
export function tileLabel(table: TileTable, tile: number): string {
  return `${table.label}, tile ${tile} of ${table.tileCount} (${table.coding.algorithm})`;
}

/**
 * Reads the row of a tile out of `rows`, which begins with it at byte `row`, into the row of `numbers` that begins at
 * `task`, where `tileMeasure` has noted the tile, which has so many `pixels` in all.
 */
export type CellReader = (
  rows: DataView,
  row: number,
  pixels: number,
  numbers: Float64Array,
  task: number,
) => void;

/**
 * What reads the cells of a table. It throws BAD_DATA for a descriptor that points out of the heap, or to bytes that
 * cannot be this tile's. Thousands of tiles come one after the other, and before code is compiled: what is the same for
 * all is looked up here, and no object is made for any.
 */
export function cellReader(table: TileTable): CellReader {
  const { scale, zero, blank, mask } = table;
  const columns = cellColumns.flatMap((column, number) => {
    const descriptor = table.cells[column];
    // A RICE stream is decoded no further than to the last pixel wanted: of a row, half on average. The decoders of
    // other large tiles stop there, too; the kernels, which decode small tiles, want the tile whole.
    const shortens = column === "COMPRESSED_DATA" && isRice(table.coding);
    return descriptor ? [{ column, number, descriptor, ...boundsOf(table, column), shortens }] : [];
  });
  return (rows, row, pixels, numbers, task) => {
    const tile = numbers[task + field.tile]!;
    for (let c = 0; c < columns.length; c++) {
      const { column, number, descriptor, perByte, least, shortens } = columns[c]!;
      const length = cellLength(rows, row, descriptor);
      if (length === 0) continue;
      const offset = cellOffset(table, tile, rows, row, column, descriptor, length);
      if (
        pixels > Math.min(mostPixels, Math.max(least, (length + 64) * perByte)) ||
        length > 65536 + pixels * 32
      )
        implausible(table, tile, column, length, pixels);
      numbers[task + field.column] = number;
      numbers[task + field.offset] = offset;
      numbers[task + field.length] = length;
      if (!shortens && pixels <= largeTile) numbers[task + field.pixels] = pixels;
      numbers[task + field.scale] = scale === undefined ? 1 : numberAt(scale, rows, row);
      numbers[task + field.zero] = zero === undefined ? 0 : numberAt(zero, rows, row);
      numbers[task + field.blank] = blank === undefined ? Number.NaN : numberAt(blank, rows, row);
      if (mask) readMask(table, mask.field, rows, row, numbers, task);
      return;
    }
    throw new FitsError(
      "BAD_DATA",
      `${tileLabel(table, tile)}: the tile has no data in any column; the file is damaged`,
    );
  };
}

/** Bytes of a cell, by its descriptor in the row that begins at byte `row`. */
function cellLength(rows: DataView, row: number, { offset, wide, elementBytes }: DescriptorField): number {
  return (wide ? Number(rows.getBigInt64(row + offset)) : rows.getInt32(row + offset)) * elementBytes;
}

/** Where they are in the file. */
function cellOffset(
  table: TileTable,
  tile: number,
  rows: DataView,
  row: number,
  column: string,
  { offset, wide, elementBytes }: DescriptorField,
  length: number,
): number {
  const at = row + offset;
  // The Standard has signed offsets; heaps between 2 and 4 GB are written with unsigned ones all the same.
  const start = wide ? Number(rows.getBigInt64(at + 8)) : rows.getUint32(at + 4);
  if (length >= 0 && start >= 0 && start + length <= table.heapSize) return table.heapOffset + start;
  throw new FitsError(
    "BAD_DATA",
    `${tileLabel(table, tile)}: its descriptor in ${column} says ${length / elementBytes} elements at byte ${start}, but the heap has ${table.heapSize} bytes`,
  );
}

function readMask(
  table: TileTable,
  descriptor: DescriptorField,
  rows: DataView,
  row: number,
  numbers: Float64Array,
  task: number,
): void {
  const length = cellLength(rows, row, descriptor);
  if (length === 0) return;
  const tile = numbers[task + field.tile]!;
  numbers[task + field.maskLength] = length;
  numbers[task + field.maskOffset] = cellOffset(
    table,
    tile,
    rows,
    row,
    "NULL_PIXEL_MASK",
    descriptor,
    length,
  );
}

/** Most pixels that a byte can hold: a deflate match of 258 bytes takes at least 2 bits, a PLIO run of 4095 pixels 16. */
const densest: Readonly<Record<string, number>> = {
  RICE_1: 8 * 1024,
  RICE_ONE: 8 * 1024,
  GZIP_1: 1040,
  GZIP_2: 1040,
  PLIO_1: 2048,
  NOCOMPRESS: 1,
};
/** An empty tile is a few bytes of HCOMPRESS, however large it is; of this size it is taken for one. */
const emptyPixels = 2 ** 24;
/** Pixels that a byte of a larger one can hold: a plane of empty quadrants takes a bit for thousands of them. */
const densestHcompress = 4096;
const mostPixels = 2 ** 30;
/** Pixels of a tile beyond which no more of them are decoded than wanted: no kernel takes such tiles. */
const largeTile = 2 ** 22;

/**
 * How many pixels a tile may have for each byte of a column, and how many at least, however few bytes it takes. A tile
 * that its bytes cannot hold is refused before any room is made for it (the header's shape is wrong), and so are bytes
 * that no such tile needs (the descriptor is wrong: decoding would read the heap again for every tile).
 */
function boundsOf({ coding }: TileTable, column: CellColumn): { perByte: number; least: number } {
  const codec = codecOf(coding, column);
  return { perByte: densest[codec] ?? densestHcompress, least: codec === "HCOMPRESS_1" ? emptyPixels : 0 };
}

function implausible(table: TileTable, tile: number, column: string, length: number, pixels: number): never {
  throw new FitsError(
    "BAD_DATA",
    `${tileLabel(table, tile)}: ${length} bytes in ${column} cannot be its ${pixels} pixels; the descriptor or the header is wrong`,
  );
}

function numberAt(number: TileNumber, rows: DataView, row: number): number {
  if ("value" in number) return number.value;
  const at = row + number.offset;
  switch (number.code) {
    case "E":
      return rows.getFloat32(at);
    case "D":
      return rows.getFloat64(at);
    case "B":
      return rows.getUint8(at);
    case "I":
      return rows.getInt16(at);
    case "J":
      return rows.getInt32(at);
    case "K":
      return Number(rows.getBigInt64(at));
  }
}
