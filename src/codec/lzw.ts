/**
 * The `.Z` files of compress(1): LZW with codes of 9 to 16 bits, lowest bit first.
 *
 * Codes come in groups of eight, which take as many bytes as a code has bits; when the width changes, be it because
 * the table has grown or because code 256 empties it, the rest of the group is skipped. So did the first compress.
 */
import { FitsError } from "../errors.js";
import type { StreamDecoder } from "./stream.js";

const CLEAR = 256;
const FIRST_BITS = 9;
/** A code of 16 bits stands for 65,279 bytes at most. */
const LONGEST = 1 << 16;
const PIECE = 1 << 17;

function corrupt(what: string): FitsError {
  return new FitsError("BAD_DATA", `corrupt .Z data: ${what}`);
}

/** A decoder of a `.Z` file from its start. */
export function lzwDecoder(): StreamDecoder {
  const prefix = new Uint16Array(1 << 16);
  const suffix = new Uint8Array(1 << 16);
  const lengths = new Uint16Array(1 << 16);
  for (let i = 0; i < 256; i++) suffix[i] = i;
  lengths.fill(1, 0, 256);
  const out = new Uint8Array(PIECE + LONGEST);
  let input: Uint8Array = new Uint8Array(0);
  let last = false;
  let done = false;
  let started = false;
  let maxBits = 16;
  let blockMode = true;

  /** Bits of `input` used up; where in it the present group of eight codes starts; how wide codes are. */
  let bit = 0;
  let group = 0;
  let bits = FIRST_BITS;
  /** The next free code, and the code before this one; none at the start and after a clear. */
  let free = 257;
  let previous = -1;
  let first = 0;

  function start(): boolean {
    if (input.length < 3) return false;
    if (input[0] !== 0x1f || input[1] !== 0x9d) throw corrupt("it does not start with 1f 9d");
    maxBits = input[2]! & 0x1f;
    blockMode = (input[2]! & 0x80) !== 0;
    if (maxBits < FIRST_BITS || maxBits > 16) throw corrupt(`codes of up to ${maxBits} bits`);
    free = blockMode ? 257 : 256;
    input = input.subarray(3);
    started = true;
    return true;
  }

  function nextGroup(width: number): void {
    const size = bits * 8;
    if (bit > group) bit = group + Math.ceil((bit - group) / size) * size;
    group = bit;
    bits = width;
  }

  /** The next code; undefined while part of the code is missing. */
  function nextCode(): number | undefined {
    if (free > (1 << bits) - 1 && bits < maxBits) nextGroup(bits + 1);
    if (bit + bits > input.length * 8) return undefined;
    const at = bit >> 3;
    const word = input[at]! | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);
    const code = (word >> (bit & 7)) & ((1 << bits) - 1);
    bit += bits;
    return code;
  }

  /** Writes the bytes of a code, last byte first; answers with their end. */
  function write(code: number, at: number): number {
    const end = at + lengths[code]!;
    let c = code;
    for (let i = end - 1; i > at; i--) {
      out[i] = suffix[c]!;
      c = prefix[c]!;
    }
    first = suffix[c]!;
    out[at] = first;
    return end;
  }

  /** Decodes one code to `at`; answers with the end of the output. */
  function decode(code: number, at: number): number {
    if (code === CLEAR && blockMode) {
      nextGroup(FIRST_BITS);
      free = 257;
      previous = -1;
      return at;
    }
    if (previous < 0) {
      if (code > 255) throw corrupt("a code before its time");
      previous = code;
      return write(code, at);
    }
    if (code > free || (code === free && free >= 1 << maxBits)) throw corrupt("a code before its time");
    let end: number;
    if (code === free) {
      end = write(previous, at);
      out[end++] = first;
    } else end = write(code, at);
    if (free < 1 << maxBits) {
      prefix[free] = previous;
      suffix[free] = first;
      lengths[free] = lengths[previous]! + 1;
      free++;
    }
    previous = code;
    return end;
  }

  return {
    feed(bytes, isLast) {
      // What is kept starts with the present group.
      group += Math.floor((bit - group) / (bits * 8)) * bits * 8;
      const used = Math.min(group >> 3, input.length);
      const joined = new Uint8Array(input.length - used + bytes.length);
      joined.set(input.subarray(used));
      joined.set(bytes, input.length - used);
      input = joined;
      bit -= used * 8;
      group -= used * 8;
      last = isLast;
    },
    read() {
      if (!started && !start()) return undefined;
      let end = 0;
      while (end < PIECE) {
        const code = nextCode();
        if (code === undefined) {
          done = last;
          break;
        }
        end = decode(code, end);
      }
      return end > 0 ? out.subarray(0, end) : undefined;
    },
    get done() {
      return done;
    },
  };
}
