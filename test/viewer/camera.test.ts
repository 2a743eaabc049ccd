/** Zoom and shift: what is under the pointer stays there, limits hold. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  glided,
  glideEnd,
  heldWithin,
  leastZoom,
  nextZoom,
  shifted,
  wheelFactor,
  zoomedAround,
  zoomText,
} from "../../viewer/src/element/camera.js";
import { placementOf } from "../../viewer/src/screen/geometry.js";

const place = fc.double({ min: -5000, max: 5000, noNaN: true });
const zoom = fc.double({ min: 0.01, max: 256, noNaN: true });
const size = [800, 600] as const;

describe("the placement", () => {
  test("has the middle of the canvas at the center of the view, y upward", () => {
    const { toCanvas, toImage } = placementOf({ center: [10, 20], zoom: 4 }, ...size);
    expect(toCanvas(10, 20)).toEqual([400, 300]);
    expect(toCanvas(11, 21)).toEqual([404, 296]);
    expect(toImage(404, 296)).toEqual([11, 21]);
  });

  test("goes there and back", () => {
    fc.assert(
      fc.property(place, place, zoom, place, place, (cx, cy, zoom, x, y) => {
        const { toCanvas, toImage } = placementOf({ center: [cx, cy], zoom }, ...size);
        const [left, top] = toCanvas(x, y);
        const [backX, backY] = toImage(left, top);
        expect(backX).toBeCloseTo(x, 6);
        expect(backY).toBeCloseTo(y, 6);
      }),
    );
  });
});

describe("the zoom", () => {
  test("keeps the pixel at its anchor", () => {
    fc.assert(
      fc.property(place, place, zoom, zoom, fc.nat(800), fc.nat(600), (cx, cy, from, to, left, top) => {
        const view = { center: [cx, cy], zoom: from } as const;
        const [x, y] = placementOf(view, ...size).toImage(left, top);
        const after = zoomedAround(view, to, [left, top], size, 0.01);
        expect(after.zoom).toBe(to);
        const [stillLeft, stillTop] = placementOf(after, ...size).toCanvas(x, y);
        expect(stillLeft).toBeCloseTo(left, 4);
        expect(stillTop).toBeCloseTo(top, 4);
      }),
    );
  });

  test("ends at a quarter of what fits, at 1:1 at most, and at 256", () => {
    const view = { center: [0, 0], zoom: 1 } as const;
    expect(zoomedAround(view, 1e9, [0, 0], size, 1).zoom).toBe(256);
    expect(zoomedAround(view, 0, [0, 0], size, 0.1).zoom).toBe(0.025);
    expect(leastZoom(40)).toBe(1);
  });

  test("goes by powers of two", () => {
    expect([nextZoom(1, 1), nextZoom(1, -1), nextZoom(1.5, 1), nextZoom(1.5, -1), nextZoom(0.3, -1)]).toEqual(
      [2, 0.5, 2, 1, 0.25],
    );
    expect([zoomText(0.25), zoomText(1), zoomText(3.71), zoomText(0.013)]).toEqual([
      "1:4",
      "1:1",
      "3.7:1",
      "1:76.9",
    ]);
  });

  test("follows the wheel: a turn and back is nothing, a pinch counts more, no turn more than a step", () => {
    const turn = (deltaY: number, ctrlKey = false, deltaMode = 0): number =>
      wheelFactor({ deltaY, ctrlKey, deltaMode });
    expect(turn(53) * turn(-53)).toBeCloseTo(1, 12);
    expect(turn(-10)).toBeGreaterThan(1);
    expect(turn(-10, true)).toBeGreaterThan(turn(-10));
    expect(turn(-3, false, 1)).toBe(turn(-48));
    expect(turn(-1e9)).toBe(turn(-300));
  });
});

test("a shift moves the picture with the pointer, and the middle stays within the image", () => {
  const view = { center: [100, 100], zoom: 2 } as const;
  expect(shifted(view, 20, 10)).toEqual({ center: [90, 105], zoom: 2 });
  expect(heldWithin({ center: [-50, 900], zoom: 2 }, [200, 300])).toEqual({ center: [-0.5, 299.5], zoom: 2 });
});

test("a glide slows down and ends where it says", () => {
  expect(glideEnd(0.01)).toBe(0);
  const end = glideEnd(2);
  expect(glided(2, 0)).toBe(0);
  expect(glided(2, end)).toBeLessThan(2 * end);
  expect(glided(2, end) - glided(2, end - 50)).toBeCloseTo(1, 0);
  expect(glided(-2, end)).toBe(-glided(2, end));
});
