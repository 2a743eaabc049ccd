/** Coordinates in the viewer: what the readout says, where grids lie, what people write, two HDUs with one view. */
import { readFileSync } from "node:fs";
import { ndarray, parseHeader } from "fitslice";
import { skyGrid } from "fitslice/plot";
import { wcsOf } from "fitslice/wcs";
import { fitsBytes, formatHeader, imageHdu } from "fitslice/write";
import { describe, expect, test } from "vitest";
import { ViewerModel } from "../../viewer/src/model.js";
import { placementOf } from "../../viewer/src/screen/geometry.js";
import { gridLabels } from "../../viewer/src/sky/grid-labels.js";
import { markBoxes } from "../../viewer/src/sky/mark-places.js";
import { blink, matchedView, setBlinkPartner } from "../../viewer/src/sky/match.js";
import { pictureSky, skyView } from "../../viewer/src/sky/picture-sky.js";
import { findPosition } from "../../viewer/src/sky/positions.js";
import { coordinateLines } from "../../viewer/src/sky/readout.js";
import { worldLine } from "../../viewer/src/sky/world-text.js";
import { type SkyFrame, skyFrames } from "../../viewer/src/state.js";
import type { Viewer } from "../../viewer/src/viewer.types.js";

type Cards = Readonly<Record<string, string | number>>;
type Pair = readonly [number, number];
interface Case {
  readonly name: string;
  readonly cards: Cards;
  readonly points: readonly (Record<SkyFrame, Pair> & { readonly pixel: Pair })[];
}
const cases = JSON.parse(readFileSync("test/fixtures/viewer/readout.json", "utf8")) as Case[];

const cardsOf = (cards: Cards) => Object.entries(cards).map(([keyword, value]) => ({ keyword, value }));
const wcsFrom = (cards: Cards) => {
  const axes = [
    { keyword: "NAXIS", value: 2 },
    { keyword: "NAXIS1", value: 400 },
    { keyword: "NAXIS2", value: 400 },
  ];
  return wcsOf(parseHeader(formatHeader([...axes, ...cardsOf(cards)])));
};
const named = (name: string): Case => cases.find((one) => one.name === name)!;
const celestialOf = (name: string) => wcsFrom(named(name).cards).celestial!;

/** Degrees between two positions. */
function apart([lon1, lat1]: Pair, [lon2, lat2]: Pair): number {
  const turn = ((((lon1 - lon2) % 360) + 540) % 360) - 180;
  return Math.hypot(turn * Math.cos((lat1 * Math.PI) / 180), lat1 - lat2);
}

describe("the readout", () => {
  const rows = cases.flatMap(({ name, cards, points }) =>
    skyFrames.map((frame) => [name, frame, cards, points] as const),
  );

  test.each(rows)("says what astropy says: %s, %s", (_, frame, cards, points) => {
    const wcs = wcsFrom(cards);
    for (const { pixel, [frame]: truth } of points) {
      const lines = coordinateLines(wcs, [], ...pixel, frame);
      expect(lines.map(({ label }) => label)[1]).toBe("Degrees");
      const said = lines[1]!.text.split(" ").map(Number) as [number, number];
      expect(apart(said, truth)).toBeLessThan(1e-9);
      const near = pictureSky(wcs.celestial, frame)!.toSky(...pixel)!;
      expect(apart(near, truth)).toBeLessThan(1e-9);
    }
  });

  test("names the frame, and has hours where it is equatorial", () => {
    const wcs = wcsFrom(named("rotated CD").cards);
    const first = (frame: SkyFrame) => coordinateLines(wcs, [], 179.5, 210.25, frame)[0]!;
    expect(first("header")).toEqual({ label: "FK5 J2000", text: "00h50m00.000s +41d18m00.00s" });
    expect(first("galactic").label).toBe("galactic");
    expect(first("galactic").text).toMatch(/^122d\d\dm\d\d\.\d\ds -21d/);
  });

  test("says the other axes of a cube, and what a pixel beyond the sky is", () => {
    const wcs = wcsOf(
      parseHeader(
        formatHeader(
          cardsOf({
            NAXIS: 4,
            CTYPE1: "RA---SIN",
            CTYPE2: "DEC--SIN",
            CTYPE3: "WAVE",
            CTYPE4: "STOKES",
            CRVAL1: 10,
            CRVAL2: 20,
            CRVAL3: 500,
            CUNIT3: "nm",
            CRVAL4: 1,
            CRPIX1: 1,
            CRPIX2: 1,
            CRPIX3: 1,
            CRPIX4: 1,
            CDELT1: -1,
            CDELT2: 1,
            CDELT3: 0.5,
            CDELT4: 1,
          }),
        ),
      ),
    );
    expect(coordinateLines(wcs, [2, 3], 0, 0, "header").slice(2)).toEqual([
      { label: "WAVE", text: "501.5 nm" },
      { label: "STOKES", text: "U" },
    ]);
    expect(coordinateLines(wcs, [0, 0], 300, 0, "icrs")[0]).toEqual({ label: "ICRS", text: "none" });
  });

  test("says velocities and frequencies in the units of people", () => {
    const axis = { ctype: "VRAD", name: "", kind: "spectral" as const };
    expect(worldLine({ ...axis, unit: "m/s" }, -12_500)).toEqual({ label: "VRAD", text: "-12.5 km/s" });
    expect(worldLine({ ...axis, ctype: "FREQ-LSR", unit: "Hz" }, 1.420405752e9)?.text).toBe("1.42040575 GHz");
    expect(worldLine({ ...axis, unit: "m/s" }, Number.NaN)).toBeUndefined();
    expect(worldLine({ ...axis, ctype: "", unit: "m" }, 1)).toBeUndefined();
  });
});

