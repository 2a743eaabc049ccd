/**
 * `fitslice/overview`: small pictures of large images, as a FITS file beside them. `writeOverview` makes one, `findOverview` opens it.
 *
 * @module fitslice/overview
 */
export { overviewAddress } from "./address.js";
export { levelShape, overviewFactors } from "./levels.js";
export {
  findOverview,
  type OpenOverviewOptions,
  type Overview,
  type OverviewLevel,
  openOverview,
} from "./open.js";
export { type OverviewOptions, overviewHdus, overviewImages, writeOverview } from "./write.js";
