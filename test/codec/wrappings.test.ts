/**
 * The other ways to compress a whole file: .Z, .bz2, .zst, held against the tools that make them, where they are.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bzip2Decoder } from "../../src/codec/bzip2.js";
import { lzwDecoder } from "../../src/codec/lzw.js";
import type { StreamDecoder } from "../../src/codec/stream.js";
import { loadChecksums, zstdDecoder } from "../../src/codec/zstd.js";
import { FitsError } from "../../src/errors.js";
import { kinds, noise, readAll } from "./streams.js";

const fixture = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../fixtures/compressed/${name}`, import.meta.url)));
const has = (tool: string): boolean => spawnSync(tool, ["--version"], { input: "" }).error === undefined;

function decode(decoder: StreamDecoder, bytes: Uint8Array, chunk = 1 << 20): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = 0; ; at += chunk) {
    decoder.feed(bytes.subarray(at, at + chunk), at + chunk >= bytes.length);
    pieces.push(...readAll(decoder));
    if (at + chunk >= bytes.length) return Buffer.concat(pieces);
  }
}

const decoders = {
  Z: lzwDecoder,
  bz2: bzip2Decoder,
  zst: zstdDecoder,
};

const plain = fixture("plain.bin");

describe.each(Object.entries(decoders))("%s", (suffix, make) => {
  test("decodes the fixture in chunks of any size", () => {
    for (const chunk of [1, 2, 7, 1000, 1 << 20]) {
      const decoder = make();
      expect(Buffer.compare(decode(decoder, fixture(`plain.${suffix}`), chunk), plain)).toBe(0);
      expect(decoder.done).toBe(true);
    }
  });

  test("flipped bits and truncations end in FitsError or in other bytes", () => {
    const file = fixture(`plain.${suffix}`);
    for (let i = 0; i < 150; i++) {
      const bytes = Uint8Array.from(file);
      const bit = (i * 7919) % (file.length * 8);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      try {
        expect(decode(make(), bytes).length).toBeLessThan(1 << 24);
      } catch (error) {
        expect(error).toBeInstanceOf(FitsError);
      }
      const decoder = make();
      const whole = decode(decoder, file.subarray(0, (i * 104729) % file.length));
      expect(Buffer.compare(whole, plain.subarray(0, whole.length))).toBe(0);
      if (suffix !== "Z") expect(decoder.done).toBe(false);
    }
  });

  test("an empty file, and one that is something else, are refused", () => {
    const decoder = make();
    expect(decode(decoder, new Uint8Array(0)).length).toBe(0);
    expect(decoder.done).toBe(false);
    expect(() => decode(make(), new Uint8Array(40))).toThrow(FitsError);
  });
});

test("a bzip2 stream whose own CRC is wrong is refused, though every block's is right", () => {
  const bytes = Uint8Array.from(fixture("plain.bz2"));
  // The CRC is the last 32 bits before at most 7 that fill up the byte: the third byte from the end is its own.
  bytes[bytes.length - 3]! ^= 1;
  expect(() => decode(bzip2Decoder(), bytes)).toThrow("corrupt bzip2 data: its CRC does not match");
});

const data = {
  ...kinds,
  large: Buffer.concat([noise(400_000, 3), Buffer.alloc(300_000), noise(100_000, 99)]),
};

describe.skipIf(!has("bzip2"))("bzip2(1)", () => {
  test.each(Object.entries(data))("writes %s, and this reads it", (_, bytes) => {
    for (const level of ["-1", "-9"]) {
      const packed = execFileSync("bzip2", ["-c", level], { input: bytes, maxBuffer: 1 << 28 });
      expect(Buffer.compare(decode(bzip2Decoder(), packed, 100_000), bytes)).toBe(0);
      const twice = Buffer.concat([packed, packed, Buffer.from("garbage")]);
      expect(Buffer.compare(decode(bzip2Decoder(), twice), Buffer.concat([bytes, bytes]))).toBe(0);
    }
  });
});

describe.skipIf(!has("zstd"))("zstd(1)", () => {
  test.each(Object.entries(data))("writes %s, and this reads it", (_, bytes) => {
    for (const options of [["-1"], ["-3", "--no-check"], ["-9"]]) {
      const packed = execFileSync("zstd", ["-c", ...options], { input: bytes, maxBuffer: 1 << 28 });
      expect(Buffer.compare(decode(zstdDecoder(), packed, 100_000), bytes)).toBe(0);
      const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
      const twice = Buffer.concat([skippable, packed, skippable, packed]);
      expect(Buffer.compare(decode(zstdDecoder(), twice, 999), Buffer.concat([bytes, bytes]))).toBe(0);
    }
  });

  test("damage is told by the checksum of its frame, which is that of its content", async () => {
    const newChecksum = (await loadChecksums())!;
    const bytes = data.large;
    const packed = execFileSync("zstd", ["-c", "--check", "-1"], { input: bytes, maxBuffer: 1 << 28 });
    expect(Buffer.compare(decode(zstdDecoder(newChecksum), packed), bytes)).toBe(0);
    const twice = Buffer.concat([packed, packed]);
    expect(Buffer.compare(decode(zstdDecoder(newChecksum), twice), Buffer.concat([bytes, bytes]))).toBe(0);
    packed[packed.length - 1]! ^= 1;
    expect(() => decode(zstdDecoder(newChecksum), packed)).toThrow("checksum");
  });

  test("a window that would take gigabytes is refused", () => {
    const frame = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, ...new Array(20).fill(1)]);
    expect(() => decode(zstdDecoder(), frame)).toThrow("128 MiB");
  });
});

describe.skipIf(!has("compress"))("compress(1)", () => {
  test.each(Object.entries(data))("writes %s, and this reads it", (_, bytes) => {
    for (const bits of ["10", "12", "16"]) {
      const run = spawnSync("compress", ["-fc", "-b", bits], { input: bytes, maxBuffer: 1 << 28 });
      if (bytes.length > 0) expect(Buffer.compare(decode(lzwDecoder(), run.stdout, 100_000), bytes)).toBe(0);
    }
  });
});

const corpusFile = fileURLToPath(new URL("../../../shared/corpus/files/astropy/lzw.fits.Z", import.meta.url));

test.skipIf(!existsSync(corpusFile) || !has("gzip"))("the corpus's .Z file is what gzip reads in it", () => {
  const expected = execFileSync("gzip", ["-dc", corpusFile], { maxBuffer: 1 << 28 });
  expect(Buffer.compare(decode(lzwDecoder(), readFileSync(corpusFile), 500), expected)).toBe(0);
});
