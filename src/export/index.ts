/**
 * Tables into the formats that people use: CSV, TSV, ECSV, JSON, NDJSON, VOTable, Apache Arrow, Parquet ("fitslice/export"). All of them
 * stream batches and give bytes. Arrays are written as .npy behind `npyHeader`. Arrow and Parquet also come back, as tables for `tableHdu` of "fitslice/write". The
 * libraries behind Arrow and Parquet are loaded when they are called.
 *
 * @module fitslice/export
 */
export { toArrow, toArrowFile } from "./arrow.js";
export { type Computation, computedTable } from "./computed.js";
export { type CsvOptions, csvQuoter, toCsv } from "./csv.js";
export { toEcsv } from "./ecsv.js";
export { shortestFloat32 } from "./float32.js";
export type { ImportedTable } from "./foreign.js";
export { fromArrow } from "./from-arrow.js";
export { fromParquet, type ParquetFile } from "./from-parquet.js";
export { type Aggregate, aggregates, groupedRows } from "./groups.js";
export { toJson } from "./json.js";
export { toNdjson } from "./ndjson.js";
export { npyBytes, npyHeader, typeStrings } from "./npy.js";
export { type ParquetOptions, toParquet } from "./parquet.js";
export { type SampleOptions, type SortKey, sampledRowNumbers, sortedRowNumbers } from "./row-order.js";
export {
  type AllFigures,
  columnDistribution,
  type DistributionFigures,
  type DistributionWishes,
  imageDistribution,
  isNumeric,
  type NanMap,
  nanMap,
  planesOf,
} from "./statistics.js";
export { toTsv } from "./tsv.js";
export { toVotable } from "./votable.js";
