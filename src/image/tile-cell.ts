/**
 * One row of the table of tiles: where its tile's bytes lie, and how they are to be scaled.
 */
import { FitsError } from "../errors.js";
import type { TilePart } from "./tile-grid.js";
import {
  type CellColumn,
  cellColumns,
  codecOf,
  type DescriptorField,
  type TileNumber,
  type TileTable,
} from "./tile-table.js";

/** A tile that is wanted, and where its compressed bytes are. */
export interface TileCell {
  readonly tile: number;
  /** What is wanted of it. */
  readonly part: TilePart;
  /** Its pixels along each axis, slowest first, and in all. */
  readonly shape: readonly number[];
  readonly pixels: number;
  readonly column: CellColumn;
  /** In the file. */
  readonly offset: number;
  readonly length: number;
  readonly scale: number;
  readonly zero: number;
  readonly blank?: number | undefined;
  /** Its null-pixel mask, where it has one. */
  readonly mask?: { readonly offset: number; readonly length: number } | undefined;
}

/** How errors call a tile. */
export function tileLabel(table: TileTable, tile: number): string {
  return `${table.label}, tile ${tile} of ${table.tileCount} (${table.coding.algorithm})`;
}

/** Shape of a tile: edge tiles are cut. Most are not, and share theirs. */
function shapeOfTile({ tileShape }: TileTable, { parts }: TilePart): readonly number[] {
  for (let axis = 0; axis < parts.length; axis++) {
    if (parts[axis]!.length !== tileShape[axis]) return parts.map(({ length }) => length);
  }
  return tileShape;
}

function pixelsOfTile({ parts }: TilePart): number {
  let pixels = 1;
  for (let axis = 0; axis < parts.length; axis++) pixels *= parts[axis]!.length;
  return pixels;
}

/**
 * Reads the row of a tile out of `rows`, which begins with it at byte `at`. Throws BAD_DATA for a descriptor that
 * points out of the heap, or to bytes that cannot be this tile's. Thousands of tiles come one after the other: no more
 * than one object is made for each.
 */
export function readCell(table: TileTable, rows: DataView, at: number, part: TilePart): TileCell {
  const { tile } = part;
  for (const column of cellColumns) {
    const field = table.cells[column];
    if (!field) continue;
    const length = cellLength(rows, at, field);
    if (length === 0) continue;
    const offset = cellOffset(table, rows, at, field, length, tile, column);
    const pixels = pixelsOfTile(part);
    checkPlausible(table, tile, column, length, pixels);
    return {
      tile,
      part,
      shape: shapeOfTile(table, part),
      pixels,
      column,
      offset,
      length,
      scale: numberAt(table.scale, rows, at) ?? 1,
      zero: numberAt(table.zero, rows, at) ?? 0,
      blank: numberAt(table.blank, rows, at),
      mask: table.mask && maskOf(table, rows, at, tile),
    };
  }
  throw new FitsError(
    "BAD_DATA",
    `${tileLabel(table, tile)}: the tile has no data in any column; the file is damaged`,
  );
}

/** Bytes of a cell, by its descriptor in the row that begins at `row`. */
function cellLength(rows: DataView, row: number, { offset, wide, elementBytes }: DescriptorField): number {
  const at = row + offset;
  return (wide ? Number(rows.getBigInt64(at)) : rows.getInt32(at)) * elementBytes;
}

/** Where they are in the file. */
function cellOffset(
  table: TileTable,
  rows: DataView,
  row: number,
  field: DescriptorField,
  length: number,
  tile: number,
  column: string,
): number {
  const at = row + field.offset;
  const start = field.wide ? Number(rows.getBigInt64(at + 8)) : rows.getInt32(at + 4);
  if (length < 0 || start < 0 || start + length > table.heapSize) {
    throw new FitsError(
      "BAD_DATA",
      `${tileLabel(table, tile)}: its descriptor in ${column} says ${length / field.elementBytes} elements at byte ${start}, but the heap has ${table.heapSize} bytes`,
    );
  }
  return table.heapOffset + start;
}

function maskOf(table: TileTable, rows: DataView, row: number, tile: number): TileCell["mask"] {
  const { field } = table.mask!;
  const length = cellLength(rows, row, field);
  if (length === 0) return undefined;
  return { offset: cellOffset(table, rows, row, field, length, tile, "NULL_PIXEL_MASK"), length };
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

/**
 * Refuses, before any room is made for it, a tile that so few bytes cannot hold (the header's shape is wrong) and
 * bytes that no such tile needs (the descriptor is wrong: decoding would read the heap again for every tile).
 */
function checkPlausible(
  table: TileTable,
  tile: number,
  column: CellColumn,
  length: number,
  pixels: number,
): void {
  const codec = codecOf(table.coding, column);
  const room = (length + 64) * (densest[codec] ?? densestHcompress);
  const most = codec === "HCOMPRESS_1" ? Math.max(emptyPixels, room) : room;
  const tooMany = pixels > Math.min(mostPixels, most);
  if (!tooMany && length <= 65536 + pixels * 32) return;
  throw new FitsError(
    "BAD_DATA",
    `${tileLabel(table, tile)}: ${length} bytes in ${column} cannot be its ${pixels} pixels; the descriptor or the header is wrong`,
  );
}

function numberAt(number: TileNumber | undefined, rows: DataView, row: number): number | undefined {
  if (number === undefined || "value" in number) return number?.value;
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
