/** What POS, BAND and TIME take of images at longitude 0, and of axes of every quantity and time scale. */
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/array.js";
import { open } from "../../src/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { fitsOf, type TestService, testService } from "./files.js";

const sky = { CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", CRPIX1: 4.5, CRPIX2: 4.5, CRVAL2: 0, RADESYS: "ICRS" };

/** A service of one file `f` of 8 x 8 pixels of 0.1 degree around longitude 0, with planes whose values are their numbers. */
async function serviceOf(
  axis: Readonly<Record<string, string | number>>,
  planes = 5,
): Promise<{ service: TestService; at(query: string): Promise<Response> }> {
  const cards = { ...sky, CRVAL1: 0, CDELT1: -0.1, CDELT2: 0.1, ...axis };
  const data = Float32Array.from({ length: planes * 64 }, (_, i) => Math.floor(i / 64));
  const header = Object.entries(cards).map(([keyword, value]) => ({ keyword, value }));
  const fits = await open(await fitsBytes([imageHdu({ data: ndarray(data, [planes, 8, 8]), header })]));
  const service = await testService({ find: async () => ({ fits, tag: "1" }) });
  return { service, at: (query) => service.get(`soda/sync?ID=f&${query}`) };
}

async function planesOf(response: Response): Promise<number[] | number> {
  if (response.status !== 200) return response.status;
  return [...new Set((await (await (await fitsOf(response)).image()).section()).data as Float32Array)];
}

const allSky = { CTYPE1: "RA---CAR", CTYPE2: "DEC--CAR", CDELT1: -45, CDELT2: 22.5 };
const linear = { CTYPE3: "LINEAR", CRVAL3: 0, CRPIX3: 1, CDELT3: 1 };

describe("a place at longitude 0", () => {
  it.each([
    ["RANGE 359.85 0.15 -0.15 0.15", [5, 4, 4]],
    ["RANGE -0.15 0.15 -0.15 0.15", [5, 4, 4]],
    ["RANGE 359.85 360.15 -0.15 0.15", [5, 4, 4]],
    ["RANGE 0.01 +Inf -Inf +Inf", [5, 8, 8]],
    ["RANGE 0 360 -Inf +Inf", [5, 8, 8]],
    ["RANGE 0.01 0.15 -0.15 0.15", [5, 4, 2]],
    ["CIRCLE -0.05 0.05 0.05", [5, 1, 1]],
    ["CIRCLE 359.95 0.05 0.05", [5, 1, 1]],
    ["POLYGON -0.14 -0.14 0.14 -0.14 0.14 0.14 -0.14 0.14", [5, 4, 4]],
    ["POLYGON 359.86 -0.14 0.14 -0.14 0.14 0.14 359.86 0.14", [5, 4, 4]],
  ])("%s", async (pos, shape) => {
    const { at } = await serviceOf(linear);
    const response = await at(`POS=${encodeURIComponent(pos)}`);
    expect(response.status, await response.clone().text()).toBe(200);
    const cut = await (await fitsOf(response)).image();
    // Edges of pixels lie at whole tenths of a degree.
    expect(cut.shape).toEqual(shape);
  });

  it("of a circle within one pixel is this pixel", async () => {
    const { at } = await serviceOf(linear);
    expect((await (await fitsOf(await at("CIRCLE=0.05%200.05%200.001"))).image()).shape).toEqual([5, 1, 1]);
    expect((await at("CIRCLE=5%200.05%200.001")).status).toBe(204);
  });

  it("of a map of all the sky has all of a circle around a pole, or at the edge of the map", async () => {
    const { service, at } = await serviceOf({ ...linear, ...allSky });
    const placeOf = async (circle: string): Promise<unknown> => {
      const image = await (await fitsOf(await at(`CIRCLE=${encodeURIComponent(circle)}`))).image();
      return [image.shape, image.header.get("CRPIX1"), image.header.get("CRPIX2")];
    };
    // Pixels of 45 by 22.5 degrees; the first circle is within one of them.
    expect(await placeOf("22.5 11.25 10")).toEqual([[5, 1, 1], 1.5, 0.5]);
    expect(await placeOf("100 80 15")).toEqual([[5, 2, 8], 4.5, -1.5]);
    expect(await placeOf("180 11.25 10")).toEqual([[5, 1, 8], 4.5, 0.5]);
    const links = await (await service.get("links?ID=f")).text();
    expect(links).toMatch(/name="CIRCLE"[^>]*><\/PARAM>\s*<PARAM name="POLYGON"[^>]*><\/PARAM>/);
  });

  it("is refused of an image without coordinates, as what the client has asked for", async () => {
    const { at } = await serviceOf({ ...linear, CTYPE1: "LINEAR", CTYPE2: "LINEAR" });
    for (const pos of ["CIRCLE 1 2 3", "RANGE 1 2 3 4"]) {
      const response = await at(`POS=${encodeURIComponent(pos)}`);
      expect([response.status, await response.text()]).toEqual([
        400,
        "UsageError: HDU 0 (PRIMARY) has no celestial coordinates\n",
      ]);
    }
  });

  it.each([
    "RANGE 1 2 1",
    "RANGE 1 2 5 4",
    "RANGE +Inf 3 1 2",
    "RANGE NaN 3 1 2",
    "RANGE -361 3 1 2",
    "RANGE 1 2 91 92",
    "CIRCLE 721 0 1",
    "CIRCLE NaN 0 1",
    "CIRCLE 1 0 Inf",
    "POLYGON 1 1 2 2 3 NaN",
    "POLYGON 1 1 2 2 3 Inf",
  ])("%s is refused", async (pos) => {
    const { at } = await serviceOf(linear);
    const response = await at(`POS=${encodeURIComponent(pos)}`);
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/^UsageError: /)]);
  });
});

