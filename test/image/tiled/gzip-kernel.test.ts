/**
 * GZIP by WebAssembly: the same pixels as by JavaScript, or no pixels; and nothing written where it does not belong.
 */
import { constants, gzipSync, type ZlibOptions } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, bytesPerElement, type DType } from "../../../src/array.js";
import { crc32 } from "../../../src/codec/crc32.js";
import { decodeGzip1, decodeGzip2 } from "../../../src/codec/gzip.js";
import { loadModule } from "../../../src/codec/wasm.js";
import type { TileCoding } from "../../../src/image/tile-coding.js";
import { decodeTile, decodeTiles } from "../../../src/image/tile-decode.js";
import { suitsKernel, tileKernel } from "../../../src/image/tile-kernel.js";
import type { TileTask } from "../../../src/image/tile-tasks.js";
import { eachOf, packTasks } from "./pack-tasks.js";
import { quantizedTile } from "./quantized-tile.js";

const module = (await loadModule("GZIP_1"))!;
const decoders = { GZIP_1: decodeGzip1, GZIP_2: decodeGzip2 };
const dtypes = ["uint8", "int16", "int32", "int64", "float32", "float64"] as const;
type Algorithm = keyof typeof decoders;

function codingOf(algorithm: Algorithm, dtype: DType, more: Partial<TileCoding> = {}): TileCoding {
  const rest = { bytePix: 4, blockSize: 32, smooth: false, offset: 0, quantized: false, dither: 0, seed: 1 };
  return { algorithm, dtype, ...(rest as typeof rest & { dither: 0 }), ...more };
}

interface Cell {
  readonly stream: Uint8Array;
  readonly pixels: number;
  readonly more?: Partial<TileTask>;
}

/** Tasks for cells one behind the other, and their bytes. */
function tasksOf(cells: readonly Cell[]): { tasks: TileTask[]; bytes: Uint8Array } {
  const bytes = new Uint8Array(cells.reduce((n, { stream }) => n + stream.length, 5));
  let start = 5;
  const tasks = cells.map(({ stream, pixels, more }, tile): TileTask => {
    bytes.set(stream, start);
    const place = { tile, column: "COMPRESSED_DATA", start, length: stream.length } as const;
    start += stream.length;
    return { ...place, shape: [pixels], pixels, scale: 1, zero: 0, ...more };
  });
  return { tasks, bytes };
}

/** Pixels, as text, of the tiles that the kernel decoded before the first that it did not. */
function byKernel(coding: TileCoding, tasks: readonly TileTask[], bytes: Uint8Array): string[] {
  const got: string[] = [];
  const take = eachOf(tasks, (i, data, start) => {
    expect(i).toBe(got.length);
    got.push(text(bytesOf(data, start, tasks[i]!.pixels)));
  });
  const end = tileKernel(module, coding).decode(packTasks(tasks), 0, bytes, { take });
  expect(got.length).toBe(end);
  return got;
}

function byJavaScript(coding: TileCoding, task: TileTask, bytes: Uint8Array): string | undefined {
  try {
    const decode = decoders[coding.algorithm as Algorithm];
    return text(bytesOf(decodeTile(coding, task, bytes, { COMPRESSED_DATA: decode })));
  } catch {
    return undefined;
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** Compared as one value: vitest takes its time over long texts. */
function expectSame(got: readonly string[], expected: readonly (string | undefined)[]): void {
  expect(got.length).toBe(expected.length);
  expect(got.map((pixels, i) => pixels === expected[i])).toEqual(got.map(() => true));
}

/** The same numbers for the same seed, below 2 ** 32. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Bytes of many kinds: noise, few values, skewed ones whose codes get long, runs, what was there far before. */
const pieces = fc.array(
  fc.record({
    kind: fc.constantFrom("noise", "few", "skewed", "run", "again"),
    length: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 9000 })),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  }),
  { minLength: 1, maxLength: 6 },
);

