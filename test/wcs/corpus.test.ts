/**
 * Real headers with the answers of astropy: ../shared/corpus/wcs, where that folder exists.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { open } from "../../src/index.js";
import { frameLabel, readWcs, type Wcs, wcsOf } from "../../src/wcs/index.js";
import { headerOfFile } from "./headers.js";

const corpus = "../shared/corpus";

interface Truth {
  readonly error?: string;
  readonly celestial: { readonly lon_axis: number; readonly lat_axis: number };
  readonly frame: string | null;
  readonly distortion: boolean;
  readonly points: readonly Record<
    "pixel" | "core" | "full" | "back",
    readonly [number | null, number | null]
  >[];
}

const isThere = existsSync(join(corpus, "wcs/truth.json"));
const truth: [string, Truth][] = isThere
  ? Object.entries(JSON.parse(readFileSync(join(corpus, "wcs/truth.json"), "utf8")) as Record<string, Truth>)
  : [];

async function wcsNamed(name: string): Promise<Wcs> {
  const [, file = "", hdu] = /^(.*?)(?:\[(\d+)\])?$/.exec(name)!;
  if (hdu === undefined) return wcsOf(headerOfFile(join(corpus, "wcs", file)), { tables: {} });
  const fits = await open(join(corpus, file));
  try {
    return await readWcs(fits, Number(hdu));
  } finally {
    await fits.close();
  }
}

test.skipIf(isThere)("skipped: the headers of ../shared/corpus are not here", () => {});

describe.runIf(isThere)("sky and pixels of real headers", () => {
  const sky = truth.filter(([, { error }]) => error === undefined);

  test("there are 75 with a celestial WCS", () => {
    expect(sky.length).toBeGreaterThanOrEqual(75);
  });

  test.each(sky)("%s", async (name, { celestial: axes, distortion, points, frame }) => {
    const { celestial } = await wcsNamed(name);
    expect(celestial?.worldAxes).toEqual([axes.lon_axis - 1, axes.lat_axis - 1]);
    if (frame) expect(frameLabel(celestial!.frame).toUpperCase()).toMatch(new RegExp(`^${frame}`));
    const tolerance = distortion ? 1e-8 : 1e-9;
    for (const { pixel, full, back } of points) {
      const found = celestial!.toSky(pixel[0]! - 1, pixel[1]! - 1);
      if (full[0] === null || full[1] === null) {
        expect(found).toBeNull();
        continue;
      }
      expect(found).not.toBeNull();
      // At a pole all longitudes are one place, and rounding says which comes out.
      const parallel = Math.cos((full[1] * Math.PI) / 180);
      const errors = [Math.abs(found![0] - full[0]) * parallel, Math.abs(found![1] - full[1])] as const;
      expect([found, full, Math.max(...errors) < tolerance]).toEqual([found, full, true]);
      const [x, y] = celestial!.toPixel(full[0], full[1]) ?? [Number.NaN, Number.NaN];
      if (back[0] === null || back[1] === null) continue;
      const off = Math.max(Math.abs(x + 1 - back[0]), Math.abs(y + 1 - back[1]));
      expect([x + 1, y + 1, back, off < 1e-6]).toEqual([x + 1, y + 1, back, true]);
    }
  });
});
