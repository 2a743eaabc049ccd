/**
 * Decoding the tiles of one section as their bytes land, in this thread or by workers, and placing their pixels in the
 * result.
 */
import { onAbort } from "../../abort.js";
import { type Arrays, allocate, bytesPerElement, type DType, viewAs } from "../../array.js";
import { checkTileBytes, type TileData } from "../../codec/tile.js";
import { FitsError } from "../../errors.js";
import type { ByteRange } from "../../source/source.js";
import { type BlockCopy, blockCopy, type PixelCopy, pixelCopy } from "../copy.js";
import type { Scaling } from "../scale.js";
import type { TileCache } from "./cache.js";
import { type Decoders, decodeTiles, type TileSink } from "./decode.js";
import { copyTile, type TileGrid } from "./grid.js";
import type { TilePool } from "./pool.js";
import type { TileTable } from "./table.js";
import {
  indexAt,
  isRice,
  isWholeAt,
  jobLayout,
  lengthAt,
  offsetAt,
  pickTasks,
  pixelsApart,
  pixelsAt,
  placeAt,
  setStart,
  someTasks,
  type TileTasks,
  tileAt,
} from "./tasks.js";
import { grantWish, type TileWishes } from "./wishes.js";

/** A section whose tiles are being decoded. */
export interface TileRead {
  readonly table: TileTable;
  readonly grid: TileGrid;
  readonly decoders: Decoders;
  readonly cache: TileCache;
  /** Of tiles that are decoded as far as needed: what was wanted of them. */
  readonly wishes: TileWishes;
  readonly pool: TilePool | undefined;
  /** Whether tiles taken whole are kept, too. */
  readonly keepsWhole: boolean;
  readonly scaling: Scaling;
  /** Types of the stored pixels and of the result's. */
  readonly rawDtype: DType;
  readonly dtype: DType;
  /** Bytes that RICE would decode in the time that this read takes: whether workers are worth their start. */
  readonly effort: number;
  /** The result, allocated when the function is first called. */
  memory(): Arrays[DType];
}

/** Tiles that lie one behind the other in the heap. */
export interface TileBatch extends ByteRange {
  readonly tasks: TileTasks;
}

/**
 * A range of the heap holds the tiles that begin in one block of this many bytes: so much is decoded at a time, as it
 * lands. Ranges end at the same places whatever the section, so that requests for sections that overlap can be cut
 * where no range is cut in two.
 */
const batchBytes = 256 * 1024;
const batchPixelBytes = 4 * 1024 * 1024;

/** Cuts tiles into batches, in the order of the heap. `tileBytes` are those of a decoded tile. */
export function batchesOf(table: TileTable, wanted: TileTasks, tileBytes: number): TileBatch[] {
  const tasks = inHeapOrder(wanted);
  const { count } = tasks;
  const most = Math.max(1, Math.floor(batchPixelBytes / tileBytes));
  const batches: TileBatch[] = [];
  for (let first = 0; first < count; ) {
    const offset = offsetAt(tasks, first);
    const blockEnd = offset - ((offset - table.heapOffset) % batchBytes) + batchBytes;
    let length = 0;
    let i = first;
    do {
      setStart(tasks, i, length);
      length += lengthAt(tasks, i);
      i++;
    } while (
      i < count &&
      i - first < most &&
      offsetAt(tasks, i) === offset + length &&
      offset + length < blockEnd
    );
    batches.push({ offset, length, tasks: someTasks(tasks, first, i) });
    first = i;
  }
  return batches;
}

function inHeapOrder(tasks: TileTasks): TileTasks {
  let ordered = true;
  for (let i = 1; i < tasks.count; i++) ordered &&= offsetAt(tasks, i - 1) <= offsetAt(tasks, i);
  if (ordered) return tasks;
  const places = Array.from({ length: tasks.count }, (_, i) => i);
  return pickTasks(
    tasks,
    places.sort((a, b) => offsetAt(tasks, a) - offsetAt(tasks, b)),
  );
}

/** The tiles of a read, to be decoded as their bytes land. */
export interface TileDecoding {
  /** Decodes the tiles of a batch, whose bytes are `bytes`, into the result. */
  take(batch: TileBatch, bytes: Uint8Array, signal?: AbortSignal): void | Promise<void>;
  /** Places a tile of the grid that is decoded already. */
  place(index: number, data: TileData): void;
}

/** A read, and what is the same for all of its tiles. */
interface Decoding extends TileRead {
  readonly copy: PixelCopy;
  readonly block: BlockCopy | undefined;
  /** Whether a tile can be decoded in its place: pixels of the result have as many bytes as stored ones. */
  readonly inPlace: boolean;
}

