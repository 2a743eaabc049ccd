/**
 * Validity bitmaps in Arrow's form: bit i (least significant first) is 1 where value i is not null.
 */

/** A bitmap for `length` values, all of them valid. */
function allValid(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.ceil(length / 8)).fill(0xff);
}

export function isValid(bitmap: Uint8Array, i: number): boolean {
  return (bitmap[i >> 3]! & (1 << (i & 7))) !== 0;
}

export function setNull(bitmap: Uint8Array, i: number): void {
  bitmap[i >> 3]! &= ~(1 << (i & 7));
}

/** Collects nulls; has no bitmap until the first one. */
export class Nulls {
  readonly length: number;
  count = 0;
  bitmap: Uint8Array<ArrayBuffer> | undefined;

  constructor(length: number) {
    this.length = length;
  }

  /** Value `i` is null. To be told once for each. */
  add(i: number): void {
    this.bitmap ??= allValid(this.length);
    setNull(this.bitmap, i);
    this.count++;
  }
}
