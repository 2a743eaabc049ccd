/**
 * What a download is told, and how much it asks for at a time.
 */
import type { SharedOptions } from "../options.js";

export interface DownloadOptions extends SharedOptions {
  output: string;
}

/** What was done. */
export interface Downloaded {
  readonly size: number;
  /** Bytes that an earlier download had left. */
  readonly resumedBytes: number;
  readonly note: string;
}

const MiB = 1024 * 1024;
/** Enough to tell the size by, and soon here: from then on ranges come side by side. */
export const firstBytes: number = MiB / 4;
/** Ranges under way at a time, unless --concurrency says otherwise. */
export const defaultConcurrency = 8;

/**
 * Ranges are small, as one is only shown, and kept when the download is interrupted, when it is complete; yet not so
 * small that a large file becomes more than some thousands of requests.
 */
export function rangeBytesFor(size: number): number {
  const wanted = Math.max(Math.min(size / 256, 8 * MiB), size / 8192, MiB);
  return Math.ceil(wanted / MiB) * MiB;
}
