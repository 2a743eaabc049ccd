import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { CardValue } from "../../src/header/value.js";
import { walkAll } from "./virtual.js";

const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const here = existsSync(`${corpus}truth.json`);

interface TrueHdu {
  name: string;
  ver: number;
  type: string;
  ncards?: number;
  header: Record<string, unknown>;
  image?: { shape: number[] } | null;
  groups?: { first: { shape: number[] } };
  table?: { rows: number };
}
type Truth = Record<string, { size: number; hdus: TrueHdu[] }>;

// A plain primary with GROUPS = T and no axes: astropy itself adds NAXIS1 = 0 to its header, and then cannot read it.
const mended = new Set(["astropy/group_invalid.fits"]);

const truth: Truth = here ? JSON.parse(readFileSync(`${corpus}truth.json`, "utf8")) : {};
const files = Object.keys(truth).filter((file) => !/\.(gz|Z)$/.test(file));

const plain = (value: CardValue | undefined): unknown => (typeof value === "bigint" ? Number(value) : value);

describe.skipIf(!here)("every file of the corpus (../shared/corpus)", () => {
  test.each(files)("%s: HDUs, cards and values are those that astropy sees", (file) => {
    const bytes = readFileSync(`${corpus}files/${file}`);
    const { hdus, error } = walkAll(bytes);
    const wanted = truth[file]!.hdus;
    expect(error).toBeUndefined();
    expect(hdus.map(({ name, ver, type }) => ({ name, ver, type }))).toEqual(
      wanted.map(({ name, ver, type }) => ({ name, ver, type })),
    );
    expect(hdus.at(-1)!.end).toBe(bytes.length);
    for (const [i, hdu] of hdus.entries()) {
      const { image, groups, table, ncards, header } = wanted[i]!;
      if (image) expect(hdu.shape).toEqual(image.shape);
      if (image === null) expect(hdu.shape.includes(0) || hdu.shape.length === 0).toBe(true);
      if (groups) expect(hdu.shape).toEqual(groups.first.shape);
      if (table) expect(hdu.shape[0]).toBe(table.rows);
      const start = hdu.headerOffset;
      const raw = bytes.subarray(start, start + hdu.header.toString().length).toString("latin1");
      expect(hdu.header.cards.map((card) => card.raw).join("")).toBe(raw);
      expect(bytes.toString("latin1", start + raw.length, start + raw.length + 4)).toBe("END ");
      // The header of a compressed image is the image's, which `image/` rebuilds.
      if (hdu.type === "COMPRESSED_IMAGE" || mended.has(file)) continue;
      expect(hdu.cards).toBe(ncards);
      expect(hdu.header.cards.length).toBe(ncards);
      for (const [keyword, value] of Object.entries(header)) {
        const unparsable = value !== null && typeof value === "object" && !Array.isArray(value);
        expect([keyword, plain(hdu.header.get(keyword))]).toEqual([keyword, unparsable ? undefined : value]);
      }
    }
  });
});

test.skipIf(here)("corpus tests are skipped: ../shared/corpus is not here", () => {});
