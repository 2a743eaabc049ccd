import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Fits, FitsError, type HduSelector, open } from "../src/index.js";
import type { ByteRange } from "../src/source/source.js";
import { image, table, virtualFile } from "./hdu/virtual.js";

const hdus = [
  image(undefined, 16, [], 2880),
  image("SCI", 16, [10, 10], 2880),
  image("SCI", 16, [20, 20], 2880),
  table("Tab", 8, 10, 2880),
];
hdus[2]!.cards["EXTVER"] = 2;
const file = virtualFile(hdus);
const opened = (): Promise<Fits> => open(file.read({ offset: 0, length: file.size }), { blockSize: 2880 });

const failure = async (promise: Promise<unknown>): Promise<FitsError> => {
  const error: unknown = await promise.catch((error: unknown) => error);
  if (error instanceof FitsError) return error;
  throw error;
};

describe("an HDU", () => {
  test.each<[HduSelector, number]>([
    [0, 0],
    [2, 2],
    [-1, 3],
    [-4, 0],
    ["PRIMARY", 0],
    ["primary ", 0],
    ["sci", 1],
    [["SCI", 2], 2],
    ["TAB", 3],
  ])("is found by %j", async (which, index) => {
    expect((await (await opened()).hdu(which)).index).toBe(index);
  });

  test.each<[HduSelector, string]>([
    [4, "memory:: no HDU 4; there are 0 PRIMARY, 1 SCI, 2 SCI,2, 3 Tab"],
    [-5, "memory:: no HDU -5; there are 0 PRIMARY, 1 SCI, 2 SCI,2, 3 Tab"],
    ["NONE", 'memory:: no HDU "NONE"; there are 0 PRIMARY, 1 SCI, 2 SCI,2, 3 Tab'],
    [["SCI", 3], 'memory:: no HDU "SCI",3; there are 1 SCI, 2 SCI,2'],
  ])("is not found by %j, and there is said which there are", async (which, message) => {
    expect(await failure((await opened()).hdu(which))).toMatchObject({ code: "NO_SUCH_HDU", message });
  });

  test("has an integer index", async () => {
    expect(await failure((await opened()).hdu(1.5))).toMatchObject({
      code: "BAD_ARGUMENT",
      message: "an HDU must be an index, a name or [name, version], not 1.5",
    });
  });

  test.each([undefined, null, {}, 1n, { name: "SCI" }, ["SCI", "1"], [1], ["SCI", 1, 2], []])(
    "is never meant by %o",
    async (which) => {
      expect(await failure((await opened()).hdu(which as never))).toMatchObject({
        code: "BAD_ARGUMENT",
        message: expect.stringMatching(
          /^an HDU must be an index, a name or \[name, version\], not (undefined|null|1|this (object|array))$/,
        ) as string,
      });
    },
  );

  test("of another kind than asked for is refused", async () => {
    const fits = await opened();
    expect(await failure(fits.image("TAB"))).toMatchObject({
      code: "WRONG_TYPE",
      message: 'memory:: HDU 3 "Tab" is a table, not an image; read it as a table',
    });
    expect(await failure(fits.table(0))).toMatchObject({ code: "WRONG_TYPE" });
  });

  test("is made once", async () => {
    const fits = await opened();
    expect(await fits.hdu(1)).toBe(await fits.image("SCI"));
  });
});

test("all HDUs come in order, however they are asked for", async () => {
  const names = ["PRIMARY", "SCI", "SCI", "Tab"];
  expect((await (await opened()).hdus()).map((hdu) => hdu.name)).toEqual(names);
  expect((await (await opened()).layouts()).map((hdu) => hdu.name)).toEqual(names);
  const seen: string[] = [];
  for await (const hdu of await opened()) seen.push(hdu.name);
  expect(seen).toEqual(names);
});

test("what is no signal is refused wherever it is given", async () => {
  const image = await (await opened()).image(1);
  const wrong = { signal: 5 as unknown as AbortSignal };
  await expect(image.section(undefined, wrong)).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  await expect(image.stats(undefined, wrong)).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  await expect(image.bands(undefined, wrong).next()).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
});

