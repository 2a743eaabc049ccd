/**
 * What finding the HDUs of a file costs: waves of requests and bytes, on layouts of real files.
 */
import { describe, expect, test } from "vitest";
import type { HduLayout } from "../../src/hdu/hdu.js";
import { createProfile, open } from "../../src/index.js";
import type { ByteSource } from "../../src/source/source.js";
import {
  type Cost,
  image,
  simulate,
  table,
  type VirtualFile,
  type VirtualHdu,
  virtualFile,
} from "./virtual.js";

const cost = ({ waves, bytes, requests }: Cost): object => ({ waves, bytes, requests });
const all = (file: VirtualFile): Cost => simulate(file, { ahead: true });
const upTo = (index: number) => (hdus: readonly HduLayout[]) => hdus.length > index;
const primary = (headerSize: number): VirtualHdu => image(undefined, 16, [], headerSize);
const times = (n: number, make: (i: number) => VirtualHdu): VirtualHdu[] =>
  Array.from({ length: n }, (_, i) => make(i));

/** A drizzled Hubble image as MAST publishes them: 224 MB. */
const hubble = virtualFile([
  primary(69120),
  image("SCI", -32, [4223, 4421], 8640),
  image("WHT", -32, [4223, 4421], 5760),
  image("CTX", 32, [4223, 4421], 5760),
  table("HDRTAB", 2000, 8, 48960),
]);

describe("a Hubble image of 5 HDUs", () => {
  test("all HDUs in 2 waves and 0.33 MB", () => {
    const found = all(hubble);
    expect(found.walk.hdus.map((hdu) => [hdu.headerOffset, hdu.dataOffset])).toEqual([
      [0, 69120],
      [69120, 77760],
      [74759040, 74764800],
      [149446080, 149451840],
      [224133120, 224182080],
    ]);
    expect(cost(found)).toEqual({ waves: 2, bytes: 331264, requests: 4 });
  });

  test("the first image's header comes with the first read, with nothing read ahead", () => {
    expect(cost(simulate(hubble, {}, upTo(1)))).toEqual({ waves: 1, bytes: 131072, requests: 1 });
  });

  test("without reading ahead, each header is a wave of its own or more", () => {
    expect(simulate(hubble, {}).waves).toBe(7);
  });
});

test("60 detectors of equal shape in 5 waves: guesses grow as they hit", () => {
  const file = virtualFile([primary(11520), ...times(60, (i) => image(`S${i}`, 16, [2160, 4146], 14400))]);
  const found = all(file);
  expect(found.walk.hdus).toHaveLength(61);
  expect(cost(found)).toEqual({ waves: 5, bytes: 1431424, requests: 61 });
  expect(simulate(file, {}).waves).toBe(60);
});

test("the reader asks for what is counted here, in as many round trips", async () => {
  const detectors = times(49, (i) => image(`S${i}`, -32, [600, 700], i % 2 === 0 ? 5760 : 8640));
  for (const file of [hubble, virtualFile([primary(2880), ...detectors])]) {
    const source: ByteSource = {
      href: "test:virtual",
      size: file.size,
      async getRange(range) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return file.read(range);
      },
    };
    const profile = createProfile();
    const fits = await open(source, { profile });
    await fits.hdus();
    const { roundTrips, bytes, requests } = profile.summary();
    expect({ waves: roundTrips, bytes, requests }).toEqual(cost(simulate(file, { ahead: true })));
  }
});

test("detectors whose headers vary in length are guessed too", () => {
  const file = virtualFile([
    primary(11520),
    ...times(60, (i) => image(`S${i}`, 16, [2160, 4146], i % 3 === 0 ? 17280 : 14400)),
  ]);
  const found = all(file);
  expect(found.walk.hdus).toHaveLength(61);
  expect(found.waves).toBeLessThanOrEqual(14);
});

test("a pattern of SCI, ERR, DQ is seen", () => {
  const group = (): VirtualHdu[] => [
    image("SCI", -32, [4096, 2048], 11520),
    image("ERR", -32, [4096, 2048], 5760),
    image("DQ", 16, [4096, 2048], 5760),
  ];
  const found = all(virtualFile([primary(20160), ...group(), ...group(), ...group(), ...group()]));
  expect(found.walk.hdus).toHaveLength(13);
  expect(cost(found)).toEqual({ waves: 4, bytes: 662464, requests: 15 });
});

test("of two detectors the second is guessed from the first, and the tables behind come with the end of the file", () => {
  const group = (): VirtualHdu[] => [
    image("SCI", -32, [2048, 2048], 25920),
    image("ERR", -32, [2048, 2048], 5760),
    image("DQ", 16, [2048, 2048], 5760),
  ];
  const tables = times(6, () => image("WCSDVARR", -32, [64, 32], 2880));
  const found = all(virtualFile([primary(20160), ...group(), ...group(), ...tables]));
  expect(found.walk.hdus).toHaveLength(13);
  expect(found.waves).toBe(3);
});

