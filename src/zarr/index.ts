/**
 * FITS as Zarr: `fitslice/zarr`. `zarrStore` is an open file as a store, decoded when it is read; `references` makes a file of
 * references, by which other readers read FITS files without fitslice.
 *
 * @module fitslice/zarr
 */
export type { Values } from "./attributes.js";
export { checkReferences } from "./check.js";
export type { Concat } from "./concat.js";
export {
  type ZarrFinder,
  type ZarrHandler,
  type ZarrHandlerOptions,
  type ZarrMount,
  zarrHandler,
} from "./handler.js";
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
export {
  type ZarrGetOptions,
  type ZarrRange,
  type ZarrStore,
  type ZarrStoreOptions,
  type ZarrValue,
  zarrStore,
} from "./store.js";
