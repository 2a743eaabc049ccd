/**
 * FITS as Zarr: `fitslice/zarr`.
 */
export type { Values } from "./attributes.js";
export type {
  ArrayDescription,
  Attributes,
  GroupDescription,
  Json,
  StoreDescription,
  ZarrType,
} from "./metadata.js";
export {
  type ZarrGetOptions,
  type ZarrRange,
  type ZarrStore,
  type ZarrStoreOptions,
  zarrStore,
} from "./store.js";
