/**
 * How many round trips cutouts take, counted: several positions and several HDUs are one wave.
 */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cutoutRegions, cutouts, cutSections, type Region } from "../../src/cutout/index.js";
import type { Fits } from "../../src/fits.js";
import { createProfile, open } from "../../src/index.js";
import { fitsBytes } from "../../src/write/index.js";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { parentPath } from "./oracles.js";

let server: RangeServer;
beforeAll(async () => {
  const hubble = new Uint8Array(gunzipSync(readFileSync(parentPath("hubble"))));
  server = await startRangeServer({
    files: { "/example.fits": await exampleFile(), "/hubble.fits": hubble },
  });
});
afterAll(() => server.close());

const regions: Region[] = Array.from({ length: 20 }, (_, i) => ({
  center: { x: 20 + 13 * i, y: 280 - 12 * i },
  size: 9,
}));

/** The round trips that `work` takes once all headers are known. */
async function trips(
  name: string,
  work: (fits: Fits, reading: { profile: ReturnType<typeof createProfile> }) => Promise<unknown>,
): Promise<number> {
  await using fits = await open(`${server.url}/${name}.fits`, { blockSize: 2880 });
  await fits.hdus();
  const profile = createProfile();
  await work(fits, { profile });
  return profile.summary().roundTrips;
}

test("twenty positions are one wave", async () => {
  expect(await trips("example", (fits, reading) => cutouts(fits, regions, { ...reading, hdu: "SCI" }))).toBe(
    1,
  );
});

test("twenty positions in two HDUs are one wave, and nothing is read when the files are written", async () => {
  const work = async (fits: Fits, reading: object): Promise<void> => {
    const files = await cutoutRegions(fits, regions, { ...reading, hdus: ["SCI", "WHT"] });
    expect(files).toHaveLength(20);
    server.requests.splice(0);
    for (const file of files) await fitsBytes(file.hdus, file);
    expect(server.requests).toEqual([]);
  };
  expect(await trips("example", work)).toBe(1);
});

test("twenty sections of two HDUs are one wave", async () => {
  const work = async (fits: Fits, reading: object): Promise<void> => {
    const images = [await fits.image("SCI"), await fits.image("WHT")];
    const sections = regions.map((_, i) => `${10 * i}:${10 * i + 5},3:9`);
    let made = 0;
    for await (const cuts of cutSections(fits, images, sections, reading))
      made += cuts.filter(({ stored }) => stored?.shape.join() === "5,6").length;
    expect(made).toBe(40);
  };
  expect(await trips("example", work)).toBe(1);
});

test("lookup tables are at most one wave more, for all HDUs and positions", async () => {
  const near: Region[] = [20, 25, 30].map((x) => ({
    center: { lon: 150.4213 + x * 1e-6, lat: 2.4224 },
    size: 5,
  }));
  const work = async (fits: Fits, reading: object): Promise<void> => {
    const hdus = [
      ["SCI", 1],
      ["ERR", 1],
      ["SCI", 2],
    ] as const;
    expect(await cutoutRegions(fits, near, { ...reading, hdus })).toHaveLength(3);
  };
  expect(await trips("hubble", work)).toBeLessThanOrEqual(2);
});
