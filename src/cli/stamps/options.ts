/**
 * The options of `cutouts`.
 */
import { availableParallelism } from "node:os";
import type { CutoutMode } from "fitslice/cutout";
import { badUsage } from "../failure.js";
import type { SharedOptions } from "../options.js";
import type { PictureFileOptions } from "../picture.js";

export const stampFormats = ["fits", "fits.fz", "png", "npy"] as const;
export type StampFormat = (typeof stampFormats)[number];

export interface CutoutsOptions extends SharedOptions, PictureFileOptions {
  targets: string;
  output: string;
  size?: string;
  hdu?: string;
  mode?: CutoutMode;
  fill?: string;
  plane?: string;
  format?: StampFormat;
  footprints?: string;
  files?: "best" | "all";
  jobs?: number;
  resume?: boolean;
  retryFailed?: boolean;
}

/** Those that pictures are drawn with. */
export function pictureOf(options: CutoutsOptions): PictureFileOptions {
  const { vmin, vmax, limits, stretch, stretchA, colormap, binBy, nan, depth, bin, width } = options;
  const all = { vmin, vmax, limits, stretch, stretchA, colormap, binBy, nan, depth, bin, width };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** How many threads there are to be. */
export function jobsOf({ jobs, profile, profileJson, har }: CutoutsOptions): number {
  if (profile || profileJson !== undefined || har !== undefined)
    throw badUsage("cutouts has no profile: its threads each read on their own");
  return jobs ?? availableParallelism();
}
