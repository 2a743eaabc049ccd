/**
 * FITS as Zarr: `fitslice/zarr`. `references` makes a file of references for other readers.
 *
 * @module
 */
export type { Values } from "./attributes.js";
export type { Concat } from "./concat.js";
export type {
  ArrayDescription,
  Attributes,
  GroupDescription,
  Json,
  StoreDescription,
  ZarrFormat,
  ZarrType,
} from "./metadata.js";
export {
  type ReferenceFile,
  type ReferenceOptions,
  type References,
  type Refusal,
  references,
} from "./references.js";
