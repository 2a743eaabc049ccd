/**
 * Drawings as pictures, in Node: by resvg, with the font that matplotlib uses. Both are optional packages.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { installed, packageNamed } from "./node-optional.js";

const advice =
  "drawing a plot as PNG needs two optional packages: npm install @resvg/resvg-wasm dejavu-fonts-ttf; or write .svg";

/** What is loaded once: resvg can be started but once in a process. */
let loaded: Promise<{ Resvg: typeof import("@resvg/resvg-wasm").Resvg; font: Uint8Array }> | undefined;

/**
 * The PNG of a drawing, `zoom` pixels for each of its units. Throws UNSUPPORTED, with advice, where the packages are not
 * installed.
 */
export async function rasterize(svg: string, zoom: number): Promise<Uint8Array<ArrayBuffer>> {
  loaded ??= load();
  const { Resvg, font } = await loaded.catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  const drawing = new Resvg(svg, {
    fitTo: { mode: "zoom", value: zoom },
    imageRendering: 1,
    font: { fontBuffers: [font], defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  });
  const image = drawing.render();
  try {
    return new Uint8Array(image.asPng());
  } finally {
    image.free();
    drawing.free();
  }
}

/** Names that bundlers do not look for: the packages need not be installed where a server's page is built. */
const packages = { resvg: "@resvg/resvg-wasm", font: "dejavu-fonts-ttf" };

async function load(): Promise<Awaited<NonNullable<typeof loaded>>> {
  const require = createRequire(import.meta.url);
  const fileOf = async (name: string): Promise<Uint8Array<ArrayBuffer>> => readFile(require.resolve(name));
  const [{ Resvg, initWasm }, code, font] = await installed(
    Promise.all([
      packageNamed<typeof import("@resvg/resvg-wasm")>(packages.resvg),
      fileOf(`${packages.resvg}/index_bg.wasm`),
      fileOf(`${packages.font}/ttf/DejaVuSans.ttf`),
    ]),
    advice,
  );
  await initWasm(code);
  return { Resvg, font };
}
