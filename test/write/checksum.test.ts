import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import { addChecksum, encodeChecksum, fitsBytes, imageHdu, verifyChecksum } from "../../src/write/index.js";

/** The sum as appendix J defines it, byte by byte. */
function slowSum(bytes: Uint8Array): number {
  let sum = 0n;
  for (const [i, byte] of bytes.entries()) sum += BigInt(byte) << BigInt(24 - 8 * (i % 4));
  while (sum > 0xffffffffn) sum = (sum & 0xffffffffn) + (sum >> 32n);
  return Number(sum);
}

describe("ones'-complement sums", () => {
  it("are the same however the bytes are cut into chunks and wherever they lie in memory", () => {
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cuts, fc.nat({ max: 3 }), (data, cuts, shift) => {
        const moved = new Uint8Array(data.length + shift).subarray(shift);
        moved.set(data);
        let sum = 0;
        let at = 0;
        for (const cut of [...cuts.map((c) => Math.min(c, data.length)).sort((a, b) => a - b), data.length]) {
          sum = addChecksum(sum, moved.subarray(at, cut), at % 4);
          at = cut;
        }
        expect(sum).toBe(slowSum(data));
      }),
    );
  });

  it("carry as they should over many words", () => {
    const bytes = new Uint8Array(9_000_000).fill(255);
    expect(addChecksum(0, bytes)).toBe(0xffffffff);
    expect(addChecksum(0, new Uint8Array(2880))).toBe(0);
  });

  it("are encoded as the Standard's example says", () => {
    // Appendix J.2: the sum 868229149 of an HDU becomes hcHjjc9ghcEghc9g.
    expect(encodeChecksum(868229149)).toBe("hcHjjc9ghcEghc9g");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (sum) => {
        const text = encodeChecksum(sum);
        expect(text).toMatch(/^[0-9A-Za-z]{16}$/);
        // Appended at column 12, the text must turn the sum (with "0000000000000000" in its place) into -0.
        const at = (t: string): number => slowSum(new TextEncoder().encode(`   ${t} `.slice(0, 20)));
        const zeros = at("0".repeat(16));
        const total = (BigInt(sum) + BigInt(at(text)) - BigInt(zeros)) % 0xffffffffn;
        expect(total).toBe(0n);
      }),
    );
  });
});

describe("verification", () => {
  const image = imageHdu({ data: ndarray(Float32Array.from({ length: 3000 }, Math.sqrt), [30, 100]) });

  it("accepts what was written, in chunks cut anywhere", async () => {
    const file = await fitsBytes([image], { checksum: true });
    const data = file.subarray(2880);
    expect(
      await verifyChecksum(file.subarray(0, 2880), [data.subarray(0, 1001), data.subarray(1001)]),
    ).toEqual({
      datasum: true,
      checksum: true,
    });
  });

  it("tells damage to the data from damage to the header, and says nothing where there are no sums", async () => {
    const file = await fitsBytes([image], { checksum: true });
    const broken = file.slice();
    broken[4000]! ^= 1;
    const verdict = await verifyChecksum(broken.subarray(0, 2880), [broken.subarray(2880)]);
    expect(verdict).toEqual({ datasum: false, checksum: false });
    const edited = file.slice();
    edited[85]! ^= 1;
    expect(await verifyChecksum(edited.subarray(0, 2880), [edited.subarray(2880)])).toEqual({
      datasum: true,
      checksum: false,
    });
    const plain = await fitsBytes([image]);
    expect(await verifyChecksum(plain.subarray(0, 2880), [plain.subarray(2880)])).toEqual({});
  });
});
