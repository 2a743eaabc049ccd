/**
 * Circles on the sky, at positions whose coordinates are known.
 */
import { describe, expect, it } from "vitest";
import type { TableHdu } from "../../src/hdu/table.js";
import type { Cone } from "../../src/table/cone.js";
import { openTable, rowsOf } from "./made.js";

function positions(
  names: readonly [string, string],
  places: readonly (readonly [number, number])[],
): Promise<TableHdu> {
  const rows = rowsOf(places.length, 16, (view, row) => {
    view.setFloat64(0, places[row]![0]);
    view.setFloat64(8, places[row]![1]);
  });
  return openTable({ columns: { [names[0]]: "D", [names[1]]: "D" }, rows, rowBytes: 16 });
}

async function inside(hdu: TableHdu, cone: Cone): Promise<number[]> {
  const found = await hdu.select({ cone });
  return Array.from({ length: found.length }, (_, i) => found.rowNumber(i));
}

describe("a cone", () => {
  it.each([
    ["Sagittarius A*", 0, 266.41684, -29.00781],
    ["M 31", 1, 10.684708, 41.26875],
    ["the Crab", 2, 83.633212, 22.01446],
  ])("around %s finds it among galactic positions", async (_, row, ra, dec) => {
    // Longitude and latitude as SIMBAD has them.
    const hdu = await positions(
      ["glon", "glat"],
      [
        [359.94423, -0.04616],
        [121.174322, -21.573311],
        [184.557593, -5.784278],
      ],
    );
    expect(await inside(hdu, { ra, dec, radius: 0.001 })).toEqual([row]);
  });

  it("of more than 90 degrees leaves out what lies around the opposite point", async () => {
    const hdu = await positions(
      ["ra", "dec"],
      [
        [0, 60], // the center
        [180, 60], // 60 degrees from it, over the pole
        [90, 0], // 90
        [0, -30], // 90
        [0, -45], // 105
        [180, 0], // 120
        [180, -60], // 180: the opposite point
      ],
    );
    expect(await inside(hdu, { ra: 0, dec: 60, radius: 100 })).toEqual([0, 1, 2, 3]);
    expect(await inside(hdu, { ra: 0, dec: 60, radius: 110 })).toEqual([0, 1, 2, 3, 4]);
  });

  it("by other than two columns is refused", async () => {
    const hdu = await positions(["ra", "dec"], [[0, 0]]);
    for (const columns of [["ra"], ["ra", "dec", "ra"], []]) {
      const cone = { ra: 0, dec: 0, radius: 1, columns: columns as unknown as [string, string] };
      await expect(hdu.select({ cone })).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    }
  });
});
