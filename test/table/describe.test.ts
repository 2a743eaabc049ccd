/**
 * Columns in numbers, streamed, against loops over the whole.
 */
import { expect, it } from "vitest";
import { describe as describeColumns } from "../../src/table/describe.js";
import { openTable, rowsOf } from "./made.js";

it("counts nulls and NaN, and finds extremes and means, batch by batch", async () => {
  const hdu = await openTable({
    columns: { i: "J", e: "E", k: "K", s: "2A", f: "L", v: "2I" },
    rowBytes: 23,
    rows: rowsOf(5, 23, (view, i) => {
      view.setInt32(0, i === 2 ? -9 : i);
      view.setFloat32(4, i === 4 ? Number.NaN : i / 2);
      view.setBigInt64(8, 2n ** 60n + BigInt(i));
      view.setUint8(16, 97 + ((i * 2) % 5));
      view.setUint8(18, [84, 70, 0, 84, 84][i]!);
      view.setInt16(19, -i);
      view.setInt16(21, i);
    }),
    cards: { TNULL1: -9 },
  });
  const found = await describeColumns(hdu.batches({ batchRows: 2 }), hdu.columns);
  expect(found.map(({ column, ...rest }) => ({ name: column.name, ...rest }))).toEqual([
    { name: "i", count: 4, nulls: 1, min: 0, max: 4, mean: 2 },
    { name: "e", count: 4, nulls: 1, min: 0, max: 1.5, mean: 0.75 },
    { name: "k", count: 5, nulls: 0, min: 2n ** 60n, max: 2n ** 60n + 4n, mean: 2 ** 60 },
    { name: "s", count: 5, nulls: 0, min: "a", max: "e", mean: null },
    { name: "f", count: 4, nulls: 1, min: null, max: null, mean: 0.75 },
    { name: "v", count: 10, nulls: 0, min: -4, max: 4, mean: 0 },
  ]);
  const none = await describeColumns(hdu.batches({ rows: { stop: 0 } }), hdu.columns);
  expect(none[0]).toMatchObject({ count: 0, nulls: 0, min: null, max: null, mean: null });
});
