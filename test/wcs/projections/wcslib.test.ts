/** Every projection gives what wcslib gives: points and answers of test/fixtures/wcs/make_projections.py. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { projectionOf } from "../../../src/wcs/projections/make.js";
import type { Projection } from "../../../src/wcs/projections/projection.js";

type Row = readonly [a: number, b: number, c: number | null, d: number | null];
interface Case {
  readonly code: string;
  readonly pv: readonly (number | null)[];
  readonly ref: { readonly phi0?: number; readonly theta0?: number; readonly offset?: boolean };
  readonly plane: readonly Row[];
  readonly sphere: readonly Row[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(resolve("test", "fixtures", "wcs", "projections.json"), "utf8"),
);

function made(c: Case): Projection {
  const projection = projectionOf(
    c.code,
    c.pv.map((value) => value ?? undefined),
    c.ref,
  );
  if (projection === undefined) throw new Error(`no ${c.code}`);
  return projection;
}

const column = (rows: readonly Row[], k: 0 | 1): Float64Array => Float64Array.from(rows, (row) => row[k]);

/** How close, in degrees. Near the poles of MOL it is wcslib whose iteration ends early; closure.test.ts has ours. */
const barOf = (c: Case, theta: number): number => (c.code === "MOL" && Math.abs(theta) > 88 ? 1e-6 : 1e-10);

/** Degrees between two longitudes. */
function apart(a: number, b: number): number {
  const turn = Math.abs(a - b) % 360;
  return Math.min(turn, 360 - turn);
}

describe.each(cases)("$code $pv $ref", (c) => {
  it("takes points of the plane to the sphere, and has none where wcslib has none", () => {
    const x = column(c.plane, 0);
    const y = column(c.plane, 1);
    made(c).toSphere(x, y, x.length);
    for (const [i, row] of c.plane.entries()) {
      const [phi, theta] = [row[2], row[3]];
      if (phi === null || theta === null) {
        expect([x[i], y[i]], `at ${row}`).toEqual([Number.NaN, Number.NaN]);
      } else {
        const across = apart(x[i]!, phi) * Math.cos((theta * Math.PI) / 180);
        expect(Math.max(across, Math.abs(y[i]! - theta)), `at ${row}: ${x[i]}, ${y[i]}`).toBeLessThan(
          barOf(c, theta),
        );
      }
    }
  });

  it("takes points of the sphere to the plane, and has none where wcslib has none", () => {
    const phi = column(c.sphere, 0);
    const theta = column(c.sphere, 1);
    made(c).toPlane(phi, theta, phi.length);
    for (const [i, row] of c.sphere.entries()) {
      const [x, y] = [row[2], row[3]];
      if (x === null || y === null) {
        expect([phi[i], theta[i]], `at ${row}`).toEqual([Number.NaN, Number.NaN]);
      } else {
        const off = Math.max(Math.abs(phi[i]! - x), Math.abs(theta[i]! - y));
        // Far out a map is stretched without end, and so are errors of rounding.
        const scale = Math.max(1, (x * x + y * y) / 1e5);
        expect(off / scale, `at ${row}: ${phi[i]}, ${theta[i]}`).toBeLessThan(barOf(c, row[1]));
      }
    }
  });
});
