/**
 * The tiles of a compressed image as chunks that references can point at: where each tile lies, and which codecs of other
 * packages read the tiles. What no codec there reads is refused, never approximated.
 */
import { allocate, bytesPerElement, type DType, elementCount, type NdArray, ndarray } from "../array.js";
import { convertInto } from "../codec/convert.js";
import { loadEncoder } from "../codec/encoder.js";
import type { TileData } from "../codec/tile.js";
import { FitsError } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import { resolveSection } from "../image/section.js";
import { readRows, tasksOf } from "../image/tiles/descriptors.js";
import { tileGrid } from "../image/tiles/grid.js";
import type { HeapGuess } from "../image/tiles/guess.js";
import { type TileTable, tileTable } from "../image/tiles/table.js";
import {
  cellColumns,
  codecOf,
  columnAt,
  lengthAt,
  maskAt,
  offsetAt,
  type TileTasks,
} from "../image/tiles/tasks.js";
import { type Course, type Plan, read } from "../read/plan.js";
import type { Json } from "./metadata.js";
import type { ChunkBytes } from "./reference-coding.js";
import { refuse } from "./refusal.js";

/** The tiles of an image, all compressed alike. */
export interface ReferencedTiles {
  readonly table: TileTable;
  readonly tasks: TileTasks;
  /** ZCMPTYPE of the column that all tiles are in. */
  readonly algorithm: string;
  readonly bytes: ChunkBytes;
  /** What stored values differ by from those that the codecs give. */
  readonly offset: number;
}

/** Nothing is guessed of where tiles lie: tiles themselves are not wanted. */
const noGuess: HeapGuess = { learn: () => undefined, range: () => undefined };

/**
 * The plan that finds out where all tiles of the image are, and how they are compressed. Throws UNSUPPORTED for tiles that
 * codecs of other packages do not read, BAD_DATA and BAD_HEADER for damage, TRUNCATED where the file ends before a tile does.
 *
 * @param fileSize bytes of the file, where known
 */
export function tilesPlan(
  layout: HduLayout,
  fileSize: number = Number.POSITIVE_INFINITY,
): Plan<ReferencedTiles> {
  const table = tileTable(layout);
  const { label, coding } = table;
  if (coding.quantized) refuse(label, "its floats are quantized, and each tile has a scale of its own");
  return function* () {
    const tasks = yield* allTasks(table);
    const first = columnAt(tasks, 0);
    for (let i = 0; i < tasks.count; i++) {
      if (columnAt(tasks, i) !== first) refuse(label, "its tiles are not all compressed in the same way");
      if (maskAt(tasks, i)) refuse(label, "its undefined pixels are in masks");
      const end = offsetAt(tasks, i) + lengthAt(tasks, i);
      if (end > fileSize)
        throw new FitsError(
          "TRUNCATED",
          `${label}: the file ends at byte ${fileSize}, before byte ${end} that tile ${i} needs; it is cut short`,
        );
    }
    const algorithm = codecOf(coding, cellColumns[first]!);
    const width = yield* elementWidth(table, tasks, algorithm);
    const offset = algorithm === coding.algorithm ? coding.offset : 0;
    return { table, tasks, algorithm, bytes: chunkBytes(layout, table, algorithm, width), offset };
  };
}

function* allTasks(table: TileTable): Course<TileTasks> {
  const grid = tileGrid(resolveSection(undefined, table.shape), table.shape, table.tileShape);
  const all = Array.from({ length: grid.length }, (_, i) => i);
  return tasksOf(table, grid, all, yield* readRows(table, grid, all, noGuess));
}

/** Bytes of an element under GZIP, which the header does not tell: cfitsio has written 16-bit integers in 4 bytes. */
function* elementWidth(table: TileTable, tasks: TileTasks, algorithm: string): Course<number> {
  const pixels = elementCount(table.tileShape);
  const usual = bytesPerElement(table.coding.dtype);
  let bytes = lengthAt(tasks, 0);
  if (algorithm.startsWith("GZIP")) {
    // The last word of a gzip member is its length.
    const last = { offset: offsetAt(tasks, 0) + bytes - 4, length: 4 };
    const word = yield* read(`length of a tile of ${table.label}`, last);
    if (bytes < 18 || word.byteLength < 4) return usual;
    bytes = new DataView(word.buffer, word.byteOffset).getUint32(0, true);
  } else if (algorithm !== "NOCOMPRESS") return usual;
  const width = bytes / pixels;
  if (width === usual || (!table.coding.dtype.startsWith("float") && [1, 2, 4, 8].includes(width)))
    return width;
  return refuse(table.label, `its tiles have ${bytes} bytes for ${pixels} pixels`);
}

const integers: Readonly<Record<number, DType>> = { 1: "uint8", 2: "int16", 4: "int32", 8: "int64" };

/**
 * Codecs by ZCMPTYPE. Names of `imagecodecs`, a package of Python, are those that it has registered with numcodecs (version 2) and
 * with zarr-python (version 3, where the array tells shape and type). Version 3 has no codec that swaps the bytes of words,
 * which PLIO needs.
 */
