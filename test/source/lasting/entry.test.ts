import { describe, expect, test } from "vitest";
import {
  blockBytes,
  decodeEntry,
  encodeEntry,
  extentsOf,
  headBytes,
  joined,
  mostEntryBytes,
  nameOf,
  type Part,
} from "../../../src/source/lasting/entry.js";
import { noise } from "../../servers/content.js";

const name = await nameOf("one", 1);
const parts: Part[] = [
  { offset: 0, bytes: noise(10, 1) },
  { offset: 100, bytes: noise(500, 2) },
  { offset: blockBytes - 7, bytes: noise(7, 3) },
];

describe("an entry", () => {
  test("holds the parts that were put into it, and where they lie", async () => {
    const entry = await encodeEntry(name, parts);
    expect(await decodeEntry(name, entry)).toEqual(parts);
    expect(extentsOf(name, entry.subarray(0, headBytes))).toEqual(
      parts.map(({ offset, bytes }) => ({ offset, length: bytes.length })),
    );
    expect(entry.length).toBe(8 + 32 + 32 + 4 + 3 * 8 + 517);
  });

  test("of another name is none", async () => {
    const entry = await encodeEntry(name, parts);
    const other = await nameOf("one", 2);
    expect(other).toMatch(/^[0-9a-f]{64}$/);
    expect(await decodeEntry(other, entry)).toBeUndefined();
    expect(extentsOf(other, entry)).toBeUndefined();
  });

  test("with any byte changed is none", async () => {
    const entry = await encodeEntry(name, [{ offset: 3, bytes: noise(20) }]);
    for (let i = 0; i < entry.length; i++) {
      const damaged = entry.slice();
      damaged[i]! ^= 1;
      expect(await decodeEntry(name, damaged), `byte ${i}`).toBeUndefined();
    }
  });

  test("cut off anywhere, or with bytes behind it, is none", async () => {
    const entry = await encodeEntry(name, [{ offset: 3, bytes: noise(20) }]);
    for (let length = 0; length < entry.length; length++)
      expect(await decodeEntry(name, entry.slice(0, length)), `${length} bytes`).toBeUndefined();
    const longer = new Uint8Array(entry.length + 1);
    longer.set(entry);
    expect(await decodeEntry(name, longer)).toBeUndefined();
  });

  test("whose table leads out of the block, or back, has no extents", async () => {
    const entry = await encodeEntry(name, parts);
    const table = (at: number, value: number): Uint8Array => {
      const changed = entry.slice();
      new DataView(changed.buffer).setUint32(at, value, true);
      return changed;
    };
    for (const [at, value] of [
      [72, 0xffffffff],
      [72, 1025],
      [80, blockBytes + 1],
      [84, 5],
      [96, 0xffffffff],
    ] as const)
      expect(extentsOf(name, table(at, value)), `${value} at ${at}`).toBeUndefined();
  });
});

describe("parts", () => {
  test("are sorted and joined where they touch or overlap; of the same bytes the last count", () => {
    const found = joined([
      { offset: 10, bytes: new Uint8Array([1, 1, 1]) },
      { offset: 0, bytes: new Uint8Array([2, 2]) },
      { offset: 13, bytes: new Uint8Array([3]) },
      { offset: 11, bytes: new Uint8Array([4]) },
    ]);
    expect(found).toEqual([
      { offset: 0, bytes: new Uint8Array([2, 2]) },
      { offset: 10, bytes: new Uint8Array([1, 4, 1, 3]) },
    ]);
  });

  test("of a block in thousands of them are left out, the first ones first", async () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({ offset: 4 * i, bytes: new Uint8Array([i]) }));
    const found = joined(many);
    expect(found.length).toBe(750);
    expect(found.at(-1)!.offset).toBe(4 * 2999);
    expect((await encodeEntry(name, found)).length).toBeLessThan(mostEntryBytes);
  });
});
