import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ndarray } from "../src/array.js";
import { createProfile, open } from "../src/index.js";
import { fitsBytes, imageHdu } from "../src/write/index.js";
import { noise, startRangeServer } from "./servers/range-server.js";

const height = 6000;
const width = 2000;

async function bigFile(): Promise<{ bytes: Uint8Array; pixels: Uint8Array }> {
  const pixels = noise(height * width, 7).map((byte) => byte & 63);
  return {
    pixels,
    bytes: await fitsBytes([imageHdu(), imageHdu({ name: "SCI", data: ndarray(pixels, [height, width]) })]),
  };
}

describe("open with an index", () => {
  test("asks for no header, and reads a .fits.gz from near the section on", async () => {
    const { bytes, pixels } = await bigFile();
    const packed = gzipSync(bytes, { level: 1 });
    const server = await startRangeServer({ files: { "/a.fits": bytes, "/a.fits.gz": packed } });
    for (const [path, share] of [
      ["/a.fits", 0.001],
      ["/a.fits.gz", 0.35],
    ] as const) {
      const url = `${server.url}${path}`;
      const first = await open(url);
      const index = await first.index();
      await first.close();
      server.requests.splice(0);
      const profile = createProfile();
      const fits = await open(url, { index, profile });
      expect((await fits.layouts()).map(({ name }) => name)).toEqual(["PRIMARY", "SCI"]);
      expect(server.requests).toEqual([]);
      const row = height - 100;
      const { data } = await (await fits.image("SCI")).section(`${row},10:20`);
      expect([...data]).toEqual([...pixels.subarray(row * width + 10, row * width + 20)]);
      const moved = server.requests.reduce((sum, { sent }) => sum + sent, 0);
      expect(moved).toBe(profile.summary().bytes);
      expect(moved).toBeLessThan(share * (path.endsWith("gz") ? packed : bytes).length);
      await fits.close();
    }
    await server.close();
  });

  test("one of another file, or a damaged one, is refused", async () => {
    const image = (value: number) =>
      imageHdu({ data: ndarray(new Uint8Array(20_000).fill(value), [100, 200]) });
    const [bytes, other] = await Promise.all([fitsBytes([image(1)]), fitsBytes([image(2)])]);
    const index = await (await open(bytes)).index();
    const fits = await open(other, { index });
    await expect((await fits.image(0)).section()).rejects.toMatchObject({ code: "BAD_INDEX" });
    await expect(open(bytes.subarray(0, 5760), { index })).rejects.toMatchObject({ code: "BAD_INDEX" });
    const damaged = index.slice();
    damaged[40]! ^= 1;
    await expect(open(bytes, { index: damaged })).rejects.toMatchObject({ code: "BAD_INDEX" });
  });
});
