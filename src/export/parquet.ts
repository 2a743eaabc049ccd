/**
 * Tables as Apache Parquet, a row group at a time.
 */

import type { SchemaElement } from "hyparquet";
import type { ParquetWriter, Writer } from "hyparquet-writer";
import { checkObject, checkTable } from "../argument.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import type { Column } from "../table/column.js";
import type { ColumnData } from "../table/data.js";
import { uniqueNames } from "../table/names.js";
import { arrowSchemaMessage, isNullable } from "./arrow.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { fieldMetadata } from "./fields.js";
import { writeFooter } from "./parquet-footer.js";
import { writeChunk } from "./parquet-page.js";

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
  checkTable(table);
  checkObject(options);
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const columns = exportedColumns(table, options);
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
  for await (const batch of exportedBatches(table, columns, { batchRows: groupRows, ...options })) {
    writeGroup(parquet, batch.columns, batch.length, names, schema);
    yield drain();
  }
  if (parquet.row_groups.length === 0) {
    // Without any row group arrow-rs could not read the file.
    const { columns: none } = await table.select({ ...options, rows: { start: 0, stop: 0 } });
    writeGroup(parquet, none, 0, names, schema);
  }
  if (columns.length > 0) await parquet.finish();
  else writeFooter(bytes, parquet);
  yield drain();
}

/** Writes some rows as a row group. */
function writeGroup(
  parquet: ParquetWriter,
  columns: readonly ColumnData[],
  rows: number,
  names: readonly string[],
  schema: readonly SchemaElement[],
): void {
  const start = parquet.writer.offset;
  const compress = parquet.codec === "SNAPPY" ? parquet.compressors.SNAPPY : undefined;
  const chunks = columns.map((data, i) =>
    writeChunk(parquet.writer, data, { ...leafOf(schema, names[i]!, i), compress }),
  );
  parquet.row_groups.push({
    columns: chunks,
    total_byte_size: chunks.reduce((n, { meta_data }) => n + meta_data!.total_uncompressed_size, 0n),
    num_rows: BigInt(rows),
    total_compressed_size: BigInt(parquet.writer.offset - start),
  });
  parquet.num_rows += BigInt(rows);
}

/** The element of the schema that a column's values have, and the names that lead to it. */
function leafOf(
  schema: readonly SchemaElement[],
  name: string,
  index: number,
): { path: string[]; element: SchemaElement } {
  let at = 1;
  for (let skipped = 0; skipped < index; at++) if (schema[at]!.type !== undefined) skipped++;
  const path = [name];
  while (schema[at]!.type === undefined) path.push(schema[++at]!.name);
  return { path, element: schema[at]! };
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
  const variable = column.descriptor && column.code !== "A" ? (column.cellShape?.length ?? 1) : 0;
  const lists = column.shape.length + (isComplex ? 1 : 0) + variable;
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
