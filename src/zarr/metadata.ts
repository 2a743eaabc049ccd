/**
 * The documents of a Zarr hierarchy, of versions 2 and 3 of the specification, from plain descriptions of groups and arrays.
 */
import type { DType } from "../array.js";

/** Plain data as JSON holds it; a bigint is written as a number with all of its digits. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Versions of the specification. */
export type ZarrFormat = 2 | 3;

export type Attributes = Readonly<Record<string, Json>>;

/** Types of elements, as version 3 names them. */
export type ZarrType = DType | "bool" | "complex64" | "complex128";

/** An array. Shapes are slowest axis first. */
export interface ArrayDescription {
  readonly type: ZarrType;
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  /** One name for each axis. */
  readonly dimensions: readonly string[];
  readonly attributes: Attributes;
  /** Order of the bytes of an element. Default little. */
  readonly endian?: "little" | "big";
  /** How chunks are encoded; by default they are bytes in C order. */
  readonly v2?: { readonly dtype?: Json; readonly filters?: Json; readonly compressor?: Json };
  readonly v3?: { readonly codecs: Json };
  /** The value of elements without one. Default: NaN of floats; of other types none in version 2, 0 in version 3. */
  readonly fill?: Json;
}

/** A group with its arrays by name: an HDU. */
export interface GroupDescription {
  readonly attributes: Attributes;
  readonly arrays: Readonly<Record<string, ArrayDescription>>;
}

/** A hierarchy: the root, and a group for each HDU by name. */
export interface StoreDescription {
  readonly attributes: Attributes;
  readonly groups: Readonly<Record<string, GroupDescription>>;
}

/** Documents by their keys: paths without a leading slash. */
export type Documents = Map<string, Json>;

/** The documents of version 2: `.zgroup`, `.zattrs` and `.zarray` of every node, and `.zmetadata` that holds them all. */
export function documentsV2(store: StoreDescription): Documents {
  const documents: Documents = new Map();
  const addGroup = (path: string, attributes: Attributes): void => {
    documents.set(`${path}.zgroup`, { zarr_format: 2 });
    documents.set(`${path}.zattrs`, attributes);
  };
  addGroup("", store.attributes);
  for (const [name, { attributes, arrays }] of Object.entries(store.groups)) {
    addGroup(`${name}/`, attributes);
    for (const [array, description] of Object.entries(arrays)) {
      documents.set(`${name}/${array}/.zarray`, arrayV2(description));
      documents.set(`${name}/${array}/.zattrs`, attributesV2(description));
    }
  }
  const metadata = Object.fromEntries(documents);
  return documents.set(".zmetadata", { zarr_consolidated_format: 1, metadata });
}

/** The documents of version 3: `zarr.json` of every node; that of the root holds the others, too (`consolidated_metadata`). */
export function documentsV3(store: StoreDescription): Documents {
  const nodes: Documents = new Map();
  for (const [name, { attributes, arrays }] of Object.entries(store.groups)) {
    nodes.set(name, groupV3(attributes));
    for (const [array, description] of Object.entries(arrays))
      nodes.set(`${name}/${array}`, arrayV3(description));
  }
  const documents: Documents = new Map();
  const all = { kind: "inline", must_understand: false, metadata: Object.fromEntries(nodes) };
  documents.set("zarr.json", { ...groupV3(store.attributes), consolidated_metadata: all });
  for (const [path, node] of nodes) documents.set(`${path}/zarr.json`, node);
  return documents;
}

/** `.zarray` of an array. */
export function arrayV2(array: ArrayDescription): { readonly [key: string]: Json } {
  const { type, shape, chunkShape, endian, v2 } = array;
  return {
    zarr_format: 2,
    shape,
    chunks: chunkShape,
    dtype: v2?.dtype ?? typeV2(type, endian),
    compressor: v2?.compressor ?? null,
    // xarray takes a fill value for that of pixels without a value: zeros would become NaN.
    fill_value: array.fill ?? fillOf(type, null),
    order: "C",
    filters: v2?.filters ?? null,
    dimension_separator: ".",
  };
}

/** `.zattrs` of an array, with the names of its axes as xarray reads them. */
export function attributesV2({ dimensions, attributes }: ArrayDescription): Attributes {
  return { _ARRAY_DIMENSIONS: dimensions, ...attributes };
}

/** `zarr.json` of an array. */
export function arrayV3(array: ArrayDescription): { readonly [key: string]: Json } {
  const { type, shape, chunkShape, dimensions, attributes, endian = "little", v3 } = array;
  return {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: type,
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: array.fill ?? fillOf(type, type === "bool" ? false : 0),
    codecs: v3?.codecs ?? [bytesCodec(type, endian)],
    attributes,
    dimension_names: dimensions,
  };
}

function groupV3(attributes: Attributes): { readonly [key: string]: Json } {
  return { zarr_format: 3, node_type: "group", attributes };
}

/** The codec `bytes`: an element of one byte has no order. */
function bytesCodec(type: ZarrType, endian: "little" | "big"): Json {
  return bytesOfType(type) === 1 ? { name: "bytes" } : { name: "bytes", configuration: { endian } };
}

/** The fill value of floats is NaN, of other types `otherwise`. */
function fillOf(type: ZarrType, otherwise: Json): Json {
  if (type.startsWith("float")) return "NaN";
  return type.startsWith("complex") && otherwise !== null ? ["NaN", "NaN"] : otherwise;
}

/** A type as numpy and version 2 write it: `<f4`, `|b1`. */
export function typeV2(type: ZarrType, endian: "little" | "big" = "little"): string {
  const bytes = bytesOfType(type);
  const kind = type === "uint8" || type.startsWith("uint") ? "u" : type[0];
  return `${bytes === 1 ? "|" : endian === "little" ? "<" : ">"}${kind}${bytes}`;
}

/** Bytes of one element. */
export function bytesOfType(type: ZarrType): number {
  return type === "bool" ? 1 : Number(/\d+$/.exec(type)![0]) / 8;
}

/** A document as text of ASCII alone: zarr-python 2 reads no other one. */
export function toJson(value: Json): string {
  if (typeof value === "bigint") return String(value);
  // JSON.stringify rounds 2^63 to 9223372036854776000, which readers of large integers take for another number.
  if (Number.isInteger(value) && Math.abs(value as number) < 1e21) return String(BigInt(value as number));
  if (typeof value !== "object" || value === null) return asciiJson(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${asciiJson(key)}:${toJson(member)}`)
    .join(",")}}`;
}

function asciiJson(value: string | number | boolean | null): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
