/**
 * An open FITS file as a Zarr store: metadata made of its headers, chunks decoded when they are asked for.
 */
import { unlessAborted } from "../abort.js";
import { checkFile, checkIntegers, checkObject, checkText } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Fits, HduSelector } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import { describeGroup, hduGroup, type Part, type StoreArray, type StoreGroup } from "./arrays.js";
import { groupAttributes, sourceAttributes, type Values } from "./attributes.js";
import { chunkBytes, chunkPart, chunkPlan } from "./chunk.js";
import { documentsV2, documentsV3, type StoreDescription, toJson } from "./metadata.js";
import { groupNames } from "./names.js";
import { waves } from "./waves.js";

export interface ZarrStoreOptions {
  /**
   * `"physical"` (default): BSCALE, BZERO, BLANK and their kin of columns are applied, as `section` does. `"raw"`: stored values,
   * with `scale_factor`, `add_offset` and `_FillValue` as attributes, as CF has them. `"float32"`: physical values, and images of 64-bit
   * numbers, integers too, rounded to float32, for viewers that know no such numbers.
   */
  readonly values?: Values | undefined;
  /** Version of the metadata. Default: both. */
  readonly zarrFormat?: 2 | 3 | undefined;
  /** The HDUs that become groups. Default: all. */
  readonly hdus?: readonly HduSelector[] | undefined;
  /**
   * Chunks of the images that have so many axes, slowest first. Default: tiles of compressed images, as a rule 8 together where each is
   * one row; of plain ones blocks of 4 rows by at most 4096 columns of one plane, larger where planes are small or chunks too many.
   * Spectra alone are cheaper in chunks like `[256, 16, 16]`, but a plane then costs 256 planes.
   */
  readonly chunkShape?: readonly number[] | undefined;
  /** The address of the file that the attribute `fits_source` tells. Default: `fits.href`, which holds no secrets. */
  readonly source?: string | undefined;
}

/** Part of a value: from `offset`, or the last bytes. */
export type ZarrRange =
  | { readonly offset: number; readonly length: number }
  | { readonly suffixLength: number };

