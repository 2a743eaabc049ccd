/**
 * Zstandard files (RFC 8878). This file parses the frames, so that the memory a file takes is known beforehand and one
 * block is decoded at a time; fzstd decodes the blocks, xxhash-wasm computes the checksums that frames may have.
 */
import { Decompress } from "fzstd";
import { FitsError } from "../errors.js";
import type { StreamDecoder } from "./stream.js";

/** The checksum of a frame's content: XXH64, of which the frame holds the lower half (RFC 8878, 3.1.1). */
export interface FrameChecksum {
  update(bytes: Uint8Array): unknown;
  digest(): bigint;
}

/** Makes checksums; `undefined` where there is no WebAssembly: checksums are not verified there. */
export async function loadChecksums(): Promise<(() => FrameChecksum) | undefined> {
  try {
    const { default: load } = await import("xxhash-wasm");
    const { create64 } = await load();
    return () => create64();
  } catch {
    return undefined;
  }
}

/** The largest window that zstd itself decodes without the option `--memory`: 128 MiB. */
const LARGEST_WINDOW = 1 << 27;
const LARGEST_BLOCK = 1 << 17;

function corrupt(what: string): FitsError {
  return new FitsError("BAD_DATA", `corrupt zstd data: ${what}`);
}

/** A decoder of a zstd file from its start, all its frames. Verifies the checksums of frames when given `newChecksum`. */
export function zstdDecoder(newChecksum?: () => FrameChecksum): StreamDecoder {
  let input: Uint8Array = new Uint8Array(0);
  let last = false;
  let done = false;
  let frames = 0;
  /** Bytes of a skippable frame to pass over. */
  let skip = 0;
  let frame: Decompress | undefined;
  const output: Uint8Array[] = [];
  /** The present frame: bytes of its header before the first block; whether a checksum ends the frame. */
  let header = 0;
  let checksum = false;
  let summed: FrameChecksum | undefined;

  /** Gives bytes of the present frame to its decoder. */
  function push(length: number, final: boolean): void {
    try {
      frame!.push(input.slice(0, length), final);
    } catch (cause) {
      throw cause instanceof FitsError ? cause : corrupt((cause as Error).message);
    }
    input = input.subarray(length);
  }

  function startFrame(): boolean {
    if (input.length < 4) {
      if (last && frames > 0) done = true;
      return false;
    }
    const magic = uint32(input, 0);
    if (magic >>> 4 === 0x184d2a5) {
      if (input.length < 8) return false;
      skip = 8 + uint32(input, 4);
      frames++;
      return true;
    }
    if (magic !== 0xfd2fb528) {
      if (frames === 0) throw corrupt("it does not start with 28 b5 2f fd");
      done = true;
      return false;
    }
    if (input.length < 18 && !last) return false;
    const length = headerLength(input);
    if (length === undefined) return false;
    frame = new Decompress((piece) => {
      if (piece.length === 0) return;
      summed?.update(piece);
      output.push(piece);
    });
    checksum = (input[4]! & 4) !== 0;
    summed = checksum ? newChecksum?.() : undefined;
    header = length;
    frames++;
    return true;
  }
  /** Decodes the next block; false while part of the block is missing. */
  function decodeBlock(): boolean {
    if (input.length < header + 3) return false;
    const word = input[header]! | (input[header + 1]! << 8) | (input[header + 2]! << 16);
    const type = (word >> 1) & 3;
    const size = word >> 3;
    if (type === 3 || size > LARGEST_BLOCK) throw corrupt("a block of no known type or size");
    const final = (word & 1) === 1;
    const length = header + 3 + (type === 1 ? 1 : size) + (final && checksum ? 4 : 0);
    if (input.length < length) return false;
    const told = final && checksum ? uint32(input, length - 4) : undefined;
    push(length, final);
    if (summed && told !== undefined && Number(summed.digest() & 0xffffffffn) !== told)
      throw corrupt("its checksum is not that of its content");
    header = 0;
    if (final) frame = undefined;
    return true;
  }

  function pass(): boolean {
    const n = Math.min(skip, input.length);
    input = input.subarray(n);
    skip -= n;
    return skip === 0;
  }

  return {
    feed(bytes, isLast) {
      const joined = new Uint8Array(input.length + bytes.length);
      joined.set(input);
      joined.set(bytes, input.length);
      input = joined;
      last = isLast;
    },
    read() {
      while (output.length === 0 && !done) {
        if (!(skip > 0 ? pass() : frame ? decodeBlock() : startFrame())) return undefined;
      }
      return output.shift();
    },
    get done() {
      return done && output.length === 0;
    },
  };
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

/** Bytes of a frame's header (RFC 8878, 3.1.1.1), once all are there. Throws UNSUPPORTED for too large a window. */
function headerLength(bytes: Uint8Array): number | undefined {
  const flags = bytes[4]!;
  const single = (flags & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryBytes;
  if (bytes.length < sizeAt + sizeBytes) return undefined;
  if (flags & 8) throw corrupt("header flags that nobody defined");
  if (bytes.subarray(sizeAt - dictionaryBytes, sizeAt).some((byte) => byte !== 0)) {
    throw new FitsError("UNSUPPORTED", "this zstd file needs a dictionary; decompress it with zstd first");
  }
  let window = 0;
  if (single) for (let i = sizeBytes - 1; i >= 0; i--) window = window * 256 + bytes[sizeAt + i]!;
  else window = 2 ** (10 + (bytes[5]! >> 3)) * (1 + (bytes[5]! & 7) / 8);
  if (window > LARGEST_WINDOW) {
    throw new FitsError(
      "UNSUPPORTED",
      "this zstd file needs a window of more than 128 MiB; decompress it first",
    );
  }
  return sizeAt + sizeBytes;
}
