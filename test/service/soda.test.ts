/** SODA, and the plain routes: which pixels an answer has, and how requests that make no sense are refused. */
import { beforeAll, describe, expect, it } from "vitest";
import { cutout } from "../../src/cutout/index.js";
import { open } from "../../src/index.js";
import { fitsBytes } from "../../src/write/index.js";
import { exampleFile } from "../fixtures/example.js";
import { fitsOf, type TestService, testService } from "./files.js";

let service: TestService;
beforeAll(async () => {
  service = await testService();
});

const here = "150.421375 2.422383";
const circle = (radius: number): string => `CIRCLE=${encodeURIComponent(`${here} ${radius}`)}`;

describe("a cutout", () => {
  it("has the bytes of the library's own cutout, by every route", async () => {
    const fits = await open(await exampleFile());
    const day = new Date();
    day.setUTCHours(0, 0, 0, 0);
    const named = Object.create(fits, { href: { value: "hst.fits" } }) as typeof fits;
    const own = await cutout(named, { center: here, size: "0.002deg", hdu: "SCI" });
    const { hdus, checksum } = await own.file({ date: day });
    const bytes = await fitsBytes(hdus, { checksum });
    for (const path of [
      `soda/sync?ID=hst.fits&${circle(0.001)}`,
      `soda/sync?id=hst.fits&pos=CIRCLE%20${encodeURIComponent(here)}%200.001&responseformat=application/fits&hdu=SCI`,
      "cutout?id=hst.fits&ra=150.421375&dec=2.422383&size=0.002deg",
    ]) {
      const response = await service.get(path);
      expect([response.status, response.headers.get("Content-Type")], path).toEqual([
        200,
        "application/fits",
      ]);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes), path).toBe(true);
    }
    const form = await service.post("soda/sync", `ID=hst.fits&${circle(0.001)}`);
    expect(Buffer.from(await form.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it("may be of several images, a picture, or an array", async () => {
    const several = await fitsOf(await service.get(`soda/sync?ID=hst.fits&${circle(0.0002)}&HDU=SCI,WHT`));
    expect((await several.hdus()).map(({ name, shape }) => [name, shape])).toEqual([
      ["PRIMARY", []],
      ["SCI", [29, 29]],
      ["WHT", [29, 29]],
    ]);
    const picture = await service.get(`soda/sync?ID=hst.fits&${circle(0.0002)}&RESPONSEFORMAT=png`);
    expect([...new Uint8Array(await picture.arrayBuffer()).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    const array = new Uint8Array(
      await (await service.get("section?id=hst.fits&section=10:12,20:23&format=npy")).arrayBuffer(),
    );
    expect(new TextDecoder("latin1").decode(array.subarray(0, 80))).toContain("'shape': (2, 3)");
    const image = await (await open(await exampleFile())).image("SCI");
    const own = await image.section("10:12,20:23");
    expect([...new Float32Array(array.slice(-24).buffer)]).toEqual([...(own.data as Float32Array)]);
  });

  it("of a polygon or a range is the box of pixels that holds it", async () => {
    const image = await (await open(await exampleFile())).image("SCI");
    const { readWcs } = await import("../../src/wcs/index.js");
    const { celestial } = await readWcs(await open(await exampleFile()), image.index);
    const corners = [
      [100, 80],
      [120, 80],
      [110, 95],
    ].map(([x, y]) => celestial!.toSky(x!, y!)!);
    const polygon = encodeURIComponent(corners.flat().join(" "));
    for (const query of [`POLYGON=${polygon}`, `POS=POLYGON%20${polygon}`]) {
      const cut = await (await fitsOf(await service.get(`soda/sync?ID=hst.fits&${query}`))).image();
      expect(cut.shape).toEqual([16, 21]);
      const expected = await image.section("80:96,100:121");
      expect((await cut.section()).data).toEqual(expected.data);
    }
    const all = await service.get("soda/sync?ID=hst.fits&POS=RANGE%200%20360%20-Inf%20%2BInf");
    expect((await (await fitsOf(all)).image()).shape).toEqual([300, 400]);
    const [lon, lat] = [
      [150.4211, 150.4216],
      [2.422, 2.4226],
    ] as const;
    const range = encodeURIComponent(`RANGE ${lon.join(" ")} ${lat.join(" ")}`);
    const around = await (await fitsOf(await service.get(`soda/sync?ID=hst.fits&POS=${range}`))).image();
    const edges = lon.flatMap((l) => lat.map((b) => celestial!.toPixel(l, b)!));
    const sideOf = (axis: 0 | 1): number => {
      const values = edges.map((point) => point[axis]);
      return Math.round(Math.max(...values)) - Math.round(Math.min(...values)) + 1;
    };
    expect(around.shape).toEqual([sideOf(1), sideOf(0)]);
  });

  it("takes planes of a cube by BAND and POL", async () => {
    const planes = async (query: string): Promise<readonly number[] | number> => {
      const response = await service.get(`soda/sync?ID=cube.fits&${query}`);
      if (response.status !== 200) return response.status;
      const { data } = await (await (await fitsOf(response)).image()).section();
      const values = [...(data as Float32Array)].filter((_, i) => i % 120 === 0).map((value) => value / 120);
      return values;
    };
    expect(await planes("BAND=506e-9%20514e-9")).toEqual([1, 5]);
    expect(await planes("BAND=5.1e-7&POL=U")).toEqual([5]);
    expect(await planes("BAND=-Inf%205.06e-7&POL=Q&POL=U")).toEqual([0, 1, 4, 5]);
    expect(await planes("BAND=1e-7%202e-7")).toBe(204);
    expect(await planes("POL=V")).toBe(204);
    expect(await planes("TIME=50000%2050001")).toBe(400);
  });

  it("takes planes by TIME in days, and by BAND where the axis is of frequencies", async () => {
    const planes = async (query: string): Promise<readonly number[] | number> => {
      const response = await service.get(`soda/sync?${query}`);
      if (response.status !== 200) return response.status;
      const { data } = await (await (await fitsOf(response)).image()).section();
      return [...new Set(data as Float32Array)];
    };
    expect(await planes("ID=times.fits&TIME=58000.2%2058000.8")).toEqual([0]);
    expect(await planes("ID=times.fits&TIME=58001%20%2BInf")).toEqual([1, 2]);
    expect(await planes("ID=times.fits&TIME=58003.5%2058010")).toBe(204);
    expect(await planes("ID=radio.fits&BAND=0.0014%200.0016")).toEqual([1]);
    expect(await planes("ID=radio.fits&BAND=0.0029%200.1")).toEqual([0]);
  });

  it("is 204 without a body where nothing overlaps", async () => {
    for (const query of [
      "CIRCLE=10%202%200.1",
      "POLYGON=10%202%2011%202%2011%203",
      "POS=RANGE%2010%2011%202%203",
    ]) {
      const response = await service.get(`soda/sync?ID=hst.fits&${query}`);
      expect([response.status, await response.text()], query).toEqual([204, ""]);
    }
    expect((await service.get("cutout?id=hst.fits&ra=10&dec=2&size=1arcsec")).status).toBe(204);
  });
});

describe("errors", () => {
  it.each([
    ["soda/sync?CIRCLE=1%202%203", 400, "UsageError: ID is missing"],
    ["soda/sync?ID=none.fits", 404, "UsageError: no file has the ID none.fits"],
    ["soda/sync?ID=hst.fits&CIRCLE=1%202", 400, "UsageError: CIRCLE is 3 numbers"],
    ["soda/sync?ID=hst.fits&CIRCLE=1%202%20-3", 400, "UsageError: CIRCLE has a radius"],
    ["soda/sync?ID=hst.fits&CIRCLE=1%2099%203", 400, "UsageError: CIRCLE: longitudes"],
    ["soda/sync?ID=hst.fits&POLYGON=1%202%203%204", 400, "UsageError: POLYGON has"],
    ["soda/sync?ID=hst.fits&POS=BOX%201%202", 400, "UsageError: POS is"],
    ["soda/sync?ID=hst.fits&BAND=2%201", 400, "UsageError: BAND is two numbers"],
    ["soda/sync?ID=hst.fits&POL=Z", 400, "UsageError: POL is one of"],
    ["soda/sync?ID=hst.fits&CIRCLE=1%202%203&CIRCLE=1%202%204", 400, "MultiValuedParamNotSupported: "],
    ["soda/sync?ID=hst.fits&RESPONSEFORMAT=gif", 400, "UsageError: the format is one of"],
    ["soda/sync?ID=hst.fits&SIZE=3", 400, "UsageError: no parameter SIZE"],
    ["soda/sync?ID=hst.fits&HDU=NOPE", 400, "UsageError: "],
    ["cutout?id=hst.fits&ra=a&dec=2&size=3", 400, "UsageError: ra is a number"],
    ["cutout?id=hst.fits&ra=1&dec=2&size=3furlong", 400, "UsageError: "],
    ["section?id=hst.fits&section=9:1:0", 400, "UsageError: "],
    ["section?id=hst.fits&section=here", 400, "UsageError: section is like "],
    ["nothing", 404, "UsageError: there is no such route"],
    ["constructor", 404, "UsageError: there is no such route"],
    ["soda/__proto__", 404, "UsageError: there is no such route"],
  ])("%s is refused in one line", async (path, status, text) => {
    const response = await service.get(path);
    const body = await response.text();
    expect([response.status, response.headers.get("Content-Type")]).toEqual([
      status,
      "text/plain; charset=utf-8",
    ]);
    expect(body.slice(0, text.length)).toBe(text);
    expect(body).toMatch(/^[^\n]+\n$/);
    expect(service.lent()).toBe(0);
  });

  it("are told before anything is read, where an answer is too large", async () => {
    const small = await testService({ limits: { pixels: 1000 } });
    const response = await small.get(`soda/sync?ID=hst.fits&${circle(0.001)}`);
    expect(response.status).toBe(413);
    expect(await response.text()).toMatch(
      /^UsageError: \d+ pixels are wanted, and this service gives 1000 at most\n$/,
    );
    const few = await testService({ limits: { readBytes: 5000 } });
    expect((await few.get(`soda/sync?ID=hst.fits&${circle(0.001)}`)).status).toBe(413);
    const form = await testService({ limits: { formBytes: 100 } });
    expect((await form.post("soda/sync", `ID=${"x".repeat(200)}`)).status).toBe(413);
    expect((await form.get(`soda/sync?ID=${"x".repeat(200)}`)).status).toBe(413);
  });
});
