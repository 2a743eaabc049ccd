/**
 * From the bytes of one cell to the pixels of its tile: decompression, and for quantized floats the scaling back.
 * Pure and fed with plain data, so that the same code runs here and in a worker.
 */
import { type Arrays, allocate, elementCount } from "../../array.js";
import { loadCodec } from "../../codec/codec.js";
import type { TileData, TileDecoder, TileParams } from "../../codec/tile.js";
import { loadModule } from "../../codec/wasm.js";
import { FitsError } from "../../errors.js";
import { suitsKernel, type TakeTiles, type TileKernel, tileKernel } from "./kernel.js";
import { dequantize } from "./quantize.js";
import { type CellColumn, codecOf, type TileCoding, type TileTask, type TileTasks, taskAt } from "./tasks.js";

/** What decodes the tiles of a coding. */
export interface Decoders {
  /** The decoder of each column, or the error that says why there is none. */
  readonly columns: Readonly<Partial<Record<CellColumn, TileDecoder | FitsError>>>;
  /** Decodes nearly all tiles of COMPRESSED_DATA; the column's decoder does the others. */
  readonly kernel?: TileKernel | undefined;
}

/** Loads the decoders of these columns. Where there is none, as for an unknown ZCMPTYPE, `decodeTiles` throws. */
export async function loadDecoders(coding: TileCoding, columns: Iterable<CellColumn>): Promise<Decoders> {
  const loading = [...columns].map(async (column) => [column, await decoderOf(coding, column)] as const);
  const [kernel, ...loaded] = await Promise.all([loadKernel(coding), ...loading]);
  return { columns: Object.fromEntries(loaded), kernel };
}

async function decoderOf(coding: TileCoding, column: CellColumn): Promise<TileDecoder | FitsError> {
  try {
    return await loadCodec(codecOf(coding, column));
  } catch (cause) {
    if (cause instanceof FitsError) return cause;
    return new FitsError("UNSUPPORTED", `the decoder of ${codecOf(coding, column)} cannot be loaded`, {
      cause,
    });
  }
}

async function loadKernel(coding: TileCoding): Promise<TileKernel | undefined> {
  if (!suitsKernel(coding)) return undefined;
  const module = await loadModule(coding.algorithm);
  return module && tileKernel(module, coding);
}

/** The memory that tiles are decoded into. */
export interface TileSink {
  /** Room for the pixels of the i-th tile, where it is not decoded elsewhere. */
  room(i: number): TileData;
  readonly take: TakeTiles;
}

/** Decodes tiles in their order, whose bytes are among `bytes`. Throws what `decodeTile` throws. */
export function decodeTiles(
  coding: TileCoding,
  tasks: TileTasks,
  bytes: Uint8Array,
  { columns, kernel }: Decoders,
  sink: TileSink,
): void {
  for (let i = 0; i < tasks.count; i++) {
    if (kernel) i = kernel.decode(tasks, i, bytes, sink.take);
    if (i === tasks.count) return;
    const task = taskAt(tasks, i);
    sink.take(i, 1, decodeTile(coding, task, bytes, columns[task.column], sink.room(i)));
  }
}

/**
 * Decodes one tile into `into`, an array of `coding.dtype` with room for exactly its pixels, or a fresh one. `bytes`
 * hold those of the task; they are not written to. Throws FitsError BAD_DATA naming tile and algorithm; the caller
 * adds the HDU.
 */
export function decodeTile(
  coding: TileCoding,
  task: TileTask,
  bytes: Uint8Array,
  decode: TileDecoder | FitsError | undefined,
  into?: TileData,
): TileData {
  const cell = bytes.subarray(task.start, task.start + task.length);
  const compressed = task.column === "COMPRESSED_DATA";
  const quantized = coding.quantized && compressed;
  const offset = compressed ? coding.offset : 0;
  const params: TileParams = {
    dtype: quantized || offset !== 0 ? "int32" : coding.dtype,
    shape: task.pixels < elementCount(task.shape) ? [task.pixels] : task.shape,
    tilePixels: elementCount(task.shape),
    maxTileBytes: coding.maxTileBytes,
    bytePix: coding.bytePix,
    blockSize: coding.blockSize,
    smooth: coding.smooth,
  };
  try {
    if (decode === undefined) throw new FitsError("BAD_DATA", "the image has no such column");
    if (decode instanceof FitsError) throw decode;
    if (!quantized && offset === 0) return decode(cell, params, into);
    const levels = decode(cell, params, scratch(task.pixels)) as Arrays["int32"];
    const out = into ?? allocate(coding.dtype, levels.length);
    if (offset !== 0) {
      const stored = out as Arrays["int16"];
      for (let i = 0; i < levels.length; i++) stored[i] = levels[i]! - offset;
      return out;
    }
    dequantize(levels, out as Arrays["float32"] | Arrays["float64"], {
      scale: task.scale,
      zero: task.zero,
      blank: task.blank,
      dither: coding.dither,
      seed: coding.seed,
      row: task.tile,
    });
    return out;
  } catch (cause) {
    throw tileError(coding, task, cause);
  }
}

/** Room for the integers of one quantized tile, kept while tiles of like size follow. */
let levelsRoom = allocate("int32", 0);
/** More room than this is not kept. */
const mostKept = 1 << 20;

function scratch(length: number): Arrays["int32"] {
  if (levelsRoom.length >= length) return levelsRoom.subarray(0, length);
  const room = allocate("int32", length);
  if (length <= mostKept) levelsRoom = room;
  return room;
}

/** A decoder's complaint, with the tile that it is about. Anything thrown over corrupt bytes counts as one. */
function tileError(coding: TileCoding, task: TileTask, cause: unknown): FitsError {
  const isMemory = cause instanceof RangeError;
  const code = cause instanceof FitsError ? cause.code : isMemory ? "TOO_LARGE" : "BAD_DATA";
  const why = cause instanceof Error ? cause.message : String(cause);
  const algorithm = codecOf(coding, task.column);
  return new FitsError(code, `tile ${task.tile} (${algorithm}, ${task.column}): ${why}`, { cause });
}
