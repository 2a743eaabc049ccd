/**
 * Tables as Apache Arrow: in memory, or as the bytes of an Arrow file. Values are not copied where the layouts agree,
 * which they do for numbers, strings and variable-length arrays; booleans are packed to bits.
 */

import type { Data, DataType, Field, List, RecordBatch, Schema, Table } from "apache-arrow";
import { checkObject, checkTable } from "../argument.js";
import type { DType } from "../array.js";
import type { Batch, BatchOptions, TableHdu } from "../hdu/table.js";
import type { Column } from "../table/column.js";
import type { BoolData, ColumnData, ComplexData, ListData, NumberData } from "../table/data.js";
import { uniqueNames } from "../table/names.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { fieldMetadata } from "./fields.js";

type Arrow = typeof import("apache-arrow");

/**
 * An Arrow table, with units and descriptions as field metadata (`unit`, `description`, `ucd`, `format`, `display`,
 * `dim`, `null`). Vectors are fixed-size lists (nested by TDIMn, slowest axis outside), complex numbers fixed-size lists
 * of two, variable-length arrays lists (nested by TDIMn too). Names are made unique.
 */
export async function toArrow(table: TableHdu, options: BatchOptions = {}): Promise<Table> {
  checkTable(table);
  checkObject(options);
  const arrow = await import("apache-arrow");
  const columns = exportedColumns(table, options);
  const schema = schemaOf(arrow, table, columns);
  const batches: RecordBatch[] = [];
  for await (const batch of exportedBatches(table, columns, options))
    batches.push(recordBatch(arrow, schema, batch));
  return new arrow.Table(schema, batches);
}

/** The bytes of an Arrow file (`.arrow`, Feather 2), one record batch for each batch. Streams. */
export async function* toArrowFile(
  table: TableHdu,
  options: BatchOptions = {},
): AsyncGenerator<Uint8Array, undefined> {
  checkTable(table);
  checkObject(options);
  const arrow = await import("apache-arrow");
  const columns = exportedColumns(table, options);
  const schema = schemaOf(arrow, table, columns);
  const written: Uint8Array[] = [];
  class Sink extends arrow.AsyncByteQueue {
    override write(value: Uint8Array): void {
      if (value.byteLength > 0) written.push(value);
    }
  }
  const writer = new arrow.RecordBatchFileWriter();
  writer.reset(new Sink(), schema);
  for await (const batch of exportedBatches(table, columns, options)) {
    writer.write(recordBatch(arrow, schema, batch));
    yield* written.splice(0);
  }
  writer.finish();
  yield* written.splice(0);
}

/** The schema of these columns as an Arrow IPC message, which Parquet files may carry. */
export async function arrowSchemaMessage(table: TableHdu, columns: readonly Column[]): Promise<Uint8Array> {
  const arrow = await import("apache-arrow");
  return arrow.tableToIPC(new arrow.Table(schemaOf(arrow, table, columns)), "stream");
}

function schemaOf(arrow: Arrow, table: TableHdu, columns: readonly Column[]): Schema {
  const names = uniqueNames(columns);
  const fields = columns.map((column, i) => {
    const metadata = new Map(Object.entries(fieldMetadata(column)));
    return new arrow.Field(names[i]!, columnType(arrow, column), isNullable(column), metadata);
  });
  return new arrow.Schema(fields, new Map(table.name ? [["EXTNAME", table.name]] : []));
}

/** Whether a scalar of this column may be null. */
export function isNullable(column: Column): boolean {
  return column.null !== undefined || column.code === "L";
}

/** The fastest axis innermost; of complex numbers the pair. */
function columnType(arrow: Arrow, column: Column): DataType {
  const element = elementType(arrow, column);
  if (column.descriptor && column.code !== "A") {
    const lists = column.cellShape?.length ?? 1;
    let type = element;
    for (let k = 0; k < lists; k++)
      type = new arrow.List(new arrow.Field("item", type, k === 0 && isNullable(column)));
    return type;
  }
  return column.shape.reduceRight<DataType>(
    (type, axis, k) =>
      new arrow.FixedSizeList(
        axis,
        new arrow.Field("item", type, k === column.shape.length - 1 && isNullable(column)),
      ),
    element,
  );
}

function elementType(arrow: Arrow, { dtype }: Column): DataType {
  switch (dtype) {
    case "bool":
      return new arrow.Bool();
    case "string":
      return new arrow.Utf8();
    case "complex64":
      return new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Float32(), false));
    case "complex128":
      return new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Float64(), false));
    default:
      return numberType(arrow, dtype);
  }
}

