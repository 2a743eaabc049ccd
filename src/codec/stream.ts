/**
 * The interface of decoders of compressed streams: fed with chunks as these come, read in pieces.
 */

/** A place where a decoder can start without the bytes before (in gzip: before any DEFLATE block). */
export interface Checkpoint {
  /** Bits of the compressed file before the place. */
  readonly bit: number;
  /** Bytes of decoded output before the place. */
  readonly offset: number;
  /** The output just before the place, which later matches may refer to: at most 32 KiB, less near the start of a member. */
  readonly window: Uint8Array;
  /** CRC-32 of the member's output so far. */
  readonly crc: number;
  /** Bytes of the member's output so far, modulo 2^32. */
  readonly length: number;
}

/**
 * A decoder of one stream. `read` throws FitsError BAD_DATA for corrupt input. Input that stops too early is no error
 * here: `read` answers undefined and `done` stays false, though nothing more can be fed.
 */
export interface StreamDecoder {
  /** The next bytes of the stream, taken over or copied; `last` when none follow them. */
  feed(bytes: Uint8Array, last: boolean): void;
  /** The next piece of output, at most a few hundred kB, good until the next call; undefined: feed more, or `done`. */
  read(): Uint8Array | undefined;
  /** Whether the stream has ended; bytes behind it in the file do not belong to the stream. */
  readonly done: boolean;
  /** The present place as a checkpoint, if a decoder can start there and the place lies `minimumBit` bits into the file or more. */
  checkpoint?(minimumBit: number): Checkpoint | undefined;
}