describe("the grid", () => {
  const size = [800, 600] as const;
  const linesOf = (name: string, frame: SkyFrame = "header", zoom = 1.5) => {
    const placement = placementOf({ center: [199.5, 199.5], zoom }, ...size);
    const sky = pictureSky(celestialOf(name), frame)!;
    const view = skyView(sky, placement, size, [400, 400])!;
    return { view, sky, placement, lines: skyGrid(view) };
  };

  test.each(["SIP", "TPV", "rotated CD", "mirrored", "galactic", "near the pole"])(
    "has its lines where their coordinates are: %s",
    (name) => {
      for (const frame of ["header", "galactic"] as const) {
        const { lines, sky, placement, view } = linesOf(name, frame);
        expect(lines.filter(({ kind }) => kind === "lon").length).toBeGreaterThanOrEqual(2);
        expect(lines.filter(({ kind }) => kind === "lat").length).toBeGreaterThanOrEqual(2);
        expect(lines.flatMap(({ points }) => points).length).toBeLessThan(20_000);
        for (const { kind, value, points } of lines)
          for (const point of points) {
            if (!point || Math.hypot(point[0] - 400, point[1] - 300) > 300) continue;
            const [lon, lat] = sky.toSky(...placement.toImage(...point))!;
            if (kind === "lat") expect(Math.abs(lat - value)).toBeLessThan(1e-7);
            // Meridians end at the pole, which has any longitude.
            else if (Math.abs(lat) < 89.999999)
              expect(Math.abs(((((lon - value) % 360) + 540) % 360) - 180)).toBeLessThan(1e-2);
          }
        expect(view.width).toBe(600);
      }
    },
  );

  test("around a pole has all meridians; across right ascension 0 its labels go on from 23h to 0h", () => {
    const pole = linesOf("near the pole").lines.filter(({ kind }) => kind === "lon");
    expect(pole.map(({ value }) => value)).toEqual([0, 60, 120, 180, 240, 300, 360]);
    const zero = linesOf("TPV").lines.filter(({ kind }) => kind === "lon");
    expect(zero.some(({ label }) => label.startsWith("23h59m"))).toBe(true);
    expect(zero.some(({ label }) => label.startsWith("0h00m"))).toBe(true);
  });

  test.each(["SIP", "rotated CD", "mirrored", "near the pole"])(
    "has labels of both kinds, apart from each other and within the picture: %s",
    (name) => {
      const { lines, view } = linesOf(name);
      const labels = gridLabels(lines, view);
      expect(new Set(labels.map(({ kind, text }) => `${kind} ${text}`)).size).toBe(labels.length);
      expect(labels.filter(({ kind }) => kind === "lon").length).toBeGreaterThanOrEqual(2);
      expect(labels.filter(({ kind }) => kind === "lat").length).toBeGreaterThanOrEqual(2);
      for (const [i, { at }] of labels.entries()) {
        expect(at[0]).toBeGreaterThanOrEqual(view.left);
        expect(at[1]).toBeLessThanOrEqual(view.top + view.height);
        for (const other of labels.slice(i + 1))
          expect(Math.hypot(at[0] - other.at[0], at[1] - other.at[1])).toBeGreaterThan(10);
      }
    },
  );

  test.each(["SIP", "rotated CD", "mirrored", "near the pole"])(
    "has no label where the scale bar or the compass stands: %s",
    (name) => {
      const { lines, view } = linesOf(name);
      const marks = markBoxes(view, { compass: true, scaleBar: true });
      expect(marks).toHaveLength(2);
      const labels = gridLabels(lines, view, marks);
      expect(labels.length).toBeGreaterThan(3);
      for (const { text, at, anchor } of labels) {
        const width = text.length * 6;
        const left = anchor === "start" ? at[0] : anchor === "end" ? at[0] - width : at[0] - width / 2;
        for (const { from, to } of marks) {
          const isBeside = left + width <= from[0] || left >= to[0] || at[1] <= from[1] || at[1] - 9 >= to[1];
          expect([text, isBeside]).toEqual([text, true]);
        }
      }
      // Of marks that are not shown there are no boxes.
      expect(markBoxes(view, { compass: false, scaleBar: false })).toEqual([]);
    },
  );

  test("is of the part of the canvas that shows the image, if any", () => {
    const sky = pictureSky(celestialOf("SIP"), "header")!;
    const far = placementOf({ center: [5000, 5000], zoom: 1 }, ...size);
    expect(skyView(sky, far, size, [400, 400])).toBeUndefined();
    const small = placementOf({ center: [199.5, 199.5], zoom: 0.5 }, ...size);
    expect(skyView(sky, small, size, [400, 400])).toMatchObject({
      left: 300,
      top: 200,
      width: 200,
      height: 200,
    });
  });
});

