import { describe, expect, it } from "vitest";
import { gnomonicToSky, skyToGnomonic } from "../../src/wcs/gnomonic-sky.js";
import { projectionOf } from "../../src/wcs/projections/make.js";
import { rotationOf } from "../../src/wcs/sphere.js";

const references = [
  { lon0: 0, lat0: 0 },
  { lon0: 150.1, lat0: 2.2 },
  { lon0: -70, lat0: -30, lonpole: 33 },
  { lon0: 10, lat0: -89, lonpole: 90 },
  { lon0: 200, lat0: 89.9999 },
  { lon0: 200, lat0: -89.99999999, lonpole: -100 },
];

/** Offsets of all sizes, 1e-12 degrees to far out, in all directions; and the reference point. */
function offsets(): { x: Float64Array; y: Float64Array } {
  const x = [0];
  const y = [0];
  for (let r = 1e-12; r < 1e4; r *= 10) {
    for (let angle = 0; angle < 360; angle += 15) {
      x.push(r * Math.sin((angle * Math.PI) / 180));
      y.push(r * Math.cos((angle * Math.PI) / 180));
    }
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y) };
}

const tan = projectionOf("TAN", [])!;

describe.each(references)("TAN in one step about $lon0, $lat0", (reference) => {
  const rotation = rotationOf({ ...reference, phi0: 0, theta0: 90 });

  it("gives the sky that projection and rotation give", () => {
    const { x, y } = offsets();
    const [lon, lat] = [x.slice(), y.slice()];
    tan.toSphere(lon, lat, lon.length);
    rotation.toCelestial(lon, lat, lon.length);
    gnomonicToSky(rotation.pole, x, y, x.length);
    for (let i = 0; i < x.length; i++) {
      const turn = Math.abs(x[i]! - lon[i]!) % 360;
      const across = Math.min(turn, 360 - turn) * Math.cos((lat[i]! * Math.PI) / 180);
      expect(Math.max(across, Math.abs(y[i]! - lat[i]!)), `${lon[i]}, ${lat[i]}`).toBeLessThan(1e-12);
    }
    expect([x[0], y[0]!.toFixed(12)]).toEqual([lon[0], lat[0]!.toFixed(12)]);
  });

  it("comes back to the plane", () => {
    const { x, y } = offsets();
    const [u, v] = [x.slice(), y.slice()];
    gnomonicToSky(rotation.pole, u, v, u.length);
    skyToGnomonic(rotation.pole, u, v, u.length);
    for (let i = 0; i < x.length; i++) {
      const far = 1 + Math.hypot(x[i]!, y[i]!) ** 2 / 3000;
      expect(Math.max(Math.abs(u[i]! - x[i]!), Math.abs(v[i]! - y[i]!)) / far).toBeLessThan(1e-12);
    }
  });

  it("has no place for the far side of the sky, nor for one coordinate alone", () => {
    const lon = Float64Array.of(reference.lon0 + 180, reference.lon0, Number.NaN, 1);
    const lat = Float64Array.of(-reference.lat0, reference.lat0 > 0 ? -60 : 89, 1, Number.NaN);
    const [phi, theta] = [lon.slice(), lat.slice()];
    skyToGnomonic(rotation.pole, lon, lat, 4);
    rotation.toNative(phi, theta, 4);
    tan.toPlane(phi, theta, 4);
    expect(Array.from(lon, Number.isNaN)).toEqual(Array.from(phi, Number.isNaN));
    expect(Array.from(lat, Number.isNaN)).toEqual(Array.from(theta, Number.isNaN));
    expect([lon[0], lat[0], lon[2], lon[3]]).toEqual(new Array(4).fill(Number.NaN));
  });
});
