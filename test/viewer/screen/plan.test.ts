/** What is read for a view, and what the pages know afterwards: of rows, of rows and bands of tiles, of square tiles. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ndarray } from "../../../src/array.js";
import { coverageOf } from "../../../viewer/src/screen/cover.js";
import { deposit } from "../../../viewer/src/screen/deposit.js";
import { levelOf, type Rect, sightOf } from "../../../viewer/src/screen/geometry.js";
import { newPages, type Pages } from "../../../viewer/src/screen/pages.js";
import { missingSections, nextJob, type Target, targetOf } from "../../../viewer/src/screen/plan.js";
import { plainOrigin, valueSample } from "../../../viewer/src/screen/values.js";
import { asymmetric, type OpenImage, openImage } from "./images.js";

const [width, height] = [820, 640];
const kinds: readonly { kind: string; tile: readonly number[] | undefined; view: number }[] = [
  { kind: "plain rows", tile: undefined, view: 400e3 },
  { kind: "plain rows, read whole", tile: undefined, view: 24e6 },
  { kind: "a tile a row", tile: [1, width], view: 400e3 },
  { kind: "bands of tiles", tile: [16, width], view: 400e3 },
  { kind: "square tiles", tile: [100, 90], view: 400e3 },
  { kind: "square tiles, read whole", tile: [100, 90], view: 24e6 },
];

interface Asked {
  readonly level: number;
  readonly whole: boolean;
  readonly rect: Rect;
}

/** Reads all that a target's budget allows, or all there is; what was asked for goes to `asked`. */
async function readAll(
  { image }: OpenImage,
  target: Target,
  pages: Pages,
  { left, exact }: { left: number; exact: boolean },
  asked: Asked[],
): Promise<number> {
  const sample = valueSample();
  let bytes = 0;
  for (let rounds = 0; rounds < 1000; rounds++) {
    const { job } = nextJob(target, pages, () => false, left - bytes, exact);
    if (!job) return bytes;
    bytes += job.bytes;
    for (const rect of job.sections) {
      asked.push({ level: target.level, whole: target.whole, rect });
      const array = await image.section(target.supply.selection(rect));
      const levels = target.whole ? [0, 1, 2] : [target.level];
      const { signal } = new AbortController();
      await deposit(array, rect, {
        pages,
        supply: target.supply,
        levels,
        origin: plainOrigin,
        sample,
        signal,
      });
    }
  }
  throw new Error("the reading of a view does not end");
}

/** How often each pixel of the image was asked for, at one level. */
function countsOf(asked: readonly Asked[]): Uint8Array {
  const counts = new Uint8Array(width * height);
  for (const { rect } of asked)
    for (let y = rect.y0; y < rect.y1; y++) for (let x = rect.x0; x < rect.x1; x++) counts[y * width + x]!++;
  return counts;
}

const views = fc.array(
  fc.record({
    width: fc.constant(300),
    height: fc.constant(200),
    scale: fc.constantFrom(0.18, 0.3, 0.5, 0.9, 1, 3),
    center: fc.tuple(fc.nat(width), fc.nat(height)),
  }),
  { minLength: 1, maxLength: 4 },
);

describe.each(kinds)("$kind", ({ tile, view }) => {
  const budgets = { view, pages: 128e6 };
  const image = openImage(ndarray<"float32">(asymmetric(width, height), [height, width]), tile);

  test("what is known is not asked for again, and at last everything in sight is known", async () => {
    const open = await image;
    await fc.assert(
      fc.asyncProperty(views, async (walk) => {
        const pages = newPages(open.supplies, budgets.pages);
        const asked: Asked[] = [];
        for (const view of walk) {
          const sight = sightOf(view, width, height)!;
          const level = levelOf(view.scale, open.supplies.coarsest);
          const target = targetOf(sight, level, open.supplies.of(level), budgets);
          await readAll(open, target, pages, { left: Number.POSITIVE_INFINITY, exact: false }, asked);
          const look = { pages, sight, level, coarsest: open.supplies.coarsest, reach: target.reach };
          const sampled = coverageOf(look);
          expect(sampled.missing).toBe(0);
          if (target.dense || target.last === 1) expect(sampled.exact).toBe(1);
          await readAll(open, target, pages, { left: Number.POSITIVE_INFINITY, exact: true }, asked);
          expect(coverageOf(look)).toEqual({ exact: 1, sampled: 0, missing: 0 });
          expect(missingSections(target, pages, () => false, true)).toEqual([]);
        }
        for (let level = 0; level <= 2; level++) {
          const counts = countsOf(asked.filter((each) => each.whole || each.level === level));
          expect(counts.reduce((most, n) => Math.max(most, n), 0)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 2, seed: 7 },
    );
  });

  test("a view reads no more than its budget, and first a pass that covers all of it", async () => {
    const open = await image;
    const all = sightOf({ width: 300, height: 200, scale: 0.18, center: [410, 320] }, width, height)!;
    const target = targetOf(all, 2, open.supplies.of(2), budgets);
    const pages = newPages(open.supplies, budgets.pages);
    const bytes = await readAll(open, target, pages, { left: view, exact: false }, []);
    expect(bytes).toBeLessThanOrEqual(view);
    const look = { pages, sight: all, level: 2, coarsest: open.supplies.coarsest, reach: target.reach };
    expect(coverageOf(look).missing).toBe(0);
  });
});
