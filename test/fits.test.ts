import { describe, expect, test } from "vitest";
import { type Fits, FitsError, type HduSelector, open } from "../src/index.js";
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
    [["SCI", 3], 'memory:: no HDU "SCI",3; there are 0 PRIMARY, 1 SCI, 2 SCI,2, 3 Tab'],
    [undefined as never, "memory:: no HDU undefined; there are 0 PRIMARY, 1 SCI, 2 SCI,2, 3 Tab"],
    [{} as never, "memory:: no HDU [object Object]; there are 0 PRIMARY, 1 SCI, 2 SCI,2, 3 Tab"],
  ])("is not found by %j, and there is said which there are", async (which, message) => {
    expect(await failure((await opened()).hdu(which))).toMatchObject({ code: "NO_SUCH_HDU", message });
  });

  test("has an integer index", async () => {
    expect(await failure((await opened()).hdu(1.5))).toMatchObject({
      code: "BAD_ARGUMENT",
      message: "an HDU has an integer index, not 1.5",
    });
  });

  test("of another kind than asked for is refused", async () => {
    const fits = await opened();
    expect(await failure(fits.image("TAB"))).toMatchObject({
      code: "WRONG_TYPE",
      message: 'memory:: HDU 3 "Tab" is a table, not an image',
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
