/**
 * Decoding the tiles of a read as their bytes land: here, or by workers.
 */
import { allocate, bytesOf, bytesPerElement, type DType, ndarray, viewAs } from "../array.js";
import type { TileData } from "../codec/codec.js";
import { type BlockCopy, blockCopy, pixelCopy } from "./pixel-copy.js";
import type { PixelCopy } from "./scaled.js";
import type { TileCell } from "./tile-cell.js";
import { type CellColumn, isRice } from "./tile-coding.js";
import { canDecode, decodeTiles, loadDecoders, type TileSink } from "./tile-decode.js";
import { copyTile, isWhole, placeInResult, spanInResult, type TilePart } from "./tile-grid.js";
import { jobLayout } from "./tile-job.js";
import type { TilePool } from "./tile-pool.js";
import type { Batch, TileDecoding } from "./tile-step.js";
import { inHdu, type Read, type Store } from "./tile-store.js";
import { type Warmth, warmth } from "./warmth.js";

export { loadDecoders } from "./tile-decode.js";

/** A read whose tiles are being decoded. */
interface Decoding extends Read {
  readonly copy: PixelCopy;
  readonly block: BlockCopy | undefined;
  /** Whether a tile can be decoded in place: pixels of the result have as many bytes as stored ones. */
  readonly inPlace: boolean;
  /** Claims the part of the result that some tiles go to. */
  claim(tiles: readonly TileCell[]): Promise<void>;
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
    passed: [],
  };
  return {
    take: (batch, bytes) => takeBatch(decoding, batch, bytes),
    finish() {
      for (const { part, data } of read.ready) place(decoding, part, data);
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
  return async (tiles) => {
    const touch = await read.touch;
    if (!touch) return;
    warm ??= warmth(bytesOf(read.out()), touch);
    let from = Infinity;
    let to = 0;
    for (const { part } of tiles) {
      const span = spanInResult(read.grid, part);
      from = Math.min(from, span.from);
      to = Math.max(to, span.to);
    }
    await warm.claim(from * size, to * size);
  };
}

async function takeBatch(read: Decoding, batch: Batch, bytes: Uint8Array): Promise<void> {
  const { cache, options } = read.store;
  const pool = await options.pool?.();
  const shared: Promise<void>[] = [];
  const isFresh = (one: TileCell): boolean => {
    const coming = cache.pending(one.tile);
    if (coming) shared.push(coming.then(() => decodeHere(read, { ...batch, wanted: [one] }, bytes)));
    return !coming;
  };
  const rest = { ...batch, wanted: batch.wanted.filter(isFresh) };
  if (rest.wanted.length > 0) {
    if (pool?.wants(read.effort)) await decodeAway(read, rest, bytes, pool);
    else await decodeHere(read, rest, bytes);
  }
  if (shared.length > 0) await Promise.all(shared);
}

function place(read: Decoding, part: TilePart, data: TileData): void {
  copyTile(read.grid, part, data, 0, read.out(), read.copy, read.block);
}

/** RICE tiles of up to so many bytes are decoded in less time than it takes to find room for keeping them. */
const quickBytes = 64 * 1024;

/**
 * Whether a tile is kept: those that another section will touch too, and those of a small read that may come again.
 * Those that are decoded quickly, such as the rows of an image, are kept when they come for the second time.
 */
function isKept({ store, keepWhole, passed }: Decoding, part: TilePart, bytes: number): boolean {
  if (!store.cache.fits(bytes) || (!keepWhole && isWhole(part))) return false;
  if (bytes > quickBytes || !isRice(store.table.coding) || store.seen.has(part.tile)) return true;
  passed.push(part.tile);
  return false;
}

/** Tiles to be decoded here. */
interface Todo {
  readonly cells: TileCell[];
  /** Which of them are kept. */
  readonly kept: boolean[];
  /** Where their pixels lie in the result, if they lie there as they do in the tile, and are not kept; else -1. */
  readonly at: number[];
}

/** Decodes the tiles of a batch that are not held; `keeps` says which are kept, where that has been decided. */
async function decodeHere(
  read: Decoding,
  batch: Batch,
  bytes: Uint8Array,
  keeps?: readonly boolean[],
): Promise<void> {
  const { store } = read;
  for (const { column } of batch.wanted) {
    if (!canDecode(store.decoders, column)) await loadInto(store, column);
  }
  await read.inTurn(async () => {
    await read.claim(batch.wanted);
    const todo = todoOf(read, batch, keeps);
    try {
      await decodeTiles(store.table.coding, todo.cells, bytes, store.decoders, sinkOf(read, todo));
    } catch (cause) {
      throw inHdu(store.table, cause);
    }
  });
}

/** What is to be decoded of a batch: all but the tiles that are held, which are placed at once. */
function todoOf(read: Decoding, { wanted }: Batch, keeps: readonly boolean[] | undefined): Todo {
  const { store, grid } = read;
  const size = bytesPerElement(store.table.coding.dtype);
  const todo: Todo = { cells: [], kept: [], at: [] };
  for (let i = 0; i < wanted.length; i++) {
    const cell = wanted[i]!;
    const { part, tile, pixels } = cell;
    const held = store.cache.get(tile, pixels);
    if (held) {
      place(read, part, held);
      continue;
    }
    const kept = keeps ? keeps[i]! : isKept(read, part, pixels * size);
    todo.cells.push(cell);
    todo.kept.push(kept);
    todo.at.push(kept ? -1 : placeInResult(grid, part));
  }
  return todo;
}

/** Takes decoded tiles into the result, and into the cache those that are kept. */
function sinkOf(read: Decoding, { cells, kept, at: places }: Todo): TileSink {
  const { cache, table } = read.store;
  const { dtype } = table.coding;
  const size = bytesPerElement(dtype);
  const keeping = slab(dtype);
  const runs = copyRuns(read);
  let given: TileData | undefined;
  const roomOf = (i: number): TileData => {
    const { pixels } = cells[i]!;
    const at = places[i]!;
    if (kept[i]) return keeping(pixels);
    if (at < 0 || !read.inPlace) return passingRoom(dtype, pixels);
    const out = read.out();
    return viewAs(new Uint8Array(out.buffer, out.byteOffset + at * size, pixels * size), dtype);
  };
  return {
    room: (i) => (given = roomOf(i)),
    take(i, data, start) {
      const { part, pixels } = cells[i]!;
      const at = places[i]!;
      if (kept[i]) {
        const own = data === given ? given : keeping(pixels);
        if (own !== data) own.set(data.subarray(start, start + pixels) as never);
        cache.put(part.tile, own);
      }
      // Pixels that were decoded in place are copied onto themselves, which costs nothing, and made physical.
      if (at < 0) copyTile(read.grid, part, data, start, read.out(), read.copy, read.block);
      else runs.add(data, start, at, pixels);
    },
    flush: runs.flush,
  };
}

/** Copies to the result; tiles that lie side by side, there and here, in one go. */
function copyRuns(read: Decoding): {
  add(data: TileData, start: number, at: number, pixels: number): void;
  flush(): void;
} {
  let run: { data: TileData; start: number; at: number; pixels: number } | undefined;
  const flush = (): void => {
    if (run) read.copy(run.data, run.start, 1, read.out(), run.at, 1, run.pixels);
    run = undefined;
  };
  return {
    add(data, start, at, pixels) {
      if (run?.data === data && start === run.start + run.pixels && at === run.at + run.pixels) {
        run.pixels += pixels;
        return;
      }
      flush();
      run = { data, start, at, pixels };
    },
    flush,
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

/** A batch whose tiles are all to be decoded. */
interface Job {
  readonly read: Decoding;
  readonly batch: Batch;
  readonly bytes: Uint8Array;
  /** Which of the tiles are kept. */
  readonly keeps: readonly boolean[];
}

/** Decodes a batch beside the calling thread. Whoever needs one of its tiles meanwhile waits for it. */
function decodeAway(read: Decoding, batch: Batch, bytes: Uint8Array, pool: TilePool): Promise<void> {
  const { cache, table } = read.store;
  const size = bytesPerElement(table.coding.dtype);
  const keeps = batch.wanted.map(({ part, pixels }) => isKept(read, part, pixels * size));
  const done = byPool(pool, { read, batch, bytes, keeps });
  for (const [i, { part }] of batch.wanted.entries()) if (keeps[i]) cache.announce(part.tile, done);
  return done;
}

/** By a worker, if one has time. */
async function byPool(pool: TilePool, { read, batch, bytes, keeps }: Job): Promise<void> {
  const { cache, table } = read.store;
  const { coding } = table;
  const job = { coding, tasks: batch.wanted, bytes };
  let here = false;
  const decode = (): Promise<void> => {
    here = true;
    return decodeHere(read, batch, bytes, keeps);
  };
  const pixels = await pool.decode(job, decode).catch((cause: unknown) => {
    throw here ? cause : inHdu(table, cause);
  });
  if (!pixels) return;
  const { starts, bytes: total } = jobLayout(job);
  const data = viewAs(new Uint8Array(pixels, 0, total), coding.dtype);
  await read.claim(batch.wanted);
  const runs = copyRuns(read);
  for (let i = 0; i < batch.wanted.length; i++) {
    const { part, pixels: count } = batch.wanted[i]!;
    const start = starts[i]! / data.BYTES_PER_ELEMENT;
    if (keeps[i]) cache.put(part.tile, data.slice(start, start + count) as TileData);
    const at = placeInResult(read.grid, part);
    if (at < 0) copyTile(read.grid, part, data, start, read.out(), read.copy, read.block);
    else runs.add(data, start, at, count);
  }
  runs.flush();
  pool.recycle(pixels);
}
