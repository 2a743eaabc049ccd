import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cutoutFile } from "../../src/cutout/index.js";
import { ndarray, open } from "../../src/index.js";
import {
  cutShard,
  planStamps,
  type RowFile,
  type Stamp,
  type StampSpec,
  stampBytes,
  stampExtension,
  type Target,
} from "../../src/stamps/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { skyCards, skyFile } from "./images.js";

const size = { height: 8, width: 8, unit: "pixel" } as const;
const arcsec = 1 / 3600;
const at = (row: number, x: number, y: number): Target => ({
  row,
  name: `t${row}`,
  lon: 150 - x * arcsec,
  lat: y * arcsec,
});

async function cut(
  input: Uint8Array | string,
  targets: readonly Target[],
  spec: Partial<StampSpec> = {},
): Promise<Stamp[]> {
  const job = await planStamps(targets, { size, raw: true, ...spec }, { source: "x" });
  const fits = await open(input);
  const stamps: Stamp[] = [];
  for (const shard of job.shards)
    for await (const batch of cutShard(shard, job.spec, { open: async () => ({ fits }) }))
      stamps.push(...batch);
  return stamps.sort((a, b) => a.target.row - b.target.row);
}

let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  bytes = await skyFile({ ra: 150, dec: 0, name: "SCI" }, { ra: 150, dec: 0, name: "ERR", value: 5 });
});

describe("the targets of a shard", () => {
  test("come each once: whole, partial, outside", async () => {
    const stamps = await cut(bytes, [
      at(0, 0, 0),
      at(1, 49, 0),
      at(2, 200, 0),
      { row: 3, name: "far", lon: 330, lat: 0 },
    ]);
    expect(stamps.map(({ status }) => status)).toEqual(["done", "partial", "outside", "outside"]);
    expect(stamps[2]!.reason).toContain("shares no pixel with");
    expect(stamps[3]!.reason).toContain("nowhere in the projection");
    const [whole, partial] = stamps.map(({ cut }) => cut?.cuts[0]?.stored);
    expect(whole!.shape).toEqual([8, 8]);
    expect(whole!.data[0]).toBe(46 * 100 + 46);
    expect(partial!.shape).toEqual([8, 8]);
    expect([...partial!.data].filter(Number.isNaN).length).toBe(8 * 3);
  });

  test("with trim lose what lies outside, with strict fail", async () => {
    const [trimmed] = await cut(bytes, [at(0, 49, 0)], { mode: "trim" });
    expect([trimmed!.status, trimmed!.cut!.cuts[0]!.stored.shape]).toEqual(["partial", [8, 5]]);
    const strict = await cut(bytes, [at(0, 49, 0), at(1, 200, 0), at(2, 0, 0)], { mode: "strict" });
    expect(strict.map(({ status }) => status)).toEqual(["failed", "outside", "done"]);
    expect(strict[0]!.reason).toContain("reaches beyond");
  });

  test("that cannot be filled fail, and the others do not", async () => {
    const integers = await skyFile({ ra: 150, dec: 0, type: "int16" });
    const stamps = await cut(integers, [at(0, 49, 0), at(1, 0, 0)]);
    expect(stamps.map(({ status }) => status)).toEqual(["failed", "done"]);
    expect(stamps[0]!.reason).toContain("give a fill value");
    const [filled] = await cut(integers, [at(0, 49, 0)], { fill: 7 });
    expect([...filled!.cut!.cuts[0]!.stored.data].filter((value) => value === 7).length).toBe(8 * 3);
  });

  test("of an image without a sky, of a missing HDU, and of a file that does not open, fail alone", async () => {
    const plain = await fitsBytes([imageHdu({ data: ndarray(new Float32Array(100), [10, 10]) })]);
    expect((await cut(plain, [at(0, 0, 0)]))[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("no celestial coordinates"),
    });
    expect((await cut(bytes, [at(0, 0, 0)], { hdus: ["NO"] }))[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("no HDU"),
    });
    const job = await planStamps([at(0, 0, 0)], { size, raw: true }, { source: "/no/such.fits" });
    const failing = cutShard(job.shards[0]!, job.spec, {
      open: async (source) => ({ fits: await open(source) }),
    });
    expect((await failing.next()).value).toMatchObject([
      { status: "failed", reason: expect.stringContaining("no such file") },
    ]);
  });

  test("in a file that was cut short: only those behind its end fail", async () => {
    const short = bytes.slice(0, 2880 + 60 * 400);
    const stamps = await cut(short, [
      at(0, 0, 40),
      at(1, 0, -20),
      at(2, 10, -20),
      at(3, 10, 30),
      at(4, 20, -30),
    ]);
    expect(stamps.map(({ status }) => status)).toEqual(["failed", "done", "done", "failed", "done"]);
  });

  test("of several HDUs have one region", async () => {
    const [stamp] = await cut(bytes, [at(0, 0, 0)], { hdus: ["SCI", "ERR"] });
    const fits = await open(await stampBytes(stamp!.cut!));
    const [sci, err] = [await fits.image("SCI"), await fits.image("ERR")];
    expect((await sci.section()).data[0]).toBe(4646);
    expect((await err.section()).data[0]).toBe(4651);
  });

  test("without any target wanted, no file is opened", async () => {
    const job = await planStamps([at(0, 0, 0)], { size, raw: true }, { source: "x" });
    const refuse = (): never => expect.fail("opened");
    const none = cutShard(job.shards[0]!, job.spec, { open: refuse, wants: () => false });
    expect((await none.next()).done).toBe(true);
  });
});

