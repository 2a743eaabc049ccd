/**
 * `fitslice/write`: FITS files from arrays and tables, in chunks.
 *
 * @module fitslice/write
 */

export { arraySource } from "./array-source.js";
export { asciiTableHdu } from "./ascii.js";
export { formatCard, type HeaderCard } from "./card.js";
export { nameProblems } from "./check.js";
export { addChecksum, type ChecksumVerdict, encodeChecksum, verifyChecksum } from "./checksum.js";
export type { BatchColumn, ColumnValues, VariableValues, WriteColumn } from "./column.js";
export {
  type CompressionName,
  type CompressOptions,
  type CompressSource,
  compressedHdu,
} from "./compress.js";
export {
  type CompressFileOptions,
  compressedHdus,
  type HduChoice,
  uncompressedHdus,
} from "./compress-file.js";
export { batchColumn, cardsAsRead, columnAsRead } from "./copy.js";
export { copiedHdus } from "./copy-file.js";
export { type CardEdit, editedHdu, type HeaderEdits, parseCardEdit } from "./edit-header.js";
export { type FitsSink, fitsBytes, fitsChunks, type WriteOptions, writeFits } from "./fits.js";
export type { DataFacts, Stream, WritableHdu } from "./hdu.js";
export { formatHeader, type HeaderItem } from "./header.js";
export { type ImageOptions, type ImageStream, imageHdu } from "./image.js";
export { formatComplex, formatFloat, formatNumber } from "./number.js";
export { memorySpool, type Spool } from "./spool.js";
export { type TableBatch, type TableOptions, tableHdu } from "./table.js";
export { tableFileHdus } from "./table-copy.js";
