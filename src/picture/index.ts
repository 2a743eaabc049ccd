/**
 * `fitslice/picture`: pictures of pixels.
 */
export { type ImageDataOptions, type PixelData, toImageData } from "./image-data.js";
export {
  colormaps,
  encodePng,
  type Picture,
  type RenderOptions,
  render,
  type Stretch,
  stretches,
} from "./render.js";
export { type Limits, zscale } from "./zscale.js";
