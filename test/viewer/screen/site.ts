/** A page with nothing but a screen, bundled over the built library, and the files that it reads beside it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import type * as Library from "../../../src/index.js";
import type * as Picture from "../../../src/picture/index.js";
import type { Screen, ScreenOptions } from "../../../viewer/src/screen/screen.types.js";

/** What the page's script offers to the tests. */
export interface ScreenPage {
  readonly fitslice: typeof Library;
  readonly picture: typeof Picture;
  /** A canvas in place of the one before. */
  newCanvas(): HTMLCanvasElement;
  createScreen(canvas: HTMLCanvasElement, options?: ScreenOptions): Screen;
  /** The pixels of the canvas as drawn now: red, green, blue, alpha, the lowest row first. */
  pixels(screen: Screen): Uint8Array;
}

const script = `
import * as fitslice from "fitslice";
import * as picture from "fitslice/picture";
import { createScreen } from "./viewer/src/screen/screen.ts";
function newCanvas() {
  const canvas = document.createElement("canvas");
  document.querySelector("canvas").replaceWith(canvas);
  return canvas;
}
function pixels(screen) {
  screen.drawNow();
  const gl = screen.canvas.getContext("webgl2");
  const data = new Uint8Array(4 * gl.drawingBufferWidth * gl.drawingBufferHeight);
  gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, data);
  return data;
}
globalThis.page = { fitslice, picture, newCanvas, createScreen, pixels };
`;

async function bundle(): Promise<Map<string, Uint8Array>> {
  const outdir = join(process.cwd(), "out/screen");
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: process.cwd() },
    entryPoints: { "workers/browser": "./dist/workers/browser.js" },
    alias: { fitslice: "./dist/index.js", "fitslice/picture": "./dist/picture/index.js" },
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    outdir,
    write: false,
    tsconfigRaw: {},
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(outdir.length), contents]));
}

export interface ScreenSite {
  readonly url: string;
  close(): void;
}

/** Serves a page whose canvas is `width` x `height` CSS pixels. */
export async function startScreenSite(width: number, height: number): Promise<ScreenSite> {
  const chunks = await bundle();
  const html = `<!doctype html><title>screen</title><style>body { margin: 0 } canvas { display: block; width: ${width}px; height: ${height}px }</style><canvas></canvas><script type="module" src="/stdin.js"></script>`;
  const server = createServer(({ url = "" }, response) => {
    const chunk = chunks.get(url);
    response.setHeader("content-type", chunk ? "text/javascript" : "text/html").end(chunk ?? html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
