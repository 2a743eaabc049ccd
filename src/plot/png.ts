/**
 * Plots as PNG.
 */

import { loadRasterize } from "#platform";
import { checkObject, checkText } from "../argument.js";
import { FitsError } from "../errors.js";

/** Pixels of a picture that no screen and no page needs more of. */
const mostPixels = 100e6;

/**
 * The PNG of a plot, `zoom` pixels for each of its units. In Node the optional packages `@resvg/resvg-wasm` and
 * `dejavu-fonts-ttf` draw, in a browser the browser. Throws UNSUPPORTED where the packages are not installed, TOO_LARGE
 * beyond 100 million pixels, or where the browser has no canvas so large, BAD_ARGUMENT for text that is no SVG.
 */
export async function plotPng(
  svg: string,
  options: { readonly zoom?: number | undefined } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkText(svg, "a plot");
  checkObject(options);
  const { zoom = 2 } = options;
  const [, width, height] = /<svg [^>]*?width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  const pixels = Number(width) * Number(height) * zoom * zoom;
  if (!(zoom > 0) || !(pixels > 0))
    throw new FitsError("BAD_ARGUMENT", "no plot, or no zoom, to make a PNG of");
  if (pixels > mostPixels)
    throw new FitsError(
      "TOO_LARGE",
      `a plot of ${Math.round(pixels)} pixels is more than the ${mostPixels} there may be`,
    );
  const rasterize = await loadRasterize();
  try {
    return await rasterize(svg, zoom);
  } catch (cause) {
    if (cause instanceof FitsError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FitsError("BAD_ARGUMENT", `the plot is no SVG that can be drawn: ${reason}`, { cause });
  }
}
