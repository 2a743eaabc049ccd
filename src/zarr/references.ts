/**
 * References: a FITS file as a Zarr hierarchy of pointers into the file, for readers that know nothing of FITS (kerchunk's
 * format, version 1, with metadata of Zarr 2 or 3).
 */
import { checkFile, checkObject } from "../argument.js";
import { FitsError, type FitsErrorCode, printable } from "../errors.js";
import type { Fits, HduSelector } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { ReadOptions } from "../read/options.js";
import { done } from "../read/plan.js";
import { groupAttributes, sourceAttributes } from "./attributes.js";
import {
  axisOf,
  type Concat,
  commonAttributes,
  commonDivisor,
  type JoinedArray,
  joinArrays,
} from "./concat.js";
import {
  type Attributes,
  documentsV2,
  documentsV3,
  type GroupDescription,
  toJson,
  type ZarrFormat,
} from "./metadata.js";
import { distinct, groupNames, imageArray, imageDimensions, nodeName } from "./names.js";
import { type ArrayOptions, type ReferencedArray, referencedArray, spareBytes } from "./reference-arrays.js";

export interface ReferenceOptions extends ReadOptions {
  /** Which HDUs. One that references cannot say is then an error. Default: all that can be referenced. */
  readonly hdus?: readonly HduSelector[] | undefined;
  /** Addresses of the files as readers know them, `s3://` or `https://` or a path, one for each file. Default: where they were opened. */
  readonly urls?: readonly string[] | undefined;
  /** Version of Zarr of the metadata. Default 2, which all readers of references know. */
  readonly zarrFormat?: ZarrFormat | undefined;
  /** Most bytes of a chunk of a plain image or table; rows are never divided unless one is larger. Default 8 MB. */
  readonly chunkBytes?: number | undefined;
  /** Joins several files to one array. Default: a group for each file. */
  readonly concat?: Concat | undefined;
}

/** References as they stand in a JSON file. A key of the hierarchy is a text, or `[address, offset, length]`. */
export type ReferenceFile = {
  readonly version: 1;
  readonly templates: Readonly<Record<string, string>>;
  readonly refs: Readonly<Record<string, string | readonly [url: string, offset: number, length: number]>>;
};

/** An HDU that references cannot say, and why. */
export interface Refusal {
  /** Where the file is. */
  readonly href: string;
  /** Index of the HDU. */
  readonly hdu: number;
  readonly reason: string;
}

export interface References {
  readonly file: ReferenceFile;
  readonly refused: readonly Refusal[];
}

const defaultChunkBytes = 8_000_000;
/** A chunk that is no larger than this holds a few pixels, and a reference takes more bytes than such a chunk. */
const leastChunkBytes = 1024;

/**
 * References to the plain HDUs of a file, and to those whose compression other packages read. The headers of all HDUs are
 * attributes (`fits_header`); values are stored ones with CF attributes. The root says which file the references are of
 * (`fits_etag`, `fits_size`): no reader of references looks whether the file is still the same.
 *
 * Reads headers, descriptors of tiles, and of compressed images the tiles at the edges that are smaller than the others.
 * Throws BAD_ARGUMENT for options that make no sense and for files that are not alike, UNSUPPORTED for files that are
 * compressed as a whole, for HDUs that were asked for and where nothing is left, TRUNCATED for files that are cut short.
 */
export async function references(
  fits: Fits | readonly Fits[],
  options: ReferenceOptions = {},
): Promise<References> {
  for (const file of [fits].flat()) checkFile(file);
  checkObject(options);
  const files = Array.isArray(fits) ? (fits as readonly Fits[]) : [fits as Fits];
  if (files.length === 0) throw new FitsError("BAD_ARGUMENT", "references are made of one file at least");
  checkOptions(options, files.length);
  const urls = files.map((file, i) => options.urls?.[i] ?? addressOf(file));
  const opened = await Promise.all(files.map((file) => filePart(file, options)));
  const refused: Refusal[] = [];
  const tree: Tree = { groups: {}, chunks: [] };
  if (options.concat) await addJoined(tree, opened, options, refused);
  else {
    const names = files.length === 1 ? [""] : fileNames(urls);
    for (const [i, part] of opened.entries()) await addFile(tree, part, i, names[i]!, options, refused);
  }
  if (tree.chunks.length === 0) throw nothingLeft(opened, refused);
  return { file: referenceFile(tree, rootAttributes(opened), urls, options.zarrFormat ?? 2), refused };
}

/** One of the files, with the HDUs wanted. */
interface FilePart {
  readonly fits: Fits;
  readonly layouts: readonly HduLayout[];
  /** Names of the groups of `layouts`. */
  readonly names: readonly string[];
}

/** Groups by path, and the chunks of their arrays. */
interface Tree {
  readonly groups: Record<string, GroupDescription>;
  readonly chunks: { readonly path: string; readonly array: JoinedArray }[];
}

