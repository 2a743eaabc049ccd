/**
 * bzip2 files, block by block: Huffman codes, move to front, the inverse of the Burrows-Wheeler transform, run lengths.
 *
 * The format has no standard; this follows what bzip2 1.0 reads. A block is decoded when all of its bytes are there.
 * Blocks that were "randomized", which nothing has written since 1997, are refused.
 */
import { FitsError } from "../errors.js";
import type { StreamDecoder } from "./stream.js";

const PIECE = 1 << 17;
/** Symbols decoded with one Huffman table before the stream chooses the next table. */
const GROUP = 50;
const LONGEST_CODE = 20;
const PAD = 4;
const BLOCK = 0x314159265359;
const END = 0x177245385090;

function corrupt(what: string): FitsError {
  return new FitsError("BAD_DATA", `corrupt bzip2 data: ${what}`);
}

/** Thrown where the input does not reach; caught in `read`, which tries again with more. */
const short = new Error("more input wanted");

/** Bits, highest first. */
interface Bits {
  /** With PAD zeros behind `end`. */
  bytes: Uint8Array;
  end: number;
  /** Bits used up. */
  at: number;
}

/** The next `count` bits, at most 24. */
function take(bits: Bits, count: number): number {
  const { bytes, end, at } = bits;
  if (at + count > end * 8) throw short;
  const byte = at >>> 3;
  const word = (bytes[byte]! << 24) | (bytes[byte + 1]! << 16) | (bytes[byte + 2]! << 8) | bytes[byte + 3]!;
  bits.at = at + count;
  return (word << (at & 7)) >>> (32 - count);
}

function take48(bits: Bits): number {
  return take(bits, 24) * 0x1000000 + take(bits, 24);
}

function take32(bits: Bits): number {
  return take(bits, 16) * 0x10000 + take(bits, 16);
}

/**
 * A Huffman code. `quick` is looked up with the next QUICK bits: symbol and length (in the low 5 bits) of a code that
 * is no longer than they are, else 0. For each length, `limits` is the first code beyond it, its 20 bits filled up
 * with zeros, and `shifts` what to add to a code to find its symbol.
 */
interface Code {
  readonly quick: Int32Array;
  readonly limits: Int32Array;
  readonly shifts: Int32Array;
  readonly symbols: Uint16Array;
}

const QUICK = 10;

function makeCode(lengths: Uint8Array): Code {
  const counts = new Int32Array(LONGEST_CODE + 1);
  for (const length of lengths) counts[length]!++;
  const limits = new Int32Array(LONGEST_CODE + 1);
  const shifts = new Int32Array(LONGEST_CODE + 1);
  const starts = new Int32Array(LONGEST_CODE + 1);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    shifts[length] = place - code;
    starts[length] = place;
    code += counts[length]!;
    place += counts[length]!;
    if (code > 1 << length) throw corrupt("an over-full Huffman code");
    limits[length] = code << (LONGEST_CODE - length);
    code <<= 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const quick = new Int32Array(1 << QUICK);
  for (const [symbol, length] of lengths.entries()) {
    const at = starts[length]!++;
    symbols[at] = symbol;
    if (length > QUICK) continue;
    const first = (at - shifts[length]!) << (QUICK - length);
    quick.fill((symbol << 5) | length, first, first + (1 << (QUICK - length)));
  }
  return { quick, limits, shifts, symbols };
}

/** Symbol and length of the code that the 20 bits begin with, as in `quick`. */
function longSymbol({ limits, shifts, symbols }: Code, twenty: number): number {
  let length = QUICK + 1;
  while (length <= LONGEST_CODE && twenty >= limits[length]!) length++;
  if (length > LONGEST_CODE) throw corrupt("a code without a symbol");
  return (symbols[(twenty >> (LONGEST_CODE - length)) + shifts[length]!]! << 5) | length;
}

/** The bytes that occur in a block, from two levels of bit maps. */
function readAlphabet(bits: Bits): Uint8Array {
  const used: number[] = [];
  const rows = take(bits, 16);
  for (let row = 0; row < 16; row++) {
    if (!((rows >> (15 - row)) & 1)) continue;
    const columns = take(bits, 16);
    for (let column = 0; column < 16; column++)
      if ((columns >> (15 - column)) & 1) used.push(16 * row + column);
  }
  if (used.length === 0) throw corrupt("a block without an alphabet");
  return Uint8Array.from(used);
}

