import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { PlaceRule } from "../../src/source/options.js";
import { placesOf } from "../../src/source/places.js";
import { resolveSource } from "../../src/source/resolve.js";
import type { RequestRecord } from "../../src/source/source.js";
import { noise } from "../servers/content.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";

const service = (uri: string): string => `https://mast.stsci.edu/api/v0.1/Download/file/?uri=${uri}`;

describe("products of MAST lie in its public bucket, and behind its service", () => {
  // Keys that astropy's documentation, astroquery's tests, tess_cloud, lightkurve and jdaviz name.
  test.each([
    ["mast:HST/product/j8pu0y010_drc.fits", "hst/public/j8pu/j8pu0y010/j8pu0y010_drc.fits"],
    ["mast:HST/product/u9o40504m_c3m.fits", "hst/public/u9o4/u9o40504m/u9o40504m_c3m.fits"],
    [
      "mast:JWST/product/jw02731001001_02101_00001_nrcb1_cal.fits",
      "jwst/public/jw02731/jw02731001001/jw02731001001_02101_00001_nrcb1_cal.fits",
    ],
    [
      "mast:JWST/product/jw02727-o002_t062_nircam_clear-f277w_i2d.fits",
      "jwst/public/jw02727/L3/t/o002/jw02727-o002_t062_nircam_clear-f277w_i2d.fits",
    ],
    [
      "mast:TESS/product/tess2019226182529-s0015-0000000375422201-0151-s_lc.fits",
      "tess/public/tid/s0015/0000/0003/7542/2201/tess2019226182529-s0015-0000000375422201-0151-s_lc.fits",
    ],
    [
      "mast:TESS/product/tess2019199202929-s0014-2-3-0150-s_ffic.fits",
      "tess/public/ffi/s0014/2019/199/2-3/tess2019199202929-s0014-2-3-0150-s_ffic.fits",
    ],
    [
      "mast:PS1/product/rings.v3.skycell.1334.061.stk.r.unconv.exp.fits",
      "panstarrs/ps1/public/rings.v3.skycell/1334/061/rings.v3.skycell.1334.061.stk.r.unconv.exp.fits",
    ],
  ])("%s", (name, key) => {
    const places = [`s3://stpubdata/${key}`, service(name)];
    expect(placesOf(name, {})).toEqual(places);
    expect(placesOf(service(encodeURIComponent(name)), {})).toEqual(places);
    expect(placesOf(service(name), { schemes: ["https"] })).toEqual([service(name)]);
  });

  test("or behind its service alone, with the name encoded", () => {
    const name = "mast:HLSP/x/a b&c=d.fits";
    expect(placesOf(name, {})).toEqual([service("mast:HLSP/x/a%20b%26c%3Dd.fits")]);
  });

  test("and other addresses are what they are", () => {
    for (const address of [
      "https://mast.stsci.edu/x.fits",
      "https://a.example/?uri=mast:HST/product/x",
      "x.fits",
    ])
      expect(placesOf(address, {})).toEqual([]);
  });
});

describe("rules of the user", () => {
  const rules: PlaceRule[] = [
    {
      match: "archive:(?<night>\\d{8})/(?<file>.*)",
      at: ["http://a/$<night>?f=$<file>&all=$0", "http://b/$<file>"],
    },
    { match: "mast:HST/product/(?<file>.*)", at: ["/mirror/$<file>"] },
  ];

  test("come before those of MAST, and fill groups in", () => {
    expect(placesOf("mast:HST/product/j8pu0y010_drc.fits", { places: rules })).toEqual([
      "/mirror/j8pu0y010_drc.fits",
    ]);
    expect(placesOf("archive:20260101/a&b", { places: rules })).toEqual([
      "http://a/20260101?f=a%26b&all=archive:20260101/a%26b",
      "http://b/a&b",
    ]);
  });

  test.each<[string, unknown]>([
    ["is no regular expression", [{ match: "(", at: ["x"] }]],
    ["the rule no such group", [{ match: "a.*", at: ["x$<b>"] }]],
    ["places must be rules like", [{ match: "a.*" }]],
    ["places must be rules like", { match: "a", at: ["b"] }],
    ["places must be rules like", [null]],
  ])("that make no sense are refused: %s", (message, places) => {
    expect(() => placesOf("abc", { places: places as PlaceRule[] })).toThrow(message);
  });
});

