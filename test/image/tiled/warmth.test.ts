/**
 * Memory touched ahead of decoding: never after it was claimed, never more than asked for.
 */
import { describe, expect, test } from "vitest";
import { tiledPixels } from "../../../src/image/tiled.js";
import { type Touch, warmth } from "../../../src/image/warmth.js";
import { touch } from "../../../src/platform/node-touch.js";
import { createReader } from "../../../src/read/run.js";
import { countingSource, layoutsOf, sectionOf } from "./files.js";
import { compressedFile, testImage } from "./make.js";

const MiB = 1024 * 1024;

/** A thread that writes 255 everywhere, late. */
function lateTouch(): Touch & { readonly touched: [from: number, to: number][] } {
  const touched: [number, number][] = [];
  const touch = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    touched.push([bytes.byteOffset, bytes.byteOffset + bytes.length]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    bytes.fill(255);
  };
  return Object.assign(touch, { touched });
}

describe("warming memory", () => {
  test("touches what lies behind a claim, as far as it is new", async () => {
    const touch = lateTouch();
    const warm = warmth(new Uint8Array(10.5 * MiB), touch);
    expect(warm.claim(0, MiB / 2)).toBeUndefined();
    expect(touch.touched).toEqual([1, 2, 3, 4, 5, 6].map((i) => [i * MiB, (i + 1) * MiB]));
    await warm.claim(MiB / 2, 5 * MiB);
    expect(touch.touched.slice(6)).toEqual([
      [7 * MiB, 8 * MiB],
      [8 * MiB, 9 * MiB],
      [9 * MiB, 10 * MiB],
      [10 * MiB, 10.5 * MiB],
    ]);
  });

  test("writes nothing to memory once the claim to it has been granted", async () => {
    const memory = new Uint8Array(20 * MiB);
    const warm = warmth(memory, lateTouch());
    const step = 300_000;
    for (let at = 0; at < memory.length; at += step) {
      const end = Math.min(at + step, memory.length);
      await warm.claim(at, end);
      memory.fill(7, at, end);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(memory.every((byte) => byte === 7)).toBe(true);
  });

  test("goes on where touching fails", async () => {
    const warm = warmth(new Uint8Array(3 * MiB), () => Promise.reject(new Error("no thread")));
    warm.claim(0, 1);
    await expect(warm.claim(0, 3 * MiB)).resolves.toBeDefined();
  });

  test("is asked for by Node's own threads", async () => {
    if (!touch) return;
    const bytes = new Uint8Array(MiB);
    await touch(bytes.subarray(100, MiB - 100));
    expect(bytes.subarray(0, 100).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(100, MiB - 100).some((byte) => byte !== 0)).toBe(true);
  });
});

describe("large results", () => {
  const shape = [1500, 1600];
  const image = testImage("int32", shape);

  test.each([
    ["rows", [1, 1600], undefined],
    ["blocks", [100, 130], undefined],
    ["rows, upside down", [1, 1600], "::-1, ::-1"],
    ["blocks, some of each", [128, 128], "3:1490, 1590:2:-1"],
  ] as const)("hold the pixels and nothing of what warmed them (%s)", async (_, tile, selection) => {
    const bytes = await compressedFile(image, { tile });
    const pixels = tiledPixels(layoutsOf(bytes)[1]!);
    const { data } = await createReader(countingSource(bytes)).run(sectionOf(pixels, selection));
    const rows = indices(selection?.split(",")[0] ?? ":", shape[0]!);
    const columns = indices(selection?.split(",")[1] ?? ":", shape[1]!);
    expect(data.length * 4).toBeGreaterThan(4 * MiB);
    let wrong = 0;
    rows.forEach((y, i) => {
      columns.forEach((x, j) => {
        if (data[i * columns.length + j] !== image.data[y * shape[1]! + x]) wrong++;
      });
    });
    expect(wrong).toBe(0);
  });
});

/** The indices that a slice takes of an axis, in the simplest way. */
function indices(slice: string, length: number): number[] {
  const [start, stop, step = 1] = slice.split(":").map((part) => (part.trim() ? Number(part) : undefined));
  const all: number[] = [];
  const last = step > 0 ? (stop ?? length) : (stop ?? -1);
  for (let i = start ?? (step > 0 ? 0 : length - 1); step > 0 ? i < last : i > last; i += step) all.push(i);
  return all;
}
