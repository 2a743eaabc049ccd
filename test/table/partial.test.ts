/**
 * Tiles of compressed tables are decoded no further than the last row that is asked for.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { open } from "../../src/open.js";

const sample = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../fixtures/table/${name}`, import.meta.url)));

it.each(["t1.fits.fz", "t4.fits.fz", "t10.fits.fz"])(
  "the first rows, and any row, of %s are those of the whole",
  async (name) => {
    const hdu = await (await open(sample(name))).table(1);
    const whole = (await hdu.select()).columns.map((data) => [...data]);
    for (let row = 0; row < hdu.rowCount; row += Math.max(1, Math.floor(hdu.rowCount / 9))) {
      const one = await hdu.select({ rows: { start: row, stop: row + 1 } });
      expect(one.columns.map((data) => data.get(0))).toEqual(whole.map((cells) => cells[row]));
      const first = await hdu.select({ rows: { stop: row + 1 } });
      expect(first.columns.map((data) => [...data])).toEqual(whole.map((cells) => cells.slice(0, row + 1)));
    }
  },
);
