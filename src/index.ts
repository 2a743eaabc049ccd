/**
 * fitslice: reads parts of FITS files where they lie. Start with `open`.
 *
 * @module fitslice
 */
export { type Arrays, type ArrayView, type DType, type NdArray, ndarray } from "./array.js";
export { FitsError, type FitsErrorCode } from "./errors.js";
export type { Fits, HduSelector } from "./fits.js";
export type { Band, BandOptions } from "./hdu/bands.js";
export type { Group, GroupOptions, GroupRange, Groups, GroupsHdu } from "./hdu/groups.js";
export type { HduLayout, HduType, SectionOptions, ValueOptions } from "./hdu/hdu.js";
export type { ImageHdu } from "./hdu/image.js";
export type { Hdu } from "./hdu/make.js";
export type { OtherHdu } from "./hdu/other.js";
export type {
  Batch,
  BatchOptions,
  ColumnOptions,
  RowSelection,
  SelectOptions,
  TableHdu,
  TableSelection,
} from "./hdu/table.js";
export type { Card } from "./header/card.js";
export { type Header, parseHeader, withInherited } from "./header/header.js";
export type { CardValue, Complex } from "./header/value.js";
export { headerWarnings } from "./header/warnings.js";
export {
  type AxisSelector,
  parseFitsSection,
  type ResolvedSection,
  type Selection,
  type Slice,
} from "./image/section.js";
export type { Statistics } from "./image/stats.js";
export { type OpenOptions, open } from "./open.js";
export type { S3Credentials } from "./platform/types.js";
export type { Explanation, PlannedRequest } from "./read/explain.js";
export { type Har, toHar } from "./read/har.js";
export type { Progress, ReaderOptions, ReadOptions } from "./read/options.js";
export { type Answers, type Course, done, map, type Plan, read, type Step, together } from "./read/plan.js";
export {
  createProfile,
  type Profile,
  type ProfileOptions,
  type ProfileSummary,
  type RequestEvent,
} from "./read/profile.js";
export { createReader, type Reader, run } from "./read/run.js";
export { openSession, type Session, type SessionOptions } from "./read/session.js";
export { httpSource } from "./source/http.js";
export {
  type LastingCache,
  type LastingCacheInfo,
  type LastingCacheOptions,
  lastingCache,
} from "./source/lasting/cache.js";
export type { RangeObject, RangeStore } from "./source/objects.js";
export type {
  AzureOptions,
  FtpOptions,
  GcsOptions,
  HeadersOption,
  HeaderValues,
  Pin,
  PlaceRule,
  ResolveOptions,
  S3Options,
  Scheme,
  SourceFactory,
  SourceOptions,
  TokenOption,
  WebHdfsOptions,
} from "./source/options.js";
export { showAddress } from "./source/redact.js";
export { registerSource } from "./source/register.js";
export { resolveSource, type SourceInput } from "./source/resolve.js";
export type { ByteRange, ByteSource, GetRangeOptions, RequestRecord } from "./source/source.js";
export type { BatchSize, RowSlice } from "./table/batches.js";
export type { Column, ColumnType } from "./table/column.js";
export type { Cone } from "./table/cone.js";
export { type Coordinates, degreesPerUnit, findCoordinates } from "./table/coordinates.js";
export type {
  BoolData,
  Cell,
  CellOf,
  ColumnData,
  ComplexData,
  ListData,
  NumberData,
  StringData,
} from "./table/data.js";
export type { ColumnSummary, TableSummary } from "./table/describe.js";
export type { ColumnSelector } from "./table/names.js";
