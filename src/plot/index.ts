/**
 * `fitslice/plot`: plots as SVG and PNG.
 *
 * @module fitslice/plot
 */
export type { Colorbar } from "./colorbar.js";
export {
  type Histogram,
  type HistogramOptions,
  histogramOf,
  histogramPlot,
  linePlot,
  scatterPlot,
} from "./curves.js";
export { type Directions, directionsAt } from "./directions.js";
export type { Extent, PlotOptions } from "./frame.js";
export { type ImagePlotOptions, imagePlot, type PlotPicture } from "./image.js";
export { plotPng } from "./png.js";
export { type GridLine, type Place, type Rectangle, type Side, type SkyView, skyGrid } from "./sky-grid.js";
export { roundLength } from "./sky-steps.js";
export type { Svg } from "./svg.js";
