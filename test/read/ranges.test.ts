import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cost, expectedSeconds, price, sortByOffset, speedEstimate } from "../../src/read/ranges.js";
import type { ByteRange, RequestRecord } from "../../src/source/source.js";
import { seeded } from "../servers/content.js";

const network: Cost = { latency: 0.05, throughput: 50e6, concurrency: 32, optimize: "time" };
const disk: Cost = { latency: 30e-6, throughput: 2e9, concurrency: 4, optimize: "time" };

const rows = (count: number, length: number, stride: number, offset = 0): ByteRange[] =>
  Array.from({ length: count }, (_, i) => ({ offset: offset + i * stride, length }));
/** Rows of squares of 64 pixels at random places of a square image. */
function stamps(count: number, side = 6000, itemBytes = 4): ByteRange[] {
  const chance = seeded(count);
  const place = (): number => Math.floor(chance() * (side - 64));
  const ranges = Array.from({ length: count }, () => [place(), place()] as const).flatMap(([x, y]) =>
    rows(64, 64 * itemBytes, side * itemBytes, 2880 + (y * side + x) * itemBytes),
  );
  sortByOffset(ranges);
  return ranges;
}
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

  test("more stamps of an image never cost more than the image, nor a leap of requests", () => {
    const plans = [10, 100, 300, 1000, 3000].map((count) => price(stamps(count), network));
    expect(plans.map((requests) => [requests.length, bytes(requests)])).toEqual([
      [36, 13_447_848],
      [48, 91_856_828],
      [38, 137_413_144],
      [32, 143_509_468],
      [32, 143_673_392],
    ]);
  });

  test("few connections get no more requests than one wave where another wave is dearer", () => {
    const plans = [100, 1000, 3000].map((count) =>
      price(stamps(count, 4096, 2), { ...network, concurrency: 6 }),
    );
    expect(plans.map(({ length }) => length)).toEqual([6, 6, 6]);
  });

  test("a link that many connections fill is not taken for one that carries four times one of them", () => {
    // 50 MB a second in all, through 32 connections.
    const shared: Cost = { ...network, throughput: 50e6 / 32 };
    const known = { ...shared, link: 50e6 };
    expect(price(stamps(1000), shared).length).toBeGreaterThan(1000);
    expect(price(stamps(1000), known)).toHaveLength(32);
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

  test("requests cover every wanted byte once, in order, whatever is optimized", () => {
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
      }),
    );
  });

  test("no simple way is cheaper: each range alone, all gaps read, or all gaps up to some length", () => {
    const costs = fc.record({
      latency: fc.double({ min: 1e-4, max: 0.3, noNaN: true }),
      throughput: fc.double({ min: 1e6, max: 1e9, noNaN: true }),
      link: fc.double({ min: 0, max: 4e9, noNaN: true }),
      concurrency: fc.integer({ min: 1, max: 40 }),
      optimize: fc.constant("time" as const),
    });
    const gap = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 20_000_000 }));
    const scattered = fc
      .array(fc.tuple(gap, fc.integer({ min: 1, max: 300_000 })), { minLength: 1, maxLength: 200 })
      .map((pairs) => {
        let end = 0;
        return pairs.map(([gap, length]) => {
          const offset = end + gap;
          end = offset + length;
          return { offset, length };
        });
      });
    fc.assert(
      fc.property(scattered, costs, (ranges, cost) => {
        const requests = price(ranges, cost);
        const seconds = (way: readonly ByteRange[]): number => expectedSeconds(way.length, bytes(way), cost);
        expect(seconds(requests)).toBeLessThanOrEqual(seconds(price(ranges, { ...cost, gap: 0 })));
        expect(seconds(requests)).toBeLessThanOrEqual(seconds(price(ranges, { ...cost, gap: Infinity })));
        const last = ranges.at(-1)!;
        expect(bytes(requests)).toBeLessThanOrEqual(last.offset + last.length - ranges[0]!.offset);
      }),
    );
  });
});

describe("the estimate of speed", () => {
  /** A transfer of 1 MB. */
  const transfer = (firstByte: number, end: number): RequestRecord => ({
    ...{
      offset: 0,
      length: 1e6,
      requested: 1e6,
      start: firstByte - 100,
      firstByte,
      end,
      url: "",
      status: 206,
    },
  });

  test("tells what one connection carries from what all carry together", () => {
    const { speed, learn } = speedEstimate(network);
    for (let i = 0; i < 32; i++) learn(transfer(1000, 1640 + i / 1000));
    expect(speed.latency).toBe(0.1);
    expect(speed.throughput / (1e6 / 0.64)).toBeCloseTo(1, 3);
    expect(speed.link! / 50e6).toBeCloseTo(1, 3);
  });

  test("takes transfers one after the other for no sharing", () => {
    const { speed, learn } = speedEstimate(network);
    for (let i = 0; i < 5; i++) learn(transfer(1000 * i, 1000 * i + 20));
    expect([speed.throughput, speed.link]).toEqual([50e6, 50e6]);
  });

  test("counts the bytes of a transfer from where that transfer began, also where it ends last", () => {
    const { speed, learn } = speedEstimate(network);
    learn(transfer(1050, 1100));
    learn(transfer(1000, 1110));
    expect(speed.link! / (2e6 / 0.11)).toBeCloseTo(1, 9);
  });

  test("forgets what a link once carried", () => {
    const { speed, learn } = speedEstimate(network);
    for (let i = 0; i < 8; i++) learn(transfer(1000, 1020));
    expect(speed.link).toBe(400e6);
    for (let i = 2; i < 40; i++) learn(transfer(1000 * i, 1000 * i + 100));
    expect(speed.link).toBe(10e6);
  });
});