function numberType(arrow: Arrow, dtype: DType): DataType {
  const types = {
    int8: arrow.Int8,
    uint8: arrow.Uint8,
    int16: arrow.Int16,
    uint16: arrow.Uint16,
    int32: arrow.Int32,
    uint32: arrow.Uint32,
    int64: arrow.Int64,
    uint64: arrow.Uint64,
    float32: arrow.Float32,
    float64: arrow.Float64,
  };
  return new types[dtype]();
}

function recordBatch(arrow: Arrow, schema: Schema, batch: Batch): RecordBatch {
  const children = batch.columns.map((data, i) => columnData(arrow, schema.fields[i]!, data));
  const struct = arrow.makeData({
    type: new arrow.Struct(schema.fields),
    length: batch.length,
    nullCount: 0,
    children,
  });
  return new arrow.RecordBatch(schema, struct);
}

function columnData(arrow: Arrow, field: Field, data: ColumnData): Data {
  if (data.kind === "list") {
    return lists(arrow, field.type, data, data.offsets, data.column.cellShape?.slice(1) ?? []);
  }
  return nest(arrow, field.type, data.shape, (type) => elements(arrow, type, data));
}

/**
 * Cells of varying length, each from one of `bounds` to the next, in as many lists as there are `axes` inside. The last
 * list of a cell that does not fill them is shorter.
 */
function lists(
  arrow: Arrow,
  type: DataType,
  data: ListData,
  bounds: Int32Array,
  axes: readonly number[],
): Data {
  const length = bounds.length - 1;
  const item = (type as List).children[0]!.type;
  if (axes.length === 0) {
    const child = elements(arrow, item, data.values);
    return arrow.makeData({ type: type as List, length, nullCount: 0, valueOffsets: bounds, child });
  }
  const stride = axes.reduce((n, axis) => n * axis, 1);
  const valueOffsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++)
    valueOffsets[i + 1] = valueOffsets[i]! + Math.ceil((bounds[i + 1]! - bounds[i]!) / stride);
  const inner = new Int32Array(valueOffsets[length]! + 1);
  for (let i = 0, to = 0; i < length; i++)
    for (let from = bounds[i]!; from < bounds[i + 1]!; from += stride) inner[to++] = from;
  inner[inner.length - 1] = bounds[length]!;
  const child = lists(arrow, item, data, inner, axes.slice(1));
  return arrow.makeData({ type: type as List, length, nullCount: 0, valueOffsets, child });
}

/** Wraps the data of elements into the fixed-size lists of a vector's type. */
function nest(arrow: Arrow, type: DataType, shape: readonly number[], leaf: (type: DataType) => Data): Data {
  if (shape.length <= 1) return leaf(type);
  const list = type as import("apache-arrow").FixedSizeList;
  const [rows = 0, axis = 0, ...rest] = shape;
  const child = nest(arrow, list.children[0]!.type, [rows * axis, ...rest], leaf);
  return arrow.makeData({ type: list, length: rows, nullCount: 0, child });
}

/** The elements of a column, flat. */
function elements(arrow: Arrow, type: DataType, data: Exclude<ColumnData, { kind: "list" }>): Data {
  const length = data.shape.reduce((n, axis) => n * axis, 1);
  const nulls = { nullCount: data.nullCount, nullBitmap: data.validity ?? null };
  switch (data.kind) {
    case "string": {
      const { offsets: valueOffsets, bytes } = data;
      return arrow.makeData({
        type: type as import("apache-arrow").Utf8,
        length,
        ...nulls,
        valueOffsets,
        data: bytes,
      });
    }
    case "bool":
      return arrow.makeData({
        type: type as import("apache-arrow").Bool,
        length,
        ...nulls,
        data: packed(data),
      });
    case "complex": {
      const list = type as import("apache-arrow").FixedSizeList;
      const child = numbers(arrow, list.children[0]!.type, 2 * length, data);
      return arrow.makeData({ type: list, length, nullCount: 0, child });
    }
    case "number":
      return numbers(arrow, type, length, data);
  }
}

function numbers(arrow: Arrow, type: DataType, length: number, data: NumberData | ComplexData): Data {
  const nulls = { nullCount: data.nullCount, nullBitmap: data.validity ?? null };
  return arrow.makeData({
    type: type as import("apache-arrow").Float64,
    length,
    ...nulls,
    data: data.data as Float64Array,
  });
}

/** Bytes of 0 and 1 as bits, least significant first. */
function packed({ data }: BoolData): Uint8Array {
  const bits = new Uint8Array(Math.ceil(data.length / 8));
  for (let i = 0; i < data.length; i++) if (data[i] === 1) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}
