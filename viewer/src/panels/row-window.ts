/** Rows of a table that are in sight: read a block at a time, held for a while, cancelled when they are left. */
import type { Batch } from "fitslice";

export interface RowWindowOptions {
  readonly rowCount: number;
  /** Rows that are read together. */
  readonly blockRows: number;
  /** Most blocks that are held. */
  readonly mostBlocks: number;
  read(start: number, stop: number, signal: AbortSignal): Promise<Batch>;
  /** A block has come. */
  changed(): void;
  failed(error: Error): void;
}

/** A row that is held: row `i` of a batch. */
export interface HeldRow {
  readonly batch: Batch;
  readonly i: number;
}

export class RowWindow {
  readonly #options: RowWindowOptions;
  /** By number, those used last behind. */
  readonly #held = new Map<number, Batch>();
  readonly #coming = new Map<number, AbortController>();
  readonly #failed = new Set<number>();

  constructor(options: RowWindowOptions) {
    this.#options = options;
  }

  /** Reads what is missing of these rows; stops reading blocks that hold none of them. */
  want(first: number, count: number): void {
    const { blockRows, rowCount } = this.#options;
    const last = Math.min(rowCount, first + count) - 1;
    const wanted = new Set<number>();
    for (let block = Math.floor(first / blockRows); block * blockRows <= last; block++) wanted.add(block);
    for (const [block, reading] of this.#coming) {
      if (wanted.has(block)) continue;
      this.#coming.delete(block);
      reading.abort();
    }
    for (const block of wanted) {
      const held = this.#held.get(block);
      if (held) {
        this.#held.delete(block);
        this.#held.set(block, held);
      } else if (!this.#coming.has(block) && !this.#failed.has(block)) void this.#read(block);
    }
  }

  get(row: number): HeldRow | undefined {
    const { blockRows } = this.#options;
    const batch = this.#held.get(Math.floor(row / blockRows));
    return batch && { batch, i: row % blockRows };
  }

  get isReading(): boolean {
    return this.#coming.size > 0;
  }

  /** Stops reading. */
  close(): void {
    for (const reading of this.#coming.values()) reading.abort();
    this.#coming.clear();
  }

  async #read(block: number): Promise<void> {
    const { blockRows, rowCount, mostBlocks, read, changed, failed } = this.#options;
    const reading = new AbortController();
    this.#coming.set(block, reading);
    const { signal } = reading;
    const start = block * blockRows;
    try {
      const batch = await read(start, Math.min(rowCount, start + blockRows), signal);
      if (signal.aborted) return;
      this.#coming.delete(block);
      this.#held.set(block, batch);
      for (const oldest of this.#held.keys()) {
        if (this.#held.size <= mostBlocks) break;
        this.#held.delete(oldest);
      }
      changed();
    } catch (error) {
      if (signal.aborted) return;
      // Not again at once: the same block would fail with every drawing.
      this.#coming.delete(block);
      this.#failed.add(block);
      failed(error as Error);
    }
  }
}

/** How many rows a block has: about `bytes`, and 1 to 128 rows. */
export function rowsOfBlock(rowBytes: number, bytes = 1e6): number {
  return Math.max(1, Math.min(128, Math.floor(bytes / Math.max(1, rowBytes))));
}

/** Browsers lay out no more than some ten million pixels. */
const mostHeight = 8e6;

export interface RowsInSight {
  /** CSS pixels of all rows, as far as the browser is told. */
  readonly height: number;
  readonly first: number;
  readonly count: number;
  /** Where the first of the rows stands, from the top of all. */
  readonly top: number;
}

/**
 * The rows in sight of a list that is scrolled. A list that is higher than browsers can lay out is scrolled in larger
 * steps: its end is reached all the same.
 */
export function rowsInSight(
  rowCount: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): RowsInSight {
  const full = rowCount * rowHeight;
  const height = Math.min(full, mostHeight);
  const inView = Math.ceil(viewHeight / rowHeight) + 1;
  if (full <= mostHeight) {
    const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight), rowCount - 1));
    return { height, first, count: Math.max(0, Math.min(inView, rowCount - first)), top: first * rowHeight };
  }
  const share = Math.max(0, Math.min(1, scrollTop / Math.max(1, height - viewHeight)));
  const visible = Math.floor(viewHeight / rowHeight);
  const first = Math.round(share * Math.max(0, rowCount - visible));
  const count = Math.min(inView, rowCount - first);
  return { height, first, count, top: Math.max(0, Math.min(scrollTop, height - count * rowHeight)) };
}
