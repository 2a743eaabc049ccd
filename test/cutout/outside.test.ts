/**
 * One region of all images of a file, of which some do not show it.
 */
import { expect, test } from "vitest";
import { cutoutHdus } from "../../src/cutout/index.js";
import { open } from "../../src/index.js";
import { skyFile } from "../stamps/images.js";

const detectors = () =>
  skyFile(
    { ra: 10, dec: 0, name: "CCD1", side: 20 },
    { ra: 11, dec: 0, name: "CCD2", side: 30 },
    { ra: 10, dec: 0, name: "CCD3", side: 20 },
  );
const region = { center: "10 0", size: 4 };

test("is cut from those that show it, and the others are told", async () => {
  await using fits = await open(await detectors());
  const { cuts, outside } = await cutoutHdus(fits, region);
  expect(cuts.map(({ image }) => image.name)).toEqual(["CCD1", "CCD3"]);
  expect(outside).toEqual([
    {
      index: 1,
      name: "CCD2",
      reason: expect.stringMatching(/shares no pixel with HDU 1 \(CCD2\)/) as string,
    },
  ]);
});

test("is refused where an image that was named does not show it, and where none does", async () => {
  await using fits = await open(await detectors());
  await expect(cutoutHdus(fits, { ...region, hdus: ["CCD1", "CCD2"] })).rejects.toThrow(/HDU 1 \(CCD2\)/);
  await expect(cutoutHdus(fits, { ...region, center: "50 0" })).rejects.toMatchObject({
    code: "BAD_SELECTION",
  });
});

test("is refused in the mode strict where an image shows a part of it", async () => {
  await using fits = await open(await detectors());
  const strict = { center: "10 0", size: 25, mode: "strict" } as const;
  await expect(cutoutHdus(fits, strict)).rejects.toThrow(/reaches beyond HDU 0/);
});
