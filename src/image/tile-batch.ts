/**
 * The second step of a read: the bytes of the tiles, decoded as they land.
 */
import { allocate, bytesPerElement, type DType, elementCount, type NdArray, viewAs } from "../array.js";
import type { TileData } from "../codec/codec.js";
import type { Plan, Step } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import { shapeOfTile } from "./tile-cell.js";
import { type Decoders, decodersOf, decodeTile, loadDecoders, type TileTask } from "./tile-decode.js";
import { copyTile, isWhole, pixelsNeeded, placeInResult, type TilePart } from "./tile-grid.js";
import { maskStep } from "./tile-mask.js";
import type { TilePool } from "./tile-pool.js";
import { inHdu, type Read, type Store, truncated, type Wanted } from "./tile-store.js";
import { type CellColumn, isRice, type TileCoding } from "./tile-table.js";
import { jobLayout } from "./tile-worker.js";

/** A range of the heap holds the tiles of about this many bytes: so much is decoded at a time, as it lands. */
const batchBytes = 256 * 1024;
const batchPixelBytes = 4 * 1024 * 1024;

/** Tiles that lie one behind the other in the heap. */
interface Batch extends ByteRange {
  readonly wanted: readonly Wanted[];
}

function batchesOf(read: Read, wanted: readonly Wanted[]): Batch[] {
  const sorted = [...wanted].sort((a, b) => a.cell.offset - b.cell.offset);
  const tileBytes = read.work / read.grid.length;
  const most = Math.max(1, Math.floor(batchPixelBytes / tileBytes));
  const batches: { offset: number; length: number; wanted: Wanted[] }[] = [];
  for (const one of sorted) {
    const { offset, length } = one.cell;
    const last = batches.at(-1);
    const joins = last && offset === last.offset + last.length && last.length + length <= batchBytes;
    if (joins && last.wanted.length < most) {
      last.length += length;
      last.wanted.push(one);
    } else batches.push({ offset, length, wanted: [one] });
  }
  return batches;
}

/** Reads and decodes the tiles, then their masks, then ends as `finish` says. */
export function tileStep(read: Read, wanted: readonly Wanted[], finish: () => Plan<NdArray>): Plan<NdArray> {
  const { label } = read.store.table;
  const batches = batchesOf(read, wanted);
  return {
    label: `tiles of ${label}`,
    ranges: batches.map(({ offset, length }) => ({ offset, length })),
    keep: read.keep,
    take(i, bytes) {
      const { offset, length, wanted } = batches[i]!;
      if (bytes.byteLength < length) {
        throw truncated(label, `tile ${wanted[0]!.cell.tile}`, offset + length, offset + bytes.byteLength);
      }
      return takeBatch(read, batches[i]!, bytes);
    },
    next: () => maskStep(read, wanted, finish),
  } satisfies Step<NdArray>;
}

async function takeBatch(read: Read, batch: Batch, bytes: Uint8Array): Promise<void> {
  const { cache, options } = read.store;
  const fresh: Wanted[] = [];
  const shared: Promise<void>[] = [];
  for (const one of batch.wanted) {
    const coming = cache.pending(one.part.tile);
    if (coming) shared.push(coming.then((data) => place(read, one.part, data)));
    else fresh.push(one);
  }
  if (fresh.length > 0) {
    const { pool } = options;
    if (pool?.wants(read.effort)) await decodeInPool(read, pool, { ...batch, wanted: fresh }, bytes);
    else await decodeHere(read, { ...batch, wanted: fresh }, bytes);
  }
  if (shared.length > 0) await Promise.all(shared);
}

function place(read: Read, part: TilePart, data: TileData): void {
  copyTile(read.grid, part, data, read.out(), read.copy);
}

/** RICE tiles of up to so many bytes are decoded in less time than it takes to find room for keeping them. */
const quickBytes = 64 * 1024;

/**
 * Whether a tile is kept: those that another section will touch too, and those of a small read that may come again.
 * Those that are decoded quickly, such as the rows of an image, are kept when they come for the second time.
 */
function isKept({ store, keepWhole }: Read, part: TilePart, bytes: number): boolean {
  if (!store.cache.fits(bytes) || (!keepWhole && isWhole(part))) return false;
  if (bytes > quickBytes || !isRice(store.table.coding) || store.seen.has(part.tile)) return true;
  store.seen.add(part.tile);
  return false;
}

function taskOf({ table }: Store, { cell }: Wanted, batch: Batch): TileTask {
  const { tile, column, offset, length, scale, zero, blank } = cell;
  const shape = shapeOfTile(table, tile);
  return {
    tile,
    column,
    start: offset - batch.offset,
    length,
    shape,
    scale,
    zero,
    ...(blank !== undefined && { blank }),
  };
}

