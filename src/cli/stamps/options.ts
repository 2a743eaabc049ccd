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

/** Whether a profile is wanted. */
export function isProfiled({ profile, profileJson, har }: CutoutsOptions): boolean {
  return profile === true || profileJson !== undefined || har !== undefined;
}

/** How many threads there are to be. A profile sees the reads of one thread. */
export function jobsOf(options: CutoutsOptions): number {
  if (!isProfiled(options)) return options.jobs ?? availableParallelism();
  if (options.jobs !== undefined && options.jobs > 1)
    throw badUsage("a profile is that of one thread; leave --jobs out, or give 1");
  return 1;
}