describe("without a selector", () => {
  test("image() is the first that has pixels, table() the first table", async () => {
    const fits = await opened();
    expect((await fits.image()).index).toBe(1);
    expect((await fits.table()).index).toBe(3);
  });

  test("what is not there is told, with the HDUs that are", async () => {
    const empty = virtualFile([image(undefined, 16, [], 2880), image("E", 16, [0, 5], 2880)]);
    const fits = await open(empty.read({ offset: 0, length: empty.size }));
    const listed = "there are 0 PRIMARY, 1 E";
    const nameless = virtualFile([image(undefined, 16, [], 2880), image("", 16, [0, 5], 2880)]);
    const other = await open(nameless.read({ offset: 0, length: nameless.size }));
    expect((await failure(other.table())).message).toBe("memory:: no table; there are 0 PRIMARY, 1 (IMAGE)");
    expect(await failure(fits.image())).toMatchObject({
      code: "NO_SUCH_HDU",
      message: `memory:: no image with pixels; ${listed}`,
    });
    expect(await failure(fits.table())).toMatchObject({
      code: "NO_SUCH_HDU",
      message: `memory:: no table; ${listed}`,
    });
  });
});

test("what is known so far grows as HDUs are found, and is there without waiting", async () => {
  const large = virtualFile([image(undefined, 16, [100_000], 2880), image("SCI", 16, [10], 2880)]);
  const fits = await open(large.read({ offset: 0, length: large.size }));
  expect(fits.known.map(({ name }) => name)).toEqual(["PRIMARY"]);
  await fits.image("SCI");
  expect(fits.known.map(({ name }) => name)).toEqual(["PRIMARY", "SCI"]);
});

test("iterating stops with the signal's reason, and the file goes on", async () => {
  const fits = await opened();
  const stop = new AbortController();
  const seen: number[] = [];
  const walking = (async () => {
    for await (const hdu of fits.iterate({ signal: stop.signal })) {
      seen.push(hdu.index);
      if (hdu.index === 1) stop.abort(new Error("enough"));
    }
  })();
  await expect(walking).rejects.toThrow("enough");
  expect(seen).toEqual([0, 1]);
  expect(await fits.hdus()).toHaveLength(4);
});

test("a file that was unpacked and is still compressed is unpacked again; one in which no HDU is, is refused", async () => {
  const bytes = file.read({ offset: 0, length: file.size });
  const twice = await open(gzipSync(gzipSync(bytes)));
  expect(await twice.hdus()).toHaveLength(4);
  expect(await failure(open(gzipSync(new Uint8Array(0))))).toMatchObject({ code: "NOT_FITS" });
  expect(await failure(open(gzipSync(gzipSync("text"))))).toMatchObject({ code: "NOT_FITS" });
  let wrapped: Uint8Array = bytes;
  for (let i = 0; i < 6; i++) wrapped = gzipSync(wrapped);
  expect(await failure(open(wrapped))).toMatchObject({ code: "UNSUPPORTED" });
});

test("finding 3000 HDUs that nothing foretells copies no list of HDUs for each", async () => {
  const count = 3000;
  const hdus = Array.from({ length: count }, (_, i) =>
    image(i === 0 ? undefined : `S${i}`, 8, [300_000 + ((i * 7919) % 1000) * 2880], 2880),
  );
  const many = virtualFile(hdus);
  const speed = { latency: 0, throughput: 1e9 };
  const fits = await open(
    { href: "test:many", size: many.size, speed, getRange: async (range: ByteRange) => many.read(range) },
    { blockSize: 2880 },
  );
  let copied = 0;

  const original = Array.prototype[Symbol.iterator];
  // Spreading a list goes through its iterator. Lists of others than HDUs are those of the test's own file.
  Array.prototype[Symbol.iterator] = function (this: { headerSize?: number; headerOffset?: number }[]) {
    if (this.length > 100 && this[0]?.headerOffset !== undefined) copied += this.length;
    return original.call(this);
  };
  let found = 0;
  try {
    found = (await fits.layouts()).length;
  } finally {
    Array.prototype[Symbol.iterator] = original;
  }
  expect(found).toBe(count);
  expect(copied).toBeLessThan(100 * count);
});
