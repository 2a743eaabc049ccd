import { describe, expect, test } from "vitest";
import { imageHdu } from "../../src/hdu/image.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import { corpusFile, corpusIsHere, digest, layoutsOf, shortName, truth } from "./corpus.js";
import { runOn } from "./made.js";

const images = Object.entries(truth()).flatMap(([file, { hdus }]) =>
  (hdus ?? []).filter((hdu) => hdu.image && hdu.type !== "COMPRESSED_IMAGE").map((hdu) => ({ file, hdu })),
);

describe.skipIf(!corpusIsHere)("images of the corpus (skipped where ../shared/corpus is absent)", () => {
  test("are there", () => expect(images.length).toBeGreaterThan(30));

  test.each(images.map(({ file, hdu }) => [`${file} HDU ${hdu.index}`, file, hdu] as const))(
    "%s",
    async (_, name, hdu) => {
      const { shape, raw, physical } = hdu.image!;
      const file = corpusFile(name);
      const layout = (await layoutsOf(file, hdu.index))[hdu.index]!;
      const image = imageHdu(layout, contiguousPixels(layout, file.length), (plan) => runOn(plan, file));
      expect(image.shape).toEqual(shape);
      const stored = await image.section([], { raw: true });
      expect([shortName(image.rawDtype), digest(stored)]).toEqual([raw.dtype, raw.sha256]);
      const values = await image.section();
      expect([shortName(image.dtype), digest(values)]).toEqual([physical.dtype, physical.sha256]);
      const stats = await image.stats();
      expect(stats).toMatchObject({ shape, nan: physical.nan ?? 0 });
      if (physical.min === undefined) return;
      expect([Number(stats.min), Number(stats.max)]).toEqual([physical.min, physical.max]);
      expect(stats.mean).toBeCloseTo(physical.mean!, 8);
    },
  );
});
