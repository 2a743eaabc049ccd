/**
 * `fitslice/picture`: pictures of pixels.
 *
 * @module fitslice/picture
 */
export { type BinBy, type BinOptions, binned } from "./bin.js";
export { colormapColors, colormaps } from "./colormaps.js";
export { type ImageDataOptions, type PixelData, toImageData } from "./image-data.js";
export { type LimitsOptions, type LimitsRule, limitsOf } from "./limits.js";
export { checkLook, type LookOptions } from "./look.js";
export { type BandSource, type LuptonOptions, lupton, type Three, toLuptonPng } from "./lupton.js";
export { encodePng } from "./png.js";
export { type Picture, type Rendered, type RenderOptions, render, renderImage } from "./render.js";
export type { PixelOptions } from "./rows.js";
export { type Stretch, stretches } from "./stretch.js";
export { checkPng, type PngOptions, toPng } from "./to-png.js";
export { type Limits, zscale } from "./zscale.js";