function bytesFrom(list: readonly { kind: string; length: number; seed: number }[]): Uint8Array {
  const out: number[] = [];
  for (const { kind, length, seed } of list) {
    const random = generator(seed);
    const distance = 1 + (seed % Math.max(1, Math.min(32768, out.length)));
    for (let i = 0; i < length; i++) {
      if (kind === "noise") out.push(random() >>> 24);
      else if (kind === "few") out.push((seed & 0xf0) + (random() >>> 29));
      else if (kind === "skewed") out.push(Math.clz32(random()) * 5 + (random() >>> 31));
      else if (kind === "run") out.push(seed & 255);
      else out.push(out.length === 0 ? 0 : out[Math.max(0, out.length - distance)]!);
    }
  }
  return Uint8Array.from(out);
}

const settings: fc.Arbitrary<ZlibOptions> = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
  windowBits: fc.integer({ min: 9, max: 15 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
});

const algorithm = fc.constantFrom<Algorithm>("GZIP_1", "GZIP_2");
const tile = fc.record({ pieces, settings });
const tiles = fc.array(tile, { minLength: 1, maxLength: 4 });

/** A cell of elements of `size` bytes; there is at least one. */
function cellOf(
  { pieces, settings }: { pieces: Parameters<typeof bytesFrom>[0]; settings: ZlibOptions },
  size: number,
): Cell {
  const made = bytesFrom(pieces);
  const pixels = Math.max(1, Math.floor(made.length / size));
  const held = new Uint8Array(pixels * size);
  held.set(made.subarray(0, held.length));
  return { stream: gzipSync(held, settings), pixels };
}

