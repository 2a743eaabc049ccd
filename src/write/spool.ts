/**
 * Where bytes wait that are produced before their place in the file comes: a heap behind its rows, data behind a
 * header that depends on them.
 */

/** Bytes put by, to be read back once, in order. Memory by default; a caller may give temporary files instead. */
export interface Spool {
  /** The chunk is the spool's to keep. */
  append(chunk: Uint8Array<ArrayBuffer>): void | Promise<void>;
  read(): Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Called when the spool is needed no more, also after failures. */
  close?(): void | Promise<void>;
}

/** A spool in memory: keeps the chunks, and lets go of each as it is read. */
export function memorySpool(): Spool {
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  return {
    append: (chunk) => {
      chunks.push(chunk);
    },
    *read() {
      const kept = chunks.reverse();
      chunks = [];
      for (let chunk = kept.pop(); chunk; chunk = kept.pop()) yield chunk;
    },
  };
}