/** Decodes the tiles of `read`. */
export function tileDecoding(read: TileRead): TileDecoding {
  const { rawDtype, dtype, scaling } = read;
  const isSameSize = bytesPerElement(dtype) === bytesPerElement(rawDtype);
  const decoding: Decoding = {
    ...read,
    copy: pixelCopy(rawDtype, dtype, scaling),
    block: blockCopy(rawDtype, dtype, scaling),
    inPlace: isSameSize && (dtype === "float64") === (rawDtype === "float64"),
  };
  return {
    take: (batch, bytes, signal) => takeBatch(decoding, batch, bytes, signal),
    place: (index, data) => place(decoding, index, data),
  };
}

/** Tiles that another read is decoding in a worker are waited for; the others are decoded. */
function takeBatch(
  read: Decoding,
  { tasks }: TileBatch,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): void | Promise<void> {
  const { cache } = read;
  if (!cache.expects()) return decode(read, tasks, bytes, signal);
  const fresh: number[] = [];
  const all: (void | Promise<void>)[] = [];
  for (let i = 0; i < tasks.count; i++) {
    const coming = cache.pending(tileAt(tasks, i));
    if (!coming) {
      fresh.push(i);
      continue;
    }
    const one = pickTasks(tasks, [i]);
    // The other read may have failed at another tile: this tile is decoded again then.
    all.push(settled(coming, signal).then(() => decodeHere(read, one, bytes)));
  }
  if (fresh.length > 0) all.push(decode(read, pickTasks(tasks, fresh), bytes, signal));
  return Promise.all(all).then(() => {});
}

/** Waits until a promise has settled in any way. Rejects with the reason of `signal`. */
function settled(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal?.reason));
    const end = (): void => {
      forget();
      resolve();
    };
    promise.then(end, end);
  });
}

function decode(
  read: Decoding,
  tasks: TileTasks,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): void | Promise<void> {
  return read.pool?.wants(read.effort)
    ? decodeAway(read, tasks, bytes, read.pool, signal)
    : decodeHere(read, tasks, bytes);
}

function place(read: Decoding, index: number, data: TileData): void {
  copyTile(read.grid, index, data, 0, read.memory(), read.copy, read.block);
}

/** RICE tiles of up to so many bytes are decoded in less time than it takes to find room for keeping them. */
const quickBytes = 64 * 1024;

/**
 * Which tiles of a batch are kept: 1 for these, 0 for the others. Tiles that another section will touch, too, are kept,
 * and those of a small read that may come again. Tiles that are decoded quickly, such as the rows of an image, are kept
 * when they are wanted for the second time. Of a tile that is kept, all that other plans want is decoded, too.
 */
function keptOf({ table, cache, keepsWhole, wishes }: Decoding, tasks: TileTasks): Uint8Array {
  const size = bytesPerElement(table.coding.dtype);
  const isQuick = isRice(table.coding);
  const kept = new Uint8Array(tasks.count);
  for (let i = 0; i < tasks.count; i++) {
    const bytes = pixelsAt(tasks, i) * size;
    if ((!keepsWhole && isWholeAt(tasks, i)) || !cache.fits(bytes)) continue;
    if (!isQuick || grantWish(wishes, tasks, i) || bytes > quickBytes) kept[i] = 1;
  }
  return kept;
}

/**
 * Decodes in this thread those tiles of a batch that are not held; `kept` says which are kept, where that is decided.
 */
function decodeHere(read: Decoding, tasks: TileTasks, bytes: Uint8Array, kept?: Uint8Array): void {
  try {
    const todo = withoutHeld(read, tasks);
    const keeps = todo === tasks ? kept : undefined;
    const sink = sinkOf(read, todo, keeps ?? keptOf(read, todo));
    decodeTiles(read.table.coding, todo, bytes, read.decoders, sink);
  } catch (cause) {
    throw inHdu(read.table, cause);
  }
}

/** All of the tiles but those that are held, which are placed at once. */
function withoutHeld(read: Decoding, tasks: TileTasks): TileTasks {
  const { cache } = read;
  if (cache.isEmpty()) return tasks;
  const others: number[] = [];
  for (let i = 0; i < tasks.count; i++) {
    const held = cache.get(tileAt(tasks, i), pixelsAt(tasks, i));
    if (held) place(read, indexAt(tasks, i), held);
    else others.push(i);
  }
  return others.length === tasks.count ? tasks : pickTasks(tasks, others);
}

