/**
 * Decoding the tiles of a read as their bytes land: here, or by workers.
 */
import { allocate, bytesOf, bytesPerElement, type DType, ndarray, viewAs } from "../array.js";
import type { TileData } from "../codec/tile.js";
import { type BlockCopy, blockCopy, pixelCopy } from "./pixel-copy.js";
import type { PixelCopy } from "./scaled.js";
import { type CellColumn, isRice } from "./tile-coding.js";
import { canDecode, decodeTiles, loadDecoders, type TileSink } from "./tile-decode.js";
import { copyTile } from "./tile-grid.js";
import type { TilePool } from "./tile-pool.js";
import type { Batch, TileDecoding } from "./tile-step.js";
import { inHdu, type Read, type Store } from "./tile-store.js";
import {
  columnsOf,
  field,
  jobLayout,
  newTasks,
  pickTasks,
  pixelsApart,
  type TileTasks,
} from "./tile-tasks.js";
import { type Warmth, warmth } from "./warmth.js";

export { loadDecoders } from "./tile-decode.js";

/** A read whose tiles are being decoded. */
interface Decoding extends Read {
  readonly copy: PixelCopy;
  readonly block: BlockCopy | undefined;
  /** Whether a tile can be decoded in place: pixels of the result have as many bytes as stored ones. */
  readonly inPlace: boolean;
  /** Claims the part of the result that some tiles go to. */
  claim(tiles: TileTasks): Promise<void>;
  /** Room for the pixels of a tile that is kept. */
  keeping(pixels: number): TileData;
  /** Tiles that are kept when they come again. Those of sections that are read together come once. */
  readonly passed: number[];
  /** Does one thing after the other: what is written next is warm by then, what is behind it being warmed. */
  inTurn(call: () => Promise<void>): Promise<void>;
}

/** The tiles of `read`, to be decoded as their bytes land. */
export function tileDecoder(read: Read): TileDecoding {
  const { rawDtype, dtype, scaling } = read;
  const sameSize = bytesPerElement(dtype) === bytesPerElement(rawDtype);
  const decoding: Decoding = {
    ...read,
    copy: pixelCopy(rawDtype, dtype, scaling),
    block: blockCopy(rawDtype, dtype, scaling),
    inPlace: sameSize && (dtype === "float64") === (rawDtype === "float64"),
    claim: claiming(read),
    inTurn: turns(),
    keeping: slab(rawDtype),
    passed: [],
  };
  return {
    // Where there is no memory for the result, the first tile tells.
    begin: () => void decoding.claim(newTasks(0, 0)).catch(() => {}),
    take: (batch, bytes) => takeBatch(decoding, batch, bytes),
    finish() {
      for (const { index, data } of read.ready) place(decoding, index, data);
      for (const tile of decoding.passed) read.store.seen.add(tile);
      return ndarray(read.out(), read.shape);
    },
  };
}

/** One after the other; none any more once one has failed. */
function turns(): Decoding["inTurn"] {
  let last: Promise<void> = Promise.resolve();
  return (call) => (last = last.then(call));
}

/** Claims memory of the result for tiles, where another thread touches it. */
function claiming(read: Read): Decoding["claim"] {
  const size = bytesPerElement(read.dtype);
  let warm: Warmth | undefined;
  return async (tasks) => {
    const touch = await read.touch;
    if (!touch) return;
    warm ??= warmth(bytesOf(read.out()), touch);
    const { from, to } = extentOf(tasks);
    await warm.claim(from * size, to * size);
  };
}

/** The elements of the result that some tiles lie among. */
function extentOf({ numbers, width, count }: TileTasks): { from: number; to: number } {
  let from = count === 0 ? 0 : Infinity;
  let to = 0;
  for (let i = 0, row = 0; i < count; i++, row += width) {
    from = Math.min(from, numbers[row + field.from]!);
    to = Math.max(to, numbers[row + field.to]!);
  }
  return { from, to };
}

