/**
 * What decoders of compressed streams have in common: fed with chunks as they come, read in pieces.
 */

/** Where a decoder can start again without what came before (in gzip: before any DEFLATE block). */
export interface Checkpoint {
  /** Bits of the compressed file before it. */
  readonly bit: number;
  /** Bytes of decoded output before it. */
  readonly offset: number;
  /** The output just before it, that what follows may refer to: at most 32 KiB, less near the start of a member. */
  readonly window: Uint8Array;
  /** CRC-32 of the member's output so far. */
  readonly crc: number;
  /** Bytes of the member's output so far, modulo 2^32. */
  readonly length: number;
}

/**
 * A decoder of one stream. Corrupt input throws FitsError BAD_DATA from `read`. Input that stops too early is not
 * an error here: `read` answers undefined and `done` stays false, though nothing more can be fed.
 */
export interface StreamDecoder {
  /** The next bytes of the stream, taken over or copied; `last` when none follow them. */
  feed(bytes: Uint8Array, last: boolean): void;
  /** The next piece of output, at most a few hundred kB, good until the next call; undefined: feed more, or `done`. */
  read(): Uint8Array | undefined;
  /** The stream has ended; what follows it in the file, if anything, is none of it. */
  readonly done: boolean;
  /** Where the decoder stands, if one can start again there and it lies `minimumBit` bits or more into the file. */
  checkpoint?(minimumBit: number): Checkpoint | undefined;
}
