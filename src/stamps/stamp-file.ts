/**
 * Stamps as the bytes of FITS files, and as extensions of one file.
 */

import { checkMembers, checkObject } from "../argument.js";
import { plainText } from "../cutout/edits.js";
import { cutoutFile, type OutputOptions } from "../cutout/output.js";
import { toBigEndian } from "../write/bigendian.js";
import { fitsBytes } from "../write/fits.js";
import type { WritableHdu } from "../write/hdu.js";
import { type HeaderItem, keywordOf, padding } from "../write/header.js";
import { imageHdu } from "../write/image.js";
import type { CutStamp } from "./shard.js";
import { stampHeader } from "./stamp-header.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** A stamp as a FITS file, as `cutoutFile` makes it. */
export async function stampBytes(stamp: CutStamp, options: OutputOptions = {}): Promise<Bytes> {
  checkStamp(stamp);
  checkObject(options);
  const { fits, cuts } = stamp;
  const [one] = cuts;
  if (one && cuts.length === 1 && !options.compress) {
    const { image, fitted, stored } = one;
    const header = await stampHeader(fits, { image, grid: fitted.grid }, options.date ?? new Date());
    if (header) return joined(header, toBigEndian(stored.data, stored.dtype, 0, stored.data.length));
  }
  const { hdus, checksum } = await cutoutFile(fits, cuts, options);
  return fitsBytes(hdus, { checksum });
}

function checkStamp(stamp: CutStamp): void {
  checkMembers(stamp, ["fits", "cuts"], "a stamp", "the cut of one, as cutShard gives it");
}

/** Header and pixels, with zeros to the end of the last block. */
function joined(header: Bytes, pixels: Bytes): Bytes {
  const length = header.length + pixels.length;
  const bytes = new Uint8Array(length + padding(length));
  bytes.set(header);
  bytes.set(pixels, header.length);
  return bytes;
}

/** How an extension is called. */
export interface ExtensionName {
  /** EXTNAME; of several HDUs their own names stand behind it (`M31_SCI`). */
  readonly name: string;
  /** EXTVER, different for each stamp of a file. Lookup tables get versions from 16 times it on. */
  readonly ver: number;
}

/** A stamp as extensions that go behind a primary HDU, with others of their kind. */
export async function stampExtension(
  stamp: CutStamp,
  extension: ExtensionName,
  options: OutputOptions = {},
): Promise<Bytes> {
  checkStamp(stamp);
  checkMembers(extension, ["name", "ver"], "the extension", "{ name, ver }");
  checkObject(options);
  const { fits, cuts } = stamp;
  const { name, ver } = extension;
  const own = cuts.findIndex(({ image }) => image.index === 0);
  const ordered = own < 0 ? cuts : [cuts[own]!, ...cuts.filter((_, i) => i !== own)];
  const { hdus, checksum } = await cutoutFile(fits, ordered, { ...options, firstTableVersion: 16 * ver });
  // The primary header of several extensions has no place among those of other files.
  const parts = own < 0 && cuts.length > 1 ? hdus.slice(1) : hdus;
  const named = parts.map((hdu, i) => {
    const cut = ordered[i];
    return cut ? withName(hdu, cuts.length > 1 ? `${name}_${cut.image.name || i + 1}` : name, ver) : hdu;
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

function withName(hdu: WritableHdu, name: string, ver: number): WritableHdu {
  const named = [
    { keyword: "EXTNAME", value: plainText(name).slice(0, mostName), comment: "name of the target" },
    { keyword: "EXTVER", value: ver, comment: "its number in the list" },
  ];
  return {
    ...hdu,
    cards(primary, facts) {
      const items: HeaderItem[] = [...hdu.cards(primary, facts)].filter(
        (item) => !/^(EXTNAME|EXTVER)$/.test(keywordOf(item)),
      );
      return [...items, ...named];
    },
  };
}
