/** Links: a view goes through a link without losing a bit, and what is no view is refused in one line. */
import fc from "fast-check";
import { colormaps, stretches } from "fitslice/picture";
import { describe, expect, test } from "vitest";
import { linkOf, parseLink } from "../../viewer/src/link.js";
import { firstState, mostZoom, skyFrames, type ViewState } from "../../viewer/src/state.js";

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const limit = fc.option(number, { nil: undefined });
const limits = fc.oneof(
  fc.constantFrom("zscale", "minmax"),
  fc.tuple(fc.nat(49), fc.integer({ min: 50, max: 100 })).map(([low, high]) => `${low}%,${high}%`),
);

const states: fc.Arbitrary<ViewState> = fc
  .record({
    hdu: fc.option(fc.nat(), { nil: undefined }),
    plane: fc.array(fc.nat(), { maxLength: 5 }),
    center: fc.tuple(number, number),
    zoom: fc.double({ min: 0, max: mostZoom, noNaN: true }),
    stretch: fc.constantFrom(...stretches),
    limits: limits as fc.Arbitrary<ViewState["limits"]>,
    vmin: limit,
    vmax: limit,
    colormap: fc.constantFrom(...colormaps),
    invert: fc.boolean(),
    frame: fc.constantFrom(...skyFrames),
    grid: fc.boolean(),
    compass: fc.boolean(),
    scaleBar: fc.boolean(),
    regions: fc.array(fc.string({ unit: "grapheme" }), { maxLength: 5 }),
  })
  .filter(({ vmin, vmax }) => vmin === undefined || vmax === undefined || vmin <= vmax);

describe("a link", () => {
  test("restores every view exactly, and its source", () => {
    const src = fc.option(fc.string({ unit: "grapheme", minLength: 1 }), { nil: undefined });
    fc.assert(
      fc.property(states, src, (state, src) => {
        const link = linkOf(src, state);
        expect(link).toMatch(/^#[!-~]*$/);
        const parsed = parseLink(link);
        expect({ ...firstState, ...parsed.state }).toEqual(state);
        expect(parsed.src).toBe(src);
      }),
    );
  });

  test("is short, and can be read", () => {
    const state: ViewState = {
      ...firstState,
      hdu: 1,
      center: [99.5, 12],
      zoom: 2,
      vmin: -1e-7,
      invert: true,
    };
    expect(linkOf("https://a.example/x y.fits?v=1&w", state)).toBe(
      "#src=https://a.example/x%20y.fits%3Fv%3D1%26w&hdu=1&c=99.5,12&z=2&vmin=-1e-7&inv=1",
    );
    expect(linkOf(undefined, firstState)).toBe("#c=0,0");
  });

  test("may name an HDU, and its version", () => {
    expect(parseLink("#hdu=SCI").state).toEqual({ hdu: "SCI" });
    expect(parseLink("#hdu=SCI,2").state).toEqual({ hdu: ["SCI", 2] });
    expect(parseLink("#hdu=-1").state).toEqual({ hdu: -1 });
  });

  test("may hold keys of others", () => {
    expect(parseLink("#utm=1&__proto__=2&constructor=3&src=a.fits&toString&x")).toEqual({
      src: "a.fits",
      state: {},
    });
    expect(parseLink("")).toEqual({ state: {} });
  });

  const hostile: readonly (readonly [hash: string, message: RegExp])[] = [
    ["z=abc", /zoom of a view is a number from 0 \(fit\) to 256, not "abc"/],
    ["z=1e9", /zoom of a view/],
    ["z=-1", /zoom of a view/],
    ["z=0x10", /zoom of a view/],
    ["z=", /zoom of a view/],
    ["c=1", /center of a view is a pixel x, y/],
    ["c=NaN,1", /center of a view/],
    ["c=1,2,3", /center of a view/],
    ["plane=1,-1", /plane of a view is a list of indices/],
    ["plane=1.5", /plane of a view/],
    [`plane=${"1,".repeat(5000)}1`, /plane of a view/],
    ["hdu=", /hdu of a view/],
    ["s=blue", /no stretch "blue"/],
    ["cmap=nope", /nope/],
    ["lim=javascript:alert(1)", /limits/],
    ["vmin=Infinity", /vmin of a view is a number/],
    ["inv=yes", /invert of a view is true or false/],
    ["frame=barycentric", /frame of a view is one of header, icrs/],
    ["src=%E0%A4%A", /"src" is not percent-encoded/],
    ["src=a&src=b", /says "src" twice/],
    ["z=1&z=2", /says "z" twice/],
    [`s=${"<img>\u001b\n".repeat(2000)}`, /stretch/],
    [`region=${"x".repeat(70_000)}`, /more than 65536 characters/],
    ["vmin=5&vmax=3", /vmin of a view lies below vmax; 5 is above 3/],
  ];
  const titled = hostile.map(([hash, message]) => [hash.slice(0, 30), hash, message] as const);
  test.each(titled)("that is no view is refused in one line: %s", (_, hash, message) => {
    const { refused } = parseLink(`#${hash}`);
    expect(refused).toMatchObject({ name: "FitsError", code: "BAD_ARGUMENT" });
    expect(refused!.message).toMatch(message);
    expect(refused!.message).not.toMatch(/\p{Cc}/u);
  });

  test("that is wrong in parts restores the other parts, and tells all that is wrong", () => {
    const { src, state, refused } = parseLink(
      "#src=a.fits&hdu=SCI&z=2&s=blue&cmap=nope&vmin=9&vmax=-9&lim=minmax&grid=1&region=circle(1,2,3)",
    );
    expect(src).toBe("a.fits");
    expect(state).toEqual({ hdu: "SCI", zoom: 2, limits: "minmax", grid: true, regions: ["circle(1,2,3)"] });
    expect(refused!.message).toMatch(/no stretch "blue".*nope.*9 is above -9/);
    expect(refused!.message).not.toContain("\n");
  });

  test("without a fault refuses nothing", () => {
    expect(parseLink("#src=a.fits&vmin=3&vmax=3").refused).toBeUndefined();
  });
});
