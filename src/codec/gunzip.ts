/**
 * gzip files (RFC 1952): members one after the other, each a header, a DEFLATE stream, its CRC-32 and length.
 *
 * `gunzip` for bytes that are all there; `gzipDecoder` for a stream that comes in chunks, and that may be begun at a
 * checkpoint. Zeros or anything else that is no member behind the last member is ignored, as gzip(1) does.
 */
import { FitsError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { Inflater, outputFor, SLACK, WINDOW } from "./inflate.js";
import type { Checkpoint, StreamDecoder } from "./stream.js";

/** Output of one `read` at most. */
const PIECE = 1 << 18;
/** A longer header of a member (headers hold names and comments) counts as garbage. */
const LONGEST_HEADER = 1 << 18;

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

function corrupt(what: string): FitsError {
  return new FitsError("BAD_DATA", `corrupt gzip data: ${what}`);
}

/** The members of a gzip stream over an Inflater. */
class Gunzip {
  readonly inflater: Inflater;
  done = false;
  /** CRC-32 and length of the present member's output so far. */
  crc = 0;
  length = 0;
  /** The next part of the input. */
  private part: "header" | "data" | "trailer" = "header";
  private first = true;

  constructor(inflater: Inflater, from?: Checkpoint) {
    this.inflater = inflater;
    if (!from) return;
    this.part = "data";
    this.first = false;
    this.crc = from.crc;
    this.length = from.length;
  }

  /** Decodes until `limit` of output or the end of a block. False where there is no new output. */
  run(limit: number): boolean {
    const { inflater } = this;
    const from = inflater.op;
    while (!this.done && inflater.op === from && this.step(limit));
    const made = inflater.out.subarray(from, inflater.op);
    this.crc = crc32(made, this.crc);
    this.length = (this.length + made.length) >>> 0;
    return made.length > 0;
  }

  /** Goes on from the end of a member to the first block of the next one, as far as the input goes. */
  settle(): void {
    while (!this.done && (this.part !== "data" || this.inflater.state === "end") && this.step(0));
  }

  /** Whether the decoder stands before a block, or behind a member's header. */
  get atBlock(): boolean {
    return this.part === "data" && this.inflater.state === "head";
  }

  private step(limit: number): boolean {
    if (this.part === "header") return this.readHeader();
    if (this.part === "trailer") return this.readTrailer();
    const on = this.inflater.run(limit);
    if (this.inflater.state !== "end") return on;
    this.part = "trailer";
    return true;
  }

  private readHeader(): boolean {
    const { inflater, first } = this;
    const { input, end } = inflater;
    const start = inflater.byte;
    if (!first && !startsMember(inflater, start)) return this.finish();
    const header = headerLength(input, start, end);
    if (header === undefined) {
      if (end - start > LONGEST_HEADER) throw corrupt("a member's header without an end");
      return false;
    }
    this.first = false;
    this.part = "data";
    this.crc = 0;
    this.length = 0;
    inflater.restart(start + header);
    return true;
  }

  private finish(): boolean {
    this.done = true;
    return false;
  }

  private readTrailer(): boolean {
    const { inflater } = this;
    const at = inflater.byte;
    if (inflater.end < at + 8) return false;
    const view = new DataView(inflater.input.buffer, at, 8);
    if (view.getUint32(0, true) !== this.crc) throw corrupt("its CRC-32 does not match");
    if (view.getUint32(4, true) !== this.length) throw corrupt("its length does not match");
    inflater.restart(at + 8);
    this.part = "header";
    return true;
  }
}

/** Whether another member may follow at `start`, as far as the input so far tells. */
function startsMember({ input, end, last }: Inflater, start: number): boolean {
  if (end < start + 2 && last) return false;
  return (end === start || input[start] === 0x1f) && (end < start + 2 || input[start + 1] === 0x8b);
}

/** The length of the member's header at `start`; undefined while part of the header is missing. */
function headerLength(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end < start + 10) return undefined;
  if (bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b) throw corrupt("it does not start with 1f 8b");
  if (bytes[start + 2] !== 8) throw corrupt(`compression method ${bytes[start + 2]}, which nobody defined`);
  const flags = bytes[start + 3]!;
  if (flags & 0xe0) throw corrupt("header flags that nobody defined");
  let at = start + 10;
  if (flags & FEXTRA) at += 2 + (bytes[at]! | (bytes[at + 1]! << 8));
  for (const flag of [FNAME, FCOMMENT]) {
    if (!(flags & flag)) continue;
    if (at >= end) return undefined;
    at = bytes.indexOf(0, at) + 1;
    if (at === 0) return undefined;
  }
  if (flags & FHCRC) {
    if (at + 2 <= end) {
      const stored = bytes[at]! | (bytes[at + 1]! << 8);
      if ((crc32(bytes.subarray(start, at)) & 0xffff) !== stored)
        throw corrupt("the CRC of a member's header");
    }
    at += 2;
  }
  return at <= end ? at - start : undefined;
}