async function filePart(fits: Fits, options: ReferenceOptions): Promise<FilePart> {
  const all = await fits.layouts(options);
  if ((await fits.explain(done(undefined), options)).decompressed)
    throw new FitsError(
      "UNSUPPORTED",
      `${fits.href}: the file is compressed as a whole, no reference can point into it; read it live, by fitslice serve or zarrStore`,
    );
  const names = groupNames(all);
  if (!options.hdus) return { fits, layouts: all, names };
  const chosen = new Set<number>();
  for (const which of options.hdus) chosen.add((await fits.hdu(which, options)).index);
  const indices = [...chosen].sort((a, b) => a - b);
  return { fits, layouts: indices.map((i) => all[i]!), names: indices.map((i) => names[i]!) };
}

/** Adds the HDUs of one file, below the group `above` where the file is one of several. */
async function addFile(
  tree: Tree,
  { fits, layouts, names }: FilePart,
  file: number,
  above: string,
  options: ReferenceOptions,
  refused: Refusal[],
): Promise<void> {
  if (above !== "") tree.groups[above] = { attributes: fileAttributes(fits), arrays: {} };
  for (const [i, layout] of layouts.entries()) {
    const path = above === "" ? names[i]! : `${above}/${names[i]}`;
    const array = await allowed(fits, layout, options, refused, () =>
      referencedArray(fits, layout, arrayOptions(options, spareBytes(layout, fits.size))),
    );
    addGroup(tree, path, await attributesOf(fits, layout, options), array && ofFile(array, file));
  }
}

/** Attributes of an HDU; of a compressed image those of the image, as everywhere else. */
async function attributesOf(fits: Fits, layout: HduLayout, options: ReadOptions): Promise<Attributes> {
  return groupAttributes(await fits.hdu(layout.index, options));
}

function ofFile({ description, chunks }: ReferencedArray, file: number): JoinedArray {
  return {
    description,
    *chunks() {
      for (const chunk of chunks()) yield { ...chunk, file };
    },
  };
}

function addGroup(tree: Tree, path: string, attributes: Attributes, array: JoinedArray | undefined): void {
  tree.groups[path] = { attributes, arrays: array ? { [imageArray]: array.description } : {} };
  if (array) tree.chunks.push({ path: `${path}/${imageArray}`, array });
}

/** Adds the HDUs of the first file, each joined with those of the same name in the others. */
async function addJoined(
  tree: Tree,
  parts: readonly FilePart[],
  options: ReferenceOptions,
  refused: Refusal[],
): Promise<void> {
  const hrefs = parts.map(({ fits }) => fits.href);
  const [first] = parts as [FilePart];
  for (const [i, name] of first.names.entries()) {
    const each = await Promise.all(
      parts.map(({ fits, layouts, names }) => {
        const layout = layouts[names.indexOf(name)];
        return layout ? attributesOf(fits, layout, options) : {};
      }),
    );
    const common = commonAttributes(each);
    if (!hasData(first.layouts[i]!)) {
      addGroup(tree, name, common, undefined);
      continue;
    }
    const array = await allowed(first.fits, first.layouts[i]!, options, refused, () =>
      joinedArray(parts, hrefs, name, options),
    );
    addGroup(tree, name, common, array);
  }
}

async function joinedArray(
  parts: readonly FilePart[],
  hrefs: readonly string[],
  name: string,
  options: ReferenceOptions,
): Promise<JoinedArray> {
  const layouts = parts.map(({ layouts, names }, i): HduLayout => {
    const layout = layouts[names.indexOf(name)];
    if (layout) return layout;
    throw new FitsError("BAD_ARGUMENT", `${hrefs[i]}: no HDU is named ${name}, as one of ${hrefs[0]} is`);
  });
  const spare = Math.min(...layouts.map((layout, i) => spareBytes(layout, parts[i]!.fits.size)));
  const concat = options.concat!;
  const along =
    "newAxis" in concat ? concat : { axis: await existingAxis(parts[0]!, layouts[0]!, concat.axis, options) };
  const lengths =
    "axis" in along
      ? await Promise.all(parts.map(({ fits }, i) => lengthAlong(fits, layouts[i]!, along.axis, options)))
      : [];
  const limits = "axis" in along ? { along: { axis: along.axis, length: commonDivisor(lengths) } } : {};
  const arrays: ReferencedArray[] = [];
  for (const [i, { fits }] of parts.entries())
    arrays.push(await referencedArray(fits, layouts[i]!, { ...arrayOptions(options, spare), ...limits }));
  return joinArrays(arrays, hrefs, name, along);
}

async function existingAxis(
  { fits }: FilePart,
  layout: HduLayout,
  which: number | string,
  options: ReadOptions,
): Promise<number> {
  const hdu = await fits.hdu(layout.index, options);
  const dimensions =
    hdu.kind === "table" ? ["row"] : imageDimensions(hdu.shape, (axis) => hdu.header.get(`CTYPE${axis}`));
  return axisOf(which, dimensions, `${fits.href}, HDU ${layout.index}`);
}

async function lengthAlong(
  fits: Fits,
  layout: HduLayout,
  axis: number,
  options: ReadOptions,
): Promise<number> {
  const hdu = await fits.hdu(layout.index, options);
  return hdu.kind === "table" ? hdu.rowCount : (hdu.shape[axis] ?? 0);
}

