/**
 * Many tiles of RICE, PLIO or GZIP at once by WebAssembly: their bytes into its memory, one call, their pixels out of
 * it. Tiles that the kernel cannot decode (other types, damaged, huge) are left to JavaScript.
 */
import { bytesPerElement, type DType, viewAs } from "../../array.js";
import type { TileData } from "../../codec/tile.js";
import { hasModule, type KernelModule, reserve } from "../../codec/wasm.js";
import { ditherSequence, ditherStart } from "./quantize.js";
import {
  blankAt,
  columnAt,
  isRice,
  lengthAt,
  pixelsAt,
  scaleAt,
  startAt,
  type TileCoding,
  type TileTasks,
  tileAt,
  zeroAt,
} from "./tasks.js";

/** Decodes tiles of one coding. */
export interface TileKernel {
  /**
   * Decodes `tasks` from index `first` on, up to the first task that the kernel cannot decode. Answers with the index
   * of this task.
   */
  decode(tasks: TileTasks, first: number, bytes: Uint8Array, take: TakeTiles): number;
}

/**
 * Takes `count` decoded tiles from the `first` on: their pixels are in `data`, one behind the other as `jobLayout` has
 * them. Where `data` is not the room that was given for a tile, its memory is used again afterwards.
 */
export type TakeTiles = (first: number, count: number, data: TileData) => void;

/** Pixels of a group of tiles: few enough that they are copied out while the processor's cache has them. */
const groupBytes = 512 * 1024;
const groupTiles = 1024;
/** Tiles beyond this are decoded by JavaScript: memory that WebAssembly has once is never given back. */
const mostBytes = 16 * 1024 * 1024;

/**
 * The memory's layout: random numbers where wasm/shared/quantize.ts has them, tiles, the tables of wasm/shared/crc32.ts
 * and huffman.ts, and behind those what a group needs.
 */
const randomsAt = 1024;
const tilesAt = 41_088;
const tileWords = 12;
const groupAt = 112 * 1024;
/** Kernels work sixteen bytes or elements at a time: so much is behind what they write to. */
const slack = 128;

const integerOf: Readonly<Record<number, DType>> = { 1: "uint8", 2: "int16", 4: "int32" };

/** How the kernel of an algorithm is called for a coding. */
interface KernelCall {
  /** What `KernelModule` calls `bytePix` and `how`. */
  readonly bytePix: number;
  readonly how: number;
  /** What a tile may inflate to, in bytes of each pixel; 0 where nothing is inflated. */
  readonly inflated: number;
}

/** `undefined` where the kernel does not decode such tiles. */
function callOf(coding: TileCoding): KernelCall | undefined {
  const { algorithm, dtype, blockSize, offset, quantized } = coding;
  if (!hasModule(algorithm) || offset !== 0) return undefined;
  const size = bytesPerElement(dtype);
  if (algorithm.startsWith("GZIP")) {
    const bytePix = quantized ? 4 : size;
    const integers = quantized || !dtype.startsWith("float");
    const how = (algorithm === "GZIP_2" ? 1 : 0) + (integers ? 2 : 0);
    return { bytePix, how, inflated: Math.max(4, bytePix) };
  }
  if (!isRice(coding)) {
    return dtype === "int16" || dtype === "int32" ? { bytePix: size, how: 0, inflated: 0 } : undefined;
  }
  const { bytePix } = coding;
  const stored = integerOf[bytePix];
  if (!stored || !Number.isInteger(blockSize) || blockSize < 1) return undefined;
  if (!quantized && stored !== dtype) return undefined;
  return { bytePix, how: Math.min(blockSize, mostBytes), inflated: 0 };
}

/** Whether tiles of this coding can be decoded by the kernel. */
export function suitsKernel(coding: TileCoding): boolean {
  return callOf(coding) !== undefined;
}

