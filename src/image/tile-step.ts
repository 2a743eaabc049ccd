/**
 * The second step of a read: the bytes of the tiles. What decodes them is loaded while they are on their way.
 */
import type { NdArray } from "../array.js";
import { done, type Later, needing, type Plan, type Step } from "../read/old-plan.js";
import type { ByteRange } from "../source/source.js";
import type { Decoders } from "./tile-decode.js";
import { type Read, type Store, truncated } from "./tile-store.js";
import { field, pickTasks, someTasks, type TileTasks } from "./tile-tasks.js";

/**
 * A range of the heap holds the tiles that begin in one block of this many bytes: so much is decoded at a time, as it
 * lands. Ranges end at the same places whatever the section, so that requests for sections that overlap can be cut where
 * none is cut in two.
 */
const batchBytes = 256 * 1024;
const batchPixelBytes = 4 * 1024 * 1024;

/** Tiles that lie one behind the other in the heap. */
export interface Batch extends ByteRange {
  readonly tasks: TileTasks;
}

function batchesOf(read: Read, wanted: TileTasks): Batch[] {
  const tasks = inHeapOrder(wanted);
  const { numbers, width, count } = tasks;
  const tileBytes = read.work / read.grid.length;
  const most = Math.max(1, Math.floor(batchPixelBytes / tileBytes));
  const { heapOffset } = read.store.table;
  const batches: Batch[] = [];
  for (let first = 0; first < count; ) {
    const offset = numbers[first * width + field.offset]!;
    const blockEnd = offset - ((offset - heapOffset) % batchBytes) + batchBytes;
    let length = 0;
    let i = first;
    do {
      const row = i * width;
      numbers[row + field.start] = length;
      length += numbers[row + field.length]!;
      i++;
    } while (
      i < count &&
      i - first < most &&
      numbers[i * width + field.offset] === offset + length &&
      offset + length < blockEnd
    );
    batches.push({ offset, length, tasks: someTasks(tasks, first, i) });
    first = i;
  }
  return batches;
}

function inHeapOrder(tasks: TileTasks): TileTasks {
  const { numbers, width, count } = tasks;
  const offsetOf = (i: number): number => numbers[i * width + field.offset]!;
  let ordered = true;
  for (let i = 1; i < count; i++) ordered &&= offsetOf(i - 1) <= offsetOf(i);
  if (ordered) return tasks;
  const places = Array.from({ length: count }, (_, i) => i);
  return pickTasks(
    tasks,
    places.sort((a, b) => offsetOf(a) - offsetOf(b)),
  );
}

/** The tiles of one read, being decoded. */
export interface TileDecoding {
  /** Has the beginning of the result made ready while the first tiles are on their way, where that is worth it. */
  begin(): void;
  /** Decodes the tiles of a batch, whose bytes are `bytes`. */
  take(batch: Batch, bytes: Uint8Array): Promise<void>;
  /** The result, once all have been taken: those that were held take their places now. */
  finish(): NdArray;
}

const decoding: Later<typeof import("./tile-batch.js")> = { load: () => import("./tile-batch.js") };
const masks: Later<typeof import("./tile-mask.js")> = { load: () => import("./tile-mask.js") };

/** Loads what decodes the compressed tiles, and the pool; what is wrong with them shows when they are needed. */
export function prepare(store: Store): Promise<Decoders | undefined> {
  store.early ??= decodersOf(store);
  return store.early;
}

async function decodersOf({ table, options }: Store): Promise<Decoders | undefined> {
  try {
    decoding.module ??= await decoding.load();
    const pool = options.pool?.().catch(() => {});
    const decoders = await decoding.module.loadDecoders(table.coding, ["COMPRESSED_DATA"]);
    await pool;
    return decoders;
  } catch {
    return undefined;
  }
}

/** What follows once it is known where the tiles of a read lie. */
export interface TilesStep {
  /** To be called when the first descriptors have come: what can be made ready before the tiles is, beside this thread. */
  begin(): void;
  /** Reads and decodes tiles, then their masks. */
  plan(wanted: TileTasks): Plan<NdArray>;
}

export function tilesStep(read: Read): TilesStep {
  let decoder: TileDecoding | undefined;
  const decoderBy = ({ tileDecoder }: typeof import("./tile-batch.js")): TileDecoding =>
    (decoder ??= tileDecoder(read));
  const finish = (): Plan<NdArray> => needing(decoding, (module) => done(decoderBy(module).finish()));
  return {
    begin() {
      if (!decoder && decoding.module) decoderBy(decoding.module).begin();
    },
    plan: (wanted) => (wanted.count === 0 ? finish() : tilesPlan(read, wanted, decoderBy, finish)),
  };
}

function tilesPlan(
  read: Read,
  wanted: TileTasks,
  decoderBy: (module: typeof import("./tile-batch.js")) => TileDecoding,
  finish: () => Plan<NdArray>,
): Plan<NdArray> {
  const { label } = read.store.table;
  const batches = batchesOf(read, wanted);
  return {
    label: `tiles of ${label}`,
    ranges: batches.map(({ offset, length }) => ({ offset, length })),
    keep: read.keep,
    passing: true,
    async take(i, bytes) {
      const { offset, length, tasks } = batches[i]!;
      if (bytes.byteLength < length) {
        throw truncated(
          label,
          `tile ${tasks.numbers[field.tile]}`,
          offset + length,
          offset + bytes.byteLength,
        );
      }
      decoding.module ??= await decoding.load();
      await decoderBy(decoding.module).take(batches[i]!, bytes);
    },
    next() {
      if (!read.store.table.mask) return finish();
      return needing(masks, ({ maskStep }) => maskStep(read, wanted, finish));
    },
  } satisfies Step<NdArray>;
}
