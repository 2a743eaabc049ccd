/**
 * The files that a viewer is started with, and their paths on its server.
 */
import { type HduSelector, type OpenOptions, open } from "fitslice";
import { overviewAddress } from "fitslice/overview";
import { type ServedFile, servedFile } from "./file.js";

/** A file to be viewed. */
export interface ViewedFile {
  /** As the user named it. */
  readonly source: string;
  readonly hdu?: HduSelector | undefined;
}

/** A file that is served. */
export interface Entry {
  /** Its name, fit to be shown, without folders, user names and signatures. */
  readonly name: string;
  /** The hash with which the page shows it: `#src=file/x.fits&hdu=1`. */
  readonly hash: string;
}

export interface ServedFiles {
  readonly entries: readonly Entry[];
  /** The file of a path below the token, `file/x.fits`, decoded. */
  find(path: string): ServedFile | undefined;
  close(): Promise<void>;
}

/**
 * The files, and the overviews that may lie beside them. Each file is opened once, to see that it is there, and FITS, and which HDU is
 * meant. Throws what `open` throws.
 */
export async function servedFiles(files: readonly ViewedFile[], options: OpenOptions): Promise<ServedFiles> {
  const served = new Map<string, ServedFile>();
  const entries: Entry[] = [];
  for (const [i, { source, hdu }] of files.entries()) {
    const index = await hduIndex(source, hdu, options);
    const name = nameOf(source);
    const folder = i === 0 ? "file/" : `file/${i + 1}/`;
    served.set(`${folder}${name}`, servedFile(source, options));
    const beside = overviewAddress(source);
    const besideName = overviewAddress(name);
    if (beside !== undefined && besideName !== undefined)
      served.set(`${folder}${besideName}`, servedFile(beside, options));
    entries.push({ name, hash: hashOf(`${folder}${encodeURIComponent(name)}`, index) });
  }
  return {
    entries,
    find: (path) => served.get(path),
    async close() {
      await Promise.all([...served.values()].map((file) => file.close()));
    },
  };
}

async function hduIndex(
  source: string,
  hdu: HduSelector | undefined,
  options: OpenOptions,
): Promise<number | undefined> {
  const fits = await open(source, options);
  try {
    return hdu === undefined ? undefined : (await fits.hdu(hdu)).index;
  } finally {
    await fits.close();
  }
}

const longestName = 120;

/** The last part of an address, without what may be a secret, or would be a folder. */
function nameOf(source: string): string {
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(source);
  const path = isUrl ? source.replace(/[?#].*$/s, "") : source;
  const last = path.split(/[/\\]/).at(-1) ?? "";
  const plain = (isUrl ? decoded(last) : last).replace(/[/\\\p{Cc}\p{Cs}]/gu, "_").slice(-longestName);
  return /^\.{0,2}$/.test(plain) ? "file.fits" : plain;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function hashOf(src: string, hdu: number | undefined): string {
  const text = encodeURIComponent(src).replaceAll("%2F", "/");
  return `#src=${text}${hdu === undefined ? "" : `&hdu=${hdu}`}`;
}
