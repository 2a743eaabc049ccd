/**
 * What the options of `plot` are, and what all plots share.
 */
import { basename } from "node:path";
import type { ImageHdu } from "fitslice";
import type { PlotOptions } from "fitslice/plot";
import type { SelectionOptions } from "../selection.js";
import type { Session } from "../session.js";

/** Options of plots of curves. */
export interface CurveOptions extends SelectionOptions {
  raw?: boolean;
  row?: number;
  column?: number;
  spectrum?: [y: number, x: number];
  histogram?: boolean;
  scatter?: string;
  where?: string;
  title?: string;
  size?: [width: number, height: number] | undefined;
  logX?: boolean;
  logY?: boolean;
  bins?: number;
}

/** The options of the library that these stand for, with a title of what is shown. */
export function curveOptions(options: CurveOptions, title: string): PlotOptions {
  const { size, logX, logY } = options;
  return {
    title: options.title ?? title,
    ...(size && { width: size[0], height: size[1] }),
    ...{ logX, logY },
  };
}

/** A file's name, and its HDU. */
export function nameOf({ source }: Session, { index, name }: { index: number; name: string }): string {
  const path = source.replace(/[?#].*$/s, "").replace(/\/+$/, "");
  return `${basename(path) || source}[${name || index}]`;
}

/** What the values of an image are in: BUNIT, or nothing. */
export function pixelUnit(image: ImageHdu): string {
  try {
    return image.header.string("BUNIT")?.trim() ?? "";
  } catch {
    return ""; // no text
  }
}
