import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cost, expectedSeconds, price } from "../../src/read/ranges.js";
import type { ByteRange } from "../../src/source/source.js";

const network: Cost = { latency: 0.05, throughput: 50e6, concurrency: 32, optimize: "time" };
const disk: Cost = { latency: 30e-6, throughput: 2e9, concurrency: 4, optimize: "time" };

const rows = (count: number, length: number, stride: number, offset = 0): ByteRange[] =>
  Array.from({ length: count }, (_, i) => ({ offset: offset + i * stride, length }));
const bytes = (requests: readonly ByteRange[]): number =>
  requests.reduce((sum, { length }) => sum + length, 0);

describe("price", () => {
  test("reads through the gaps of a cutout and cuts it at gaps into a few parallel requests", () => {
    const requests = price(rows(120, 480, 16892), network);
    expect(requests.length).toBeGreaterThanOrEqual(4);
    expect(requests.length).toBeLessThanOrEqual(12);
    expect(bytes(requests)).toBe(119 * 16892 + 480 - (requests.length - 1) * (16892 - 480));
  });

  test("cuts at gaps rather than where ranges touch, so that parts of rows cost what whole ones do", () => {
    const whole = rows(256, 4096, 16384);
    const halves = whole.flatMap(({ offset }) => rows(2, 2048, 2048, offset));
    const requests = price(whole, network);
    expect(requests.length).toBeGreaterThan(1);
    expect(price(halves, network)).toEqual(requests);
  });

  test("leaves out gaps that cost more than a request", () => {
    const planes = rows(100, 800, 21_900_000);
    expect(price(planes, network)).toEqual(planes);
  });

  test("takes more waves where whole planes would have to be read through", () => {
    const boxes = rows(100, 1, 21_900_000).flatMap(({ offset }) => rows(100, 4, 10256, offset));
    const requests = price(boxes, network);
    expect(requests).toHaveLength(100);
    expect(bytes(requests)).toBe(100 * (99 * 10256 + 4));
  });

  test("sends one request for a small contiguous range", () => {
    expect(price([{ offset: 10, length: 1000 }], network)).toEqual([{ offset: 10, length: 1000 }]);
  });

  test("merges touching and overlapping ranges", () => {
    const ranges = [
      { offset: 0, length: 10 },
      { offset: 5, length: 10 },
      { offset: 15, length: 5 },
    ];
    expect(price(ranges, { ...network, optimize: "bytes" })).toEqual([{ offset: 0, length: 20 }]);
  });

  test("cuts a long range into parallel parts at the edges of its ranges", () => {
    const pieces = rows(72, 1 << 20, 1 << 20);
    const requests = price(pieces, disk);
    expect(requests.length).toBeGreaterThan(4);
    for (const { offset } of requests) expect(offset % (1 << 20)).toBe(0);
  });

  test("a fixed gap overrules the price", () => {
    const two = rows(2, 100, 1100);
    expect(price(two, { ...network, gap: 999 })).toHaveLength(2);
    expect(price(two, { ...network, gap: 1000 })).toHaveLength(1);
  });

  test("optimize bytes reads nothing that was not asked for, requests as few as can be", () => {
    const cutout = rows(120, 480, 16892);
    expect(bytes(price(cutout, { ...network, optimize: "bytes" }))).toBe(120 * 480);
    expect(price(cutout, { ...network, optimize: "requests" })).toHaveLength(1);
  });

  test("requests cover every wanted byte once, in order, and cost no more than the simple ways by its own price list", () => {
    const scattered = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 5_000_000 }), fc.integer({ min: 1, max: 300_000 })), {
        minLength: 1,
        maxLength: 60,
      })
      .map((pairs) => {
        let end = 0;
        return pairs.map(([gap, length]) => {
          const offset = end + (gap > 2_000_000 ? gap : gap % 5000);
          end = offset + length;
          return { offset, length };
        });
      });
    fc.assert(
      fc.property(scattered, fc.constantFrom("time", "bytes", "requests" as const), (ranges, optimize) => {
        const requests = price(ranges, { ...network, optimize });
        for (let i = 1; i < requests.length; i++) {
          expect(requests[i]!.offset).toBeGreaterThanOrEqual(
            requests[i - 1]!.offset + requests[i - 1]!.length,
          );
        }
        for (const { offset, length } of ranges) {
          const inside = requests.map((r) =>
            Math.max(0, Math.min(r.offset + r.length, offset + length) - Math.max(r.offset, offset)),
          );
          expect(inside.reduce((a, b) => a + b, 0)).toBe(length);
        }
        for (const { length } of requests) expect(length).toBeGreaterThan(0);
        if (optimize !== "time") return;
        const seconds = expectedSeconds(requests.length, bytes(requests), network);
        expect(seconds).toBeLessThan(1.15 * expectedSeconds(ranges.length, bytes(ranges), network) + 0.002);
      }),
    );
  });
});
