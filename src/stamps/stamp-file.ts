/**
 * Stamps as the bytes of FITS files, and as extensions of one file.
 */
import { cutoutFile, type OutputOptions } from "../cutout/output.js";
import { plainText } from "../cutout/edits.js";
import { fitsBytes } from "../write/fits.js";
import type { WritableHdu } from "../write/hdu.js";
import { type HeaderItem, keywordOf } from "../write/header.js";
import { imageHdu } from "../write/image.js";
import type { CutStamp } from "./shard.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** A stamp as a FITS file, as `cutoutFile` makes it. */
export async function stampBytes({ fits, cuts }: CutStamp, options: OutputOptions = {}): Promise<Bytes> {
  const { hdus, checksum } = await cutoutFile(fits, cuts, options);
  return fitsBytes(hdus, { checksum });
}

/**
 * A stamp as extensions that go behind a primary HDU with others of their kind: image extensions whose EXTNAME is the name of the
 * target; of several HDUs the name stands before theirs (`M31_SCI`).
 *
 * @param number EXTVER of lookup tables, which must differ from those of the other stamps of the file
 */
export async function stampExtension(
  { fits, cuts }: CutStamp,
  name: string,
  options: OutputOptions = {},
): Promise<Bytes> {
  const { hdus, checksum } = await cutoutFile(fits, cuts, options);
  const named = hdus.map((hdu, i) => {
    const own = cuts[i]?.image.name;
    return i < cuts.length ? withName(hdu, cuts.length > 1 ? `${name}_${own || i}` : name) : hdu;
  });
  const bytes = await fitsBytes([emptyPrimary(), ...named], { checksum });
  return bytes.subarray(2880);
}

/** A primary HDU without data, before extensions. */
export function emptyPrimary(): WritableHdu {
  return imageHdu();
}

/** As long as an EXTNAME of one card. */
const mostName = 60;

function withName(hdu: WritableHdu, name: string): WritableHdu {
  const card = { keyword: "EXTNAME", value: plainText(name).slice(0, mostName), comment: "name of the target" };
  return {
    ...hdu,
    cards(primary, facts) {
      const items: HeaderItem[] = [...hdu.cards(primary, facts)].filter(
        (item) => !/^(EXTNAME|EXTVER)$/.test(keywordOf(item)),
      );
      return [...items, card];
    },
  };
}