/**
 * The output of a whole gzip file, all its members. Allocates `maxLength` bytes at once. Throws BAD_DATA when the file is
 * corrupt, cut off, or holds more than `maxLength` bytes.
 */
export function gunzip(bytes: Uint8Array, maxLength: number): Uint8Array<ArrayBuffer> {
  const inflater = new Inflater(outputFor(maxLength));
  const members = new Gunzip(inflater);
  inflater.feed(bytes, true);
  while (inflater.op <= maxLength && members.run(maxLength + 1));
  if (inflater.op > maxLength) throw corrupt(`it holds more than ${maxLength} bytes`);
  if (!members.done) throw corrupt("it ends too early");
  return inflater.out.subarray(0, inflater.op);
}

/** So many bytes of input are copied at a time. */
const FEED = 1 << 20;

/**
 * The output of a gzip file piece by piece, each good until the next is asked for: for readers that stop early, or that
 * cannot hold the whole. Throws BAD_DATA when the file is corrupt or cut off, as far as it was decoded.
 */
export function* gunzipPieces(bytes: Uint8Array): Generator<Uint8Array, void, void> {
  const decoder = gzipDecoder();
  let fed = 0;
  while (!decoder.done) {
    const piece = decoder.read();
    if (piece) yield piece;
    else if (decoder.done) return;
    else if (fed > 0 && fed >= bytes.length) throw corrupt("it ends too early");
    else {
      const end = Math.min(bytes.length, fed + FEED);
      decoder.feed(bytes.subarray(fed, end), end === bytes.length);
      fed = Math.max(end, 1);
    }
  }
}

/**
 * A decoder of a gzip file from its start, or from a checkpoint: then the first byte fed must be the one that holds
 * bit `from.bit`. The CRC and length of the member are checked in either case.
 */
export function gzipDecoder(from?: Checkpoint): StreamDecoder {
  const inflater = new Inflater(new Uint8Array(WINDOW + PIECE + SLACK), from?.bit);
  const window = from?.window ?? new Uint8Array(0);
  inflater.op = WINDOW;
  inflater.low = WINDOW - window.length;
  inflater.out.set(window, inflater.low);
  const members = new Gunzip(inflater, from);
  let offset = from?.offset ?? 0;
  return {
    feed: (bytes, last) => inflater.feed(bytes, last),
    read() {
      if (inflater.op >= WINDOW + PIECE) slide(inflater);
      const start = inflater.op;
      if (!members.run(WINDOW + PIECE)) return undefined;
      offset += inflater.op - start;
      return inflater.out.subarray(start, inflater.op);
    },
    get done() {
      return members.done;
    },
    checkpoint(minimumBit) {
      // A short member has one block: the next place to start is behind the next header.
      members.settle();
      const { out, op, low, bit } = inflater;
      if (!members.atBlock || bit < minimumBit) return undefined;
      return {
        bit,
        offset,
        window: out.slice(Math.max(low, op - WINDOW), op),
        crc: members.crc,
        length: members.length,
      };
    },
  };
}

/** Moves the window to the front of the output buffer. */
function slide(inflater: Inflater): void {
  const shift = inflater.op - WINDOW;
  inflater.out.copyWithin(0, shift, inflater.op);
  inflater.op = WINDOW;
  inflater.low = Math.max(0, inflater.low - shift);
}
