/**
 * FITS as Zarr: `fitslice/zarr`.
 */
export type { Values } from "./attributes.js";
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
  ZarrType,
} from "./metadata.js";
export {
  type ZarrGetOptions,
  type ZarrRange,
  type ZarrStore,
  type ZarrStoreOptions,
  type ZarrValue,
  zarrStore,
} from "./store.js";
