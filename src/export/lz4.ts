/**
 * LZ4, which Feather files are compressed with by default: blocks, and the frames around them (LZ4 Block Format, LZ4
 * Frame Format 1.6). Checksums are not looked at.
 */
import { FitsError } from "../errors.js";

const magic = 0x184d2204;
/** The largest output that a frame may claim. */
const most = 2 ** 31 - 1;

/** The output of a frame; more frames and skippable ones behind it are left. Throws BAD_DATA for damage. */
export function lz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== magic) throw damaged("no frame");
  const flags = view.getUint8(4);
  const hasSize = (flags & 8) !== 0;
  const hasSums = (flags & 16) !== 0;
  // Magic, flags, block size, and the checksum of the header; a dictionary's number.
  let at = 7 + (hasSize ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0);
  const out = new Output(hasSize ? Number(view.getBigUint64(6, true)) : undefined, 255 * frame.length);
  for (;;) {
    if (at + 4 > frame.length) throw damaged("it is cut off");
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return out.bytes();
    const length = word & 0x7fffffff;
    if (at + length > frame.length) throw damaged("it is cut off");
    const block = frame.subarray(at, at + length);
    if (word > 0x7fffffff) out.copy(block, 0, length);
    else decodeBlock(block, out);
    at += length + (hasSums ? 4 : 0);
  }
}

/** The output of a block alone, `length` bytes of it. Throws BAD_DATA for damage. */
export function lz4Block(block: Uint8Array, length: number): Uint8Array {
  const out = new Output(length, 255 * block.length);
  decodeBlock(block, out);
  return out.bytes();
}

function decodeBlock(block: Uint8Array, out: Output): void {
  let at = 0;
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      if (at >= block.length) throw damaged("it is cut off");
      const more = block[at++]!;
      length += more;
      if (more < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = extended(token >> 4);
    if (at + literals > block.length) throw damaged("it is cut off");
    out.copy(block, at, literals);
    at += literals;
    // The last sequence is literals alone.
    if (at === block.length) return;
    if (at + 2 > block.length) throw damaged("it is cut off");
    const distance = block[at]! | (block[at + 1]! << 8);
    at += 2;
    out.repeat(distance, extended(token & 15) + 4);
  }
}

/** Bytes that grow, up to what is allowed. */
class Output {
  #bytes: Uint8Array;
  #length = 0;
  readonly #most: number;

  constructor(size: number | undefined, limit: number) {
    this.#most = Math.min(size ?? limit, limit, most);
    this.#bytes = new Uint8Array(Math.min(this.#most, size ?? 1 << 16));
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  copy(from: Uint8Array, at: number, count: number): void {
    this.#reserve(count);
    this.#bytes.set(from.subarray(at, at + count), this.#length);
    this.#length += count;
  }

  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw damaged("it points before its start");
    this.#reserve(count);
    const bytes = this.#bytes;
    let to = this.#length;
    for (const end = to + count; to < end; to++) bytes[to] = bytes[to - distance]!;
    this.#length = to;
  }

  #reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted > this.#most) throw damaged("it is longer than it says");
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(this.#most, Math.max(2 * this.#bytes.length, wanted)));
    grown.set(this.bytes());
    this.#bytes = grown;
  }
}

function damaged(what: string): FitsError {
  return new FitsError("BAD_DATA", `LZ4 data are damaged: ${what}`);
}