/** Takes decoded tiles into the result, and into the cache those that are kept. */
function sinkOf(read: Decoding, tasks: TileTasks, kept: Uint8Array): TileSink {
  const { cache } = read;
  const { dtype } = read.table.coding;
  const keeping = slab(dtype, keptPixels(tasks, kept));
  const size = bytesPerElement(dtype);
  let given: TileData | undefined;
  const roomOf = (i: number): TileData => {
    const pixels = pixelsAt(tasks, i);
    const at = placeAt(tasks, i);
    if (kept[i]) return keeping(pixels);
    if (at < 0 || !read.inPlace) {
      checkTileBytes(pixels * size, read.table.coding);
      return passingRoom(dtype, pixels);
    }
    const out = read.memory();
    return viewAs(new Uint8Array(out.buffer, out.byteOffset + at * size, pixels * size), dtype);
  };
  return {
    room: (i) => (given = roomOf(i)),
    take(first, count, data) {
      // Tiles that lie side by side, there and here, are copied in one go: `run` pixels, from `from` to `to`. Those
      // that were decoded in place are copied onto themselves, which costs nothing, and made physical.
      let run = 0;
      let from = 0;
      let to = 0;
      const copyRun = (): void => {
        if (run > 0) read.copy(data, from, 1, read.memory(), to, 1, run);
      };
      let start = 0;
      for (let i = first; i < first + count; i++) {
        const pixels = pixelsAt(tasks, i);
        const at = placeAt(tasks, i);
        if (kept[i]) {
          const own = data === given ? given : keeping(pixels);
          if (own !== data) own.set(data.subarray(start, start + pixels) as never);
          cache.put(tileAt(tasks, i), own);
        }
        if (at < 0) {
          copyTile(read.grid, indexAt(tasks, i), data, start, read.memory(), read.copy, read.block);
        } else if (run > 0 && start === from + run && at === to + run) run += pixels;
        else {
          copyRun();
          run = pixels;
          from = start;
          to = at;
        }
        start += pixelsApart(pixels, size);
      }
      copyRun();
    },
  };
}

function keptPixels(tasks: TileTasks, kept: Uint8Array): number {
  let pixels = 0;
  for (let i = 0; i < tasks.count; i++) if (kept[i]) pixels += pixelsAt(tasks, i);
  return pixels;
}

/** Small tiles get memory together: thousands of small arrays cost the garbage collector more than decoding. */
const slabBytes = 256 * 1024;

/** Memory for tiles of `total` pixels in all, and for no more. */
function slab(dtype: DType, total: number): (pixels: number) => TileData {
  const most = slabBytes / bytesPerElement(dtype);
  let left = total;
  let array: TileData | undefined;
  let used = 0;
  return (pixels) => {
    const room = Math.max(pixels, Math.min(most, left));
    left -= pixels;
    if (pixels > most / 4) return allocate(dtype, pixels);
    if (!array || used + pixels > array.length) {
      array = allocate(dtype, room);
      used = 0;
    }
    used += pixels;
    return array.subarray(used - pixels, used);
  };
}

/** Memory for the pixels of a tile that is not kept: used again for the next one. */
let passing = new ArrayBuffer(0);
const mostPassing = 1024 * 1024;

function passingRoom(dtype: DType, pixels: number): TileData {
  const bytes = pixels * bytesPerElement(dtype);
  if (bytes > mostPassing) return allocate(dtype, pixels);
  if (bytes > passing.byteLength) passing = new ArrayBuffer(Math.min(2 * bytes, mostPassing));
  return viewAs(new Uint8Array(passing, 0, bytes), dtype);
}

/** Decodes a batch by a worker, if a worker has time. A read that needs a tile of the batch meanwhile waits for it. */
function decodeAway(
  read: Decoding,
  tasks: TileTasks,
  bytes: Uint8Array,
  pool: TilePool,
  signal: AbortSignal | undefined,
): Promise<void> {
  const kept = keptOf(read, tasks);
  const done = byPool(read, tasks, bytes, kept, pool, signal);
  for (let i = 0; i < tasks.count; i++) if (kept[i]) read.cache.announce(tileAt(tasks, i), done);
  return done;
}

async function byPool(
  read: Decoding,
  tasks: TileTasks,
  bytes: Uint8Array,
  kept: Uint8Array,
  pool: TilePool,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { coding } = read.table;
  const job = { coding, tasks, bytes };
  try {
    const pixels = await pool.decode(job, () => decodeHere(read, tasks, bytes, kept), signal);
    if (!pixels) return;
    const total = jobLayout(job).pixels * bytesPerElement(coding.dtype);
    const data = viewAs(new Uint8Array(pixels, 0, total), coding.dtype);
    sinkOf(read, tasks, kept).take(0, tasks.count, data);
    pool.recycle(pixels);
  } catch (cause) {
    signal?.throwIfAborted();
    throw inHdu(read.table, cause);
  }
}

/** A complaint about a tile, with the HDU that it is in. */
export function inHdu(table: TileTable, cause: unknown, where = ""): FitsError {
  if (cause instanceof FitsError && (cause.message.startsWith(table.label) || cause.code === "CLOSED"))
    return cause;
  const code =
    cause instanceof FitsError ? cause.code : cause instanceof RangeError ? "TOO_LARGE" : "BAD_DATA";
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FitsError(code, `${table.label}, ${where}${why}`, { cause });
}