export interface ZarrGetOptions {
  /** Aborts this call, and no other one. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A read-only store: zarrita's `AsyncReadable`. Keys are paths (`/SCI/data/c/0/0`), with or without a leading slash. A key that
 * is not there answers `undefined`; what cannot be read throws FitsError, and never counts as absent.
 */
export interface ZarrStore {
  /** The whole value of a key. Callers that ask for the same chunk at the same time share its bytes. */
  get(key: string, options?: ZarrGetOptions): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Part of the value of a key; a chunk is decoded whole. */
  getRange(
    key: string,
    range: ZarrRange,
    options?: ZarrGetOptions,
  ): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** What is behind a key, and the bytes of its value; undefined where there is nothing. Reads no pixels. */
  stat(key: string, options?: ZarrGetOptions): Promise<ZarrValue | undefined>;
  /** The groups and arrays, as plain data. */
  describe(options?: ZarrGetOptions): Promise<StoreDescription>;
}

/** The value of a key, as far as it is known without reading pixels. */
export interface ZarrValue {
  readonly kind: "document" | "chunk";
  /** Bytes. */
  readonly size: number;
}

/** The hierarchy, made once. */
interface Hierarchy {
  readonly description: StoreDescription;
  readonly groups: ReadonlyMap<string, StoreGroup>;
  readonly documents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/**
 * The open file as a Zarr store: a group for each HDU, with an array `data` of an image or of random groups, and an array for each
 * column of numbers of a table. A chunk is one plan; chunks that are asked for in the same turn of the event loop are read together.
 * All headers are read at the first call. Throws BAD_ARGUMENT for options that make no sense.
 */
export function zarrStore(fits: Fits, options: ZarrStoreOptions = {}): ZarrStore {
  checkFile(fits);
  checkObject(options);
  checkOptions(options);
  const run = waves<Uint8Array<ArrayBuffer>>(fits.run);
  let made: Promise<Hierarchy> | undefined;

  /** Headers are read once for all callers, whoever of them aborts. */
  function hierarchy(signal: AbortSignal | undefined): Promise<Hierarchy> {
    signal?.throwIfAborted();
    if (!made) {
      const making = readHierarchy(fits, options);
      made = making;
      making.catch(() => {
        made = undefined;
      });
    }
    return unlessAborted(made, [signal]);
  }

  async function get(
    key: string,
    reading: ZarrGetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    checkText(key, "a key");
    checkObject(reading);
    const { documents, groups } = await hierarchy(reading.signal);
    const path = key.replace(/^\//, "");
    const document = documents.get(path);
    if (document) return document.slice();
    const chunk = chunkOf(path, groups, options.zarrFormat);
    if (!chunk) return undefined;
    const { array, part } = chunk;
    return run(path, chunkPlan(array, part), chunkBytes(array.description), reading.signal);
  }

  return {
    get,
    async getRange(key, range, options) {
      checkObject(range, "a range", "{ offset, length } or { suffixLength }");
      const bytes = await get(key, options);
      if (!bytes) return undefined;
      if ("suffixLength" in range) return bytes.slice(Math.max(0, bytes.length - range.suffixLength));
      return bytes.slice(range.offset, range.offset + range.length);
    },
    async stat(key, { signal } = {}) {
      const { documents, groups } = await hierarchy(signal);
      const path = key.replace(/^\//, "");
      const document = documents.get(path);
      if (document) return { kind: "document", size: document.length };
      const chunk = chunkOf(path, groups, options.zarrFormat);
      return chunk && { kind: "chunk", size: chunkBytes(chunk.array.description) };
    },
    describe: async ({ signal } = {}) => (await hierarchy(signal)).description,
  };
}

function checkOptions({ values, zarrFormat, hdus, chunkShape }: ZarrStoreOptions): void {
  if (values !== undefined && !["physical", "float32", "raw"].includes(values))
    throw new FitsError(
      "BAD_ARGUMENT",
      `values must be "physical", "float32" or "raw", not ${String(values)}`,
    );
  if (zarrFormat !== undefined && zarrFormat !== 2 && zarrFormat !== 3)
    throw new FitsError("BAD_ARGUMENT", `zarrFormat must be 2 or 3, not ${String(zarrFormat)}`);
  if (hdus !== undefined && !Array.isArray(hdus))
    throw new FitsError("BAD_ARGUMENT", "hdus must be an array of indices and names");
  if (chunkShape === undefined) return;
  if (!Array.isArray(chunkShape))
    throw new FitsError("BAD_ARGUMENT", "chunkShape must be an array of lengths");
  for (const length of chunkShape as number[]) checkIntegers({ "every length of chunkShape": length }, 1);
}

const encoder = new TextEncoder();

async function readHierarchy(fits: Fits, options: ZarrStoreOptions): Promise<Hierarchy> {
  const { values = "physical", zarrFormat, chunkShape } = options;
  const layouts = await fits.layouts();
  const names = groupNames(layouts);
  const chosen = options.hdus && (await Promise.all(options.hdus.map((which) => fits.hdu(which))));
  const wanted = chosen && new Set(chosen.map(({ index }) => index));
  const groups = new Map<string, StoreGroup>();
  for (const [i, layout] of layouts.entries()) {
    if (wanted && !wanted.has(layout.index)) continue;
    groups.set(names[i]!, await groupOf(fits, layout, { values, chunkShape }));
  }
  const described = [...groups].map(([name, group]) => [name, describeGroup(group)] as const);
  const description = {
    attributes: sourceAttributes({ href: options.source ?? fits.href, tag: fits.tag }),
    groups: Object.fromEntries(described),
  };
  const documents = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const version of [documentsV2, documentsV3]) {
    if (zarrFormat !== undefined && (zarrFormat === 2) !== (version === documentsV2)) continue;
    for (const [key, document] of version(description))
      documents.set(key, encoder.encode(`${toJson(document)}\n`) as Uint8Array<ArrayBuffer>);
  }
  return { description, groups, documents };
}

/** The group of an HDU; of one that cannot be read, its header. */
async function groupOf(
  fits: Fits,
  layout: HduLayout,
  options: Parameters<typeof hduGroup>[1],
): Promise<StoreGroup> {
  try {
    return hduGroup(await fits.hdu(layout.index), options);
  } catch (error) {
    if (
      !(error instanceof FitsError) ||
      !/^(BAD_HEADER|WRONG_TYPE|UNSUPPORTED|TOO_LARGE|BAD_DATA)$/.test(error.code)
    )
      throw error;
    return { attributes: { ...groupAttributes(layout), fits_left_out: [error.message] }, arrays: {} };
  }
}

/** The chunk that a key names: `SCI/data/c/0/0` in version 3, `SCI/data/0.0` in version 2. */
function chunkOf(
  path: string,
  groups: Hierarchy["groups"],
  zarrFormat: 2 | 3 | undefined,
): { readonly array: StoreArray; readonly part: Part } | undefined {
  const [group, name, ...rest] = path.split("/");
  const arrays = groups.get(group!)?.arrays;
  const array = arrays && Object.hasOwn(arrays, name ?? "") ? arrays[name!] : undefined;
  const indices = zarrFormat !== 2 && rest[0] === "c" ? rest.slice(1) : undefined;
  const dotted = zarrFormat !== 3 && rest.length === 1 ? rest[0]!.split(".") : undefined;
  const digits = indices ?? dotted;
  if (!array || !digits?.every((text) => /^(0|[1-9]\d{0,15})$/.test(text))) return undefined;
  const part = chunkPart(array.description, digits.map(Number));
  return part && { array, part };
}
