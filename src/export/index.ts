/**
 * Tables into the formats that people use: CSV, JSON, NDJSON, Apache Arrow, Parquet ("fitslice/export"). All of them
 * stream batches and give bytes; the libraries behind Arrow and Parquet are loaded when they are called.
 */
export { toArrow, toArrowFile } from "./arrow.js";
export { type CsvOptions, toCsv } from "./csv.js";
export { toJson } from "./json.js";
export { toNdjson } from "./ndjson.js";
export { type ParquetOptions, toParquet } from "./parquet.js";