function hasData({ shape, dataSize }: HduLayout): boolean {
  return dataSize > 0 && shape.length > 0 && !shape.includes(0);
}

/** What a file may hold that references cannot say, without being damaged beyond use. */
const refusals: readonly FitsErrorCode[] = [
  "UNSUPPORTED",
  "TOO_LARGE",
  "BAD_HEADER",
  "BAD_DATA",
  "WRONG_TYPE",
];

/** The array that `make` gives; none, with a refusal, for one that cannot be, unless the HDU was asked for. */
async function allowed<T>(
  fits: Fits,
  layout: HduLayout,
  { hdus }: ReferenceOptions,
  refused: Refusal[],
  make: () => Promise<T>,
): Promise<T | undefined> {
  if (!hasData(layout)) return undefined;
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    if (hdus || !refusals.includes(error.code)) {
      if (error.message.includes(fits.href)) throw error;
      throw new FitsError(error.code, `${fits.href}: ${error.message}`, { cause: error });
    }
    refused.push({ href: fits.href, hdu: layout.index, reason: error.message });
    return undefined;
  }
}

function nothingLeft([part]: readonly FilePart[], refused: readonly Refusal[]): FitsError {
  const [first] = refused;
  if (first) return new FitsError("UNSUPPORTED", `${first.href}: ${first.reason}`);
  return new FitsError("UNSUPPORTED", `${part!.fits.href}: the HDUs have no data`);
}

function arrayOptions(options: ReferenceOptions, spare: number): ArrayOptions {
  const { signal, concurrency, gap, optimize, profile, onProgress } = options;
  return {
    ...{ signal, concurrency, gap, optimize, profile, onProgress },
    format: options.zarrFormat ?? 2,
    mostBytes: options.chunkBytes ?? defaultChunkBytes,
    spare,
  };
}

function checkOptions({ urls, zarrFormat, chunkBytes, concat, hdus }: ReferenceOptions, files: number): void {
  const fail = (what: string): never => {
    throw new FitsError("BAD_ARGUMENT", what);
  };
  if (urls && urls.length !== files) fail(`there are ${files} files and ${urls.length} addresses of them`);
  if (zarrFormat !== undefined && zarrFormat !== 2 && zarrFormat !== 3)
    fail(`there are versions 2 and 3 of Zarr, not ${printable(String(zarrFormat))}`);
  if (chunkBytes !== undefined && !(Number.isSafeInteger(chunkBytes) && chunkBytes >= leastChunkBytes))
    fail(`a chunk has at least ${leastChunkBytes} bytes, not ${chunkBytes}`);
  if (hdus?.length === 0) fail("no HDU is chosen");
  if (concat && "newAxis" in concat && nodeName(concat.newAxis) !== concat.newAxis.trim())
    fail(`an axis cannot be called ${JSON.stringify(concat.newAxis)}; use letters, digits and _`);
}

/** Where readers find a file: a path where it was opened from a disk, as fsspec takes that. */
function addressOf({ href }: Fits): string {
  if (/^file:/i.test(href)) return decodeURIComponent(new URL(href).pathname);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(href)) return href;
  throw new FitsError("BAD_ARGUMENT", `${href}: readers cannot find this file; say by urls where it is`);
}

/** Names of groups of files: what their addresses end in, without .fits. */
function fileNames(urls: readonly string[]): string[] {
  return distinct(
    urls.map((url, i) => {
      const last = url
        .replace(/[?#].*$/, "")
        .split("/")
        .at(-1)!;
      const name = nodeName(last.replace(/\.(fits?|fts)(\.fz)?$/i, ""));
      return name === "" ? [`file${i}.`] : [name, `${name}.${i}`, `file${i}.`];
    }),
  );
}

function fileAttributes(fits: Fits): Attributes {
  return { ...sourceAttributes(fits), ...(fits.size !== undefined && { fits_size: fits.size }) };
}

function rootAttributes(parts: readonly FilePart[]): Attributes {
  const each = parts.map(({ fits }) => fileAttributes(fits));
  return each.length === 1 ? each[0]! : { fits_sources: each };
}

function referenceFile(
  { groups, chunks }: Tree,
  attributes: Attributes,
  urls: readonly string[],
  format: ZarrFormat,
): ReferenceFile {
  const store = { attributes, groups };
  const refs: Record<string, string | [string, number, number]> = {};
  for (const [key, document] of format === 2 ? documentsV2(store) : documentsV3(store))
    refs[key] = toJson(document);
  const name = (file: number): string => (urls.length === 1 ? "u" : `u${file}`);
  for (const { path, array } of chunks) {
    for (const { file, index, at } of array.chunks()) {
      const key = format === 2 ? `${path}/${index.join(".")}` : [path, "c", ...index].join("/");
      refs[key] =
        at instanceof Uint8Array ? `base64:${base64(at)}` : [`{{${name(file)}}}`, at.offset, at.length];
    }
  }
  const templates = Object.fromEntries(urls.map((url, i) => [name(i), url]));
  return { version: 1, templates, refs };
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
