/**
 * The commands that there are, each a file that is loaded when the command is run.
 */
import type { Command } from "commander";

export interface Listed {
  readonly name: string;
  readonly summary: string;
  /** Named by `fitslice --help`, with a line of its own in `--help-all` only. */
  readonly rare?: true;
  /** Loads what gives the command its arguments, options and action. */
  readonly load: () => Promise<(command: Command) => void>;
}

export const groups: Readonly<Record<string, readonly Listed[]>> = {
  "Contents:": [
    {
      name: "info",
      summary: "list the HDUs",
      load: async () => (await import("./commands/info.js")).infoCommand,
    },
    {
      name: "layout",
      summary: "where headers and data lie",
      rare: true,
      load: async () => (await import("./commands/layout.js")).layoutCommand,
    },
    {
      name: "header",
      summary: "print a header, or some of its values",
      load: async () => (await import("./commands/header.js")).headerCommand,
    },
    {
      name: "verify",
      summary: "what is wrong with files, by the Standard and their checksums",
      rare: true,
      load: async () => (await import("./commands/verify.js")).verifyCommand,
    },
    {
      name: "explain",
      summary: "the requests of a read, before it is done",
      rare: true,
      load: async () => (await import("./commands/explain.js")).explainCommand,
    },
  ],
  "Images:": [
    {
      name: "view",
      summary: "look at it in the browser",
      load: async () => (await import("./commands/view.js")).viewCommand,
    },
    {
      name: "section",
      summary: "a section of an image: FITS, numpy, a picture, text",
      load: async () => (await import("./commands/section.js")).sectionCommand,
    },
    {
      name: "cutout",
      summary: "pixels around a position on the sky, as FITS or a picture",
      load: async () => (await import("./commands/cutout.js")).cutoutCommand,
    },
    {
      name: "cutouts",
      summary: "stamps around all targets of a list",
      load: async () => (await import("./commands/cutouts.js")).cutoutsCommand,
    },
    {
      name: "footprints",
      summary: "where images lie on the sky, as a table",
      rare: true,
      load: async () => (await import("./commands/footprints.js")).footprintsCommand,
    },
    {
      name: "stats",
      summary: "min, max, mean, standard deviation",
      load: async () => (await import("./commands/stats.js")).statsCommand,
    },
    {
      name: "wcs",
      summary: "pixels to positions on the sky, and back",
      load: async () => (await import("./commands/wcs.js")).wcsCommand,
    },
    {
      name: "rgb",
      summary: "a picture in color of three bands",
      rare: true,
      load: async () => (await import("./commands/rgb.js")).rgbCommand,
    },
    {
      name: "plot",
      summary: "an image with a grid of the sky, a profile, a histogram",
      load: async () => (await import("./commands/plot.js")).plotCommand,
    },
    {
      name: "preview",
      summary: "a picture in the terminal",
      load: async () => (await import("./commands/preview.js")).previewCommand,
    },
  ],
  "Tables:": [
    {
      name: "table",
      summary: "columns and rows of a table, in many formats",
      load: async () => (await import("./commands/table.js")).tableCommand,
    },
  ],
  "Many files:": [
    {
      name: "diff",
      summary: "what differs between two files",
      load: async () => (await import("./commands/diff.js")).diffCommand,
    },
    {
      name: "ls",
      summary: "what is in a bucket, on a server, in a folder",
      load: async () => (await import("./commands/ls.js")).lsCommand,
    },
    {
      name: "headers",
      summary: "keywords of many files, as a table",
      rare: true,
      load: async () => (await import("./commands/headers.js")).headersCommand,
    },
  ],
  "Whole files:": [
    {
      name: "download",
      summary: "the whole file, in parallel, resumable",
      load: async () => (await import("./commands/download.js")).downloadCommand,
    },
    {
      name: "copy",
      summary: "a copy: HDUs chosen, cards set or dropped, compressed",
      load: async () => (await import("./commands/copy.js")).copyCommand,
    },
    {
      name: "compress",
      summary: "compress the images tile by tile, as fpack does",
      rare: true,
      load: async () => (await import("./commands/compress.js")).compressCommand,
    },
    {
      name: "uncompress",
      summary: "back to plain images and tables, as funpack does",
      rare: true,
      load: async () => (await import("./commands/compress.js")).uncompressCommand,
    },
    {
      name: "index",
      summary: "an index file, with which opening asks for no header",
      rare: true,
      load: async () => (await import("./commands/index.js")).indexCommand,
    },
    {
      name: "overview",
      summary: "block means of large images, with which viewers show them at once",
      rare: true,
      load: async () => (await import("./commands/overview.js")).overviewCommand,
    },
    {
      name: "cache",
      summary: "what the cache on disk holds, and the end of it",
      rare: true,
      load: async () => (await import("./commands/cache.js")).cacheCommand,
    },
  ],
  "Setting up:": [
    {
      name: "config",
      summary: "the options that the configuration sets",
      rare: true,
      load: async () => (await import("./commands/config.js")).configCommand,
    },
    {
      name: "completion",
      summary: "a script that completes command lines in bash, zsh, fish",
      rare: true,
      load: async () => (await import("./commands/completion.js")).completionCommand,
    },
  ],
  "Other programs:": [
    {
      name: "zarr",
      summary: "references, by which Dask, Xarray and others read the file as Zarr",
      rare: true,
      load: async () => (await import("./commands/zarr.js")).zarrCommand,
    },
    {
      name: "serve",
      summary: "FITS files over HTTP, as Zarr stores",
      rare: true,
      load: async () => (await import("./commands/serve.js")).serveCommand,
    },
  ],
};

/** All of them, in the order of the list. */
export const listed: readonly Listed[] = Object.values(groups).flat();
