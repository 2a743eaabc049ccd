/** Regions: ds9's text, places on images, statistics, cutouts that the command line makes, too. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Fits, FitsError, type ImageHdu, ndarray, open, parseHeader } from "fitslice";
import { wcsOf } from "fitslice/wcs";
import { fitsBytes, formatHeader, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { guardOf } from "../../src/cli/view/guard.js";
import { ViewerModel } from "../../viewer/src/model.js";
import { regionSummary } from "../../viewer/src/panels/region-text.js";
import {
  type Cut,
  type CutLook,
  cutArguments,
  cutBytes,
  cutCommand,
  cutFormats,
  cutName,
  sourceWords,
} from "../../viewer/src/regions/cutout.js";
import { readRegions } from "../../viewer/src/regions/ds9-read.js";
import { regionFile, regionLine } from "../../viewer/src/regions/ds9-write.js";
import {
  boundsOf,
  contains,
  drawnBox,
  drawnCircle,
  grown,
  handleOf,
  moved,
  stretchedTo,
} from "../../viewer/src/regions/geometry.js";
import { inFrame, placed } from "../../viewer/src/regions/place.js";
import { imageRegion, type PixelShape, type Region, regionFrames } from "../../viewer/src/regions/region.js";
import { type RegionList, regionsOf, removeSelected } from "../../viewer/src/regions/region-list.js";
import { mostPixels, regionStatistics } from "../../viewer/src/regions/statistics.js";
import type { Drag, Tool, Viewer } from "../../viewer/src/viewer.types.js";
import { fitslice } from "../cli/run.js";

const onlyRegion = (text: string): Region => {
  const [first, ...others] = readRegions(text);
  expect(others).toEqual([]);
  expect(first?.unknown).toBeUndefined();
  return first!.region!;
};

const number = fc.double({ min: -1e5, max: 1e5, noNaN: true }).map((value) => value + 0);
const positive = fc.double({ min: 1e-12, max: 1e5, noNaN: true });
const region: fc.Arbitrary<Region> = fc
  .record({
    shape: fc.constantFrom("circle", "box", "ellipse", "annulus", "point"),
    frame: fc.constantFrom(...regionFrames),
    lon: number,
    lat: fc.double({ min: -90, max: 90, noNaN: true }).map((value) => value + 0),
    lengths: fc.array(
      fc.record({ value: positive, unit: fc.constantFrom("pixel", "arcsec", "arcmin", "deg") }),
      { minLength: 2, maxLength: 6 },
    ),
    angle: number,
    excluded: fc.boolean(),
    text: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom("a; b # c", "{braced}", 'say "x"', "it's")),
    color: fc.constantFrom("", "red", "#00ff88"),
  })
  .map(({ shape, frame, lon, lat, lengths, angle, text, ...rest }) => ({
    ...rest,
    shape,
    frame,
    center: [lon, lat] as const,
    lengths: lengths
      .slice(0, { circle: 1, box: 2, ellipse: 2, annulus: 6, point: 0 }[shape])
      .map(({ value, unit }) => ({ value, unit: frame === "image" ? "pixel" : unit })),
    angle: shape === "box" || shape === "ellipse" ? angle : 0,
    // Braces and both quotes together have no delimiters.
    text: text.replace(/[\r\n]/g, " ").replace(/'/g, /[{}]/.test(text) ? "" : "'"),
  }));

describe("the text of ds9", () => {
  test("comes back as it was written, to the last digit", () => {
    fc.assert(
      fc.property(region, (given) => {
        expect(onlyRegion(regionLine(given))).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  test("is never a hang or a stack trace, whatever it is", () => {
    const parts = fc.constantFrom(
      ..."circle box( polygon -ellipse annulus image fk5 ; # global color= text={ } \" ' , 1 2.5 10:20:30 1e400 5\" 3' || \n".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.array(parts, { maxLength: 40 }).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(text, (given) => {
        for (const { region, unknown } of readRegions(given)) {
          if (unknown) expect(unknown.why).not.toBe("");
          else {
            expect(
              [...region.center, ...region.lengths.map(({ value }) => value)].every(Number.isFinite),
            ).toBe(true);
            expect(readRegions(regionLine(region))).toHaveLength(1);
          }
        }
      }),
      { numRuns: 1000 },
    );
    expect(readRegions("(".repeat(200_000))).toHaveLength(1);
    expect(readRegions(`circle(${"1,".repeat(200_000)})`)[0]!.unknown!.why).toMatch(
      /^circle of 200000 numbers/,
    );
    expect(() => readRegions("point(1,1)\n".repeat(6000))).toThrow(/more than 5000 regions/);
    expect(() => readRegions(" ".repeat(4_000_001))).toThrow(FitsError);
  });

  test("is read as ds9 saves it", () => {
    const text = `# Region file format: DS9 version 4.1
global color=cyan dashlist=8 3 width=1 font="helvetica 10 normal roman" select=1
fk5
circle(10:01:41.130,+2:25:20.58,5.2")
-box(150.42,2.42,30",0.5',45) # color=red text={a; b # c}
ellipse 10h01m41.13s +02d25m20.58s 3" 2" 10
# vector(150.4,2.4,30",20) vector=1
image; point(101,51) # point=cross 12
galactic;annulus(236.8,42.1,1",2",3") || circle(1,2,3i)
physical
polygon(1,2,3,4,5,6)
detector;circle(1,2,3)`;
    const read = readRegions(text);
    expect(read.flatMap(({ unknown }) => (unknown ? [[unknown.text, unknown.why]] : []))).toEqual([
      ['fk5;# vector(150.4,2.4,30",20) vector=1', "the shape vector is not drawn"],
      ["image;polygon(1,2,3,4,5,6)", "the shape polygon is not drawn"],
      ["detector;circle(1,2,3)", "detector coordinates are not known"],
    ]);
    const regions = read.flatMap(({ region }) => region ?? []);
    expect(regions.map(({ shape, frame }) => `${frame} ${shape}`)).toEqual([
      "fk5 circle",
      "fk5 box",
      "fk5 ellipse",
      "image point",
      "galactic annulus",
      "galactic circle",
    ]);
    for (const { unknown } of read) if (unknown) expect(readRegions(unknown.text)).toEqual([{ unknown }]);
    expect(regions[0]!.center[0]).toBeCloseTo(150.421375, 9);
    expect(regions[0]!.center[1]).toBeCloseTo(2.42238333333, 9);
    expect(regions[2]!.center).toEqual(regions[0]!.center);
    expect(regions[0]!.color).toBe("cyan");
    expect(regions[1]).toEqual({
      shape: "box",
      frame: "fk5",
      center: [150.42, 2.42],
      lengths: [
        { value: 30, unit: "arcsec" },
        { value: 0.5, unit: "arcmin" },
      ],
      angle: 45,
      excluded: true,
      text: "a; b # c",
      color: "red",
    });
    expect(regions[4]!.lengths).toHaveLength(3);
  });

  test("in physical coordinates is that of the image only where the header says no others", () => {
    expect(onlyRegion("physical;circle(1,2,3)").frame).toBe("image");
    expect(readRegions("physical;circle(1,2,3)", { isPhysical: false })[0]!.unknown).toEqual({
      text: "physical;circle(1,2,3)",
      why: "physical coordinates are not known",
    });
  });

  test("that cannot be read says why", () => {
    const why = (text: string) => readRegions(text)[0]!.unknown?.why;
    expect(why("fk5;circle(10:71:00,2,3)")).toBe('cannot read "10:71:00"');
    expect(why("fk5;circle(10,95,3)")).toBe("the latitude 95 is beyond 90");
    expect(why("circle(1,2)")).toBe("circle of 2 numbers is not drawn");
    expect(why('image;circle(1,2,"x")')).toMatch(/cannot read/);
    expect(why("annulus(1,2,3,4,n=5)")).toBe("annulus of 5 numbers is not drawn");
    expect(why("blob(1,2)")).toBe('"blob" is no shape');
    expect(why("image;circle(1,2,-3)")).toBe('cannot read "-3"');
  });

  test("has its head first", () => {
    expect(regionFile([regionLine(imageRegion(drawnBox([9, 19], [0, 10])))])).toBe(
      "# Region file format: DS9 version 4.1\nimage;box(5.5,15.5,10,10,0)\n",
    );
  });
});

const cards = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([keyword, value]) => ({ keyword, value }));
const skyCards = {
  CTYPE1: "RA---TAN",
  CTYPE2: "DEC--TAN",
  RADESYS: "ICRS",
  CRVAL1: 150,
  CRVAL2: 2,
  CRPIX1: 51,
  CRPIX2: 41,
  CD1_1: -1 / 3600,
  CD1_2: 0,
  CD2_1: 0,
  CD2_2: 1 / 3600,
};
const celestialOf = (values: Readonly<Record<string, string | number>>) =>
  wcsOf(parseHeader(formatHeader(cards({ NAXIS: 2, NAXIS1: 100, NAXIS2: 80, ...values })))).celestial!;

describe("places of regions", () => {
  test("on the sky are pixels by the scale and the direction there", () => {
    const north = celestialOf(skyCards);
    const circle = placed(onlyRegion('icrs;circle(150,2,5")'), north)!;
    expect(circle).toMatchObject({ shape: "circle", angle: 0 });
    expect(circle.x).toBeCloseTo(50, 9);
    expect(circle.y).toBeCloseTo(40, 9);
    expect(circle.lengths[0]).toBeCloseTo(5, 6);
    const [c, s] = [Math.cos(Math.PI / 6) / 3600, Math.sin(Math.PI / 6) / 3600];
    // North is 30 degrees from +y toward -x, or +x in the mirror.
    const turned = celestialOf({ ...skyCards, CD1_1: -c, CD1_2: -s, CD2_1: -s, CD2_2: c });
    const mirrored = celestialOf({ ...skyCards, CD1_1: c, CD1_2: s, CD2_1: -s, CD2_2: c });
    const box = onlyRegion('icrs;box(150,2,10",4",20)');
    const angles = [north, turned, mirrored].map((sky) => placed(box, sky)!.angle);
    const width = (sky: typeof north, angle: number): number => {
      // The width lies 20 degrees from the west toward the north.
      const [dx, dy] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
      const [lon, lat] = sky.toSky(50 + dx, 40 + dy)!;
      return (Math.atan2(lat - 2, -(lon - 150)) * 180) / Math.PI;
    };
    for (const [i, sky] of [north, turned, mirrored].entries())
      expect(width(sky, angles[i]!)).toBeCloseTo(20, 1);
    expect(angles[0]).toBeCloseTo(20, 2);
  });

  test("lie where SAOImage DS9 8.4 puts them, for a rotated image and a mirrored one", () => {
    const cases = JSON.parse(readFileSync("test/fixtures/viewer/readout.json", "utf8")) as {
      readonly name: string;
      readonly cards: Readonly<Record<string, string | number>>;
    }[];
    // Center (from 1), lengths and angle of "region save" in image coordinates.
    const truth = {
      "rotated CD": [
        [180.46901, 211.28119, 27.777778, 11.111111, 348.13404],
        [180.5, 211.25, 27.777778, 11.111111, 33.134029],
      ],
      mirrored: [
        [180.5, 211.25, 27.777778, 11.111111, 155.00158],
        [180.46465, 211.27606, 27.777778, 11.111111, 110.00158],
      ],
    };
    for (const [name, [box, oval]] of Object.entries(truth)) {
      const { cards: values } = cases.find((one) => one.name === name)!;
      const { CRVAL1: lon, CRVAL2: lat } = values;
      const celestial = celestialOf({ ...values, NAXIS1: 400, NAXIS2: 400 });
      for (const [text, answer] of [
        [`icrs;box(${lon},${lat},20",8",25)`, box!],
        [`fk5;ellipse(${lon},${lat},20",8",70)`, oval!],
      ] as const) {
        const { x, y, lengths, angle } = placed(onlyRegion(text), celestial)!;
        for (const [i, value] of [x + 1, y + 1, ...lengths, angle].entries())
          expect(Math.abs(value - answer[i]!)).toBeLessThan(i < 4 ? 1e-4 : 0.01);
      }
    }
  });

  test("go to another frame and come back", () => {
    const celestial = celestialOf({ ...skyCards, CD1_1: 2 / 3600 });
    const shapes: PixelShape[] = [
      { shape: "box", x: 20, y: 30, lengths: [10, 4], angle: 33 },
      { shape: "circle", x: 70.5, y: 12, lengths: [7], angle: 0 },
      { shape: "annulus", x: 70.5, y: 12, lengths: [7, 9, 12], angle: 0 },
      { shape: "point", x: 1, y: 2, lengths: [], angle: 0 },
    ];
    for (const shape of shapes)
      for (const frame of regionFrames) {
        const back = placed(onlyRegion(regionLine(inFrame(shape, frame, celestial)!)), celestial)!;
        expect(Math.hypot(back.x - shape.x, back.y - shape.y)).toBeLessThan(1e-6);
        expect(back.angle).toBeCloseTo(shape.angle, 6);
        for (const [i, length] of back.lengths.entries()) expect(length).toBeCloseTo(shape.lengths[i]!, 6);
      }
  });

  test("without a sky are those in pixels alone", () => {
    expect(placed(onlyRegion("image;circle(5,6,2)"), undefined)).toMatchObject({ x: 4, y: 5 });
    expect(placed(onlyRegion("fk5;circle(5,6,2)"), undefined)).toBeUndefined();
    expect(inFrame(drawnBox([0, 0], [1, 1]), "fk5", undefined)).toBeUndefined();
  });
});

describe("pixels of regions", () => {
  const shape: fc.Arbitrary<PixelShape> = fc.record({
    shape: fc.constantFrom("circle", "box", "ellipse", "annulus", "point"),
    x: fc.double({ min: -5, max: 35, noNaN: true }),
    y: fc.double({ min: -5, max: 25, noNaN: true }),
    lengths: fc
      .tuple(fc.double({ min: 0.5, max: 12, noNaN: true }), fc.double({ min: 0.5, max: 12, noNaN: true }))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]),
    angle: fc.double({ min: 0, max: 360, noNaN: true }),
  });

  test("all lie in the rectangle around", () => {
    fc.assert(
      fc.property(shape, (given) => {
        const box = boundsOf(given, [30, 20]);
        for (let y = 0; y < 20; y++)
          for (let x = 0; x < 30; x++) {
            const isIn = box && x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1;
            if (!isIn) expect(contains(given, x, y)).toBe(false);
          }
      }),
    );
  });

  test("of a drawn box are those under the drag, whatever its direction", () => {
    const box = drawnBox([7.4, 9.6], [2.6, 3.2]);
    expect(box).toEqual({ shape: "box", x: 5, y: 6.5, lengths: [5, 8], angle: 0 });
    expect(boundsOf(box, [30, 20])).toEqual({ x0: 3, y0: 3, x1: 8, y1: 11 });
    expect(boundsOf(drawnBox([-9, -9], [-5, -5]), [30, 20])).toBeUndefined();
  });

  test("grow, move, and follow the handle", () => {
    const circle = drawnCircle([10, 10], [13, 14]);
    expect(circle.lengths).toEqual([5]);
    expect(grown(circle, -20).lengths).toEqual([1]);
    expect(grown(drawnBox([0, 0], [3, 3]), 1).lengths).toEqual([6, 6]);
    expect(moved(circle, 1, -2)).toMatchObject({ x: 11, y: 8 });
    for (const given of [circle, drawnBox([0, 0], [9, 5])] as PixelShape[]) {
      const [x, y] = handleOf(given)!;
      expect(stretchedTo(given, x, y).lengths).toEqual(given.lengths);
    }
    const oval: PixelShape = { shape: "ellipse", x: 5, y: 5, lengths: [4, 2], angle: 30 };
    expect(stretchedTo(oval, ...handleOf(oval)!).lengths).toEqual([4, 2]);
  });
});

const folder = mkdtempSync(join(tmpdir(), "regions-"));
const path = join(folder, "a file.fits");
let fits: Fits;

beforeAll(async () => {
  const values = Float32Array.from({ length: 80 * 100 }, (_, i) => Math.sin(i * 12.9898) * 100 + i / 50);
  values[41 * 100 + 51] = Number.NaN;
  const cube = Int16Array.from({ length: 3 * 20 * 30 }, (_, i) => (i * 37) % 1000);
  const long = BigInt64Array.from({ length: 100 }, (_, i) => 9_007_199_254_740_993n + BigInt(i));
  writeFileSync(
    path,
    await fitsBytes([
      imageHdu({ data: ndarray(values, [80, 100]), header: cards(skyCards), name: "SCI" }),
      imageHdu({ data: ndarray(cube, [3, 20, 30]), header: cards({ BSCALE: 0.5, BZERO: 10 }), name: "CUBE" }),
      imageHdu({ data: ndarray(long, [10, 10]), name: "LONG" }),
    ]),
  );
  fits = await open(path);
});
afterAll(() => fits.close());

describe("statistics", () => {
  /** By definition, of the values whose pixel centers are in the region. */
  async function plainly(image: ImageHdu, plane: readonly number[], shape: PixelShape) {
    const { data } = await image.section([...plane, null, null]);
    const [height, width] = image.shape.slice(-2) as [number, number];
    const all: number[] = [];
    for (let i = 0; i < width * height; i++)
      if (contains(shape, i % width, Math.floor(i / width))) all.push(Number(data[i]));
    const values = all.filter(Number.isFinite).sort((a, b) => a - b);
    const n = values.length;
    const sum = values.reduce((total, value) => total + value, 0);
    return {
      count: n,
      other: all.length - n,
      sum,
      mean: sum / n,
      median: n % 2 ? values[n >> 1]! : (values[n / 2 - 1]! + values[n / 2]!) / 2,
      std: Math.sqrt(values.reduce((total, value) => total + (value - sum / n) ** 2, 0) / n),
      min: values[0]!,
      max: values.at(-1)!,
    };
  }

  const shapes: readonly PixelShape[] = [
    drawnBox([45, 35], [60, 50]),
    { shape: "box", x: 50, y: 40, lengths: [20, 9], angle: 31 },
    { shape: "circle", x: 51.3, y: 41, lengths: [7.7], angle: 0 },
    { shape: "annulus", x: 3, y: 4, lengths: [3, 9], angle: 0 },
    { shape: "ellipse", x: 95, y: 75, lengths: [12, 5], angle: 120 },
    { shape: "point", x: 10.2, y: 11.4, lengths: [], angle: 0 },
  ];

  test.each(shapes)("are those of the pixels inside: $shape, $angle", async (shape) => {
    const image = await fits.image("SCI");
    const found = await regionStatistics(image, [], shape);
    const truth = await plainly(image, [], shape);
    expect([found.count, found.other, found.min, found.max, found.median]).toEqual([
      truth.count,
      truth.other,
      truth.min,
      truth.max,
      truth.median,
    ]);
    for (const key of ["sum", "mean", "std"] as const) expect(found[key]).toBeCloseTo(truth[key], 8);
  });

  test("are those of the plane that is shown, scaled, and exact of long integers", async () => {
    const cube = await fits.image("CUBE");
    const box = drawnBox([2, 3], [20, 15]);
    expect(await regionStatistics(cube, [2], box)).toMatchObject(await plainly(cube, [2], box));
    const long = await regionStatistics(await fits.image("LONG"), [], drawnBox([0, 0], [9, 9]));
    expect([long.min, long.max]).toEqual([9_007_199_254_740_993n, 9_007_199_254_741_092n]);
  });

  test("of too many pixels, or of none, are refused in one line", async () => {
    const image = { shape: [50_000, 50_000] } as unknown as ImageHdu;
    await expect(regionStatistics(image, [], drawnBox([0, 0], [40_000, 30_000]))).rejects.toThrow(
      `and statistics take at most ${mostPixels}; draw a smaller one`,
    );
    await expect(regionStatistics(await fits.image("SCI"), [], drawnBox([-50, 0], [-40, 3]))).rejects.toThrow(
      "the region has no pixel of the image",
    );
  });
});

