/**
 * The checkpoints of a compressed file in rising order: the places where decoding can start.
 */
import type { Checkpoint } from "../../codec/stream.js";

/** Checkpoints kept at most: 32 MiB of windows. Beyond, every other checkpoint is dropped, and half as many are taken. */
const MOST = 1024;

/** Compressed bytes between two checkpoints when the file's size is not known. */
const USUAL = 1 << 19;
const CLOSEST = 1 << 16;
const FARTHEST = 1 << 21;

/** What an index file knows of a gzip file. */
export interface GzipIndex {
  /** Bytes of the decompressed file. */
  readonly size: number;
  /** In rising order. Windows are unpacked at each use. */
  readonly checkpoints: readonly Checkpoint[];
}

export interface Checkpoints {
  readonly all: readonly Checkpoint[];
  /** The last checkpoint at or before this offset of the output. */
  before(offset: number): Checkpoint | undefined;
  /** The first checkpoint at or after this offset of the output. */
  after(offset: number): Checkpoint | undefined;
  /** The first bit of the file at which a checkpoint behind this offset of the output is worth taking. */
  wantedFrom(offset: number, fileSize: number | undefined): number;
  add(checkpoint: Checkpoint): void;
}

/** @param given in rising order */
export function checkpoints(given: readonly Checkpoint[] = []): Checkpoints {
  let all = [...given];
  let thinned = 1;

  /** The number of checkpoints before this offset. */
  function count(offset: number): number {
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get all() {
      return all;
    },
    before: (offset) => all[count(offset + 1) - 1],
    after: (offset) => all[count(offset)],
    wantedFrom(offset, fileSize) {
      const spacing = thinned * 8 * spacingOf(fileSize);
      const next = all[count(offset)];
      const from = (all[count(offset) - 1]?.bit ?? 0) + spacing;
      return next && next.bit < from + spacing ? Number.POSITIVE_INFINITY : from;
    },
    add(checkpoint) {
      all.splice(count(checkpoint.offset), 0, checkpoint);
      if (all.length <= Math.max(MOST, 2 * given.length)) return;
      all = all.filter((_, i) => i % 2 === 0);
      thinned *= 2;
    },
  };
}

/**
 * Compressed bytes between two checkpoints: 2 % of the file, so that a read that starts between two wastes 1 % of it
 * on average and their windows (20 kB each, packed) take 5 % of it in an index.
 */
function spacingOf(fileSize: number | undefined): number {
  return fileSize === undefined ? USUAL : Math.min(FARTHEST, Math.max(CLOSEST, Math.floor(fileSize / 50)));
}