/** Which table each group of symbols uses, move-to-front coded in unary. */
function readSelectors(bits: Bits, tables: number): Uint8Array {
  const selectors = new Uint8Array(take(bits, 15));
  if (selectors.length === 0) throw corrupt("a block without Huffman tables");
  const order = Array.from({ length: tables }, (_, i) => i);
  for (let i = 0; i < selectors.length; i++) {
    let j = 0;
    while (take(bits, 1) === 1) if (++j === tables) throw corrupt("a Huffman table that is not there");
    order.unshift(order.splice(j, 1)[0]!);
    selectors[i] = order[0]!;
  }
  return selectors;
}

function readCode(bits: Bits, symbols: number): Code {
  const lengths = new Uint8Array(symbols);
  let length = take(bits, 5);
  for (let i = 0; i < symbols; i++) {
    while (take(bits, 1) === 1) length += take(bits, 1) === 1 ? -1 : 1;
    if (length < 1 || length > LONGEST_CODE) throw corrupt("the length of a Huffman code");
    lengths[i] = length;
  }
  return makeCode(lengths);
}

/** Reads the symbols of a block into the low bytes of `table`; answers with how many bytes they are. */
function readSymbols(bits: Bits, table: Int32Array): number {
  const alphabet = readAlphabet(bits);
  const tables = take(bits, 3);
  if (tables < 2 || tables > 6) throw corrupt("the number of Huffman tables");
  const selectors = readSelectors(bits, tables);
  const codes = Array.from({ length: tables }, () => readCode(bits, alphabet.length + 2));
  const end = alphabet.length + 1;
  const { bytes } = bits;
  const inputEnd = bits.end * 8;
  const room = table.length;
  let at = bits.at;
  let count = 0;
  let run = 0;
  let weight = 1;
  for (let group = 0; group < selectors.length; group++) {
    const code = codes[selectors[group]!]!;
    const { quick } = code;
    for (let i = 0; i < GROUP; i++) {
      const byteAt = at >>> 3;
      const word =
        ((bytes[byteAt]! << 24) |
          (bytes[byteAt + 1]! << 16) |
          (bytes[byteAt + 2]! << 8) |
          bytes[byteAt + 3]!) <<
        (at & 7);
      let found = quick[word >>> (32 - QUICK)]!;
      if (found === 0) found = longSymbol(code, word >>> (32 - LONGEST_CODE));
      at += found & 31;
      if (at > inputEnd) throw short;
      const symbol = found >> 5;
      if (symbol <= 1) {
        run += weight << symbol;
        weight <<= 1;
        if (run > room) throw corrupt("a run longer than a block");
        continue;
      }
      if (run > 0) {
        if (count + run > room) throw corrupt("a block longer than its level allows");
        table.fill(alphabet[0]!, count, count + run);
        count += run;
        run = 0;
        weight = 1;
      }
      if (symbol === end) {
        bits.at = at;
        return count;
      }
      if (count === room) throw corrupt("a block longer than its level allows");
      const byte = alphabet[symbol - 1]!;
      for (let j = symbol - 1; j > 0; j--) alphabet[j] = alphabet[j - 1]!;
      alphabet[0] = byte;
      table[count++] = byte;
    }
  }
  throw corrupt("a block without an end");
}

/** Links the bytes of a block in the order of the text: byte `i` has its successor in `table[i] >> 8`. */
function link(table: Int32Array, count: number): void {
  const starts = new Int32Array(256);
  for (let i = 0; i < count; i++) starts[table[i]! & 255]!++;
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const n = starts[byte]!;
    starts[byte] = sum;
    sum += n;
  }
  for (let i = 0; i < count; i++) table[starts[table[i]! & 255]!++]! |= i << 8;
}

let crcTable: Int32Array | undefined;

/** CRC-32, highest bit first. */
function crcOf(bytes: Uint8Array, before: number): number {
  crcTable ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    return crc;
  });
  let crc = before;
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ bytes[i]!]!;
  return crc;
}

