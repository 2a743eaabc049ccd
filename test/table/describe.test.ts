/**
 * Columns in numbers, streamed, against loops over the whole.
 */
import { expect, it } from "vitest";
import { openTable, rowsOf } from "./made.js";

it("counts nulls and NaN, and finds extremes and means, batch by batch", async () => {
  const hdu = await openTable({
    columns: { i: "J", e: "E", k: "K", s: "2A", f: "L", v: "2I", c: "C" },
    rowBytes: 31,
    rows: rowsOf(5, 31, (view, i) => {
      view.setInt32(0, i === 2 ? -9 : i);
      view.setFloat32(4, i === 4 ? Number.NaN : i / 2);
      view.setBigInt64(8, 2n ** 60n + BigInt(i));
      view.setUint8(16, 97 + ((i * 2) % 5));
      view.setUint8(18, [84, 70, 0, 84, 84][i]!);
      view.setInt16(19, -i);
      view.setInt16(21, i);
      view.setFloat32(27, i === 0 ? Number.NaN : i);
    }),
    cards: { TNULL1: -9 },
  });
  const { rows, columns } = await hdu.describe({ batchRows: 2 });
  expect(rows).toBe(5);
  expect(columns.map(({ column, ...rest }) => ({ name: column.name, ...rest }))).toEqual([
    { name: "i", count: 4, nulls: 1, min: 0, max: 4, mean: 2 },
    { name: "e", count: 4, nulls: 1, min: 0, max: 1.5, mean: 0.75 },
    { name: "k", count: 5, nulls: 0, min: 2n ** 60n, max: 2n ** 60n + 4n, mean: 2 ** 60 + 2 },
    { name: "s", count: 5, nulls: 0, min: "a", max: "e", mean: null },
    { name: "f", count: 4, nulls: 1, min: null, max: null, mean: 0.75 },
    { name: "v", count: 10, nulls: 0, min: -4, max: 4, mean: 0 },
    { name: "c", count: 4, nulls: 1, min: null, max: null, mean: null },
  ]);
  const none = await hdu.describe({ rows: { stop: 0 } });
  expect(none.rows).toBe(0);
  expect(none.columns[0]).toMatchObject({ count: 0, nulls: 0, min: null, max: null, mean: null });
});
