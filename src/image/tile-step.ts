/**
 * The second step of a read: the bytes of the tiles. What decodes them is loaded while they are on their way.
 */
import type { NdArray } from "../array.js";
import { done, type Later, needing, type Plan, type Step } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import type { TileCell } from "./tile-cell.js";
import type { Decoders } from "./tile-decode.js";
import { type Read, type Store, truncated } from "./tile-store.js";

/** A range of the heap holds the tiles of about this many bytes: so much is decoded at a time, as it lands. */
const batchBytes = 256 * 1024;
const batchPixelBytes = 4 * 1024 * 1024;

/** Tiles that lie one behind the other in the heap. */
export interface Batch extends ByteRange {
  readonly wanted: readonly TileCell[];
}

function batchesOf(read: Read, wanted: readonly TileCell[]): Batch[] {
  const sorted = inOrder(wanted) ? wanted : [...wanted].sort((a, b) => a.offset - b.offset);
  const tileBytes = read.work / read.grid.length;
  const most = Math.max(1, Math.floor(batchPixelBytes / tileBytes));
  const batches: { offset: number; length: number; wanted: TileCell[] }[] = [];
  let last: (typeof batches)[number] | undefined;
  for (const one of sorted) {
    const { offset, length } = one;
    const room = last ? batchBytes - last.length : 0;
    if (last && offset === last.offset + last.length && length <= room && last.wanted.length < most) {
      one.start = last.length;
      last.length += length;
      last.wanted.push(one);
    } else {
      one.start = 0;
      batches.push((last = { offset, length, wanted: [one] }));
    }
  }
  return batches;
}

function inOrder(wanted: readonly TileCell[]): boolean {
  for (let i = 1; i < wanted.length; i++) if (wanted[i - 1]!.offset > wanted[i]!.offset) return false;
  return true;
}

/** The tiles of one read, being decoded. */
export interface TileDecoding {
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

/** Reads and decodes the tiles of these cells, then their masks. */
export function tilesPlan(read: Read, wanted: readonly TileCell[]): Plan<NdArray> {
  const { label } = read.store.table;
  let decoder: TileDecoding | undefined;
  const finish = (): Plan<NdArray> =>
    needing(decoding, ({ tileDecoder }) => done((decoder ??= tileDecoder(read)).finish()));
  if (wanted.length === 0) return finish();
  const batches = batchesOf(read, wanted);
  return {
    label: `tiles of ${label}`,
    ranges: batches.map(({ offset, length }) => ({ offset, length })),
    keep: read.keep,
    passing: true,
    async take(i, bytes) {
      const { offset, length, wanted } = batches[i]!;
      if (bytes.byteLength < length) {
        throw truncated(label, `tile ${wanted[0]!.tile}`, offset + length, offset + bytes.byteLength);
      }
      decoding.module ??= await decoding.load();
      decoder ??= decoding.module.tileDecoder(read);
      await decoder.take(batches[i]!, bytes);
    },
    next() {
      const masked = wanted.filter(({ mask }) => mask);
      return masked.length === 0
        ? finish()
        : needing(masks, ({ maskStep }) => maskStep(read, masked, finish));
    },
  } satisfies Step<NdArray>;
}