test("extensions have the name and the number of their target", async () => {
  const stamps = await cut(bytes, [at(0, 0, 0), at(1, 5, 5)]);
  const parts = await Promise.all(
    stamps.map(({ cut, target }) => stampExtension(cut!, { name: target.name, ver: target.number + 1 })),
  );
  const fits = await open(new Blob([await fitsBytes([imageHdu()]), ...parts]));
  expect((await fits.hdus()).map(({ name, ver, shape }) => [name, ver, shape])).toEqual([
    ["PRIMARY", 1, []],
    ["t0", 1, [8, 8]],
    ["t1", 2, [8, 8]],
  ]);
});

test("read row by row from a local file, pixels are those of the plan", async () => {
  const file: RowFile = {
    read(into, offset) {
      const part = short.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
    check: () => {},
  };
  let short: Uint8Array = bytes;
  const targets = [at(0, 0, 0), at(1, 49, 0), at(2, -30, 20), at(3, 0, 48)];
  const job = await planStamps(targets, { size, raw: true }, { source: "x" });
  const fits = await open(bytes);
  const all = async (rows?: RowFile): Promise<Stamp[]> => {
    const stamps = cutShard(job.shards[0]!, job.spec, { open: async () => ({ fits, rows }) });
    return (await stamps.next()).value as Stamp[];
  };
  const pixels = (stamps: Stamp[]) => stamps.map(({ target, cut }) => [target.row, cut?.cuts[0]?.stored]);
  expect(pixels(await all(file))).toEqual(pixels(await all()));
  short = bytes.subarray(0, 2880 + 60 * 400);
  expect((await all(file)).filter(({ status }) => status === "failed").map(({ reason }) => reason)).toEqual([
    expect.stringContaining("cut short"),
    expect.stringContaining("cut short"),
  ]);
});

describe("on a server", () => {
  let server: RangeServer;
  beforeAll(async () => {
    server = await startRangeServer({ files: { "/a.fits": await skyFile({ ra: 150, dec: 0, side: 1000 }) } });
  });
  afterAll(() => server?.close());

  test("stamps side by side share requests: the header, then one wave", async () => {
    const targets = Array.from({ length: 20 }, (_, row) => at(row, -100 + 10 * row, 300));
    const stamps = await cut(`${server.url}/a.fits`, targets);
    expect(stamps.map(({ status }) => status)).toEqual(targets.map(() => "done"));
    const ranges = server.requests.map(({ offset, length }) => [offset, length]);
    // Rows 796 to 803, from the first pixel of the first stamp to the last pixel of the last one: one request.
    const first = 2880 + 4 * (796 * 1000 + 396);
    expect(ranges[0]).toEqual([0, 131072]);
    expect(ranges.slice(1)).toEqual([[first, 4 * (7 * 1000 + 198)]]);
  });
});

describe("the header of a stamp", () => {
  const date = new Date(0);
  async function slowly({ fits, cuts }: NonNullable<Stamp["cut"]>): Promise<Uint8Array> {
    const { hdus, checksum } = await cutoutFile(fits, cuts, { date });
    return fitsBytes(hdus, { checksum });
  }

  test("is that of a cutout, card for card, however many stamps were made before", async () => {
    const header = [
      ...skyCards({ ra: 150, dec: 0 }),
      { keyword: "LTV1", value: 3 },
      { keyword: "CRPIX1A", value: 7, comment: "whole" },
      { keyword: "CTYPE1A", value: "LINEAR" },
      { keyword: "COMMENT", comment: "CRPIX1  = 5" },
    ];
    const data = ndarray(new Float32Array(10_000), [100, 100]);
    const targets = [at(0, 0, 0), at(1, -20.4, 3.7), at(2, 49, 49), at(3, 5, 5), at(4, -49, 0)];
    for (const own of [
      header,
      skyCards({ ra: 150, dec: 0 }),
      [...header, { keyword: "S_REGION", value: "x" }],
    ])
      for (const mode of ["partial", "trim"] as const) {
        const stamps = await cut(await fitsBytes([imageHdu({ data, header: own, name: "SCI" })]), targets, {
          mode,
        });
        for (const { cut } of stamps) {
          const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
          expect(text(await stampBytes(cut!, { date }))).toBe(text(await slowly(cut!)));
        }
      }
  });
});
