/**
 * Pixels of cutouts are those of astropy's Cutout2D: modes, edges, odd and even sizes, halves of pixels.
 */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { boxAround, wholeSize } from "../../src/cutout/box.js";
import { cutout } from "../../src/cutout/index.js";
import { FitsError } from "../../src/errors.js";
import { open } from "../../src/open.js";
import { hasAstropy, parentPath } from "./oracles.js";

const modes = ["trim", "partial", "strict"] as const;
const places = [0, 0.5, 1, 1.49, 2.5, 3, 29.75, 47, 49, 49.5, 51, 59.5, 62, 63.5, -1, -2.5, -3, -40, 300];
const sizes: [number, number][] = [
  [1, 1],
  [2, 2],
  [3, 4],
  [6, 5],
  [7, 7],
  [120, 3],
];

/** A fixed sample of the combinations. */
const jobs = places.flatMap((x, i) =>
  sizes.flatMap((size, j) =>
    modes.map((mode, k) => ({ x, y: places[(i * 5 + j * 3 + k) % places.length]!, size, mode })),
  ),
);

test.skipIf(!hasAstropy)("of Cutout2D", async () => {
  const path = parentPath("cd");
  const input = JSON.stringify(jobs);
  const theirs = JSON.parse(
    execFileSync("/usr/bin/python3", ["test/cutout/cutout2d.py", path], {
      input,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    }),
  ) as { error?: string; shape?: number[]; values?: (number | null)[]; position?: number[] }[];
  await using fits = await open(path);
  const image = await fits.image("SCI");
  let made = 0;
  for (const [i, { x, y, size, mode }] of jobs.entries()) {
    const ours = await cutout(image, { center: { x, y }, size, mode }).catch(
      (error: unknown) => error as FitsError,
    );
    const wanted = theirs[i]!;
    // astropy before 6 makes an empty cutout of one that ends where the image begins.
    const ends = [Math.ceil(y - size[0] / 2) + size[0], Math.ceil(x - size[1] / 2) + size[1]];
    if (wanted.error || ends.includes(0)) {
      expect(ours, JSON.stringify(jobs[i])).toBeInstanceOf(FitsError);
      expect((ours as FitsError).code).toBe("BAD_SELECTION");
      continue;
    }
    if (ours instanceof FitsError) throw ours;
    made++;
    expect(ours.shape, JSON.stringify(jobs[i])).toEqual(wanted.shape);
    expect(Array.from(ours.data.data as Float32Array, (v) => (Number.isNaN(v) ? null : v))).toEqual(
      wanted.values,
    );
    expect([ours.position.x, ours.position.y]).toEqual(wanted.position);
  }
  expect(made).toBeGreaterThan(100);
});

describe("boxes", () => {
  test("have one pixel more below than above where the size is even and the center is a pixel", () => {
    expect(boxAround(10, 20, 4, 5)).toEqual({ x: 8, y: 18, width: 4, height: 5 });
  });

  test("of halves of pixels go to the even size", () => {
    expect([0.5001, 1.5, 2.5, 3.5].map((size) => wholeSize(size, "it"))).toEqual([1, 2, 2, 4]);
  });

  test("without a pixel, or of more than can be counted, are refused in one line", () => {
    for (const size of [0, -3, 0.4, Number.NaN, Infinity, 1e300])
      expect(() => wholeSize(size, "it")).toThrow(FitsError);
    for (const x of [Number.NaN, Infinity, 1e300]) expect(() => boxAround(x, 0, 3, 3)).toThrow(/no pixel at/);
  });
});
