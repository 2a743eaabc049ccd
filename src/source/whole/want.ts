/**
 * A range of a stream that a reader waits for, filled as the stream is decoded.
 */
import { FitsError } from "../../errors.js";
import type { GetRangeOptions, RequestRecord } from "../source.js";

export interface Want {
  /** The first missing byte, and the end of the range. */
  next: number;
  readonly end: number;
  readonly record: ((request: RequestRecord) => void) | undefined;
  /** Copies the missing bytes out of `bytes`, which lie at `offset`. */
  take(offset: number, bytes: Uint8Array): void;
  /** Answers with the bytes that came: fewer than the range where the stream has ended. */
  resolve(): void;
  reject(reason: unknown): void;
}

/** While the size of the stream is unknown, a longer range gets more memory as its bytes come. */
const TRUSTED = 1 << 26;

/**
 * @param range `keep: false` where the caller has no use for the bytes; `trusted` where the stream is known to reach its end
 * @param settled called once, before the promise settles
 */
export function newWant(
  range: { offset: number; length: number; keep: boolean; trusted: boolean },
  { into, record }: GetRangeOptions,
  settle: { resolve(bytes: Uint8Array): void; reject(reason: unknown): void; settled(): void },
): Want {
  const { offset, length, keep, trusted } = range;
  let out = new Uint8Array(0);
  if (into && into.length >= length) out = into;
  else if (keep) out = memory(trusted ? length : Math.min(length, TRUSTED));
  return {
    next: offset,
    end: offset + length,
    record,
    take(at, bytes) {
      const part = bytes.subarray(this.next - at, Math.min(bytes.length, this.end - at));
      const filled = this.next - offset;
      if (keep && filled + part.length > out.length) {
        const larger = memory(Math.min(length, Math.max(2 * out.length, filled + part.length)));
        larger.set(out.subarray(0, filled));
        out = larger;
      }
      if (keep) out.set(part, filled);
      this.next += part.length;
    },
    resolve() {
      settle.settled();
      settle.resolve(out.subarray(0, keep ? this.next - offset : 0));
    },
    reject(reason) {
      settle.settled();
      settle.reject(reason);
    },
  };
}

function memory(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new FitsError("TOO_LARGE", `cannot allocate ${length} bytes; ask for a smaller part`, { cause });
  }
}

/**
 * Gives a piece of the stream to the wants that it reaches; answers with the wants that miss bytes still. `wants` are in
 * rising order of `next`, none before `offset`, and stay so. A want that finds no memory is rejected; the others go on.
 */
export function takePiece(wants: Want[], offset: number, piece: Uint8Array): Want[] {
  const end = offset + piece.length;
  const settled = new Set<Want>();
  for (const want of wants) {
    if (want.next >= end) break;
    try {
      want.take(offset, piece);
      if (want.next < want.end) continue;
      want.resolve();
    } catch (error) {
      want.reject(error);
    }
    settled.add(want);
  }
  return settled.size === 0 ? wants : wants.filter((want) => !settled.has(want));
}
