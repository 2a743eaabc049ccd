import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chooser,
  type FootprintRow,
  planStamps,
  type StampSpec,
  type Target,
} from "../../src/stamps/index.js";

const size = { height: 10, width: 10, unit: "pixel" } as const;
const spec: StampSpec = { size, raw: true };
const target = (row: number, lon: number, lat: number, more: Partial<Target> = {}): Target => ({
  row,
  name: `t${row}`,
  lon,
  lat,
  ...more,
});

/** A footprint of 0.2 degrees. */
function square(access_url: string, lon: number, lat: number, hdu = 0): FootprintRow {
  const corners = [
    [0.1, -0.1],
    [0.1, 0.1],
    [-0.1, 0.1],
    [-0.1, -0.1],
  ].map(([x, y]) => `${(lon + x! + 360) % 360} ${lat + y!}`);
  return { access_url, hdu, s_region: `POLYGON ICRS ${corners.join(" ")}`, scale: 1 };
}

describe("a job", () => {
  test("is plain data: JSON gives it back, and the same work has the same ids", async () => {
    const targets = [target(0, 1, 2), target(1, 1.1, 2, { name: "t0" })];
    const job = await planStamps(targets, spec, { source: "a.fits" });
    expect(JSON.parse(JSON.stringify(job))).toEqual(job);
    expect(await planStamps(targets, spec, { source: "a.fits" })).toEqual(job);
    expect(job.shards[0]!.targets.map(({ output }) => output)).toEqual(["t0", "t0-2"]);
    const other = await planStamps(targets, { ...spec, mode: "trim" }, { source: "a.fits" });
    expect(other.id).not.toBe(job.id);
    expect(other.shards[0]!.id).not.toBe(job.shards[0]!.id);
    expect((await planStamps(targets.slice(1), spec, { source: "a.fits" })).id).not.toBe(job.id);
  });

  test("has shards of one file and so many targets, each target once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.double({ min: 0, max: 360, noNaN: true }),
            fc.double({ min: -90, max: 90, noNaN: true }),
            fc.nat(3),
          ),
          { minLength: 1, maxLength: 60 },
        ),
        fc.integer({ min: 1, max: 9 }),
        async (places, shardTargets) => {
          const targets = places.map(([lon, lat, file], row) =>
            target(row, lon, lat, { files: [`${file}.fits`] }),
          );
          const { shards, settled, count } = await planStamps(targets, spec, { shardTargets });
          expect([settled, count]).toEqual([[], targets.length]);
          const all = shards.flatMap(({ source, targets }) =>
            targets.map(({ row }) => [row, source] as const),
          );
          expect(all.sort((a, b) => a[0] - b[0])).toEqual(targets.map(({ row, files }) => [row, files![0]]));
          for (const shard of shards) expect(shard.targets.length).toBeLessThanOrEqual(shardTargets);
          expect(new Set(shards.map(({ id }) => id)).size).toBe(shards.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("cuts a target from every file of its row, each once", async () => {
    const { shards } = await planStamps(
      [target(0, 1, 2, { files: ["/x/a.fits", "b.fits.fz", "/x/a.fits"] })],
      spec,
    );
    expect(shards.map(({ source, targets }) => [source, targets[0]!.output])).toEqual([
      ["/x/a.fits", "t0_a"],
      ["b.fits.fz", "t0_b"],
    ]);
  });

  test("settles what cannot be cut, and refuses a list without a single target", async () => {
    const bad = { row: 1, name: "bad", reason: "the row has no position" };
    const { settled, count } = await planStamps(
      [target(0, 1, 2, { files: ["a.fits"] }), bad, target(2, 1, 2)],
      spec,
    );
    expect(settled).toEqual([
      { row: 1, name: "bad", number: 1, status: "failed", reason: "the row has no position" },
      { row: 2, name: "t2", number: 2, status: "failed", reason: "the row names no file" },
    ]);
    expect(count).toBe(3);
    await expect(planStamps([bad], spec)).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: "no row of the list is a target; row 2: the row has no position",
    });
    const without = await planStamps([target(0, 1, 2)], { raw: true }, { source: "a.fits" });
    expect(without.settled[0]).toMatchObject({
      status: "failed",
      reason: "the row has no size, and no other was given",
    });
  });
});

describe("footprints", () => {
  const footprints = chooser([
    square("west.fits", 0.05, 10),
    square("east.fits", 359.95, 10, 1),
    square("east.fits", 359.95, 10, 2),
    square("far.fits", 180, 10),
  ]);

  test.each([
    [0.1, ["west.fits"]],
    [359.9, ["east.fits"]],
    [0.001, ["west.fits"]],
    [359.999, ["east.fits"]],
  ])("at RA %d the best file is the one in which the target lies deepest", async (lon, files) => {
    const { shards } = await planStamps([target(0, lon, 10)], spec, { footprints });
    expect(shards.map(({ source }) => source)).toEqual(files);
  });

  test("all files that show a target, each by its best HDU", async () => {
    const { shards } = await planStamps([target(0, 0.001, 10)], spec, { footprints, files: "all" });
    expect(shards.map(({ source, hdu }) => [source, hdu])).toEqual([
      ["west.fits", 0],
      ["east.fits", 1],
    ]);
  });

  test("that show no target say so", async () => {
    const { settled } = await planStamps([target(0, 90, 10)], spec, { footprints });
    expect(settled[0]).toMatchObject({ status: "outside", reason: "no image of the footprints shows it" });
  });
});
