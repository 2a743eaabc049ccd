/** Projections undo themselves: the grids and parameters of wcslib's own test of closure, and points by chance. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FitsError } from "../../../src/errors.js";
import { projectionOf } from "../../../src/wcs/projections/make.js";
import type { Projection } from "../../../src/wcs/projections/projection.js";

type Parameters = readonly (number | undefined)[];
const _ = undefined;
const zpn = [0, 0.95, -0.025, -0.15833, 0.00208, 0.00792, -0.00007, -0.00019];

/** Code, parameters, and the latitudes on the map. */
const grids: readonly [code: string, pv: Parameters, south: number, north: number][] = [
  ["AZP", [_, 0.5, 30], 5, 90],
  ["SZP", [_, 0.5, 210, 60], 15, 90],
  ["TAN", [], 5, 90],
  ["STG", [], -85, 90],
  ["SIN", [_, -0.3, 0.5], 45, 90],
  ["SIN", [], 0, 90],
  ["ARC", [], -90, 90],
  ["ZPN", zpn, 10, 90],
  ["ZEA", [], -85, 90],
  ["AIR", [_, 45], -85, 90],
  ["CYP", [_, 3, 0.8], -90, 90],
  ["CEA", [_, 0.75], -90, 90],
  ["CAR", [], -90, 90],
  ["MER", [], -85, 85],
  ["SFL", [], -90, 90],
  ["PAR", [], -90, 90],
  ["MOL", [], -90, 90],
  ["AIT", [], -90, 90],
  ["COP", [_, 60, 15], -25, 90],
  ["COE", [_, 60, -15], -90, 90],
  ["COD", [_, -60, 15], -90, 90],
  ["COO", [_, -60, -15], -90, 85],
  ["BON", [_, 30], -90, 90],
  ["PCO", [], -90, 90],
  ["TSC", [], -90, 90],
  ["CSC", [], -90, 90],
  ["QSC", [], -90, 90],
  ["HPX", [_, 4, 3], -90, 90],
  ["HPX", [_, 6, 4], -90, 90],
  ["XPH", [], -90, 90],
];

function made(code: string, pv: Parameters): Projection {
  const projection = projectionOf(code, pv);
  if (projection === undefined) throw new Error(`no ${code}`);
  return projection;
}

/** Degrees on the sphere between two points close to each other. */
function distance(lonA: number, latA: number, lonB: number, latB: number): number {
  const turn = Math.abs(lonA - lonB) % 360;
  return Math.max(Math.min(turn, 360 - turn) * Math.cos((latB * Math.PI) / 180), Math.abs(latA - latB));
}

describe.each(grids)("%s %j", (code, pv, south, north) => {
  // Paper II: the two polynomials of CSC are not inverse to each other.
  const bar = code === "CSC" ? 4e-2 : 1e-9;

  it(`comes back on a grid of 1 degree, latitudes ${south} to ${north}`, () => {
    const projection = made(code, pv);
    const n = 361;
    const lost: string[] = [];
    for (let lat = south; lat <= north; lat++) {
      const phi = Float64Array.from({ length: n }, (_, i) => i - 180);
      const theta = new Float64Array(n).fill(lat);
      projection.toPlane(phi, theta, n);
      projection.toSphere(phi, theta, n);
      // Where sines end, at poles and at the rim of the orthographic map, they say little of their angles.
      const most = Math.abs(lat) > 89 || (code === "SIN" && lat < 1) ? bar + 3e-6 : bar;
      for (let i = 0; i < n; i++) {
        const off = distance(phi[i]!, theta[i]!, i - 180, lat);
        if (!(off < most)) lost.push(`${i - 180}, ${lat} became ${phi[i]}, ${theta[i]}`);
      }
    }
    expect(lost).toEqual([]);
  });

  it("comes back close to the reference point, at distances down to 1e-12 degrees", () => {
    const projection = made(code, pv);
    const lost: string[] = [];
    for (let r = 1; r > 1e-13; r /= 10) {
      for (let degree = 0; degree < 360; degree += 15) {
        const dx = r * Math.cos((degree * Math.PI) / 180);
        const dy = r * Math.sin((degree * Math.PI) / 180);
        const x = Float64Array.of(dx);
        const y = Float64Array.of(dy);
        projection.toSphere(x, y, 1);
        projection.toPlane(x, y, 1);
        const off = Math.max(Math.abs(x[0]! - dx), Math.abs(y[0]! - dy));
        if (!(off < bar)) lost.push(`${dx}, ${dy} became ${x[0]}, ${y[0]}`);
      }
    }
    expect(lost).toEqual([]);
  });
});