/** A decoder of a bzip2 file from its start; several streams one after the other are one file. */
export function bzip2Decoder(): StreamDecoder {
  const bits: Bits = { bytes: new Uint8Array(PAD), end: 0, at: 0 };
  const out = new Uint8Array(PIECE + 256);
  let table: Int32Array<ArrayBuffer> = new Int32Array(0);
  let last = false;
  let done = false;
  /** A block is tried again when the input has grown to so many bytes. */
  let enough = 0;
  let inStream = false;
  let streams = 0;
  let streamCrc = 0;
  /** The present block: bytes that were not taken yet, where the next one is, the CRC told and the CRC so far. */
  let left = 0;
  let place = 0;
  let blockCrc = 0;
  let crc = 0;
  /** How often the last byte occurred in a row. */
  let repeated = 0;
  let byte = -1;

  function startStream(): void {
    const rest = bits.end * 8 - bits.at;
    if (streams > 0 && (rest >= 24 || last) && (rest < 32 || take(bits, 24) !== 0x425a68)) {
      if (rest < 32 && !last) throw short;
      done = true;
      return;
    }
    if (streams === 0 && take(bits, 24) !== 0x425a68) throw corrupt("it does not start with BZh");
    const level = take(bits, 8) - 0x30;
    if (level < 1 || level > 9) throw corrupt("its block size");
    if (table.length !== level * 100_000) table = new Int32Array(level * 100_000);
    streamCrc = 0;
    inStream = true;
    streams++;
  }

  function startBlock(): void {
    const magic = take48(bits);
    const told = take32(bits) | 0;
    if (magic === END) {
      if (told !== streamCrc) throw corrupt("its CRC does not match");
      bits.at = Math.ceil(bits.at / 8) * 8;
      inStream = false;
      return;
    }
    if (magic !== BLOCK) throw corrupt("a block that does not start like one");
    if (take(bits, 1) === 1)
      throw new FitsError("UNSUPPORTED", "a randomized bzip2 block, as bzip2 wrote before 1997");
    const origin = take(bits, 24);
    const count = readSymbols(bits, table);
    if (origin >= count) throw corrupt("a block that starts beyond its end");
    link(table, count);
    place = table[origin]! >> 8;
    left = count;
    blockCrc = told;
    crc = -1;
    repeated = 0;
    byte = -1;
  }

  /** Undoes the first step of the compressor: after four equal bytes comes how many more there are. */
  function expand(): number {
    const links = table;
    let end = 0;
    let at = place;
    let rest = left;
    let same = repeated;
    let before = byte;
    while (rest > 0 && end < PIECE) {
      const entry = links[at]!;
      at = entry >> 8;
      rest--;
      const next = entry & 255;
      if (same === 4) {
        out.fill(before, end, end + next);
        end += next;
        same = 0;
        before = -1;
        continue;
      }
      same = next === before ? same + 1 : 1;
      before = next;
      out[end++] = next;
    }
    [place, left, repeated, byte] = [at, rest, same, before];
    crc = crcOf(out.subarray(0, end), crc);
    if (left === 0) {
      if (~crc !== blockCrc) throw corrupt("the CRC of a block does not match");
      streamCrc = ((streamCrc << 1) | (streamCrc >>> 31)) ^ blockCrc;
    }
    return end;
  }

  return {
    feed(bytes, isLast) {
      const used = bits.at >>> 3;
      const kept = bits.end - used;
      const joined = new Uint8Array(kept + bytes.length + PAD);
      joined.set(bits.bytes.subarray(used, bits.end));
      joined.set(bytes, kept);
      bits.bytes = joined;
      bits.end = kept + bytes.length;
      bits.at &= 7;
      last = isLast;
    },
    read() {
      while (left === 0 && !done) {
        if (bits.end < enough && !last) return undefined;
        const at = bits.at;
        try {
          if (inStream) startBlock();
          else startStream();
        } catch (error) {
          if (error !== short) throw error;
          bits.at = at;
          enough = Math.ceil((bits.end - (at >>> 3)) * 1.5);
          return undefined;
        }
        enough = 0;
      }
      return left > 0 ? out.subarray(0, expand()) : undefined;
    },
    get done() {
      return done && left === 0;
    },
  };
}
