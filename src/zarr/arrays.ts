/**
 * The arrays of an HDU: how each is described, and the plan of any of its parts.
 */
import {
  allocate,
  bytesOf,
  bytesPerElement,
  type DType,
  elementCount,
  littleEndianHost,
  type NdArray,
} from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { GroupsHdu } from "../hdu/groups.js";
import type { ImageHdu } from "../hdu/image.js";
import type { Hdu } from "../hdu/make.js";
import type { TableHdu } from "../hdu/table.js";
import { map, type Plan } from "../read/plan.js";
import { isValid } from "../table/bitmap.js";
import type { Column } from "../table/column.js";
import type { NumberData } from "../table/data.js";
import { columnType } from "../table/stored.js";
import {
  columnAttributes,
  groupAttributes,
  imageAttributes,
  missingValue,
  type Values,
} from "./attributes.js";
import { imageChunks, rowsPerChunk } from "./chunks.js";
import type { ArrayDescription, Attributes, GroupDescription, ZarrType } from "./metadata.js";
import { columnNames, freeName, imageArray, imageDimensions } from "./names.js";

/** A part of an array: `count` elements from `start` along each axis, inside its shape. */
export interface Part {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/** An array whose parts can be planned. */
export interface StoreArray {
  readonly description: ArrayDescription;
  /** The elements of a part in C order, as bytes in the order that the description tells. */
  plan(part: Part): Plan<Uint8Array<ArrayBuffer>>;
}

/** An HDU as a group: attributes, and arrays by name. */
export interface StoreGroup {
  readonly attributes: Attributes;
  readonly arrays: Readonly<Record<string, StoreArray>>;
}

export interface ArrayOptions {
  readonly values: Values;
  /** Chunks of the images that have so many axes. */
  readonly chunkShape?: readonly number[] | undefined;
}

/** A cell of a table, or the array of a group, is never cut, and so must fit in a chunk. */
const mostCellBytes = 2 ** 28;

/** Elements come in the order of the host, which is that of nearly all hosts. */
const endian = littleEndianHost ? "little" : "big";

/** The group of an HDU. What cannot be an array is told in the attribute `fits_left_out`. */
export function hduGroup(hdu: Hdu, options: ArrayOptions): StoreGroup {
  const attributes = groupAttributes(hdu);
  try {
    const { arrays, leftOut } = arraysOf(hdu, options);
    return { attributes: { ...attributes, ...(leftOut.length > 0 && { fits_left_out: leftOut }) }, arrays };
  } catch (error) {
    // A header that contradicts itself spoils its own HDU, and no other one.
    if (!(error instanceof FitsError)) throw error;
    return { attributes: { ...attributes, fits_left_out: [error.message] }, arrays: {} };
  }
}

/** The group as plain data. */
export function describeGroup({ attributes, arrays }: StoreGroup): GroupDescription {
  const described = Object.entries(arrays).map(([name, { description }]) => [name, description] as const);
  return { attributes, arrays: Object.fromEntries(described) };
}

interface Arrays {
  readonly arrays: Readonly<Record<string, StoreArray>>;
  readonly leftOut: readonly string[];
}

function arraysOf(hdu: Hdu, options: ArrayOptions): Arrays {
  if (hdu.kind === "image") return imageArrays(hdu, options);
  if (hdu.kind === "table") return tableArrays(hdu, options);
  if (hdu.kind === "groups") return groupsArrays(hdu, options);
  return { arrays: {}, leftOut: [`${hduLabel(hdu)} is of a type that the FITS Standard does not define`] };
}

function imageArrays(image: ImageHdu, { values, chunkShape }: ArrayOptions): Arrays {
  const { shape, header, rawDtype } = image;
  // An array without axes has one element; such an image has none.
  if (shape.length === 0) return { arrays: {}, leftOut: [] };
  const raw = values === "raw";
  const type = typeOf(raw ? rawDtype : image.dtype, values);
  const description: ArrayDescription = {
    type,
    shape,
    chunkShape: fitted(chunkShape, shape) ?? imageChunks(shape, bytesPerElement(type), image.tileShape),
    dimensions: imageDimensions(shape, (n) => header.get(`CTYPE${n}`)),
    attributes: imageAttributes(image, rawDtype, values),
    endian,
  };
  const plan = ({ start, count }: Part): Plan<Uint8Array<ArrayBuffer>> =>
    map(
      image.plan(
        start.map((from, axis) => [from, from + count[axis]!]),
        { raw },
      ),
      ({ data }) => bytesAs(type, data),
    );
  return { arrays: { [imageArray]: { description, plan } }, leftOut: [] };
}

/** Chunks that the user asked for, where they are for an array of so many axes. */
function fitted(chunkShape: readonly number[] | undefined, shape: readonly number[]): number[] | undefined {
  if (chunkShape?.length !== shape.length) return undefined;
  return shape.map((length, axis) => Math.max(1, Math.min(length, chunkShape[axis]!)));
}

/** The type in which values of an image are shown. */
function typeOf(dtype: DType, values: Values): DType {
  return values === "float32" && bytesPerElement(dtype) === 8 ? "float32" : dtype;
}

/** Values as bytes of a type: their own one, or float32. */
function bytesAs(type: DType, data: NdArray["data"]): Uint8Array<ArrayBuffer> {
  if (type !== "float32" || data instanceof Float32Array) return bytesOf(data);
  const rounded = allocate("float32", data.length);
  for (let i = 0; i < data.length; i++) rounded[i] = Number(data[i]);
  return bytesOf(rounded);
}

/** The arrays of random groups. Their parameters would cost the arrays between them: those are left out. */
function groupsArrays(groups: GroupsHdu, { values }: ArrayOptions): Arrays {
  const { shape, header, rawDtype, parameterNames } = groups;
  const leftOut = parameterNames.length > 0 ? [`parameters ${parameterNames.join(", ")}`] : [];
  const cell = shape.slice(1);
  if (cell.length === 0) return { arrays: {}, leftOut };
  const raw = values === "raw";
  const type = typeOf(raw ? rawDtype : groups.dtype, values);
  const cellBytes = elementCount(cell) * bytesPerElement(type);
  if (cellBytes > mostCellBytes)
    return { arrays: {}, leftOut: [...leftOut, "arrays that are too large for chunks"] };
  const description: ArrayDescription = {
    type,
    shape,
    chunkShape: [rowsPerChunk(shape[0]!, cellBytes, cellBytes), ...cell.map((n) => Math.max(1, n))],
    // NAXIS1 is 0, so that the array's first axis is that of CTYPE2.
    dimensions: ["group", ...imageDimensions(cell, (n) => header.get(`CTYPE${n}`), 2)],
    attributes: imageAttributes(groups, rawDtype, values),
    endian,
  };
  const plan = ({ start: [start = 0], count: [count = 0] }: Part): Plan<Uint8Array<ArrayBuffer>> =>
    map(groups.plan({ start, stop: start + count }, { raw }), ({ array }) => bytesAs(type, array.data));
  return { arrays: { [imageArray]: { description, plan } }, leftOut };
}

function tableArrays(table: TableHdu, { values }: ArrayOptions): Arrays {
  const raw = values === "raw";
  const names = columnNames(table.columns);
  const kept = table.columns.filter((column) => whyLeftOut(column, raw) === undefined);
  const leftOut = table.columns.flatMap((column) => {
    const why = whyLeftOut(column, raw);
    return why === undefined ? [] : [`${column.name || names[column.index]!} (${column.format}): ${why}`];
  });
  const widest = kept.reduce((most, { width }) => Math.max(most, width), 1);
  const rows = rowsPerChunk(table.rowCount, rowBytesOf(table), widest, tileRowsOf(table));
  // A dimension named as an array of several axes is would make that array its own coordinate.
  const taken = new Set(names);
  const rowDimension = freeName("row", taken);
  const arrays: Record<string, StoreArray> = {};
  for (const column of kept) {
    const { index, shape } = column;
    const name = names[index]!;
    const description: ArrayDescription = {
      type: columnType(column, raw) as ZarrType,
      shape: [table.rowCount, ...shape],
      chunkShape: [rows, ...shape.map((length) => Math.max(1, length))],
      dimensions: [rowDimension, ...shape.map((_, i) => freeName(`${name}_axis_${shape.length - i}`, taken))],
      attributes: columnAttributes(column, values),
      endian,
    };
    const plan = ({ start: [start = 0], count: [count = 0] }: Part): Plan<Uint8Array<ArrayBuffer>> =>
      map(table.plan({ columns: [index], rows: { start, stop: start + count }, raw }), (batch) => {
        const [cells] = batch.columns;
        if (cells?.kind === "number") markNulls(cells, missingValue(column, values));
        if (cells?.kind === "number" || cells?.kind === "complex" || cells?.kind === "bool")
          return bytesOf(cells.data);
        throw new FitsError("WRONG_TYPE", `${hduLabel(table)}: column ${index + 1} holds no numbers`);
      });
    arrays[name] = { description, plan };
  }
  return { arrays, leftOut };
}

/** Writes `missing` where integers are null: those of binary tables have it there already, those of ASCII tables 0. */
function markNulls({ data, validity }: NumberData, missing: bigint | number | undefined): void {
  if (!validity || missing === undefined) return;
  for (let i = 0; i < data.length; i++) {
    if (isValid(validity, i)) continue;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(missing);
    else data[i] = Number(missing);
  }
}

/** Why a column is no array; undefined for one that is. */
function whyLeftOut(column: Column, raw: boolean): string | undefined {
  if (column.problem !== undefined) return column.problem;
  if (column.rawOnly !== undefined && !raw) return column.rawOnly;
  if (column.descriptor) return "arrays of variable length";
  if (column.code === "A") return "text";
  if (column.width > mostCellBytes) return "its cells are too large for chunks";
  return column.repeat === 0 || column.width === 0 ? "empty" : undefined;
}

/** Bytes of a row, in the uncompressed table. */
function rowBytesOf({ columns, shape }: TableHdu): number {
  return columns.reduce((end, { offset, width }) => Math.max(end, offset + width), 0) || (shape[1] ?? 1);
}

/** Rows of a tile of a compressed table. */
function tileRowsOf({ stored }: TableHdu): number {
  const given = stored?.header.get("ZTILELEN");
  return typeof given === "number" && given >= 1 && Number.isSafeInteger(given) ? given : 1;
}