async function takeBatch(read: Decoding, batch: Batch, bytes: Uint8Array): Promise<void> {
  const { cache, options } = read.store;
  const pool = await options.pool?.();
  const decode = (fresh: Batch): Promise<void> =>
    pool?.wants(read.effort) ? decodeAway(read, fresh, bytes, pool) : decodeHere(read, fresh, bytes);
  if (!cache.expects()) return decode(batch);
  const { tasks } = batch;
  const fresh: number[] = [];
  const all: Promise<void>[] = [];
  for (let i = 0; i < tasks.count; i++) {
    const coming = cache.pending(tasks.numbers[i * tasks.width + field.tile]!);
    if (coming) {
      // What is wrong there may be wrong with another tile.
      const one = { ...batch, tasks: pickTasks(tasks, [i]) };
      all.push(coming.catch(() => {}).then(() => decodeHere(read, one, bytes)));
    } else fresh.push(i);
  }
  if (fresh.length > 0) all.push(decode({ ...batch, tasks: pickTasks(tasks, fresh) }));
  await Promise.all(all);
}

function place(read: Decoding, index: number, data: TileData): void {
  copyTile(read.grid, index, data, 0, read.out(), read.copy, read.block);
}

/** RICE tiles of up to so many bytes are decoded in less time than it takes to find room for keeping them. */
const quickBytes = 64 * 1024;

/**
 * Which of the tiles of a batch are kept: 1, and 0 for the others. Those that another section will touch too, and those of
 * a small read that may come again; but those that are decoded quickly, such as the rows of an image, when they come for
 * the second time.
 */
function keptOf(read: Decoding, { numbers, width, count }: TileTasks): Uint8Array {
  const { store, keepWhole, passed } = read;
  const size = bytesPerElement(store.table.coding.dtype);
  const rice = isRice(store.table.coding);
  const kept = new Uint8Array(count);
  for (let i = 0, row = 0; i < count; i++, row += width) {
    const bytes = numbers[row + field.pixels]! * size;
    if ((!keepWhole && numbers[row + field.whole] === 1) || !store.cache.fits(bytes)) continue;
    const tile = numbers[row + field.tile]!;
    if (bytes > quickBytes || !rice || store.seen.has(tile)) kept[i] = 1;
    else passed.push(tile);
  }
  return kept;
}

/** Decodes the tiles of a batch that are not held; `kept` says which are kept, where that has been decided. */
async function decodeHere(read: Decoding, batch: Batch, bytes: Uint8Array, kept?: Uint8Array): Promise<void> {
  const { store } = read;
  for (const column of columnsOf(batch.tasks)) {
    if (!canDecode(store.decoders, column)) await loadInto(store, column);
  }
  await read.inTurn(async () => {
    try {
      await read.claim(batch.tasks);
      const todo = withoutHeld(read, batch.tasks);
      const keeps = todo === batch.tasks ? kept : undefined;
      const sink = sinkOf(read, todo, keeps ?? keptOf(read, todo));
      await decodeTiles(store.table.coding, todo, bytes, store.decoders, sink);
    } catch (cause) {
      throw inHdu(store.table, cause);
    }
  });
}

/** All of the tiles but those that are held, which are placed at once. */
function withoutHeld(read: Decoding, tasks: TileTasks): TileTasks {
  const { cache } = read.store;
  if (cache.isEmpty()) return tasks;
  const { numbers, width, count } = tasks;
  const others: number[] = [];
  for (let i = 0, row = 0; i < count; i++, row += width) {
    const held = cache.get(numbers[row + field.tile]!, numbers[row + field.pixels]!);
    if (held) place(read, numbers[row + field.index]!, held);
    else others.push(i);
  }
  return others.length === count ? tasks : pickTasks(tasks, others);
}

