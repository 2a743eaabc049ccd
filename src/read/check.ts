/**
 * What is wrong with options, ranges and the answers of sources.
 */
import { FitsError } from "../errors.js";
import type { ByteRange, ByteSource, RequestRecord } from "../source/source.js";
import type { ReaderOptions } from "./options.js";

const leasts = { blockSize: 1, cacheBytes: 0, concurrency: 1, gap: 0, workers: 0 } as const;

/** Throws BAD_ARGUMENT for an option that makes no sense. */
export function checkOptions(options: ReaderOptions): void {
  for (const [name, least] of Object.entries(leasts)) {
    const value = options[name as keyof typeof leasts];
    if (value === undefined || (Number.isFinite(value) && value >= least)) continue;
    throw new FitsError(
      "BAD_ARGUMENT",
      `${name} must be a number of at least ${least}, not ${String(value)}`,
    );
  }
  const { optimize } = options;
  if (optimize !== undefined && !["time", "bytes", "requests"].includes(optimize)) {
    throw new FitsError("BAD_ARGUMENT", `optimize must be time, bytes or requests, not ${String(optimize)}`);
  }
  const { signal, profile } = options;
  if (signal && typeof signal.addEventListener !== "function")
    throw new FitsError("BAD_ARGUMENT", "signal must be an AbortSignal: that of an AbortController");
  if (profile && typeof profile.recorder !== "object")
    throw new FitsError("BAD_ARGUMENT", "profile must be one that createProfile() made");
}

/** Throws BAD_ARGUMENT: a plan wants a range that is none. */
export function refuseRange({ offset, length }: ByteRange, label: string): never {
  throw new FitsError("BAD_ARGUMENT", `${label}: not a range of bytes: ${length} from ${offset}`);
}

/** The record of a request, for a source that keeps none. */
export function recordOf(
  { offset, length: requested }: ByteRange,
  bytes: Uint8Array,
  source: ByteSource,
  start: number,
): RequestRecord {
  const end = performance.now();
  const length = bytes?.byteLength ?? 0;
  return { offset, requested, length, start, firstByte: end, end, url: source.href, status: 0 };
}

/** The bytes of an answer, unless there are too many or too few. Throws BAD_RANGE, SHORT_READ. */
export function checkAnswer(
  { offset, length }: ByteRange,
  bytes: Uint8Array,
  { href, size }: ByteSource,
): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength > length) {
    const what = bytes instanceof Uint8Array ? `${bytes.byteLength} bytes` : "no Uint8Array";
    throw new FitsError(
      "BAD_RANGE",
      `${href}: getRange gave ${what} for ${length} bytes at byte ${offset}; it must honor ranges`,
    );
  }
  const expected = Math.min(length, (size ?? 0) - offset);
  if (bytes.byteLength < expected) {
    throw new FitsError(
      "SHORT_READ",
      `${href}: got ${bytes.byteLength} of ${expected} bytes at byte ${offset}; try again`,
    );
  }
  return bytes;
}
