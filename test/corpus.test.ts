/**
 * Every file of the corpus through `open`, as a user has it: HDUs, headers and pixels against what astropy reads.
 */
import { describe, expect, test } from "vitest";
import type { CardValue } from "../src/header/value.js";
import { open } from "../src/open.js";
import { corpusIsHere, corpusPath, digest, shortName, truth } from "./image/corpus.js";

interface WholeHdu {
  index: number;
  name: string;
  ver: number;
  type: string;
  ncards?: number;
  error?: string;
  header: Record<string, unknown>;
  image?: {
    shape: number[];
    raw?: { dtype: string; sha256: string };
    physical: { dtype: string; sha256: string; nan?: number };
  } | null;
}

const files = Object.entries(truth() as Record<string, { hdus?: WholeHdu[]; error?: string }>);

/** Where the oracle is known to be wrong: see the corpus's README. */
const oracleErrs: readonly RegExp[] = [
  /^astropy\/lzw\.fits\.Z$/, // it cannot read it
  /^nom-tam-fits\/bt12\.fits\.fz$/, // a compressed table, which it shows as the table of its tiles
  /^astropy\/group_invalid\.fits$/, // there to be refused
];

/** Images whose NaNs the oracle loses (ZBLANK as a keyword): how many newer versions of it find. */
const nansOf: Readonly<Record<string, number>> = { "astropy-compressed/compressed_with_nan.fits": 1 };

/** Values as the truth has them. */
function plain(value: CardValue | undefined): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

describe.skipIf(!corpusIsHere)("the corpus through open() (skipped without ../shared/corpus)", () => {
  for (const [name, { hdus }] of files) {
    if (!hdus || oracleErrs.some((pattern) => pattern.test(name))) continue;

    test(`${name}: HDUs and headers`, async () => {
      const fits = await open(corpusPath(name));
      const found = await fits.hdus();
      expect(found.map((hdu) => [hdu.index, hdu.name, hdu.ver, hdu.type])).toEqual(
        hdus.map((hdu) => [hdu.index, hdu.name, hdu.ver, hdu.type]),
      );
      for (const [i, { header, ncards }] of hdus.entries()) {
        const hdu = found[i]!;
        if (ncards !== undefined) expect(hdu.cards).toBe(ncards);
        for (const [keyword, value] of Object.entries(header)) {
          if (value !== null && typeof value === "object" && "unparsable" in value) continue;
          expect({ hdu: i, keyword, value: plain(hdu.header.get(keyword)) }).toEqual({
            hdu: i,
            keyword,
            value,
          });
        }
      }
      await fits.close();
    });

    for (const { index, image } of hdus) {
      if (!image) continue;
      test(`${name}, HDU ${index}: pixels`, async () => {
        const fits = await open(corpusPath(name));
        const hdu = await fits.image(index);
        expect(hdu.shape).toEqual(image.shape);
        if (image.raw) {
          const raw = await hdu.section(undefined, { raw: true });
          expect([shortName(hdu.rawDtype), digest(raw)]).toEqual([image.raw.dtype, image.raw.sha256]);
        }
        const physical = await hdu.section();
        if (nansOf[name] !== undefined) {
          expect((await hdu.stats()).nan).toBe(nansOf[name]);
          return;
        }
        expect([shortName(hdu.dtype), digest(physical)]).toEqual([
          image.physical.dtype,
          image.physical.sha256,
        ]);
        await fits.close();
      });
    }
  }
});
