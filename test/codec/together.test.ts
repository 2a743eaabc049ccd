import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadGzip1, loadGzip2 } from "../../src/codec/gzip.js";

/** Cells that lie one behind the other in the same memory. */
function sideBySide(cells: readonly Uint8Array[]): Uint8Array[] {
  const memory = new Uint8Array(cells.reduce((sum, { length }) => sum + length, 5));
  let at = 5;
  return cells.map((cell) => {
    memory.set(cell, at);
    return memory.subarray(at, (at += cell.length));
  });
}

const params = (pixels: number) => ({ dtype: "int16", shape: [pixels] }) as const;
const bigEndian = (values: readonly number[], width: number): Buffer => {
  const bytes = Buffer.alloc(values.length * width);
  for (const [i, value] of values.entries()) bytes.writeIntBE(value, i * width, width);
  return bytes;
};

describe("gzip cells that are inflated together", () => {
  it("hold what they hold one by one, whatever their length and width", async () => {
    const decode = await loadGzip1();
    const cell = fc.record({
      values: fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 50 }),
      width: fc.constantFrom(2, 4),
    });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 6 }), (cells) => {
        const packed = sideBySide(cells.map(({ values, width }) => gzipSync(bigEndian(values, width))));
        const together = decode.together!(packed)!;
        for (const [i, { values }] of cells.entries()) {
          expect([...together(packed[i]!, params(values.length))]).toEqual(values);
        }
      }),
    );
  });

  it("are told as elements, one behind the other, shuffled or not", async () => {
    const plain = sideBySide([gzipSync(bigEndian([1, -2], 2)), gzipSync(bigEndian([300], 2))]);
    const shuffled = sideBySide([gzipSync(Buffer.of(0, 255, 1, 254)), gzipSync(Buffer.of(1, 44))]);
    for (const [decode, cells] of [
      [await loadGzip1(), plain],
      [await loadGzip2(), shuffled],
    ] as const) {
      const { elements } = decode.together!(cells)!;
      expect(elements?.lengths).toEqual([4, 2]);
      expect([...new Int16Array(elements!.native(2).slice().buffer)]).toEqual([1, -2, 300]);
    }
  });

  it("are inflated by other threads to the same", async () => {
    const cells = sideBySide([gzipSync(bigEndian([1, 2], 2)), gzipSync(bigEndian([3, 4], 2))]);
    const decode = await loadGzip1();
    const known = (await decode.away!(cells))!;
    expect([...known(cells[1]!, params(2)), ...known(cells[0]!, params(2))]).toEqual([3, 4, 1, 2]);
    cells[1]![12]! ^= 0xff;
    expect(await decode.away!(cells)).toBeUndefined();
  });

  it("are left to be inflated one by one when one of them is damaged or two", async () => {
    const decode = await loadGzip1();
    const [first, second] = [gzipSync(bigEndian([1, 2], 2)), gzipSync(bigEndian([3, 4], 2))];
    const damaged = Buffer.from(second);
    damaged.writeUInt8(damaged[12]! ^ 0xff, 12);
    expect(decode.together!(sideBySide([first, damaged]))).toBeUndefined();
    expect(decode.together!(sideBySide([Buffer.concat([first, second]), first]))).toBeUndefined();
    expect(decode.together!(sideBySide([first, Buffer.alloc(20, 7)]))).toBeUndefined();
    expect(decode.together!(sideBySide([first, Buffer.alloc(3)]))).toBeUndefined();
  });

  it("claim no more memory than a batch is worth", async () => {
    const decode = await loadGzip1();
    const lying = Buffer.from(gzipSync(bigEndian([1, 2], 2)));
    lying.writeUInt32LE(0xffffffff, lying.length - 4);
    expect(decode.together!(sideBySide([lying, lying]))).toBeUndefined();
  });

  it("does nothing to a cell that it does not know", async () => {
    const decode = await loadGzip1();
    const cells = sideBySide([gzipSync(bigEndian([1, 2], 2)), gzipSync(bigEndian([3, 4], 2))]);
    const other = sideBySide([Buffer.alloc(64), gzipSync(bigEndian([5, 6], 2))])[1]!;
    expect([...decode.together!(cells)!(other, params(2))]).toEqual([5, 6]);
  });
});