/** A model with the images of several headers, and what the sky's parts need of a viewer. */
async function viewerOf(...headers: readonly Cards[]): Promise<{ viewer: Viewer; errors: string[] }> {
  const data = ndarray(new Int16Array(400 * 400), [400, 400]);
  const model = new ViewerModel();
  const errors: string[] = [];
  model.on("error", ({ message }) => errors.push(message));
  await model.open(await fitsBytes(headers.map((cards) => imageHdu({ data, header: cardsOf(cards) }))));
  const viewer = {
    model,
    say: () => {},
    ask: async () => false,
    get viewport() {
      return { center: model.state.center, zoom: model.state.zoom || 1 };
    },
  };
  return { viewer: viewer as unknown as Viewer, errors };
}

describe("going to a position", () => {
  const { signal } = new AbortController();
  const center = named("rotated CD").cards;

  test("reads positions as people write them, in the frame that is named or shown", async () => {
    const { viewer } = await viewerOf(center);
    const at = async (text: string) => findPosition(text, viewer, signal);
    const galactic = pictureSky(celestialOf("rotated CD"), "galactic")!.toSky(179.5, 210.25)!;
    for (const text of [
      "12.5 41.3",
      "00h50m00s +41d18m00s",
      "0:50:00 +41:18:00",
      "00 50 00 41 18 00",
      "00h50m +41\u00b018\u2032",
      "0.8333333333h +41.3d",
      "12.5\u00b0, +41.3\u00b0",
      "12.5d 41d18m",
      "RA=00:50:00 Dec=+41:18:00",
      "00h50m00s +41d18m00s (J2000)",
      "00:50:00, 41:18:00 FK5 J2000",
      "fk5 12.5, 41.3",
      `${galactic.map((value) => value.toFixed(9)).join(" ")} gal`,
    ]) {
      const found = (await at(text))!;
      expect(Math.hypot(found.x - 179.5, found.y - 210.25)).toBeLessThan(1e-4);
    }
    // A designation is ICRS, which is not quite the FK5 of this image.
    const near = (await at("J005000.0+411800"))!;
    expect(Math.hypot(near.x - 179.5, near.y - 210.25)).toBeLessThan(0.1);
    viewer.model.update({ frame: "galactic" });
    const [lon, lat] = pictureSky(celestialOf("rotated CD"), "galactic")!.toSky(100, 120)!;
    const found = (await at(`${lon.toFixed(9)} ${lat.toFixed(9)}`))!;
    expect(Math.hypot(found.x - 100, found.y - 120)).toBeLessThan(1e-4);
  });

  test("takes whole numbers for a pixel that the image has, others for degrees where they are in the image", async () => {
    const { viewer } = await viewerOf(center);
    expect(await findPosition("12 41", viewer, signal)).toEqual({ x: 11, y: 40 });
    expect(await findPosition("200.5 300.5", viewer, signal)).toEqual({ x: 199.5, y: 299.5 });
    const { viewer: plain } = await viewerOf({ OBJECT: "none" });
    expect(await findPosition("12.5 41.3", plain, signal)).toEqual({ x: 11.5, y: 40.3 });
    await expect(findPosition("0:50:00 +41:18:00", plain, signal)).rejects.toThrow(
      /HDU 0 has no celestial coordinates; write a pixel/,
    );
  });

  test("says in one line that a position is outside, or that it cannot be read", async () => {
    const { viewer } = await viewerOf(center);
    await expect(findPosition("13.5 41.3", viewer, signal)).resolves.toEqual({ x: 12.5, y: 40.3 });
    await expect(findPosition("0:54:00 +41:18:00", viewer, signal)).rejects.toThrow(
      /^00h54m00\.00s \+41d18m00\.0s FK5 J2000 lies outside the image: it would be pixel [-\d.]+, [-\d.]+ of 400 x 400$/,
    );
    await expect(findPosition("192.5 -41.3 icrs", viewer, signal)).rejects.toThrow(/other side of the sky$/);
    await expect(findPosition("what is this", viewer, signal)).rejects.toThrow(/^position 'what is this': /);
  });
});

