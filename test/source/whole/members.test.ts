/**
 * Files of many short gzip members, as bgzip writes them; and indexes held against what is decompressed.
 */
import * as zlib from "node:zlib";
import { expect, test } from "vitest";
import { compressionOf } from "../../../src/codec/magic.js";
import { parseIndex } from "../../../src/source/sidecar/index-file.js";
import { indexedSource } from "../../../src/source/sidecar/indexed.js";
import { buildIndex } from "../../../src/source/sidecar/make.js";
import { decompressedSource } from "../../../src/source/whole/compressed.js";
import { noise } from "../../codec/streams.js";
import { countingSource } from "../counting.js";

const text = "SIMPLE  =                    T".padEnd(80);
const header = { byteLength: 2880, toString: () => text };
const plain = Buffer.concat([Buffer.from(`${text}END`.padEnd(2880)), noise(5_000_000, 12)]);

const indexOf = async (packed: Uint8Array) => {
  const source = countingSource(packed, { tag: '"v1"' });
  const head = await source.getRange({ offset: 0, length: 2880 });
  const unzipped = await decompressedSource(source, head, {});
  return parseIndex(await buildIndex(unzipped, [{ headerOffset: 0, header }]));
};

test("an index of short members has checkpoints among them", async () => {
  const members: Buffer[] = [];
  for (let at = 0; at < plain.length; at += 16_384)
    members.push(zlib.gzipSync(plain.subarray(at, at + 16_384)));
  const packed = Buffer.concat(members);
  const index = await indexOf(packed);
  const { size, checkpoints } = index.gzip!;
  expect(size).toBe(plain.length);
  const places = [0, ...checkpoints.map(({ offset }) => offset), plain.length];
  for (let i = 1; i < places.length; i++) expect(places[i]! - places[i - 1]!).toBeLessThan(1_500_000);
  const source = countingSource(packed, { tag: '"v1"' });
  const known = await decompressedSource(indexedSource(source, index), new Uint8Array(0), {
    index: index.gzip,
  });
  const got = await known.getRange({ offset: 4_600_000, length: 20_000 });
  expect(Buffer.compare(got, plain.subarray(4_600_000, 4_620_000))).toBe(0);
  expect(source.moved()).toBeLessThan(packed.length / 4);
});

test("data that miss the checkpoints of the index are told, not passed on", async () => {
  const packed = zlib.gzipSync(plain);
  const { gzip } = await indexOf(packed);
  const passed = gzip!.checkpoints[1]!;
  // As if the file had one byte more or less before this checkpoint.
  const shifted = {
    ...gzip!,
    checkpoints: gzip!.checkpoints.map((c) => (c === passed ? { ...c, offset: c.offset + 1 } : c)),
  };
  const source = await decompressedSource(countingSource(packed), new Uint8Array(0), { index: shifted });
  const from = gzip!.checkpoints[0]!.offset;
  await expect(
    source.getRange({ offset: from, length: gzip!.checkpoints[2]!.offset - from }),
  ).rejects.toMatchObject({ code: "BAD_INDEX" });
});

test("pzstd's files, which begin with a frame to be skipped, are known for zstd's", () => {
  expect(compressionOf(Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0))).toBe("zstd");
  expect(compressionOf(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0))).toBeUndefined();
});
