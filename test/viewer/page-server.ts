/** Serves the built page of the viewer, as static files, with FITS files beside it. */
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu, tableHdu } from "fitslice/write";
import type { Content } from "../servers/content.js";
import {
  type RangeServer,
  type RangeServerOptions,
  type Reply,
  startRangeServer,
} from "../servers/range-server.js";

const folder = "dist/viewer/page";
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
};

/** Text of a file that would run if it were markup. */
export const hostile = '<img src=x onerror="window.hacked=1">';

/** 40 rows of 60 pixels, whose values tell their place; a cube of three planes; a table. */
export async function testFile(): Promise<Uint8Array> {
  const image = Float32Array.from({ length: 40 * 60 }, (_, i) => 1000 * Math.floor(i / 60) + (i % 60) + 0.5);
  const cube = Int16Array.from({ length: 3 * 10 * 12 }, (_, i) => i);
  const header = [
    { keyword: "BUNIT", value: "Jy" },
    { keyword: "OBJECT", value: hostile, comment: hostile },
    { keyword: "ESO DET WIN1 NAME", value: "a long value ".repeat(9).trim(), comment: "of a HIERARCH card" },
    { keyword: "HISTORY", comment: hostile },
  ];
  const axis = [
    { keyword: "CTYPE3", value: "FREQ" },
    { keyword: "CRVAL3", value: 1e9 },
    { keyword: "CRPIX3", value: 1 },
    { keyword: "CDELT3", value: 1e6 },
    { keyword: "CUNIT3", value: "Hz" },
  ];
  const columns = [
    { name: "X", format: "1J" },
    { name: hostile.slice(0, 20), format: "8A" },
  ];
  const batches = [
    { columns: [{ values: Int32Array.of(1, 2, 3) }, { values: ["a", hostile.slice(0, 8), "c"] }] },
  ];
  return fitsBytes([
    imageHdu({ data: ndarray(image, [40, 60]), header, name: hostile.slice(0, 16) }),
    imageHdu({ data: ndarray(cube, [3, 10, 12]), header: axis, name: "CUBE" }),
    tableHdu({ columns, batches, name: "TABLE", keepNames: true }),
  ]);
}

/** With these headers a page may measure its memory. */
const isolation: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export interface PageOptions extends RangeServerOptions {
  /** The page is isolated from other origins. */
  readonly isIsolated?: boolean;
  /** The Content-Security-Policy of `/one.html`. */
  readonly policy?: string;
}

function file(path: string, headers?: Readonly<Record<string, string>>): Reply | undefined {
  const name = normalize(path === "/" ? "/index.html" : path);
  const type = types[extname(name)];
  if (!type) return undefined;
  try {
    return {
      status: 200,
      headers: { ...headers, "content-type": type },
      body: readFileSync(join(folder, name), "utf8"),
    };
  } catch {
    return undefined;
  }
}

/** The page at `/`, files beside it; `/one.html` and `/two.html` are plain pages with one viewer and with two. */
export async function startPage(
  files: Readonly<Record<string, Content>>,
  { isIsolated = false, policy, ...options }: PageOptions = {},
): Promise<RangeServer> {
  const two = `<!doctype html><html lang="en"><title>two</title><script type="module" src="fits-viewer.js"></script>
    <fits-viewer id="a" src="test.fits" stretch="linear" center="10,20" zoom="4" invert></fits-viewer>
    <fits-viewer id="b" src="test.fits" hdu="CUBE" plane="2" zoom="wrong"></fits-viewer></html>`;
  const one = `<!doctype html><html lang="en"><title>one</title><link rel="icon" href="favicon.ico"><script type="module" src="fits-viewer.js"></script>
    <fits-viewer></fits-viewer></html>`;
  const pages: Readonly<Record<string, string>> = { "/one.html": one, "/two.html": two };
  const rules: Readonly<Record<string, string>> = policy ? { "content-security-policy": policy } : {};
  return startRangeServer({
    ...options,
    files,
    route: (_, path) => {
      const body = pages[path];
      return body !== undefined
        ? { status: 200, headers: { "content-type": "text/html", ...rules }, body }
        : (file(path, isIsolated ? isolation : undefined) ?? { path });
    },
  });
}
