/**
 * DEFLATE (RFC 1951): the decoder proper, and `inflate` for bytes that are all there.
 *
 * The decoder can be stopped and fed at any place, tells where blocks start, and starts at any block when given the 32 KiB
 * of output before. Bits are kept in one integer; symbols are looked up eleven bits at a time, without allocation.
 */
import { FitsError } from "../errors.js";
import {
  buildTable,
  DISTANCE_BITS,
  DISTANCE_SIZE,
  distanceEntries,
  END_OF_BLOCK,
  INVALID,
  LITERAL,
  LITERAL_BITS,
  LITERAL_SIZE,
  lengthEntries,
  literalEntries,
  pairLiterals,
  SECOND,
} from "./huffman.js";

/** How far back a match may reach. */
export const WINDOW = 32768;
/** Room that the output needs behind the place where a decoder is to stop: a match may run past that place. */
export const SLACK = 260;

/** Zeros behind the input, so that reading a word at a time needs no check. */
const PAD = 32;
/** More bytes than the head of any block takes: 17 + 19 * 3 + 316 * 14 bits. */
const BLOCK_HEAD = 580;

/** In which order the lengths of the code length code stand (RFC 1951, section 3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const scratchLengths = new Uint8Array(320);
const scratchTable = new Int32Array(128);

type State = "head" | "stored" | "codes" | "end";

function corrupt(what: string): FitsError {
  return new FitsError("BAD_DATA", `corrupt DEFLATE data: ${what}`);
}

/**
 * One DEFLATE stream. `run` decodes to `out` at `op` until `limit` is reached, a block ends or input is wanting; the
 * owner of `out` may move the window and `op` between two runs.
 */
export class Inflater {
  out: Uint8Array<ArrayBuffer>;
  /** Where the next byte of output goes, and the first place that matches may refer to. */
  op = 0;
  low = 0;
  state: State = "head";

  /** The unused input with PAD zeros behind; `base` is the offset of its first byte in the compressed whole. */
  input: Uint8Array<ArrayBuffer> = new Uint8Array(PAD);
  private view: DataView = new DataView(this.input.buffer);
  private base = 0;
  /** The end of the input, and whether no more input follows. */
  end = 0;
  last = false;
  /** The next byte to load, and the loaded bits: the lowest `bits` count, higher bits may be loaded already. */
  private ip = 0;
  private hold = 0;
  private bits = 0;

  private final = false;
  private storedLeft = 0;
  private fixed = false;
  private readonly literals: Int32Array = new Int32Array(LITERAL_SIZE);
  private readonly distances: Int32Array = new Int32Array(DISTANCE_SIZE);

  /** @param bit where in the compressed whole decoding starts; the first byte fed must be byte `floor(bit / 8)` */
  constructor(out: Uint8Array<ArrayBuffer>, bit = 0) {
    this.out = out;
    this.base = Math.floor(bit / 8);
    this.skipped = bit % 8;
  }
  /** Bits of the first byte fed that come before the start. */
  private skipped: number;

  /** Bits of the compressed whole that were used up. */
  get bit(): number {
    return this.base * 8 + this.position;
  }

  /** Bits of `input` that were used up. */
  private get position(): number {
    return this.ip * 8 - this.bits + this.skipped;
  }

  /** The first byte of `input` of which nothing was used up. */
  get byte(): number {
    return Math.ceil(this.position / 8);
  }

  feed(bytes: Uint8Array, last: boolean): void {
    const bit = this.position;
    const from = Math.min(bit >> 3, this.end);
    const kept = this.end - from;
    const input = new Uint8Array(kept + bytes.length + PAD);
    input.set(this.input.subarray(from, this.end));
    input.set(bytes, kept);
    this.input = input;
    this.view = new DataView(input.buffer);
    this.base += from;
    this.end = kept + bytes.length;
    this.last = last;
    this.seek(bit - 8 * from);
  }

  /** Goes on at this bit of `input`. */
  private seek(bit: number): void {
    this.ip = bit >> 3;
    this.hold = 0;
    this.bits = 0;
    this.skipped = bit & 7;
    if (this.skipped > 0 && this.ip < this.end) {
      this.hold = this.input[this.ip++]! >> this.skipped;
      this.bits = 8 - this.skipped;
      this.skipped = 0;
    }
  }

  /** Goes on at this byte of `input` with another stream, which cannot refer to the output before. */
  restart(byte: number): void {
    this.seek(byte * 8);
    this.low = this.op;
    this.final = false;
    this.state = "head";
  }