test("empty and small HDUs among large ones do not make reads long, nor stop the guessing", () => {
  const large = (): VirtualHdu => image("SCI", -32, [5000, 1000], 5760);
  const empty = (): VirtualHdu => image("CAL", 16, [], 2880);
  const small = (size: number) => (): VirtualHdu => table("EVT", size / 100, 100, 5760);
  const walks = [
    [large, large, empty],
    [large, small(1000)],
    [large, small(40_000)],
    [large, small(40_000), small(20_000)],
  ].map((group) => {
    const hdus = Array.from({ length: 60 }, () => group.map((make) => make())).flat();
    const file = virtualFile([primary(2880), ...hdus]);
    const found = all(file);
    expect(found.walk.hdus).toHaveLength(hdus.length + 1);
    return { hdus: hdus.length, ...cost(found) };
  });
  expect(walks).toEqual([
    { hdus: 180, waves: 25, bytes: 4412224, requests: 121 },
    { hdus: 120, waves: 5, bytes: 1379584, requests: 64 },
    { hdus: 120, waves: 7, bytes: 1569664, requests: 126 },
    { hdus: 180, waves: 9, bytes: 2113984, requests: 188 },
  ]);
});

test("extensions of some 100 kB that nothing foretells are read through, in reads that double", () => {
  let state = 1;
  const random = (most: number): number => {
    state = (state * 16807) % 2147483647;
    return state % most;
  };
  const tables = times(200, (i) => table(`S${i}`, 10, 6000 + random(6000), 5760));
  const file = virtualFile([primary(11520), ...tables]);
  const found = all(file);
  expect(found.walk.hdus).toHaveLength(201);
  expect(found.waves).toBeLessThanOrEqual(15);
  expect(found.bytes).toBeLessThanOrEqual(file.size);
});

test("extensions of unpredictable length cost no more waves, and guesses stop: less than 1 MB in vain", () => {
  const file = virtualFile([
    primary(11520),
    ...times(60, (i) => table(`S${i}`, 8, 4146, 14400, 5e6 + ((i * 768143) % 1e6))),
  ]);
  const without = simulate(file, {});
  const found = all(file);
  expect(found.walk.hdus).toHaveLength(61);
  expect(found.waves).toBe(without.waves);
  expect(found.bytes - without.bytes).toBeLessThan(1e6);
});

test("small tables come many at a time, in reads that double", () => {
  const file = virtualFile([primary(2880), ...times(200, (i) => table(`T${i}`, 40, 100 + i, 5760))]);
  const found = all(file);
  expect(found.walk.hdus).toHaveLength(201);
  expect(found.waves).toBeLessThanOrEqual(8);
  expect(found.bytes).toBeLessThanOrEqual(file.size);
});

test("5000 small images in 34 MB are found in 15 waves, and nothing is read twice", () => {
  const file = virtualFile([primary(5760), ...times(5000, (i) => image(`S${i}`, 16, [30, 30], 2880))]);
  const found = all(file);
  expect(found.walk.hdus.length).toBe(5001);
  expect(found.waves).toBeLessThanOrEqual(15);
  expect(found.bytes).toBeLessThanOrEqual(file.size);
});

test("a small file is one read", () => {
  expect(cost(all(virtualFile([image(undefined, 16, [100, 100], 2880)])))).toEqual({
    waves: 1,
    bytes: 23040,
    requests: 1,
  });
  const file = virtualFile([primary(2880), ...times(5, (i) => table(`T${i}`, 40, 100, 2880))]);
  expect(cost(all(file))).toEqual({ waves: 1, bytes: file.size, requests: 1 });
});

test("a single large image is one read when its size is known", () => {
  const file = virtualFile([image(undefined, -32, [10000, 10000], 5760)]);
  expect(cost(all(file))).toEqual({ waves: 1, bytes: 131072, requests: 1 });
});

test("a thousand small images are found in at most 30 waves", () => {
  const file = virtualFile([primary(2880), ...times(1000, (i) => image(`S${i}`, 16, [512, 512], 5760))]);
  const found = all(file);
  expect(found.walk.hdus).toHaveLength(1001);
  expect(found.waves).toBeLessThanOrEqual(30);
});

test("120 HDUs of which none foretells the next take a wave each, and no second one for a long header", () => {
  let state = 7;
  const random = (most: number): number => {
    state = (state * 16807) % 2147483647;
    return state % most;
  };
  const tables = times(120, (i) =>
    table(`S${i}`, 10, Math.floor((300_000 + random(3_000_000)) / 10), 2880 * (1 + random(12))),
  );
  const file = virtualFile([primary(2880), ...tables]);
  const found = all(file);
  expect(found.walk.hdus).toHaveLength(121);
  expect(cost(found)).toEqual({ waves: 121, bytes: 5489344, requests: 133 });
  expect(cost(simulate(file, {}))).toEqual({ waves: 122, bytes: 4695872, requests: 122 });
});
