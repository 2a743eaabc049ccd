import { describe, expect, it } from "vitest";
import { createProfile, open, resolveSource } from "../../src/index.js";
import { exampleFile } from "../fixtures/example.js";

/** What somebody who does without types may give. */
const wrong: [options: object, message: RegExp][] = [
  [{ signal: "x" }, /signal must be an AbortSignal/],
  [{ signal: new AbortController() }, /signal must be an AbortSignal/],
  [{ profile: "x" }, /profile must be one that createProfile\(\) made/],
  [{ profile: true }, /createProfile/],
  [{ index: "x" }, /index must be a Uint8Array/],
  [{ index: new ArrayBuffer(9) }, /index must be a Uint8Array/],
  [{ fetch: 3 }, /fetch must be a function/],
  [{ headers: 5 }, /headers must be an object of strings/],
  [{ headers: "X: y" }, /headers must be/],
  [{ headers: ["X: y"] }, /headers must be/],
  [{ headers: null }, /headers must be/],
  [{ headers: [["X", 5]] }, /headers must be/],
  [{ headers: new Map([["a", "b"]]) }, /headers must be/],
  [{ headers: { a: 5 } }, /headers must be/],
  [{ retries: "3" }, /retries must be a number of at least 0/],
  [{ retries: null }, /retries must be a number/],
  [{ timeout: 0 }, /timeout must be a number of at least 1/],
  [{ timeout: Number.NaN }, /timeout must be a number/],
  [{ minBytesPerSecond: -1 }, /minBytesPerSecond must be a number of at least 0/],
  [{ pin: "mtime" }, /pin must be "etag", "size", "none"/],
  [{ schemes: "https" }, /schemes must be an array of names/],
  [{ schemes: ["https:"] }, /schemes must be an array/],
  [{ schemes: [5] }, /schemes must be an array/],
  [{ key: 5 }, /key must be a string/],
  [{ s3: "us-west-2" }, /s3 must be an object/],
  [{ s3: null }, /s3 must be an object/],
];

describe("options of the wrong type are BAD_ARGUMENT, and say what is wanted", () => {
  it.each(wrong)("open(file, %o)", async (options, message) => {
    const opening = open(await exampleFile(), options);
    await expect(opening).rejects.toMatchObject({
      name: "FitsError",
      code: "BAD_ARGUMENT",
      message: expect.stringMatching(message),
    });
  });

  it("of a read, too", async () => {
    const fits = await open(await exampleFile());
    const image = await fits.image("SCI");
    for (const [options, message] of [
      [{ signal: 5 }, /signal must be/],
      [{ profile: {} }, /profile must be/],
    ] as [object, RegExp][]) {
      for (const reading of [image.section("0:2, 0:2", options), fits.index(options)])
        await expect(reading).rejects.toMatchObject({
          code: "BAD_ARGUMENT",
          message: expect.stringMatching(message),
        });
    }
  });

  it("those that are right, or undefined, are taken", async () => {
    const { signal } = new AbortController();
    const all = {
      ...{ signal, profile: createProfile(), fetch, headers: {}, retries: 0, timeout: 1, s3: {} },
      ...{ minBytesPerSecond: 0, pin: "none" as const, schemes: ["https" as const] },
    };
    const none = Object.fromEntries(Object.keys(all).map((name) => [name, undefined]));
    for (const options of [all, none])
      expect((await open(await exampleFile(), options)).size).toBeGreaterThan(0);
  });

  it("addresses of blobs and data that are none are BAD_SOURCE", async () => {
    for (const url of ["data:nonsense", "blob:nodedata:00000000-0000-0000-0000-000000000000"])
      await expect(resolveSource(url)).rejects.toMatchObject({ code: "BAD_SOURCE" });
  });
});