function chunkBytes(layout: HduLayout, table: TileTable, algorithm: string, width: number): ChunkBytes {
  const { label, coding, tileShape } = table;
  const isFloat = coding.dtype.startsWith("float");
  const big = { type: isFloat ? coding.dtype : integers[width]!, endian: "big" } as const;
  const gzip = { id: "gzip", level: 1 };
  const gzip3 = { name: "gzip", configuration: { level: 1 } };
  switch (algorithm) {
    case "NOCOMPRESS":
      return { ...big, codecs: [] };
    case "GZIP_2":
      if (width > 1) {
        const shuffle = { name: "numcodecs.shuffle", configuration: { elementsize: width } };
        const filters = [{ id: "shuffle", elementsize: width }];
        return { ...big, filters, compressor: gzip, codecs: [shuffle, gzip3] };
      }
      return { ...big, compressor: gzip, codecs: [gzip3] };
    case "GZIP_1":
      return { ...big, compressor: gzip, codecs: [gzip3] };
  }
  if (bytesPerElement(coding.dtype) === 8) refuse(label, `${algorithm} of 64-bit pixels`);
  switch (algorithm) {
    case "RICE_1":
    case "RICE_ONE": {
      const type = riceTypes[coding.bytePix];
      if (!type) return refuse(label, `BYTEPIX of RICE is ${coding.bytePix}`);
      const told = { shape: tileShape, dtype: numpyTypes[type] };
      return imagecodec(type, "imagecodecs_rcomp", told, { nblock: coding.blockSize });
    }
    case "HCOMPRESS_1": {
      if (isLossy(layout) && bytesPerElement(coding.dtype) < 4)
        refuse(
          label,
          "HCOMPRESS with losses may leave the range of the pixels, where FITS readers cut them off",
        );
      const shape = tileShape.filter((length) => length > 1);
      return imagecodec("int32", "imagecodecs_hcomp", { shape }, { smooth: coding.smooth ? 1 : 0 });
    }
    case "PLIO_1": {
      // Line lists are big-endian words, the codec reads those of the machine: swapped, then seen as bytes again.
      const swap = { id: "astype", encode_dtype: ">i2", decode_dtype: "<i2" };
      const seen = { id: "astype", encode_dtype: "|u1", decode_dtype: "|u1" };
      const plio = { id: "imagecodecs_plio", shape: tileShape, dtype: "<i4" };
      return { type: "int32", endian: "little", filters: [plio, seen, swap] };
    }
    default:
      return refuse(label, `no codec is known for ZCMPTYPE ${algorithm}`);
  }
}

const riceTypes: Readonly<Record<number, "uint8" | "int16" | "int32">> = {
  1: "uint8",
  2: "int16",
  4: "int32",
};
const numpyTypes = { uint8: "|u1", int16: "<i2", int32: "<i4" } as const;

/** RICE and HCOMPRESS: `parameters` are the same in both versions, the shape and type are told in the first only. */
function imagecodec(
  type: DType,
  id: string,
  told: { readonly [key: string]: Json },
  parameters: { readonly [key: string]: Json },
): ChunkBytes {
  return {
    type,
    endian: "little",
    compressor: { id, ...told, ...parameters },
    serializer: { name: id, configuration: parameters },
  };
}

/** Whether the scale of HCOMPRESS (ZVALn of SCALE) rounds coefficients. */
function isLossy({ header }: HduLayout): boolean {
  for (let n = 1; n <= 999; n++) {
    const name = header.get(`ZNAME${n}`);
    if (typeof name !== "string") return false;
    if (name.trim().toUpperCase() === "SCALE") return Math.abs(Number(header.get(`ZVAL${n}`) ?? 0)) > 1;
  }
  return false;
}

/** Encodes the pixels of a tile at the edge as a whole tile, filled up with zeros; `tile` has the image's stored type. */
export async function fullTile(tiles: ReferencedTiles, tile: NdArray): Promise<Uint8Array> {
  const { table, algorithm, bytes, offset } = tiles;
  const { tileShape } = table;
  const held = allocate(bytes.type, elementCount(tileShape));
  const own = convertInto(
    offset === 0 ? tile.data : Int32Array.from(tile.data as ArrayLike<number>, (value) => value + offset),
    allocate(bytes.type, tile.data.length),
    bytes.type,
  );
  pad(ndarray(own, tile.shape), held, tileShape);
  const encode = await loadEncoder(algorithm === "RICE_ONE" ? "RICE_1" : algorithm);
  return encode(held, { shape: tileShape, blockSize: table.coding.blockSize });
}

/** Copies an array into the corner of a larger one, row by row. */
function pad(from: NdArray, to: TileData, shape: readonly number[]): void {
  const row = from.shape.at(-1)!;
  const rows = from.data.length / row;
  for (let i = 0; i < rows; i++) {
    let at = 0;
    let step = shape.at(-1)!;
    let rest = i;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      at += (rest % from.shape[axis]!) * step;
      rest = Math.floor(rest / from.shape[axis]!);
      step *= shape[axis]!;
    }
    // One type on both sides.
    (to as Uint8Array).set(from.data.subarray(i * row, (i + 1) * row) as Uint8Array, at);
  }
}
