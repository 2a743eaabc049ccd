/**
 * `fitslice/cutout`: parts of images as FITS files whose headers are right. Start with `cutout`.
 *
 * @module fitslice/cutout
 */
export {
  type Cutout,
  type CutoutOptions,
  type CutoutSource,
  cutout,
  cutoutHdus,
  cutoutRegions,
  cutouts,
  imagesIn,
  type OutsideImage,
  type RegionFile,
  type RegionOptions,
} from "./cutout.js";
export {
  type CutoutMode,
  type CutoutStatus,
  type FittedGrid,
  fitGrid,
  fitsSection,
  type Grid,
} from "./grid.js";
export { type CutoutHeaderOptions, cutoutHeader, type HeaderSource } from "./header.js";
export { type CutImage, type CutoutFile, cutoutFile, type OutputOptions } from "./output.js";
export {
  type Center,
  type CutoutSize,
  type Placed,
  type PlaceOptions,
  type PlaneChoice,
  placeRegion,
  type Region,
  type Side,
} from "./place.js";
export { cutSections, openGrid, type SectionCutOptions, sectionCuts, sectionPixels } from "./section.js";