/** The kernel of a coding that suits it. */
export function tileKernel(module: KernelModule, coding: TileCoding): TileKernel {
  const { memory } = module;
  const { dtype, quantized, dither, seed } = coding;
  const { bytePix, how, inflated } = callOf(coding)!;
  const size = bytesPerElement(dtype);
  let initialized = false;

  /** Answers false where the module cannot have so much memory. */
  function prepare(bytes: number): boolean {
    if (!reserve(module, bytes)) return false;
    if (!quantized || dither === 0 || initialized) return true;
    new Float32Array(memory.buffer, randomsAt).set(ditherSequence());
    initialized = true;
    return true;
  }

  /** Tells the module of the tiles from `first` on that are done together: where their bytes and pixels will be. */
  function writeGroup(tasks: TileTasks, first: number): Group {
    const words = new Int32Array(memory.buffer, tilesAt, groupTiles * tileWords);
    const doubles = new Float64Array(memory.buffer, tilesAt, (groupTiles * tileWords) / 2);
    const from = startAt(tasks, first);
    const target = groupAt + aligned(Math.max(groupBytes, lengthAt(tasks, first))) + slack;
    let to = from;
    let longest = 0;
    let most = 0;
    let total = 0;
    let i = first;
    const end = Math.min(tasks.count, first + groupTiles);
    for (let word = 0; i < end; i++, word += tileWords) {
      const start = startAt(tasks, i);
      const length = lengthAt(tasks, i);
      const pixels = pixelsAt(tasks, i);
      const read = Math.max(to, start + length);
      const bytes = total + aligned(pixels * size);
      const full = i > first && (bytes > groupBytes || start < from || read - from > groupBytes);
      const large = Math.max(bytes, read - from, pixels * inflated) > mostBytes;
      // Only of COMPRESSED_DATA, which is the first of the columns.
      if (columnAt(tasks, i) !== 0 || full || large) break;
      words[word] = groupAt + start - from;
      words[word + 1] = length;
      words[word + 2] = target + total;
      words[word + 3] = pixels;
      if (quantized) {
        doubles[word / 2 + 2] = scaleAt(tasks, i);
        doubles[word / 2 + 3] = zeroAt(tasks, i);
        words[word + 8] = dither === 0 ? 0 : ditherStart(tileAt(tasks, i), seed).chooser;
        const blank = blankAt(tasks, i);
        // A number that is no 32-bit integer equals no level.
        const isLevel = (blank | 0) === blank;
        words[word + 9] = isLevel ? blank : 0;
        words[word + 10] = isLevel ? 1 : 0;
      }
      to = read;
      longest = Math.max(longest, length);
      most = Math.max(most, pixels);
      total = bytes;
    }
    return { count: i - first, from, to, longest, most, target, total };
  }

  return {
    decode(tasks, first, bytes, take) {
      for (let at = first; at < tasks.count; ) {
        const { count, from, to, longest, most, target, total } = writeGroup(tasks, at);
        if (count === 0) return at;
        const scratch = target + total + slack;
        const levels = scratch + aligned(inflated > 0 ? most * inflated + 4 * slack : longest + slack);
        if (!prepare(levels + (quantized ? aligned(most * 4) : 0) + slack)) return at;
        new Uint8Array(memory.buffer, groupAt).set(bytes.subarray(from, to));
        const decoded = quantized
          ? module.decodeFloats(tilesAt, count, bytePix, how, scratch, levels, dither, size)
          : module.decode(tilesAt, count, bytePix, how, scratch);
        const data = viewAs(new Uint8Array(memory.buffer, target, total), dtype);
        if (decoded > 0) take(at, decoded, data);
        at += decoded;
        if (decoded < count) return at;
      }
      return tasks.count;
    },
  };
}

interface Group {
  /** Tiles; their bytes are those from `from` to `to`, the longest one's as many as `longest`. */
  readonly count: number;
  readonly from: number;
  readonly to: number;
  readonly longest: number;
  /** Pixels of the largest tile; where the pixels go, and bytes of all of them. */
  readonly most: number;
  readonly target: number;
  readonly total: number;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