  /** Decodes on; false when nothing more can be done without input (or the stream has ended). */
  run(limit: number): boolean {
    switch (this.state) {
      case "head":
        return this.readHead();
      case "stored":
        return this.copyStored(limit);
      case "codes":
        return this.decode(limit);
      case "end":
        return false;
    }
  }

  private readHead(): boolean {
    const short = this.end - (this.position >> 3) < BLOCK_HEAD;
    if (short && !this.last) return false;
    const before = this.position;
    try {
      this.startBlock();
      if (this.position <= this.end * 8) return true;
    } catch (error) {
      if (this.position <= this.end * 8) throw error;
    }
    this.state = "head"; // the input is cut off within the head: what was read of the zeros behind the input is void
    this.seek(before);
    return false;
  }

  private startBlock(): void {
    this.final = this.take(1) === 1;
    const type = this.take(2);
    if (type === 0) this.startStored();
    else if (type === 1) this.startFixed();
    else if (type === 2) this.startDynamic();
    else throw corrupt("a block of no known type");
  }

  /** The next `count` bits, at most 16. */
  private take(count: number): number {
    if (this.bits < count) this.refill();
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.bits -= count;
    return value;
  }

  private refill(): void {
    if (this.ip > this.end + PAD - 4) throw corrupt("it stops within the head of a block");
    this.hold |= this.view.getInt32(this.ip, true) << this.bits;
    this.ip += (31 - this.bits) >> 3;
    this.bits |= 24;
  }

  private startStored(): void {
    this.seek(this.byte * 8);
    const length = this.input[this.ip]! | (this.input[this.ip + 1]! << 8);
    const inverse = this.input[this.ip + 2]! | (this.input[this.ip + 3]! << 8);
    this.ip += 4;
    if (this.ip <= this.end && (length ^ inverse) !== 0xffff) throw corrupt("the length of a stored block");
    this.storedLeft = length;
    this.state = "stored";
  }

  private copyStored(limit: number): boolean {
    const n = Math.min(this.storedLeft, this.end - this.ip, limit - this.op);
    this.out.set(this.input.subarray(this.ip, this.ip + n), this.op);
    this.ip += n;
    this.op += n;
    this.storedLeft -= n;
    if (this.storedLeft === 0) this.endBlock();
    return this.storedLeft === 0 || this.op >= limit;
  }

  private endBlock(): void {
    this.state = this.final ? "end" : "head";
  }

