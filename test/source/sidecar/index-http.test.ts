import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ndarray, open } from "../../../src/index.js";
import { fitsBytes, imageHdu } from "../../../src/write/index.js";
import { type RangeServer, startRangeServer } from "../../servers/range-server.js";

const image = (value: number, rows = 100): Promise<Uint8Array> =>
  fitsBytes([imageHdu({ data: ndarray(new Uint8Array(rows * 200).fill(value), [rows, 200]) })]);
let server: RangeServer;
let index: Uint8Array;

beforeAll(async () => {
  server = await startRangeServer({ files: { "/a.fits": await image(1) } });
  const fits = await open(`${server.url}/a.fits`);
  index = await fits.index();
  await fits.close();
});
beforeEach(() => {
  server.requests.splice(0);
});
afterAll(() => server.close());

describe("an index of a file that nothing but its bytes tell", () => {
  it("leaves alone what is read while it is held against them", async () => {
    const pixels = Uint8Array.from({ length: 20_000 * 200 }, (_, i) => (i * 31 + (i >> 9)) % 251);
    const file = await fitsBytes([imageHdu({ data: ndarray(pixels, [20_000, 200]) })]);
    const own = await startRangeServer({ files: { "/a.fits": file }, validators: false });
    const plain = await open(`${own.url}/a.fits`);
    const made = await plain.index();
    await plain.close();
    const fits = await open(`${own.url}/a.fits`, { index: made, cacheBytes: 0 });
    const { data } = await (await fits.image(0)).section(":, 3:150");
    const wrong = data.findIndex((value, i) => value !== pixels[Math.floor(i / 147) * 200 + 3 + (i % 147)]);
    expect(wrong).toBe(-1);
    await fits.close();
    await own.close();
  });
});

describe("an index of what lay at the address before", () => {
  it("is refused by its ETag, with the first read and those after it", async () => {
    // The same size: only the ETag tells.
    server.set("/a.fits", await image(2));
    const fits = await open(`${server.url}/a.fits`, { index });
    const hdu = await fits.image(0);
    expect(server.requests).toHaveLength(0);
    const message = expect.stringMatching(
      /the index does not belong to this file: it is of the version "v1"/,
    );
    for (const n of [1, 2]) {
      await expect(hdu.section("3,4:6")).rejects.toMatchObject({ code: "BAD_INDEX", message });
      expect(server.requests).toHaveLength(n);
    }
    await fits.close();
  });

  it("is refused by its size, with the first read", async () => {
    server.set("/a.fits", await image(1, 400));
    const fits = await open(`${server.url}/a.fits`, { index });
    const reading = (await fits.image(0)).section("3,4:6");
    await expect(reading).rejects.toMatchObject({
      code: "BAD_INDEX",
      message: expect.stringMatching(/bytes/),
    });
    expect(server.requests).toHaveLength(1);
    await fits.close();
  });
});