describe("two HDUs with one view", () => {
  const big = { ...named("rotated CD").cards };
  const fine: Cards = {
    ...named("mirrored").cards,
    CRVAL1: 12.5,
    CRVAL2: 41.3,
    CD1_1: 1e-4,
    CD1_2: 0,
    CD2_1: 0,
    CD2_2: 1e-4,
  };

  test("have the same sky in the middle, as large", () => {
    const [from, to] = [wcsFrom(big).celestial!, wcsFrom(fine).celestial!];
    const view = matchedView({ center: [190, 205], zoom: 2 }, from, to)!;
    expect(view.zoom).toBeCloseTo(1, 6);
    const [here, there] = [pictureSky(from, "icrs")!, pictureSky(to, "icrs")!];
    expect(apart(there.toSky(...view.center)!, here.toSky(190, 205)!)).toBeLessThan(1e-9);
    const back = matchedView(view, to, from)!;
    expect(Math.hypot(back.center[0] - 190, back.center[1] - 205)).toBeLessThan(1e-6);
  });

  test("are blinked there and back; without coordinates the pixels stay", async () => {
    const { viewer, errors } = await viewerOf(big, fine, { OBJECT: "none" });
    const { model } = viewer;
    model.update({ center: [190, 205], zoom: 2 });
    await blink(viewer);
    expect(model.state.hdu).toBe(1);
    expect(model.state.zoom).toBeCloseTo(1, 6);
    await blink(viewer);
    expect(model.state).toMatchObject({ hdu: 0 });
    expect(model.state.center[0]).toBeCloseTo(190, 6);
    setBlinkPartner(viewer, 2);
    await blink(viewer);
    expect(model.state).toMatchObject({ hdu: 2, zoom: model.state.zoom });
    expect(model.state.center[1]).toBeCloseTo(205, 6);
    expect(errors).toEqual([]);
  });

  test("are as they were after there and back: middle, zoom, fit and plane", async () => {
    const { viewer } = await viewerOf(big, fine);
    const { model } = viewer;
    for (const seen of [
      { center: [190.25, 205.5], zoom: 2 },
      { center: [199.5, 199.5], zoom: 0 },
    ] as const) {
      model.update(seen);
      await blink(viewer);
      expect(model.state.hdu).toBe(1);
      await blink(viewer);
      expect(model.state).toMatchObject({ hdu: 0, ...seen });
    }
    // What the user moved meanwhile counts.
    await blink(viewer);
    model.update({ center: [model.state.center[0] + 10, model.state.center[1]] });
    await blink(viewer);
    expect(Math.abs(model.state.center[0] - 199.5) + Math.abs(model.state.center[1] - 199.5)).toBeGreaterThan(
      1,
    );
    const cube = imageHdu({ data: ndarray(new Int16Array(5 * 12), [5, 3, 4]) });
    const short = imageHdu({ data: ndarray(new Int16Array(2 * 12), [2, 3, 4]) });
    await model.open(await fitsBytes([cube, cube, short]), { plane: [3] });
    await blink(viewer);
    expect(model.state).toMatchObject({ hdu: 1, plane: [3] });
    setBlinkPartner(viewer, 2);
    await blink(viewer);
    expect(model.state).toMatchObject({ hdu: 2, plane: [0] });
    await blink(viewer);
    expect(model.state).toMatchObject({ hdu: 1, plane: [3] });
  });

  test("that do not overlap, or have no partner, are an error beside the picture", async () => {
    const { viewer, errors } = await viewerOf(big, named("near the pole").cards);
    await blink(viewer);
    expect(viewer.model.state.hdu).toBe(0);
    const { viewer: alone, errors: others } = await viewerOf(big);
    await blink(alone);
    expect([...errors, ...others]).toEqual([
      "HDU 1 does not show the sky in the middle of this view; move the view, or choose another HDU",
      "there is no other image in this file to blink with",
    ]);
  });
});