describe("BAND", () => {
  const c = 299_792_458;
  const rest = 1.420405752e9;
  // For each quantity: the wavelength of the value of plane 2 (0-based), by its definition (Paper III, table 1).
  const radio = (v: number): number => c / (rest * (1 - v / c));
  it.each([
    ["FREQ", { CRVAL3: 1.4e9, CDELT3: 1e6 }, c / 1.402e9],
    ["VRAD", { CRVAL3: 1e6, CDELT3: 1e4, RESTFRQ: rest }, radio(1.02e6)],
    ["VRAD", { CRVAL3: 1000, CDELT3: 10, CUNIT3: "km/s", RESTFREQ: rest }, radio(1.02e6)],
    ["VOPT", { CRVAL3: 1e6, CDELT3: 1e4, RESTWAV: 5e-7 }, 5e-7 * (1 + 1.02e6 / c)],
    ["ZOPT", { CRVAL3: 0.1, CDELT3: 0.01, RESTWAV: 5e-7 }, 5e-7 * 1.12],
    ["BETA", { CRVAL3: 0.1, CDELT3: 0.01, RESTWAV: 5e-7 }, 5e-7 * Math.sqrt(1.12 / 0.88)],
    ["VELO-LSR", { CRVAL3: 1e6, CDELT3: 1e4, RESTFREQ: rest, VELREF: 257 }, radio(1.02e6)],
    ["ENER", { CRVAL3: 1000, CDELT3: 100, CUNIT3: "eV" }, (6.62607015e-34 * c) / (1200 * 1.602176634e-19)],
    ["WAVN", { CRVAL3: 1e6, CDELT3: 1e4 }, 1 / 1.02e6],
  ])("takes the plane of a wavelength from an axis of %s", async (ctype, cards, meters) => {
    const { at } = await serviceOf({ CTYPE3: ctype, CRPIX3: 1, ...cards });
    const near = `${meters * (1 - 1e-7)} ${meters * (1 + 1e-7)}`;
    expect(await planesOf(await at(`BAND=${encodeURIComponent(near)}`))).toEqual([2]);
    expect(await planesOf(await at(`BAND=${encodeURIComponent(`${meters} ${meters}`)}`))).toEqual([2]);
  });

  it("is of vacuum: wavelengths of air are turned", async () => {
    const air = { CTYPE3: "AWAV", CUNIT3: "nm", CRVAL3: 656.1, CDELT3: 0.1, CRPIX3: 1 };
    const { at } = await serviceOf(air, 8);
    // H alpha is at 656.28 nm in air, 656.461 nm in vacuum.
    expect(await planesOf(await at("BAND=6.5646e-7%206.5646e-7"))).toEqual([2]);
    expect(await planesOf(await at("BAND=6.5628e-7%206.5628e-7"))).toEqual([0]);
  });

  it("is refused where an axis does not say its wavelengths", async () => {
    const { at } = await serviceOf({ CTYPE3: "VRAD", CRVAL3: 0, CDELT3: 1, CRPIX3: 1 });
    expect(await (await at("BAND=1%202")).text()).toMatch(
      /^UsageError: BAND: .* neither RESTFRQ nor RESTWAV/,
    );
  });
});

