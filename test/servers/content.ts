/**
 * What the test servers serve: bytes in memory, files on disk, objects that are computed as they are read.
 */
import { closeSync, fstatSync, openSync, read, statSync } from "node:fs";
import { open } from "node:fs/promises";

/** An object that is read piece by piece: nothing of it need exist. */
export interface VirtualFile {
  readonly size: number;
  /** Bytes `offset` to `offset + length` (within the size). */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  close?(): void;
}

/** A redirect to another address. */
export interface Redirect {
  readonly redirect: string;
  /** Default 302. */
  readonly status?: number;
}

export type Content = Uint8Array | VirtualFile | Redirect;

export function asFile(content: Uint8Array | VirtualFile): VirtualFile {
  if (!(content instanceof Uint8Array)) return content;
  return { size: content.length, read: (offset, length) => content.subarray(offset, offset + length) };
}

/** The file at `path`, read as it is asked for. */
export function fileOnDisk(path: string): VirtualFile {
  const fd = openSync(path, "r");
  return {
    size: fstatSync(fd).size,
    read: (offset, length) =>
      new Promise((resolve, reject) => {
        const bytes = Buffer.allocUnsafe(length);
        read(fd, bytes, 0, length, offset, (error, n) =>
          error ? reject(error) : resolve(bytes.subarray(0, n)),
        );
      }),
    close: () => closeSync(fd),
  };
}

/** The file at `path`, open only while it is read: thousands can be served. */
export function fileWhenRead(path: string): VirtualFile {
  return {
    size: statSync(path).size,
    read: async (offset, length) => {
      const file = await open(path);
      try {
        const bytes = Buffer.allocUnsafe(length);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}

/** `size` bytes of zero with `parts` laid over them: a file too large to hold. */
export function sparseFile(
  size: number,
  parts: readonly { offset: number; bytes: Uint8Array }[],
): VirtualFile {
  return {
    size,
    read: (offset, length) => {
      const out = new Uint8Array(length);
      for (const part of parts) {
        const from = Math.max(offset, part.offset);
        const to = Math.min(offset + length, part.offset + part.bytes.length);
        if (from < to) out.set(part.bytes.subarray(from - part.offset, to - part.offset), from - offset);
      }
      return out;
    },
  };
}

/** Bytes that differ from place to place, the same for the same seed: a shifted or mixed answer shows. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = random() * 256;
  return bytes;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
