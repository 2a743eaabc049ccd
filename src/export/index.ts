/**
 * Tables into the formats that people use: CSV, JSON, NDJSON, Apache Arrow, Parquet ("fitslice/export"). All of them
 * stream batches and give bytes. Arrays are written as .npy behind `npyHeader`. Arrow and Parquet also come back, as tables for `tableHdu` of "fitslice/write". The
 * libraries behind Arrow and Parquet are loaded when they are called.
 *
 * @module fitslice/export
 */
export { toArrow, toArrowFile } from "./arrow.js";
export { type CsvOptions, csvQuoter, toCsv } from "./csv.js";
export type { ImportedTable } from "./foreign.js";
export { fromArrow } from "./from-arrow.js";
export { fromParquet, type ParquetFile } from "./from-parquet.js";
export { toJson } from "./json.js";
export { toNdjson } from "./ndjson.js";
export { npyBytes, npyHeader, typeStrings } from "./npy.js";
export { type ParquetOptions, toParquet } from "./parquet.js";
export { toVotable } from "./votable.js";
