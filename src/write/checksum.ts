/**
 * DATASUM and CHECKSUM: ones'-complement sums of an HDU's 32-bit words (FITS Standard 4.0, section 4.4.2.7 and
 * appendix J).
 */
import { checkBytes, checkStream } from "../argument.js";
import type { HeaderCard } from "./card.js";

/**
 * The ones'-complement sum of `bytes` as big-endian 32-bit words, added to `sum`. `phase` is where in its HDU the
 * first byte lies, modulo 4; words that the chunk holds in part count with zeros for the rest, so that the chunks
 * of a data unit may be cut anywhere.
 *
 * @returns an unsigned 32-bit number
 */
export function addChecksum(sum: number, bytes: Uint8Array, phase = 0): number {
  checkBytes(bytes, "the bytes");
  const head = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length);
  const words = (bytes.length - head) >>> 2;
  const tail = head + words * 4;
  let total = addBytes(sum, bytes, 0, head, phase);
  if (words > 0) total = add(total, rotate(sumWords(bytes, head, words), (phase + head) & 3));
  return addBytes(total, bytes, tail, bytes.length, (phase + tail) & 3);
}

/** 32-bit addition with end-around carry. */
function add(a: number, b: number): number {
  const total = a + b;
  return total > 0xffffffff ? total - 0xffffffff : total;
}

/** What words count for that start `phase` bytes later: a rotation, as all sums are modulo 2^32 - 1. */
function rotate(word: number, phase: number): number {
  return phase === 0 ? word : ((word >>> (8 * phase)) | (word << (32 - 8 * phase))) >>> 0;
}

function addBytes(sum: number, bytes: Uint8Array, start: number, end: number, phase: number): number {
  let total = sum;
  for (let i = start; i < end; i++) {
    const place = (phase + i - start) & 3;
    total = add(total, (bytes[i]! << (24 - 8 * place)) >>> 0);
  }
  return total;
}

const littleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** Words after which a 16-bit lane of byte sums could overflow. */
const laneRun = 256;
/** Words whose byte sums, shifted into their places, a double still holds exactly. */
const exactRun = 1 << 21;

/**
 * The sum of aligned words. Swapping each would cost more than the sum: bytes are summed by their place in the word,
 * two places to a 32-bit integer, and put into their places at the end.
 */
function sumWords(bytes: Uint8Array, start: number, count: number): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + start, count);
  let total = 0;
  for (let from = 0; from < count; from += exactRun) {
    total = add(total, sumRun(words, from, Math.min(count, from + exactRun)));
  }
  return total;
}

function sumRun(words: Uint32Array, from: number, to: number): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let i = from; i < to; ) {
    const stop = Math.min(to, i + laneRun);
    let even = 0;
    let odd = 0;
    for (; i + 3 < stop; i += 4) {
      const a = words[i]!;
      const b = words[i + 1]!;
      const c = words[i + 2]!;
      const d = words[i + 3]!;
      even += (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff);
      odd +=
        ((a >>> 8) & 0xff00ff) + ((b >>> 8) & 0xff00ff) + ((c >>> 8) & 0xff00ff) + ((d >>> 8) & 0xff00ff);
    }
    for (; i < stop; i++) {
      const word = words[i]!;
      even += word & 0xff00ff;
      odd += (word >>> 8) & 0xff00ff;
    }
    first += even & 0xffff;
    second += odd & 0xffff;
    third += even >>> 16;
    fourth += odd >>> 16;
  }
  // Lowest byte of the host's word first: on a little-endian host that is the first in memory.
  return littleEndianHost
    ? fold(first * 2 ** 24 + second * 2 ** 16 + third * 2 ** 8 + fourth)
    : fold(fourth * 2 ** 24 + third * 2 ** 16 + second * 2 ** 8 + first);
}

function fold(value: number): number {
  let folded = value;
  while (folded > 0xffffffff) folded = (folded % 0x100000000) + Math.floor(folded / 0x100000000);
  return folded;
}

/**
 * The complement of an HDU's sum as 16 letters and digits (appendix J.2): in the place of CHECKSUM's zeros it makes
 * the whole HDU add up to -0.
 */
export function encodeChecksum(sum: number): string {
  const value = ~sum >>> 0;
  const text = new Array<string>(16);
  for (let i = 0; i < 4; i++) {
    for (const [j, code] of spread((value >>> (24 - 8 * i)) & 0xff).entries()) {
      // The value of CHECKSUM starts at column 12, one byte past a word: everything moves on by one.
      text[(4 * j + i + 1) % 16] = String.fromCharCode(code);
    }
  }
  return text.join("");
}

/** Four letters or digits whose codes, less that of "0", add up to `byte`. */
function spread(byte: number): number[] {
  const quarter = (byte >>> 2) + 0x30;
  const codes = [quarter + (byte & 3), quarter, quarter, quarter];
  while (codes.some(isPunctuation)) {
    for (let pair = 0; pair < 4; pair += 2) {
      if (!isPunctuation(codes[pair]!) && !isPunctuation(codes[pair + 1]!)) continue;
      codes[pair]!++;
      codes[pair + 1]!--;
    }
  }
  return codes;
}

function isPunctuation(code: number): boolean {
  return (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61);
}

/** The two cards, CHECKSUM still zero: they go into the header before it is summed. */
export function checksumCards(datasum: number, checksum: string = "0".repeat(16)): HeaderCard[] {
  return [
    { keyword: "CHECKSUM", value: checksum, comment: "HDU checksum" },
    { keyword: "DATASUM", value: String(datasum), comment: "data unit checksum" },
  ];
}

/** What the checksums of an HDU say. `undefined` where the header has no such card. */
export interface ChecksumVerdict {
  readonly datasum?: boolean;
  readonly checksum?: boolean;
}

/**
 * Whether an HDU's DATASUM and CHECKSUM agree with its bytes.
 *
 * @param header the header's bytes, padding included
 * @param data the data unit's bytes, padding included, cut into chunks anywhere
 */
export async function verifyChecksum(
  header: Uint8Array,
  data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<ChecksumVerdict> {
  checkBytes(header, "a header");
  checkStream(data, "the data");
  let sum = 0;
  let length = 0;
  for await (const chunk of data) {
    sum = addChecksum(sum, chunk, length % 4);
    length += chunk.length;
  }
  return verdictOf(header, sum);
}

/** `verifyChecksum` of data whose sum is known. */
export function verdictOf(header: Uint8Array, sum: number): ChecksumVerdict {
  const datasum = stringValue(header, "DATASUM");
  const checksum = stringValue(header, "CHECKSUM");
  const all = addChecksum(sum, header);
  return {
    // "0" and "4294967295" are both zero in ones' complement.
    ...(datasum === undefined ? {} : { datasum: Number(datasum) % 0xffffffff === sum % 0xffffffff }),
    ...(checksum === undefined ? {} : { checksum: all % 0xffffffff === 0 }),
  };
}

/** The quoted value of a card, undefined where there is none or where it is empty (which means unknown). */
function stringValue(header: Uint8Array, keyword: string): string | undefined {
  for (let at = 0; at + 80 <= header.length; at += 80) {
    const card = String.fromCharCode(...header.subarray(at, at + 80));
    if (!card.startsWith(`${keyword.padEnd(8)}= `)) continue;
    const value = /^\s*'([^']*)'/.exec(card.slice(10))?.[1]?.trim();
    return value === "" ? undefined : value;
  }
  return undefined;
}
