import { afterEach, expect, it, vi } from "vitest";
import { FitsError } from "../../src/errors.js";
import { allFaults, type Fault } from "../servers/faults.js";
import { noise, seeded, sparseFile, startRangeServer } from "../servers/range-server.js";
import { httpSource } from "./http-source.js";

// What is waited for between two tries is no matter here.
vi.mock(import("../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: () => 0,
}));

const rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);
process.on("unhandledRejection", note);
afterEach(() => {
  expect(rejections.splice(0)).toEqual([]);
});

/** `count` random ranges, 32 at a time: how many were right, and the codes of the others. */
async function randomRanges(
  kinds: readonly Fault[],
  rate: number,
  count: number,
  retries: number,
  seed = 7,
  spared = 1,
): Promise<{ right: number; codes: Record<string, number>; faults: number }> {
  // Too large for the client to keep it when it comes whole.
  const size = 100_000_000;
  const data = noise(2_000_000);
  const at = size - data.length - 50_000;
  const files = { "/a": sparseFile(size, [{ offset: at, bytes: data }]) };
  const server = await startRangeServer({ files, faults: { rate, seed, kinds, spared } });
  const source = httpSource(`${server.url}/a`, { timeout: 1500, retries });
  if (spared > 0) await source.getRange({ offset: at, length: 10 }); // the first answer is the one that all others are held against
  const random = seeded(11);
  const codes: Record<string, number> = {};
  let right = 0;
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const offset = Math.floor(random() * (data.length - 200_000));
      const length = Math.floor(random() ** 3 * 200_000);
      const into = random() < 0.5 ? new Uint8Array(length) : undefined;
      try {
        const bytes = await source.getRange({ offset: at + offset, length }, into ? { into } : {});
        expect(Buffer.compare(bytes, data.subarray(offset, offset + length))).toBe(0);
        right++;
      } catch (error) {
        if (!(error instanceof FitsError)) throw error;
        codes[error.code] = (codes[error.code] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  const faults = server.requests.filter(({ fault }) => fault).length;
  await server.close();
  return { right, codes, faults };
}

const passing = allFaults.filter((fault) => fault !== "etag" && fault !== "size");

it("1,000 random ranges are all right with 20 % of requests failing", async () => {
  const { right, codes, faults } = await randomRanges(passing, 0.2, 1000, 7);
  expect(codes).toEqual({});
  expect(right).toBe(1000);
  expect(faults).toBeGreaterThan(150);
}, 60_000);

it("so they are with other faults, among them all of the object from the first request on", async () => {
  const mixed = await randomRanges(passing, 0.2, 300, 7, 2026);
  expect([mixed.right, mixed.codes]).toEqual([300, {}]);
  const whole = await randomRanges(["200"], 0.2, 300, 7, 3, 0);
  expect([whole.right, whole.codes]).toEqual([300, {}]);
  expect(whole.faults).toBeGreaterThan(40);
}, 60_000);

it("ranges are right or end in a typed error with 60 % of requests failing and one retry", async () => {
  const { right, codes } = await randomRanges(passing, 0.6, 300, 1);
  const failed = Object.values(codes).reduce((a, b) => a + b, 0);
  expect(right + failed).toBe(300);
  expect(failed).toBeGreaterThan(30);
  expect(Object.keys(codes).sort()).toEqual(
    expect.arrayContaining(["BAD_RANGE", "HTTP", "NETWORK", "SHORT_READ", "TIMEOUT"]),
  );
}, 60_000);

it("a range is right or SOURCE_CHANGED when versions come and go", async () => {
  const { right, codes } = await randomRanges([...passing, "etag", "size"], 0.2, 300, 5);
  expect(codes["SOURCE_CHANGED"]).toBeGreaterThan(0);
  expect({ ...codes, SOURCE_CHANGED: 300 - right }).toEqual({ SOURCE_CHANGED: 300 - right });
}, 60_000);