async function decodeHere(read: Read, batch: Batch, bytes: Uint8Array): Promise<void> {
  const { store } = read;
  for (const { cell } of batch.wanted) {
    if (!store.decoders[cell.column]) await loadInto(store, cell.column);
  }
  const cells = batch.wanted.map(({ cell: { column, offset, length } }) => ({
    column,
    start: offset - batch.offset,
    length,
  }));
  const decoders = decodersOf(cells, bytes, store.decoders);
  const room = slab(store.table.coding.dtype);
  for (const one of batch.wanted) decodeOne(read, one, batch, { bytes, decoders, room });
}

/** What the tiles of a batch are decoded from, by what, and where those go that are kept. */
interface Workplace {
  readonly bytes: Uint8Array;
  readonly decoders: Decoders;
  readonly room: (pixels: number) => TileData;
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
    const loaded = await loadDecoders(store.table.coding, [column]);
    store.decoders = { ...store.decoders, ...loaded };
  } catch (cause) {
    throw inHdu(store.table, cause);
  }
}

/** A RICE stream is decoded no further than to the last pixel wanted: of a row, half on average. */
function shortened(task: TileTask, coding: TileCoding, needed: number): TileTask {
  if (task.column !== "COMPRESSED_DATA" || !isRice(coding)) return task;
  return needed < elementCount(task.shape) ? { ...task, shape: [needed] } : task;
}

function decodeOne(read: Read, one: Wanted, batch: Batch, { bytes, decoders, room }: Workplace): void {
  const { store, grid } = read;
  const { coding } = store.table;
  const { part } = one;
  const task = shortened(taskOf(store, one, batch), coding, pixelsNeeded(grid, part));
  const pixels = elementCount(task.shape);
  const size = bytesPerElement(coding.dtype);
  const held = store.cache.get(part.tile, pixels);
  if (held) {
    place(read, part, held);
    return;
  }
  const kept = isKept(read, part, pixels * size);
  const at = read.inPlace && !kept ? placeInResult(grid, part) : undefined;
  try {
    if (at === undefined) {
      const memory = kept ? room(pixels) : passingRoom(coding.dtype, pixels);
      const data = decodeTile(coding, task, bytes, decoders, memory);
      if (kept) store.cache.put(part.tile, data);
      place(read, part, data);
    } else {
      const out = read.out();
      const place = new Uint8Array(out.buffer, out.byteOffset + at * size, pixels * size);
      const data = decodeTile(coding, task, bytes, decoders, viewAs(place, coding.dtype));
      // Copies the pixels onto themselves, which costs nothing, and makes them physical.
      read.copy(data, 0, 1, out, at, 1, pixels);
    }
  } catch (cause) {
    throw inHdu(store.table, cause);
  }
}

async function decodeInPool(read: Read, pool: TilePool, batch: Batch, bytes: Uint8Array): Promise<void> {
  const { store } = read;
  const { coding } = store.table;
  const tasks = batch.wanted.map((one) => taskOf(store, one, batch));
  const size = bytesPerElement(coding.dtype);
  const job = { coding, tasks, bytes: bytes.slice() };
  const { starts } = jobLayout(job);
  const answer = pool.decode(job).catch((cause: unknown) => {
    throw inHdu(store.table, cause);
  });
  const tileOf = (pixels: ArrayBuffer, i: number): TileData =>
    viewAs(new Uint8Array(pixels, starts[i]!, elementCount(tasks[i]!.shape) * size), coding.dtype);
  for (const [i, { part }] of batch.wanted.entries()) {
    if (!isKept(read, part, elementCount(tasks[i]!.shape) * size)) continue;
    store.cache.announce(
      part.tile,
      answer.then(async (pixels) => {
        // Without workers after all, each who waits decodes for himself: that is rare.
        if (!pixels) return decodedAlone(store, tasks[i]!, job.bytes);
        const data = tileOf(pixels, i).slice() as TileData;
        store.cache.put(part.tile, data);
        return data;
      }),
    );
  }
  const pixels = await answer;
  if (!pixels) return decodeHere(read, batch, job.bytes);
  for (const [i, { part }] of batch.wanted.entries()) place(read, part, tileOf(pixels, i));
  // What is kept was copied out of it before: the promises above were there first.
  pool.recycle(pixels);
}

async function decodedAlone(store: Store, task: TileTask, bytes: Uint8Array): Promise<TileData> {
  if (!store.decoders[task.column]) await loadInto(store, task.column);
  return decodeTile(store.table.coding, task, bytes, store.decoders);
}
