import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ndarray } from "../../../src/array.js";
import { open } from "../../../src/index.js";
import type { ByteSource } from "../../../src/source/source.js";
import { decompressedSource, isDecompressed } from "../../../src/source/whole/compressed.js";
import { fitsBytes, imageHdu } from "../../../src/write/index.js";
import { type CountingSource, countingSource } from "../counting.js";

const folder = new URL("../../fixtures/compressed/", import.meta.url);
const fixture = (name: string): Buffer => readFileSync(fileURLToPath(new URL(name, folder)));

async function fitsFile(): Promise<Uint8Array> {
  const data = ndarray(Int16Array.from({ length: 400_000 }, (_, i) => (i * 37) % 1000) as never, [2000, 200]);
  return fitsBytes([imageHdu({ data })]);
}

/** `bytes` gzipped so many times over. */
function gzipped(bytes: Uint8Array, times: number): Uint8Array {
  let packed = bytes;
  for (let i = 0; i < times; i++) packed = gzipSync(packed);
  return packed;
}

/** The contents of a file, all layers undone. */
async function contents(bytes: Uint8Array): Promise<ByteSource> {
  let source: ByteSource = countingSource(bytes, { sizeless: true });
  for (;;) {
    const head = await source.getRange({ offset: 0, length: 100 });
    try {
      source = await decompressedSource(source, head);
    } catch (error) {
      expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
      return source;
    }
  }
}

describe("a file compressed more than once", () => {
  test.each([2, 3])("is opened %i layers deep, from its first bytes", async (times) => {
    const fits = await open(gzipped(await fitsFile(), times));
    const image = await fits.image(0);
    const { data } = await image.section("99,195:200");
    expect([...data]).toEqual([19_995, 19_996, 19_997, 19_998, 19_999].map((i) => (i * 37) % 1000));
    await fits.close();
  });

  test("more than three times over is refused, and the source is closed", async () => {
    let closed = 0;
    const source: CountingSource = countingSource(gzipped(await fitsFile(), 4));
    source.close = async () => void closed++;
    await expect(open(source)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(closed).toBeGreaterThan(0);
  });

  test.each(["plain.Z", "plain.bz2", "plain.zst"])("may hold %s", async (name) => {
    const whole = fixture("plain.bin");
    const source = await contents(gzipped(fixture(name), 2));
    expect(isDecompressed(source)).toBe(true);
    for (const offset of [20_000, 0, 23_390]) {
      const got = await source.getRange({ offset, length: 1000 });
      expect(Buffer.compare(got, whole.subarray(offset, offset + 1000))).toBe(0);
    }
    expect(source.size).toBe(whole.length);
  });

  test("that is cut off in its outer or its inner layer is TRUNCATED", async () => {
    const inner = gzipSync(await fitsFile());
    const outer = gzipSync(inner);
    for (const bytes of [outer.subarray(0, outer.length - 20), gzipSync(inner.subarray(0, -20))]) {
      const fits = open(bytes).then(async (file) => (await file.image(0)).section([]));
      await expect(fits).rejects.toMatchObject({ code: "TRUNCATED" });
    }
  });

  test("gets no index file: its checkpoints would be of the inner layer", async () => {
    const fits = await open(gzipped(await fitsFile(), 2));
    await expect(fits.index()).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});

test("no file within a compressed file is NOT_FITS, whatever the layers", async () => {
  await expect(open(gzipped(Buffer.from("SIMPLER THAN FITS"), 2))).rejects.toMatchObject({
    code: "NOT_FITS",
  });
});

describe("a decompressed source", () => {
  test("that was closed answers every read with CLOSED", async () => {
    const packed = gzipSync(await fitsFile());
    const source = await decompressedSource(countingSource(packed), packed.subarray(0, 100), {
      recentBytes: 0,
    });
    await source.getRange({ offset: 0, length: 1 });
    const waiting = source.getRange({ offset: 300_000, length: 10 });
    const refused = expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await source.close?.();
    await refused;
    for (const range of [
      { offset: 0, length: 2880 },
      { offset: 0, length: 0 },
      { offset: 1e9, length: 10 },
    ]) {
      await expect(source.getRange(range)).rejects.toMatchObject({ code: "CLOSED" });
    }
    await expect(source.finish()).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("honors a signal in every read", async () => {
    const packed = gzipSync(await fitsFile());
    const source = await decompressedSource(countingSource(packed), packed.subarray(0, 100));
    const reason = new Error("enough");
    const before = AbortSignal.abort(reason);
    await expect(source.getRange({ offset: 0, length: 10 }, { signal: before })).rejects.toBe(reason);
    await expect(source.finish({ signal: before })).rejects.toBe(reason);
    const controller = new AbortController();
    const reading = source.getRange({ offset: 40_000, length: 10 }, { signal: controller.signal });
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect((await source.getRange({ offset: 40_000, length: 10 })).length).toBe(10);
    await expect(source.finish({ signal: before })).rejects.toBe(reason);
  });
});