describe("cutouts", () => {
  const look: CutLook = { stretch: "asinh", colormap: "viridis", invert: true, vmin: -80.5, vmax: 120 };
  const cutOf = async (hdu: string, plane: readonly number[]): Promise<Cut> => ({
    image: await fits.image(hdu),
    plane,
    box: { x0: 4, y0: 5, x1: 22, y1: 17 },
  });

  test.each(cutFormats)("are the files that the command line makes: .%s", async (format) => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-02T03:04:05Z") });
    try {
      for (const [hdu, plane] of [
        ["SCI", []],
        ["CUBE", [1]],
      ] as const) {
        const cut = await cutOf(hdu, plane);
        const { code, stderr } = await fitslice(cutArguments(path, cut, format, look), { cwd: folder });
        expect([code, stderr.includes("rror")]).toEqual([0, false]);
        const made = readFileSync(join(folder, cutName(path, cut, format)));
        expect(Buffer.concat(await cutBytes(fits, cut, format, look)).equals(made)).toBe(true);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  test("have a command that a shell reads as it is meant", async () => {
    const cut = await cutOf("SCI", []);
    expect(cutCommand("it's here.fits", cut, "fits", look)).toBe(
      "fitslice section 'it'\\''s here.fits' --hdu 0 --fits-section '[5:22,6:17]' -o it_s_here-0-x5-22-y6-17.fits",
    );
    expect(cutCommand("https://a.example/b.fits.gz?v=1&w=$(x)", cut, "png", look)).toBe(
      "fitslice section 'https://a.example/b.fits.gz?v=1&w=$(x)' --hdu 0 --fits-section '[5:22,6:17]' --stretch asinh --colormap viridis_r --vmin=-80.5 --vmax=120 -o b-0-x5-22-y6-17.png",
    );
  });

  test("name their source without a password, a signature, a token", () => {
    const page = "https://x.example/";
    expect(sourceWords("../b.fits", "https://a.example/c/d/")).toEqual({
      text: "https://a.example/c/b.fits",
    });
    expect(sourceWords("https://a.example/b.fits?v=1", page)).toEqual({
      text: "https://a.example/b.fits?v=1",
    });
    expect(sourceWords(new File([], "mine.fits"))).toEqual({ text: "mine.fits" });
    expect(sourceWords(undefined)).toEqual({ text: "FILE.fits" });
    const note = expect.stringContaining("left out");
    expect(sourceWords("https://me:hidden@a.example/b.fits", page)).toEqual({
      text: "https://a.example/b.fits",
      note,
    });
    const signed =
      "https://b.s3.amazonaws.com/b.fits?X-Amz-Date=1&X-Amz-Credential=hidden&X-Amz-Security-Token=hidden&X-Amz-Signature=hidden";
    for (const base of [page, undefined])
      expect(sourceWords(signed, base)).toEqual({
        text: "https://b.s3.amazonaws.com/b.fits?X-Amz-Date=1&X-Amz-Credential=***&X-Amz-Security-Token=***&X-Amz-Signature=***",
        note,
      });
  });

  test("name a file of fitslice view without the address of its server, however the address is given", () => {
    const { base } = guardOf(4567);
    for (const host of ["127.0.0.1", "localhost"]) {
      const page = `http://${host}:4567${base}`;
      for (const input of ["file/a%20b.fits", `${page}file/a%20b.fits`, new URL(`${page}file/2/a%20b.fits`)])
        for (const from of [page, "https://x.example/"].slice(0, input === "file/a%20b.fits" ? 1 : 2)) {
          const { text, note } = sourceWords(input, from);
          expect(text).toBe("a b.fits");
          expect(note).toContain("the file's own path");
        }
    }
  });
});

describe("the list of regions", () => {
  async function listOf(): Promise<{ list: RegionList; viewer: Viewer; drag: (drag: Drag) => void }> {
    const model = new ViewerModel();
    await model.open(path);
    let drag: (drag: Drag) => void = () => {};
    const viewer = {
      model,
      tool: "pan" as Tool,
      redraw: () => {},
      on: (event: string, listener: (drag: Drag) => void) => {
        if (event === "drag") drag = listener;
        return () => {};
      },
    } as unknown as Viewer;
    const list = regionsOf(viewer);
    expect(regionsOf(viewer)).toBe(list);
    await vi.waitFor(() => expect(list).toBeDefined());
    return { list, viewer, drag: (news) => drag(news) };
  }
  const place = (x: number, y: number) => ({ x, y, left: x * 4, top: 300 - y * 4 });

  test("takes what is drawn with a tool, and gives the tool back", async () => {
    const { list, viewer, drag } = await listOf();
    viewer.tool = "box";
    const [from, to] = [place(10, 10), place(14, 12)];
    drag({ tool: "box", phase: "start", from, to: from, shift: false });
    drag({ tool: "box", phase: "move", from, to, shift: false });
    expect(list.draft).toMatchObject({ x: 12, y: 11, lengths: [5, 3] });
    drag({ tool: "box", phase: "end", from, to, shift: false });
    expect(list.draft).toBeUndefined();
    expect(viewer.tool).toBe("pan");
    expect(viewer.model.state.regions).toEqual(["image;box(13,12,5,3,0)"]);
    expect(list.selected).toBe(0);
    expect(regionSummary(list.current!)).toBe("box at 13, 12, 5 px \u00d7 3 px");
    removeSelected(viewer);
    expect(viewer.model.state.regions).toEqual([]);
    drag({ tool: "circle", phase: "end", from, to: from, shift: false });
    expect(viewer.model.state.regions).toEqual([]);
  });

  test("keeps regions in their frame when they are moved, and says them in another", async () => {
    const { list, viewer } = await listOf();
    expect(list.addText('icrs;circle(150,2,5") # text={star} color=red\nfk5;polygon(1,2,3,4)')).toEqual({
      added: 1,
      unknown: ["the shape polygon is not drawn"],
    });
    await vi.waitFor(() => expect(list.entries[0]!.shape).toBeDefined());
    expect(list.entries[1]).toMatchObject({ region: undefined, why: "the shape polygon is not drawn" });
    list.reshape(0, moved(list.entries[0]!.shape!, 10, 0));
    const { region, shape } = list.entries[0]!;
    expect(region).toMatchObject({ frame: "icrs", text: "star", color: "red" });
    expect(shape!.x).toBeCloseTo(60, 6);
    expect(shape!.lengths[0]).toBeCloseTo(5, 6);
    const [, first, second] = list.file("image").split("\n");
    expect(first).toMatch(
      /^image;circle\((61|60\.99999|61\.00000)[\d.]*,4[01][\d.]*,[45][\d.]*\) # color=red text=\{star\}$/,
    );
    expect(second).toBe("fk5;polygon(1,2,3,4)");
    viewer.model.update({ regions: ["nothing", "circle(", "image;circle(1,1,1)"] });
    expect(list.entries.map(({ why }) => why !== "")).toEqual([true, true, false]);
  });
});
