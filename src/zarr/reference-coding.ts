/**
 * From stored pixels to physical ones in the words of Zarr: byte orders, filters, and what is left to attributes.
 */
import { bytesPerElement, type DType } from "../array.js";
import { FitsError } from "../errors.js";
import { physicalDtype, type Scaling } from "../image/scale.js";
import { scaleAttributes } from "./attributes.js";
import { type ArrayDescription, type Json, typeV2, type ZarrFormat } from "./metadata.js";
import { refuse } from "./refusal.js";

/** The bytes of a chunk: elements of `type`, behind codecs. */
export interface ChunkBytes {
  readonly type: DType;
  readonly endian: "little" | "big";
  /** Filters of version 2, in the order of writing, and what compresses their bytes. */
  readonly filters?: readonly Json[];
  readonly compressor?: Json;
  /** Codecs of version 3, from bytes to bytes, or one from an array to bytes; absent where that has no name for them. */
  readonly codecs?: readonly Json[];
  readonly serializer?: Json;
}

/** Bytes as they are. */
export function plainBytes(type: DType): ChunkBytes {
  return { type, endian: "big", codecs: [] };
}

/** What an array says of its elements. */
export type ElementDescription = Pick<
  ArrayDescription,
  "type" | "endian" | "v2" | "v3" | "fill" | "attributes"
>;

/**
 * How chunks become physical values. Types of the unsigned conventions are made by a filter, for CF would make floats of
 * them. Other scaling stays with the reader (`scale_factor`, `add_offset`, `_FillValue`): `x / (1 / BSCALE)`, which the filter
 * would compute, is not `x * BSCALE`. Floats of single precision that are scaled, and short integers with a BLANK that are, come as
 * doubles: readers scale in the precision of the array. Throws UNSUPPORTED where no codec keeps all digits.
 *
 * @param label what errors call the image
 */
export function elementDescription(
  bytes: ChunkBytes,
  scaling: Scaling,
  rawDtype: DType,
  format: ZarrFormat,
  label: string,
): ElementDescription {
  const physical = physicalDtype(rawDtype, scaling);
  const { bscale, bzero, blank } = scaling;
  const isSigned = physical !== rawDtype && physical !== "float64";
  if (physical === "uint64") refuse(label, "no codec makes unsigned 64-bit integers of signed ones");
  if (isSigned) return shifted(bytes, physical, bzero, format, label);
  const isScaled = bscale !== 1 || bzero !== 0;
  const attributes = scaleAttributes(scaling);
  const fill = blank !== undefined && { fill: blank };
  // xarray makes floats of single precision of short integers that have a fill value, and scales those.
  const isShort = bytes.type === "float32" || (blank !== undefined && bytesPerElement(bytes.type) < 4);
  if (isShort && isScaled) return { ...widened(bytes, format, label), attributes, ...fill };
  return {
    ...coded(bytes, bytes.type, [], [], format, label),
    attributes,
    ...fill,
  };
}

/**
 * Unsigned values (8 bits: signed) of signed ones. The order of bytes stays: zarrita has but one for both types of the filter.
 */
function shifted(
  bytes: ChunkBytes,
  physical: DType,
  offset: number,
  format: ZarrFormat,
  label: string,
): ElementDescription {
  // Version 3 forbids sums that leave the range of the type.
  const type = format === 2 ? physical : physical === "uint32" ? "int64" : "int32";
  const codecs = [
    { name: "scale_offset", configuration: { offset } },
    { name: "cast_value", configuration: { data_type: bytes.type } },
  ];
  return {
    ...coded(bytes, type, [movedFrom(bytes, physical, offset)], codecs, format, label),
    attributes: {},
  };
}

/** Doubles of floats or integers. */
function widened(
  bytes: ChunkBytes,
  format: ZarrFormat,
  label: string,
): Omit<ElementDescription, "attributes"> {
  const codec = { name: "cast_value", configuration: { data_type: bytes.type } };
  return coded(bytes, "float64", [movedFrom(bytes, "float64", 0)], [codec], format, label);
}

/** The filter of version 2 that makes another type, and adds `offset`. zarrita knows no `astype`. */
function movedFrom({ type, endian }: ChunkBytes, to: DType, offset: number): Json {
  const [dtype, astype] = [typeV2(to, endian), typeV2(type, endian)];
  return { id: "fixedscaleoffset", scale: 1, offset, dtype, astype };
}

function coded(
  bytes: ChunkBytes,
  type: DType,
  filters: readonly Json[],
  codecs: readonly Json[],
  format: ZarrFormat,
  label: string,
): Omit<ElementDescription, "attributes"> {
  if (format === 2) {
    const all = [...filters, ...(bytes.filters ?? [])];
    const v2 = { filters: all.length > 0 ? all : null, compressor: bytes.compressor ?? null };
    return { type, endian: bytes.endian, v2 };
  }
  const { serializer } = bytes;
  if (serializer) return { type, endian: bytes.endian, v3: { codecs: [...codecs, serializer] } };
  if (!bytes.codecs)
    throw new FitsError(
      "UNSUPPORTED",
      `${label}: version 3 of Zarr has no name for this compression; make references of version 2`,
    );
  const isByte = bytes.type === "uint8";
  const order = isByte ? { name: "bytes" } : { name: "bytes", configuration: { endian: bytes.endian } };
  return { type, endian: bytes.endian, v3: { codecs: [...codecs, order, ...bytes.codecs] } };
}
