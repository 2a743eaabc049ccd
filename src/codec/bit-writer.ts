/**
 * Bits into bytes, highest first: the output of the encoders.
 */

/** A growing byte array with a place in its last byte. */
export class BitWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private length = 0;
  /** Bits not yet written, the low `pending` of them, fewer than 8. */
  private buffer = 0;
  private pending = 0;

  /** @param likely bytes that will probably be written */
  constructor(likely: number) {
    this.bytes = new Uint8Array(Math.max(64, likely));
  }

  /** Writes the low `count` bits of `value`, 0 to 24 of them. */
  put(value: number, count: number): void {
    if (this.length + 4 > this.bytes.length) this.grow(4);
    let buffer = (this.buffer << count) | (value & ((1 << count) - 1));
    let pending = this.pending + count;
    while (pending >= 8) {
      pending -= 8;
      this.bytes[this.length++] = buffer >>> pending;
    }
    buffer &= (1 << pending) - 1;
    this.buffer = buffer;
    this.pending = pending;
  }

  /** Writes the low `count` bits of `value`, up to 32. */
  putWide(value: number, count: number): void {
    if (count > 16) this.put(value >>> 16, count - 16);
    this.put(value & 0xffff, Math.min(count, 16));
  }

  /** Writes `count` zeros, any number of them, and a one. */
  putUnary(count: number): void {
    let zeros = count;
    for (; zeros > 23; zeros -= 24) this.put(0, 24);
    this.put(1, zeros + 1);
  }

  /** Writes the first `count` values as RICE_1 does: the bits above the low ones as so many zeros and a one, then the low ones. */
  putRice(values: Uint32Array, count: number, low: number): void {
    const mask = (1 << low) - 1;
    for (let i = 0; i < count; ) {
      i = this.putShort(values, i, count, low);
      if (i === count) return;
      this.putUnary(values[i]! >>> low);
      this.put(values[i++]! & mask, low);
    }
  }

  /** The values from `start` on that take up to 24 bits each, as nearly all do. @returns where it stopped */
  private putShort(values: Uint32Array, start: number, stop: number, low: number): number {
    const most = 3 * (stop - start) + 1;
    if (this.length + most > this.bytes.length) this.grow(most);
    const { bytes } = this;
    const one = 1 << low;
    let { buffer, pending, length } = this;
    let i = start;
    for (; i < stop; i++) {
      const value = values[i]!;
      const bits = (value >>> low) + low + 1;
      if (bits > 24) break;
      // Bits above the pending ones fall off in the end.
      buffer = (buffer << bits) | one | (value & (one - 1));
      pending += bits;
      while (pending >= 8) {
        pending -= 8;
        bytes[length++] = buffer >>> pending;
      }
    }
    this.buffer = buffer & ((1 << pending) - 1);
    this.pending = pending;
    this.length = length;
    return i;
  }

  /** Fills the last byte with zeros. */
  align(): void {
    if (this.pending > 0) this.put(0, 8 - this.pending);
  }

  /** What was written, the last byte filled with zeros. */
  finish(): Uint8Array<ArrayBuffer> {
    this.align();
    return this.bytes.slice(0, this.length);
  }

  private grow(more: number): void {
    const bytes = new Uint8Array(2 * this.bytes.length + more);
    bytes.set(this.bytes);
    this.bytes = bytes;
  }
}
