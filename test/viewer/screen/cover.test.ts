/** What is in sight and known: the shares, and how much is looked at to find them. */
import { expect, test } from "vitest";
import { ndarray } from "../../../src/array.js";
import { coverageOf } from "../../../viewer/src/screen/cover.js";
import { markRead, type Page } from "../../../viewer/src/screen/page.js";
import { newPages } from "../../../viewer/src/screen/pages.js";
import { asymmetric, openImage } from "./images.js";

/** The page, with a count of the looks at whether units of it were read. */
function counted(page: Page): { page: Page; looks: () => number } {
  let looks = 0;
  const read = new Proxy(page.read, {
    get(bytes, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) looks++;
      return Reflect.get(bytes, key, bytes);
    },
  });
  return { page: { ...page, read }, looks: () => looks };
}

test("tiles that stand for their neighbors are looked for once a tile, not once a row of texels", async () => {
  const [side, tile, reach] = [512, 32, 3];
  const image = ndarray<"float32">(asymmetric(side, side), [side, side]);
  const { supplies } = await openImage(image, [tile, tile]);
  const pages = newPages(supplies, 1e9);
  const { page, looks } = counted(pages.ensure({ level: 0, column: 0, row: 0 }));
  // One tile of the page's 8 x 8: the tiles within three of it along both axes are filled by it.
  markRead(page, 1, 1);
  const sight = { x0: 0, y0: 0, x1: 256, y1: 256 };
  const coverage = coverageOf({
    pages: { ...pages, get: (id) => (id.level === 0 && id.column + id.row === 0 ? page : undefined) },
    ...{ sight, level: 0, coarsest: supplies.coarsest, reach },
  });
  const tiles = 8 * 8;
  expect(coverage).toEqual({ exact: 1 / tiles, sampled: (5 * 5 - 1) / tiles, missing: (tiles - 25) / tiles });
  expect(looks()).toBeGreaterThan(0);
  expect(looks()).toBeLessThanOrEqual(tiles * (2 * reach + 1) ** 2);
});