describe("any projection with any parameters", () => {
  const anywhere = fc.double({ min: -400, max: 400, noNaN: true });
  const parameters = fc.array(fc.option(fc.double({ min: -100, max: 100 }), { nil: undefined }), {
    maxLength: 8,
  });
  const codes = [...new Set(grids.map(([code]) => code))];

  it("answers or refuses, and never has one coordinate alone", () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), parameters, anywhere, anywhere, (code, pv, a, b) => {
        let projection: Projection | undefined;
        try {
          projection = projectionOf(code, pv);
        } catch (error) {
          expect(error).toBeInstanceOf(FitsError);
          expect((error as FitsError).code).toBe("BAD_HEADER");
          expect((error as FitsError).message).toMatch(new RegExp(`^projection ${code} .*PVi_\\d`));
          return;
        }
        for (const way of ["toSphere", "toPlane"] as const) {
          const x = Float64Array.of(a, Number.POSITIVE_INFINITY, Number.NaN, 1);
          const y = Float64Array.of(b, 0, 1, Number.NaN);
          projection?.[way](x, y, 4);
          expect(Array.from(x, Number.isNaN)).toEqual(Array.from(y, Number.isNaN));
          expect([...x.slice(2), ...y.slice(2)]).toEqual(new Array(4).fill(Number.NaN));
          if (way === "toSphere" && !Number.isNaN(x[0]!)) {
            expect(Math.abs(x[0]!)).toBeLessThanOrEqual(180);
            expect(Math.abs(y[0]!)).toBeLessThanOrEqual(90);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("comes back from the plane to the plane where it answers", () => {
    fc.assert(
      fc.property(fc.constantFrom(...grids), anywhere, anywhere, ([code, pv], a, b) => {
        if (code === "CSC") return;
        const projection = made(code, pv);
        const x = Float64Array.of(a);
        const y = Float64Array.of(b);
        projection.toSphere(x, y, 1);
        const [phi, theta] = [x[0]!, y[0]!];
        projection.toPlane(x, y, 1);
        if (Number.isNaN(x[0]!)) return;
        projection.toSphere(x, y, 1);
        if (Number.isNaN(x[0]!)) return;
        expect(distance(x[0]!, y[0]!, phi, theta), `${phi} ${theta}`).toBeLessThan(3e-6);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("projectionOf", () => {
  it("knows no other code", () => {
    expect(projectionOf("XYZ", [])).toBeUndefined();
    expect(projectionOf("tan", [])).toBeUndefined();
  });

  it.each([
    [
      "COP",
      [],
      "projection COP needs PVi_1 (theta_a, the mean of its standard parallels) of its latitude axis",
    ],
    ["CEA", [_, 2], "projection CEA cannot have PVi_1 = 2: it must lie above 0, up to 1"],
    ["HPX", [_, 4, 0], "projection HPX cannot have PVi_2 = 0: it must be above 0"],
    ["AZP", [_, -1], "projection AZP cannot have PVi_1 = -1: the point of projection would be on the plane"],
    ["ZPN", [], "projection ZPN cannot have PVi_0 = 0: at least one PVi_m must differ from 0"],
    ["CYP", [_, Number.NaN], "projection CYP cannot have PVi_1 = NaN: it must be a finite number"],
  ])("names projection and parameter: %s", (code, pv, message) => {
    expect(() => projectionOf(code, pv)).toThrow(message);
  });

  it("moves the reference point, and the plane with it where told so", () => {
    const there = { phi0: 30, theta0: 40 };
    expect(projectionOf("TAN", [], there)).toMatchObject(there);
    const still = projectionOf("CAR", [], there)!;
    const moved = projectionOf("CAR", [], { ...there, offset: true })!;
    for (const [projection, expected] of [
      [still, [1, 2]],
      [moved, [31, 42]],
    ] as const) {
      const x = Float64Array.of(1);
      const y = Float64Array.of(2);
      projection.toSphere(x, y, 1);
      expect([x[0], y[0]]).toEqual(expected);
      projection.toPlane(x, y, 1);
      expect([x[0], y[0]]).toEqual([1, 2]);
    }
    expect(() => projectionOf("TAN", [], { phi0: 0, theta0: -10, offset: true })).toThrow(
      "projection TAN does not map its reference point, PVi_1, PVi_2 = 0, -10",
    );
  });
});
