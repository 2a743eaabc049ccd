import * as zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/codec/crc32.js";
import { gunzip, gzipDecoder } from "../../src/codec/gunzip.js";
import { inflate } from "../../src/codec/inflate.js";
import type { Checkpoint, StreamDecoder } from "../../src/codec/stream.js";
import { FitsError } from "../../src/errors.js";
import { kinds, noise, readAll } from "./streams.js";

const strategies = [
  zlib.constants.Z_DEFAULT_STRATEGY,
  zlib.constants.Z_FILTERED,
  zlib.constants.Z_HUFFMAN_ONLY,
  zlib.constants.Z_RLE,
  zlib.constants.Z_FIXED,
];

/** Decodes in chunks of the given sizes, again and again. */
function inChunks(decoder: StreamDecoder, bytes: Uint8Array, sizes: readonly number[]): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; ; i++) {
    const n = sizes[i % sizes.length]!;
    decoder.feed(bytes.subarray(at, at + n), at + n >= bytes.length);
    pieces.push(...readAll(decoder));
    at += n;
    if (at >= bytes.length) return Buffer.concat(pieces);
  }
}

/** A gzip member with the header fields of RFC 1952 that zlib does not write. */
function member(data: Uint8Array, flags: number): Buffer {
  const head = [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
  if (flags & 4) head.push(5, 0, 1, 2, 3, 0, 4);
  if (flags & 8) head.push(...Buffer.from("name.fits\0"));
  if (flags & 16) head.push(...Buffer.from("a comment\0"));
  if (flags & 2) {
    const crc = crc32(Uint8Array.from(head));
    head.push(crc & 255, (crc >> 8) & 255);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(data), 0);
  trailer.writeUInt32LE(data.length, 4);
  return Buffer.concat([Uint8Array.from(head), zlib.deflateRawSync(data), trailer]);
}

describe("CRC-32", () => {
  test("is what gzip stores, in one go or in parts", () => {
    expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
    const data = noise(1001, 255);
    for (const cut of [0, 1, 7, 8, 500]) {
      expect(crc32(data.subarray(cut), crc32(data.subarray(0, cut)))).toBe(crc32(data));
    }
  });
});

describe("DEFLATE", () => {
  for (const [name, data] of Object.entries(kinds)) {
    test(`decodes ${name} at every level and strategy`, () => {
      for (let level = 0; level <= 9; level++) {
        for (const strategy of strategies) {
          const packed = zlib.deflateRawSync(data, { level, strategy, memLevel: 1 + (level % 9) });
          expect(Buffer.compare(inflate(packed, data.length), data)).toBe(0);
        }
      }
    });
  }

  test("holds no more than it is allowed", () => {
    const packed = zlib.deflateRawSync(Buffer.alloc(1000));
    expect(inflate(packed, 1000).length).toBe(1000);
    for (const room of [0, 1, 741, 742, 743, 999]) {
      expect(() => inflate(packed, room)).toThrow(`it holds more than ${room} bytes`);
    }
  });

  test("refuses every truncation", () => {
    const packed = zlib.deflateRawSync(kinds["text"]!.subarray(0, 3000));
    for (let n = 0; n < packed.length; n++) {
      expect(() => inflate(packed.subarray(0, n), 3000)).toThrow(FitsError);
    }
  });

  test("random bytes end in FitsError or in bounded output", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(inflate(bytes, 5000).length).toBeLessThanOrEqual(5000);
        } catch (error) {
          expect(error).toBeInstanceOf(FitsError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("agrees with zlib on flipped bits, in what it refuses and in what it makes of the rest", () => {
    const source = zlib.deflateRawSync(Buffer.concat([noise(400, 9), kinds["text"]!.subarray(0, 1500)]));
    for (let bit = 0; bit < source.length * 8; bit++) {
      const packed = Uint8Array.from(source);
      packed[bit >> 3]! ^= 1 << (bit & 7);
      let expected: Buffer | undefined;
      try {
        expected = zlib.inflateRawSync(packed, { maxOutputLength: 4000 });
      } catch {}
      if (expected) expect(Buffer.compare(inflate(packed, 4000), expected)).toBe(0);
      else expect(() => inflate(packed, 4000)).toThrow(FitsError);
    }
  });
});

describe("gzip", () => {
  test("reads every header field", () => {
    const data = kinds["text"]!;
    for (let flags = 0; flags < 32; flags += 2) {
      expect(Buffer.compare(gunzip(member(data, flags), data.length), data)).toBe(0);
      expect(Buffer.compare(inChunks(gzipDecoder(), member(data, flags), [1]), data)).toBe(0);
    }
  });

  test("reads several members as one, and stops before zeros or garbage behind the last", () => {
    const members = Buffer.concat([zlib.gzipSync("one "), zlib.gzipSync(""), zlib.gzipSync("three")]);
    for (const tail of [[], [0], new Array(600).fill(0), [0x1f], [0x1f, 7], [65, 66, 67]]) {
      const file = Buffer.concat([members, Uint8Array.from(tail)]);
      expect(Buffer.from(gunzip(file, 100)).toString()).toBe("one three");
      for (const chunk of [1, 3, 1000]) {
        const decoder = gzipDecoder();
        expect(inChunks(decoder, file, [chunk]).toString()).toBe("one three");
        expect(decoder.done).toBe(true);
      }
    }
  });

  test("refuses wrong checksums, lengths, methods and cut-off files", () => {
    const file = zlib.gzipSync(kinds["text"]!.subarray(0, 500));
    const changed = (at: number): Uint8Array =>
      file.map((byte, i) => (i === (at + file.length) % file.length ? byte ^ 1 : byte));
    expect(() => gunzip(changed(-8), 500)).toThrow("CRC-32");
    expect(() => gunzip(changed(-1), 500)).toThrow("length");
    expect(() => gunzip(changed(0), 500)).toThrow("1f 8b");
    expect(() => gunzip(changed(2), 500)).toThrow("method");
    for (let n = 0; n < file.length; n++) expect(() => gunzip(file.subarray(0, n), 500)).toThrow(FitsError);
  });

  test("a stream that is cut off gives what it holds, no byte more, and is not done", () => {
    const data = noise(20000, 40);
    const file = zlib.gzipSync(data);
    for (let n = 0; n < file.length; n += 997) {
      const decoder = gzipDecoder();
      const got = inChunks(decoder, file.subarray(0, n), [4096]);
      expect(decoder.done).toBe(false);
      expect(Buffer.compare(got, data.subarray(0, got.length))).toBe(0);
    }
  });

  test("decodes chunks of any size like the whole", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(kinds)),
        fc.integer({ min: 0, max: 9 }),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
        (data, level, sizes) => {
          const file = zlib.gzipSync(data, { level });
          expect(Buffer.compare(inChunks(gzipDecoder(), file, sizes), data)).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("starts again at any checkpoint, and still checks the CRC", () => {
    const data = Buffer.concat([noise(300_000, 60), ...Object.values(kinds), noise(300_000, 9)]);
    const file = Buffer.concat([
      zlib.gzipSync(data.subarray(0, 400_000)),
      zlib.gzipSync(data.subarray(400_000)),
    ]);
    const decoder = gzipDecoder();
    const taken: Checkpoint[] = [];
    decoder.feed(file, true);
    for (let piece = decoder.read(); piece; piece = decoder.read()) {
      const here = decoder.checkpoint?.(0);
      if (here) taken.push(here);
    }
    expect(taken.length).toBeGreaterThan(10);
    for (const from of taken) {
      expect(from.window.length).toBeLessThanOrEqual(32768);
      const again = gzipDecoder(from);
      const rest = file.subarray(Math.floor(from.bit / 8));
      expect(Buffer.compare(inChunks(again, rest, [70_000]), data.subarray(from.offset))).toBe(0);
      expect(again.done).toBe(true);
      const wrong = gzipDecoder({ ...from, crc: from.crc ^ 1 });
      expect(() => inChunks(wrong, rest, [70_000])).toThrow("CRC-32");
    }
  });
});