  private startFixed(): void {
    this.state = "codes";
    if (this.fixed) return;
    const lengths = scratchLengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288);
    buildTable(this.literals, LITERAL_BITS, literalEntries, lengths, 288);
    pairLiterals(this.literals);
    buildTable(this.distances, DISTANCE_BITS, distanceEntries, lengths.fill(5, 0, 32), 32);
    this.fixed = true;
  }

  private startDynamic(): void {
    this.state = "codes";
    this.fixed = false;
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const count = this.take(4) + 4;
    if (literals > 286 || distances > 30) throw corrupt("too many symbols in a Huffman code");
    const lengths = scratchLengths.fill(0);
    for (let i = 0; i < count; i++) lengths[ORDER[i]!] = this.take(3);
    buildTable(scratchTable, 7, lengthEntries, lengths, 19);
    this.readLengths(lengths, literals + distances);
    if (lengths[256] === 0) throw corrupt("a block without an end");
    buildTable(this.literals, LITERAL_BITS, literalEntries, lengths, literals);
    pairLiterals(this.literals);
    buildTable(this.distances, DISTANCE_BITS, distanceEntries, lengths.subarray(literals), distances);
  }

  /** The code lengths of a dynamic block, run-length coded (RFC 1951, section 3.2.7). */
  private readLengths(lengths: Uint8Array, total: number): void {
    for (let i = 0; i < total; ) {
      if (this.bits < 7) this.refill();
      const entry = scratchTable[this.hold & 127]!;
      if (entry & INVALID) throw corrupt("a code length that has no meaning");
      this.take(entry & 255);
      const symbol = entry >> 16;
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw corrupt("a repeated code length without a first");
      const value = symbol === 16 ? lengths[i - 1]! : 0;
      const times = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + times > total) throw corrupt("too many code lengths");
      lengths.fill(value, i, i + times);
      i += times;
    }
  }

  private decode(limit: number): boolean {
    if (this.ip < this.end - 16) this.decodeTo(limit, this.end - 16);
    if (!this.last) return this.state !== "codes" || this.op >= limit;
    // The last bytes: symbol by symbol, so that the zeros behind the input are not decoded.
    while (this.state === "codes" && this.op < limit) {
      const before = this.op;
      const bit = this.position;
      this.decodeTo(limit, 0);
      if (this.position > this.end * 8) {
        this.op = before;
        this.seek(bit);
        this.state = "codes";
        return false;
      }
    }
    return true;
  }

  /** The inner loop: one symbol at least, then on until `limit` of output or `stop` of input is passed or the block ends. */
  private decodeTo(limit: number, stop: number): void {
    const { out, view, literals, distances, low } = this;
    let { ip, hold, bits, op } = this;
    const room = out.length;
    do {
      hold |= view.getInt32(ip, true) << bits;
      ip += (31 - bits) >> 3;
      bits |= 24;
      let entry = literals[hold & ((1 << LITERAL_BITS) - 1)]!;
      if (entry & LITERAL) {
        hold >>>= entry & 15;
        bits -= entry & 15;
        out[op] = entry >> 16;
        out[op + 1] = entry >> 24; // the second of a pair, or nothing that stays
        op += 1 + ((entry >> 8) & 1);
        entry = literals[hold & ((1 << LITERAL_BITS) - 1)]!;
        if (entry & LITERAL) {
          hold >>>= entry & 15;
          bits -= entry & 15;
          out[op] = entry >> 16;
          out[op + 1] = entry >> 24;
          op += 1 + ((entry >> 8) & 1);
          continue;
        }
        hold |= view.getInt32(ip, true) << bits;
        ip += (31 - bits) >> 3;
        bits |= 24;
      }
      hold >>>= entry & 15;
      bits -= entry & 15;
      if (entry & SECOND) {
        entry = literals[(entry >> 16) + (hold & ((1 << ((entry >> 8) & 15)) - 1))]!;
        hold >>>= entry & 15;
        bits -= entry & 15;
        if (entry & LITERAL) {
          out[op++] = entry >> 16;
          continue;
        }
      }
      if (entry & (END_OF_BLOCK | INVALID)) {
        if (entry & INVALID) throw corrupt("a code without a symbol");
        this.endBlock();
        break;
      }
      let extra = (entry >> 8) & 15;
      const length = (entry >> 16) + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      bits -= extra;

      hold |= view.getInt32(ip, true) << bits;
      ip += (31 - bits) >> 3;
      bits |= 24;
      entry = distances[hold & ((1 << DISTANCE_BITS) - 1)]!;
      hold >>>= entry & 15;
      bits -= entry & 15;
      if (entry & SECOND) {
        entry = distances[(entry >> 16) + (hold & ((1 << ((entry >> 8) & 15)) - 1))]!;
        hold >>>= entry & 15;
        bits -= entry & 15;
      }
      if (entry & INVALID) throw corrupt("a code without a symbol");
      extra = (entry >> 8) & 15;
      if (bits < extra) {
        hold |= view.getInt32(ip, true) << bits;
        ip += (31 - bits) >> 3;
        bits |= 24;
      }
      const distance = (entry >> 16) + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      bits -= extra;

      let from = op - distance;
      if (from < low) throw corrupt("a match that reaches back beyond the start");
      const to = op + length;
      if (to > room) throw corrupt("more output than there is room for");
      if (length > 32 && distance >= length) {
        out.copyWithin(op, from, from + length);
        op = to;
      } else if (length > 32 && distance === 1) {
        out.fill(out[from]!, op, to);
        op = to;
      } else {
        do out[op++] = out[from++]!;
        while (op < to);
      }
    } while (op < limit && ip <= stop);
    this.ip = ip;
    this.hold = hold;
    this.bits = bits;
    this.op = op;
  }
}

/** `size` bytes and the slack behind them. Throws TOO_LARGE when the machine cannot hold it. */
export function outputFor(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size + SLACK);
  } catch (cause) {
    throw new FitsError("TOO_LARGE", `cannot allocate ${size} bytes for decompressed data`, { cause });
  }
}

/**
 * The output of a bare DEFLATE stream (no zlib or gzip wrapping), which must end within `bytes`. `maxLength` bytes
 * are allocated at once. Throws BAD_DATA when the stream is corrupt, cut off, or holds more than `maxLength` bytes.
 */
export function inflate(bytes: Uint8Array, maxLength: number): Uint8Array<ArrayBuffer> {
  const inflater = new Inflater(outputFor(maxLength));
  inflater.feed(bytes, true);
  while (inflater.op <= maxLength && inflater.run(maxLength + 1));
  if (inflater.op > maxLength) throw corrupt(`it holds more than ${maxLength} bytes`);
  if (inflater.state !== "end") throw corrupt("it ends too early");
  return inflater.out.subarray(0, inflater.op);
}