describe("a file that lies in several places", () => {
  const data = noise(1000);
  const name = "mast:HST/product/j8pu0y010_drc.fits";
  let http: RangeServer;
  let s3: S3Server;
  beforeAll(async () => {
    http = await startRangeServer({ files: { "/second": data } });
    s3 = await startS3Server({
      region: "us-east-1",
      accounts: [],
      buckets: {
        stpubdata: { objects: { "hst/public/j8pu/j8pu0y010/j8pu0y010_drc.fits": data }, public: true },
      },
    });
  });
  afterAll(() => Promise.all([http.close(), s3.close()]));

  const requests: RequestRecord[] = [];
  const record = (request: RequestRecord): void => void requests.push(request);
  const asked = (): string[] => requests.splice(0).map(({ url, status }) => `${status} ${url}`);

  it("is read from the bucket", async () => {
    const source = await resolveSource(name, {
      s3: { endpoint: s3.url, region: "us-east-1", anonymous: true },
    });
    expect(source.href).toBe(name);
    expect(await source.getRange({ offset: 10, length: 5 }, { record })).toEqual(data.subarray(10, 15));
    expect(source.size).toBe(1000);
    expect(source.href).toBe("s3://stpubdata/hst/public/j8pu/j8pu0y010/j8pu0y010_drc.fits");
    expect(asked()).toHaveLength(1);
    await source.close?.();
    await expect(source.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is read from the second place where the first has not got it, and only once asked for in the first", async () => {
    const places = [{ match: "mast:.*", at: [`${http.url}/first`, `${http.url}/second`] }];
    const source = await resolveSource(name, { places });
    const reads = await Promise.all(
      [0, 100, 200].map((offset) => source.getRange({ offset, length: 10 }, { record })),
    );
    expect(reads[2]).toEqual(data.subarray(200, 210));
    expect(asked().filter((line) => line.startsWith("206"))).toHaveLength(3);
    await source.getRange({ offset: 0, length: 10 }, { record });
    expect(asked()).toEqual([`206 ${http.url}/second`]);
    await source.close?.();
  });

  it("is in none of them: one line says which, and why", async () => {
    const places = [{ match: "mast:.*", at: [`${http.url}/first`, `${http.url}/third`] }];
    const source = await resolveSource(name, { places });
    const failed = await source.getRange({ offset: 0, length: 1 }).catch((error: Error) => error);
    expect(failed).toMatchObject({ code: "NOT_FOUND" });
    expect((failed as Error).message).toMatch(
      /^mast:HST\/product\/j8pu0y010_drc\.fits is in none of its 2 places: .*\/first.*; .*\/third/,
    );
    await source.close?.();
  });

  it("keeps headers of the user's from the bucket", async () => {
    const seen: (string | undefined)[] = [];
    const places = [{ match: "mast:.*", at: ["s3://stpubdata/none", `${http.url}/second`] }];
    const source = await resolveSource(name, {
      places,
      headers: { "X-Token": "secret" },
      s3: { endpoint: s3.url, anonymous: true, region: "us-east-1" },
    });
    await source.getRange({ offset: 0, length: 1 });
    for (const { headers } of s3.requests) seen.push(headers["x-token"] as string | undefined);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((value) => value === undefined)).toBe(true);
    expect(http.requests.at(-1)!.headers["x-token"]).toBe("secret");
    await source.close?.();
  });

  it("is not looked for where schemes leave its names out", async () => {
    await expect(resolveSource(name, { schemes: ["https"] })).rejects.toMatchObject({ code: "BAD_SOURCE" });
  });
});
