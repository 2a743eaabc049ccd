/**
 * Tables as Apache Parquet, a row group at a time.
 */
import type { SchemaElement } from "hyparquet";
import type { ColumnSource, Writer } from "hyparquet-writer";
import type { Batch, BatchOptions, TableHdu } from "../hdu/table.js";
import type { Column } from "../table/column.js";
import type { ColumnData } from "../table/data.js";
import { selectColumns, uniqueNames } from "../table/names.js";
import { arrowSchemaMessage, isNullable } from "./arrow.js";
import { fieldMetadata } from "./fields.js";

export interface ParquetOptions extends BatchOptions {
  /** Default snappy. */
  compression?: "snappy" | "none";
}

/**
 * A table as the bytes of a Parquet file, one row group for each batch. Vectors, variable-length arrays and complex
 * numbers are lists (nested where TDIMn says so), names made unique. Units and descriptions are in the key `fits` as
 * JSON by column name, and in the Arrow schema that the file carries. Streams: memory for some batches.
 */
export async function* toParquet(
  table: TableHdu,
  options: ParquetOptions = {},
): AsyncGenerator<Uint8Array, undefined> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const columns = selectColumns({ ...table, label: table.name }, options.columns);
  const names = uniqueNames(columns);
  const schema: SchemaElement[] = [
    { name: "schema", num_children: columns.length },
    ...columns.flatMap((column, i) => schemaElements(column, names[i]!)),
  ];
  const bytes = new ByteWriter();
  const drain = drainer(bytes);
  const parquet = new ParquetWriter({
    writer: bytes,
    schema,
    codec: options.compression === "none" ? "UNCOMPRESSED" : "SNAPPY",
    createdBy: "fitslice",
    kvMetadata: await keyValues(table, columns, names),
  });
  for await (const batch of table.batches({ batchRows: groupRows, ...options })) {
    await parquet.write({ columnData: columnSources(batch, names), rowGroupSize: batch.length });
    yield drain();
  }
  await parquet.finish();
  yield drain();
}

/** The usual size of a row group. */
const groupRows = 131_072;

/** Takes from a growing writer what it holds, and lets it go on from there. */
function drainer(writer: Writer): () => Uint8Array {
  return () => {
    const bytes = writer.getBytes().slice();
    // `offset` goes on counting the file's bytes; what has been handed over leaves the buffer.
    (writer as Writer & { index: number }).index = 0;
    return bytes;
  };
}

async function keyValues(
  table: TableHdu,
  columns: readonly Column[],
  names: readonly string[],
): Promise<{ key: string; value: string }[]> {
  const fits = {
    ...(table.name && { name: table.name }),
    columns: Object.fromEntries(columns.map((column, i) => [names[i]!, fieldMetadata(column)])),
  };
  return [
    { key: "fits", value: JSON.stringify(fits) },
    { key: "ARROW:schema", value: base64(await arrowSchemaMessage(table, columns)) },
  ];
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** A column as it stands in a Parquet schema: its type in as many lists as its cells have axes. */
function schemaElements(column: Column, name: string): SchemaElement[] {
  const isComplex = column.dtype === "complex64" || column.dtype === "complex128";
  const lists =
    column.shape.length + (isComplex ? 1 : 0) + (column.descriptor && column.code !== "A" ? 1 : 0);
  const elements: SchemaElement[] = [];
  for (let level = 0; level < lists; level++) {
    const own = level === 0 ? name : "element";
    elements.push({ name: own, converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 });
    elements.push({ name: "list", repetition_type: "REPEATED", num_children: 1 });
  }
  const repetition_type = isNullable(column) ? "OPTIONAL" : "REQUIRED";
  elements.push({ name: lists > 0 ? "element" : name, repetition_type, ...physicalType(column) });
  return elements;
}

function physicalType({ dtype }: Column): Pick<SchemaElement, "type" | "converted_type"> {
  switch (dtype) {
    case "bool":
      return { type: "BOOLEAN" };
    case "string":
      return { type: "BYTE_ARRAY", converted_type: "UTF8" };
    case "complex64":
    case "float32":
      return { type: "FLOAT" };
    case "complex128":
    case "float64":
      return { type: "DOUBLE" };
    case "int64":
      return { type: "INT64" };
    case "uint64":
      return { type: "INT64", converted_type: "UINT_64" };
    case "int32":
      return { type: "INT32" };
    case "int8":
      return { type: "INT32", converted_type: "INT_8" };
    case "int16":
      return { type: "INT32", converted_type: "INT_16" };
    case "uint8":
      return { type: "INT32", converted_type: "UINT_8" };
    case "uint16":
      return { type: "INT32", converted_type: "UINT_16" };
    case "uint32":
      return { type: "INT32", converted_type: "UINT_32" };
  }
}

function columnSources(batch: Batch, names: readonly string[]): ColumnSource[] {
  return batch.columns.map((data, i) => ({ name: names[i]!, ...columnSource(data) }));
}

/** Plain numbers go as they are; all else as cells. Only strings and small integers repeat often enough for a dictionary. */
function columnSource(data: ColumnData): Pick<ColumnSource, "data" | "encoding"> {
  if (data.kind === "number" && data.shape.length === 1 && data.nullCount === 0 && data.dtype !== "uint32") {
    return { data: data.data as Float64Array, encoding: "PLAIN" };
  }
  const cells = Array.from(data);
  return data.kind === "string" ? { data: cells } : { data: cells, encoding: "PLAIN" };
}