/** Takes decoded tiles into the result, and into the cache those that are kept. */
function sinkOf(read: Decoding, { numbers, width }: TileTasks, kept: Uint8Array): TileSink {
  const { keeping } = read;
  const { cache, table } = read.store;
  const { dtype } = table.coding;
  const size = bytesPerElement(dtype);
  let given: TileData | undefined;
  const roomOf = (i: number): TileData => {
    const pixels = numbers[i * width + field.pixels]!;
    const at = numbers[i * width + field.place]!;
    if (kept[i]) return keeping(pixels);
    if (at < 0 || !read.inPlace) return passingRoom(dtype, pixels);
    const out = read.out();
    return viewAs(new Uint8Array(out.buffer, out.byteOffset + at * size, pixels * size), dtype);
  };
  return {
    room: (i) => (given = roomOf(i)),
    take(first, count, data) {
      // Tiles that lie side by side, there and here, are copied in one go: so many pixels, from here to there. Those that
      // were decoded in place are copied onto themselves, which costs nothing, and made physical.
      let run = 0;
      let from = 0;
      let to = 0;
      const copyRun = (): void => {
        if (run > 0) read.copy(data, from, 1, read.out(), to, 1, run);
      };
      let start = 0;
      for (let i = first, row = first * width; i < first + count; i++, row += width) {
        const pixels = numbers[row + field.pixels]!;
        const at = numbers[row + field.place]!;
        if (kept[i]) {
          const own = data === given ? given : keeping(pixels);
          if (own !== data) own.set(data.subarray(start, start + pixels) as never);
          cache.put(numbers[row + field.tile]!, own);
        }
        if (at < 0) {
          copyTile(read.grid, numbers[row + field.index]!, data, start, read.out(), read.copy, read.block);
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

/** Small tiles get their memory together: thousands of small arrays cost the garbage collector more than decoding. */
const slabBytes = 256 * 1024;

function slab(dtype: DType): (pixels: number) => TileData {
  const length = slabBytes / bytesPerElement(dtype);
  let array: TileData | undefined;
  let used = 0;
  return (pixels) => {
    if (pixels > length / 4) return allocate(dtype, pixels);
    if (!array || used + pixels > length) {
      array = allocate(dtype, length);
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

async function loadInto(store: Store, column: CellColumn): Promise<void> {
  try {
    const early = column === "COMPRESSED_DATA" ? await store.early : undefined;
    const { columns, kernel } = early ?? (await loadDecoders(store.table.coding, [column]));
    // Others may have come meanwhile.
    const known = store.decoders;
    store.decoders = { columns: { ...known.columns, ...columns }, kernel: kernel ?? known.kernel };
  } catch (cause) {
    throw inHdu(store.table, cause);
  }
}

/** Decodes a batch beside the calling thread. Whoever needs one of its tiles meanwhile waits for it. */
function decodeAway(read: Decoding, batch: Batch, bytes: Uint8Array, pool: TilePool): Promise<void> {
  const { numbers, width, count } = batch.tasks;
  const kept = keptOf(read, batch.tasks);
  const done = byPool(read, batch, bytes, kept, pool);
  for (let i = 0; i < count; i++) {
    if (kept[i]) read.store.cache.announce(numbers[i * width + field.tile]!, done);
  }
  return done;
}

/** By a worker, if one has time. */
async function byPool(
  read: Decoding,
  batch: Batch,
  bytes: Uint8Array,
  kept: Uint8Array,
  pool: TilePool,
): Promise<void> {
  const { table } = read.store;
  const { coding } = table;
  const { tasks } = batch;
  const job = { coding, tasks, bytes };
  let here = false;
  const decode = (): Promise<void> => {
    here = true;
    return decodeHere(read, batch, bytes, kept);
  };
  const pixels = await pool.decode(job, decode).catch((cause: unknown) => {
    throw here ? cause : inHdu(table, cause);
  });
  if (!pixels) return;
  const total = jobLayout(job).pixels * bytesPerElement(coding.dtype);
  await read.claim(tasks).catch((cause: unknown) => {
    throw inHdu(table, cause);
  });
  const data = viewAs(new Uint8Array(pixels, 0, total), coding.dtype);
  sinkOf(read, tasks, kept).take(0, tasks.count, data);
  pool.recycle(pixels);
}