describe("TIME", () => {
  // One plane a minute from MJD 58000 on, of the scale of the axis.
  const minutes = { CRVAL3: 0, CRPIX3: 1, CDELT3: 1, CUNIT3: "min", MJDREFI: 58_000, MJDREFF: 0 };
  const later = (seconds: number): string =>
    `TIME=${58_000 + seconds / 86_400}%20${58_000 + seconds / 86_400}`;

  it.each([
    ["TIME", {}, 0],
    ["TIME", { TIMESYS: "TT" }, -69.184],
    ["TIME", { TIMESYS: "TDB" }, -69.184],
    ["TAI", { TIMESYS: "UTC" }, -37],
    ["GPS", {}, -18],
    ["TIME", { TIMESYS: "UT(NIST)" }, 0],
  ])("is UTC: an axis of %s with %j", async (ctype, cards, seconds) => {
    const { at } = await serviceOf({ ...minutes, CTYPE3: ctype, ...cards });
    expect(await planesOf(await at(later(180 + seconds)))).toEqual([3]);
    expect(await planesOf(await at(later(209 + seconds)))).toEqual([3]);
    expect(await planesOf(await at(later(211 + seconds)))).toEqual([4]);
  });

  it("takes the leap seconds of the date", async () => {
    const { at } = await serviceOf({ ...minutes, MJDREFI: 51_000, CTYPE3: "TIME", TIMESYS: "TAI" });
    const at31 = (seconds: number): string =>
      `TIME=${51_000 + seconds / 86_400}%20${51_000 + seconds / 86_400}`;
    expect(await planesOf(await at(at31(180 - 31 + 29)))).toEqual([3]);
    expect(await planesOf(await at(at31(180 - 31 - 29)))).toEqual([3]);
  });

  it("counts 86,401 seconds on a day with a leap second", async () => {
    const second = { ...minutes, CUNIT3: "s", MJDREFI: 57_754, MJDREFF: 0, CRVAL3: 34 };
    const { at } = await serviceOf({ ...second, CTYPE3: "TAI" }, 8);
    // Planes are of 34 to 41 s of TAI: UTC 23:59:58 (plane 0), 59, 60 (the leap second), 00:00:00 (plane 3) ...
    const of = (seconds: number): string => `${57_753 + seconds / 86_401}`;
    for (const [plane, seconds] of [86_398, 86_399, 86_400].entries())
      expect(await planesOf(await at(`TIME=${of(seconds)}%20${of(seconds)}`))).toEqual([plane]);
    expect(await planesOf(await at(`TIME=${57_754 + 0.1 / 86_400}%20${57_754 + 0.2 / 86_400}`))).toEqual([3]);
  });

  it("counts from DATEREF, in TIMEUNIT", async () => {
    const { CUNIT3: _, MJDREFI: __, MJDREFF: ___, ...bare } = minutes;
    const { at } = await serviceOf({ ...bare, CTYPE3: "TIME", DATEREF: "2017-09-04", TIMEUNIT: "d" });
    expect(await planesOf(await at("TIME=58002.1%2058002.2"))).toEqual([2]);
  });

  it("is refused of a scale that is not turned into UTC", async () => {
    const { at } = await serviceOf({ ...minutes, CTYPE3: "TCB" });
    expect(await (await at(later(0))).text()).toBe(
      "UsageError: TIME: the time scale TCB of the time axis is not turned into UTC\n",
    );
  });
});

describe("links", () => {
  it("say at which values of the filters there is something", async () => {
    const { service } = await serviceOf({
      ...{ CTYPE3: "FREQ", CRVAL3: 1e9, CRPIX3: 1, CDELT3: 1e8 },
    });
    const text = await (await service.get("links?ID=f")).text();
    const [, low, high] = /name="BAND"[^>]*><VALUES><MIN value="(.*?)"\/><MAX value="(.*?)"/.exec(text)!;
    expect(Number(low)).toBeCloseTo(299_792_458 / 1.45e9, 12);
    expect(Number(high)).toBeCloseTo(299_792_458 / 0.95e9, 12);
    const cube = await (await (await testService()).get("links?ID=cube.fits")).text();
    expect(cube).toContain('<VALUES><OPTION value="Q"/><OPTION value="U"/></VALUES>');
    expect(cube).toContain(
      'name="CIRCLE" datatype="double" arraysize="3" xtype="circle" unit="deg" ucd="pos.outline;obs"',
    );
  });

  it("point to the whole file where the service gives files", async () => {
    const file = async (): Promise<Response> => new Response("all");
    const without = await (await (await testService()).get("links?ID=hst.fits")).text();
    const withFiles = await (await (await testService({ routes: { file } })).get("links?ID=hst.fits")).text();
    const rowOf = (text: string): string[] => text.match(/(?<=<TD>)[^<]*file\/[^<]*(?=<)/g) ?? [];
    expect([rowOf(without), rowOf(withFiles)]).toEqual([[], ["http://archive.example/file/hst.fits"]]);
    for (const text of [without, withFiles]) expect(text.match(/#cutout/g)).toHaveLength(2);
  });

  it("are refused in a format that is none of theirs, and call errors as DataLink does", async () => {
    const service = await testService({ limits: { seconds: 5 } });
    expect((await service.get("links?ID=hst.fits&RESPONSEFORMAT=csv")).status).toBe(400);
    expect((await service.get("links?ID=hst.fits&RESPONSEFORMAT=votable")).status).toBe(200);
    expect(await (await service.get("links?ID=none")).text()).toContain("<TD>NotFoundFault: no file");
  });
});

describe("RESPONSEFORMAT", () => {
  it("is the type of the answer where it is a media type", async () => {
    const service = await testService();
    const typeOf = async (format: string): Promise<string | null> =>
      (await service.get(`soda/sync?ID=cube.fits&POL=Q&RESPONSEFORMAT=${format}`)).headers.get(
        "Content-Type",
      );
    expect(await typeOf("image/fits")).toBe("image/fits");
    expect(await typeOf("application/fits;x=y")).toBe("application/fits");
    expect(await typeOf("fits")).toBe("application/fits");
    const twice = await service.get("soda/sync?ID=cube.fits&RESPONSEFORMAT=fits&responseformat=png");
    expect(await twice.text()).toMatch(/^MultiValuedParamNotSupported: /);
  });
});