describe("the kernel for GZIP", () => {
  it("decodes all that zlib makes, of all types, shuffled or not", () => {
    fc.assert(
      fc.property(algorithm, fc.constantFrom(...dtypes), tiles, (algorithm, dtype, tiles) => {
        const coding = codingOf(algorithm, dtype);
        expect(suitsKernel(coding)).toBe(true);
        const { tasks, bytes } = tasksOf(tiles.map((one) => cellOf(one, bytesPerElement(dtype))));
        const expected = tasks.map((task) => byJavaScript(coding, task, bytes));
        expectSame(byKernel(coding, tasks, bytes), expected);
      }),
      { numRuns: 600 },
    );
  });

  it("makes floats of levels as JavaScript does, to the last bit", () => {
    const image = fc.record({
      algorithm,
      dtype: fc.constantFrom("float32" as const, "float64" as const),
      dither: fc.constantFrom(0 as const, 1 as const, 2 as const),
      seed: fc.integer({ min: 1, max: 10_000 }),
      tiles: fc.array(quantizedTile, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(image, ({ algorithm, dtype, dither, seed, tiles }) => {
        const coding = codingOf(algorithm, dtype, { quantized: true, dither, seed });
        const cells = tiles.map(({ levels, ...more }): Cell => {
          return { stream: gzipSync(bigEndian(levels, 4, algorithm)), pixels: levels.length, more };
        });
        const { tasks, bytes } = tasksOf(cells);
        const expected = tasks.map((task) => byJavaScript(coding, task, bytes));
        expectSame(byKernel(coding, tasks, bytes), expected);
      }),
      { numRuns: 300 },
    );
  });

  it("narrows integers that are held in four bytes", () => {
    const levels = [0, -1, 1, 255, 256, -129, 32767, 32768, -32768, -32769, 2147483647, -2147483648, 77];
    for (const dtype of ["uint8", "int16"] as const) {
      for (let pixels = 1; pixels <= levels.length; pixels++) {
        const coding = codingOf("GZIP_1", dtype);
        const stream = gzipSync(bigEndian(levels.slice(0, pixels), 4, "GZIP_1"));
        const { tasks, bytes } = tasksOf([{ stream, pixels }]);
        expectSame(byKernel(coding, tasks, bytes), [byJavaScript(coding, tasks[0]!, bytes)]);
      }
    }
  });

  it.each([1, 2, 7, 15, 16, 17, 255, 32767, 32768])("copies from %i bytes back", (distance) => {
    const far = bytesFrom([{ kind: "noise", length: 32768, seed: 5 }]);
    const held = [...far];
    for (let i = 0; i < 258; i++) held.push(held.at(-distance)!);
    // A stored block, and a fixed one: length 258, the distance, the end (RFC 1951, section 3.2).
    const code =
      distance < 5
        ? distance - 1
        : 2 * Math.floor(Math.log2(distance - 1)) + (((distance - 1) >> (30 - Math.clz32(distance - 1))) & 1);
    const extra = code < 4 ? 0 : (code - 2) >> 1;
    const base = code < 4 ? code + 1 : 1 + ((2 + (code & 1)) << extra);
    const bits = `110${"11000101"}${code.toString(2).padStart(5, "0")}${lowFirst(distance - base, extra)}0000000`;
    const packed = Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
      Number.parseInt([...bits.slice(8 * i, 8 * i + 8).padEnd(8, "0")].reverse().join(""), 2),
    );
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(Uint8Array.from(held)), 0);
    trailer.writeUInt32LE(held.length, 4);
    const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    const stream = Buffer.concat([
      Buffer.from([...header, 0, 0, 0x80, 0xff, 0x7f, ...far, ...packed]),
      trailer,
    ]);
    const { tasks, bytes } = tasksOf([{ stream, pixels: held.length }]);
    const coding = codingOf("GZIP_1", "uint8");
    expectSame([byJavaScript(coding, tasks[0]!, bytes)!], [text(Uint8Array.from(held))]);
    expectSame(byKernel(coding, tasks, bytes), [text(Uint8Array.from(held))]);
  });

  it("gives no pixels of a damaged member", { timeout: 60_000 }, () => {
    const cells = [
      gzipSync(bytesFrom([{ kind: "skewed", length: 900, seed: 3 }]), { level: 1 }),
      gzipSync(
        bytesFrom([
          { kind: "few", length: 700, seed: 77 },
          { kind: "run", length: 600, seed: 8 },
        ]),
      ),
      gzipSync(bytesFrom([{ kind: "noise", length: 300, seed: 4 }]), { level: 0 }),
      gzipSync(bytesFrom([{ kind: "few", length: 500, seed: 11 }]), { strategy: constants.Z_FIXED }),
    ];
    const random = generator(1);
    let wrong = 0;
    for (let run = 0; run < 40_000; run++) {
      const whole = cells[run % cells.length]!;
      const pixels = whole.readUInt32LE(whole.length - 4) / 2;
      const stream = Uint8Array.from(whole);
      const flips = random() % 3;
      for (let i = 0; i <= flips; i++) stream[random() % stream.length]! ^= 1 << (random() % 8);
      const length = random() % 4 === 0 ? random() % stream.length : stream.length;
      const coding = codingOf(run % 8 < 4 ? "GZIP_1" : "GZIP_2", "int16");
      const { tasks, bytes } = tasksOf([{ stream: stream.subarray(0, length), pixels }]);
      const got = byKernel(coding, tasks, bytes);
      if (got.length > 0 && got[0] !== byJavaScript(coding, tasks[0]!, bytes)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  it("writes nothing outside of its room, whatever the bytes are", { timeout: 60_000 }, () => {
    const { memory } = module;
    const [scratch, room, target, source, end] = [0x20000, 4096, 0x22000, 0x24000, 0x26000];
    if (memory.buffer.byteLength < end) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 65536));
    const random = generator(99);
    const cell = gzipSync(
      bytesFrom([
        { kind: "few", length: 3000, seed: 21 },
        { kind: "run", length: 1096, seed: 8 },
      ]),
    );
    const all = new Uint8Array(memory.buffer);
    for (let run = 0; run < 3000; run++) {
      all.fill(0xa5, scratch, end);
      all.set(cell, source);
      // What the header says stays, so that the stream is looked at.
      const from = run % 2 === 0 ? 10 : 13 + (random() % 60);
      for (let i = random() % 40; i >= 0; i--)
        all[source + from + (random() % (cell.length - from - 4))] = random();
      const words = new Uint32Array(memory.buffer, 41_088, 4);
      words.set([source, cell.length, target, room / 2]);
      module.decode(41_088, 1, 2, run & 1, scratch);
      const fences = [all.subarray(scratch + room + 512, target), all.subarray(target + room + 128, source)];
      for (const fence of [...fences, all.subarray(source + cell.length, end)]) {
        expect(fence.every((byte) => byte === 0xa5)).toBe(true);
      }
    }
  });

  it("leaves to JavaScript what is rare, and goes on behind it", async () => {
    const held = bigEndian([5, 6, 7], 2, "GZIP_1");
    const plain = gzipSync(held);
    const named = Buffer.concat([plain.subarray(0, 10), Buffer.from("name\0"), plain.subarray(10)]);
    named[3] = 8;
    const cells = [
      named,
      Buffer.concat([gzipSync(held.subarray(0, 2)), gzipSync(held.subarray(2))]),
      Buffer.concat([plain, Buffer.alloc(4)]),
      gzipSync(Buffer.of(5, 6, 7)),
    ];
    const coding = codingOf("GZIP_1", "int16");
    const kernel = tileKernel(module, coding);
    for (const cell of cells) {
      const { tasks, bytes } = tasksOf([plain, cell, plain].map((stream) => ({ stream, pixels: 3 })));
      expect(byKernel(coding, tasks, bytes).length).toBe(1);
      const taken: number[][] = [];
      await decodeTiles(
        coding,
        packTasks(tasks),
        bytes,
        { columns: {}, kernel },
        {
          room: () => new Int16Array(3),
          take: eachOf(tasks, (_, data, start) =>
            taken.push(Array.from(data.subarray(start, start + 3), Number)),
          ),
        },
      );
      expect(taken).toEqual([0, 1, 2].map(() => [5, 6, 7]));
    }
  });

  it("says what is wrong with a damaged tile among good ones", async () => {
    const plain = gzipSync(bigEndian([5, -6, 7], 2, "GZIP_1"));
    const damaged = Uint8Array.from(plain);
    damaged[plain.length - 8]! ^= 1;
    const coding = codingOf("GZIP_1", "int16");
    const { tasks, bytes } = tasksOf([plain, damaged, plain].map((stream) => ({ stream, pixels: 3 })));
    const all = { columns: {}, kernel: tileKernel(module, coding) };
    const sink = { room: () => new Int16Array(3), take: () => {} };
    await expect(decodeTiles(coding, packTasks(tasks), bytes, all, sink)).rejects.toThrow(
      /tile 1 \(GZIP_1, COMPRESSED_DATA\)/,
    );
  });

  it("has the CRC of bytes of any number", () => {
    const crc = (module as unknown as { crc32(crc: number, at: number, stop: number): number }).crc32;
    const at = 0x20000;
    const bytes = bytesFrom([{ kind: "noise", length: 700, seed: 12 }]);
    new Uint8Array(module.memory.buffer).set(bytes, at);
    for (let from = 0; from < 17; from++) {
      for (let length = 0; length < 600; length += 1 + (from % 3)) {
        const expected = crc32(bytes.subarray(from, from + length), 0x12345678);
        expect(crc(0x12345678, at + from, at + from + length) >>> 0).toBe(expected);
      }
    }
  });
});

/** The lowest bits of a number, lowest first. */
function lowFirst(value: number, bits: number): string {
  return Array.from({ length: bits }, (_, i) => (value >> i) & 1).join("");
}

/** Integers of `width` bytes as a cell has them before it is compressed. */
function bigEndian(values: readonly number[], width: number, algorithm: Algorithm): Buffer {
  const bytes = Buffer.alloc(values.length * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (const [i, value] of values.entries()) {
    if (width === 4) view.setInt32(4 * i, value);
    else view.setInt16(2 * i, value);
  }
  if (algorithm === "GZIP_1") return bytes;
  return Buffer.from(
    bytes.map((_, i) => bytes[(i % values.length) * width + Math.floor(i / values.length)]!),
  );
}
