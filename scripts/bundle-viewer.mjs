/**
 * Bundles the viewer: dist/viewer/index.js, the element as a module for pages that are built, over `fitslice` by its name;
 * and dist/viewer/page/, static files that need nothing beside them: the page, and fits-viewer.js for one tag in any page.
 *
 * Usage: node scripts/bundle-viewer.mjs
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { sampleBytes } from "../viewer/page/sample.mjs";
import { pageScripts } from "./viewer-page.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist", "viewer");
const page = join(out, "page");
const settings = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  tsconfigRaw: {},
  logLevel: "warning",
  legalComments: "eof",
};

rmSync(out, { recursive: true, force: true });
mkdirSync(page, { recursive: true });
await build({
  ...settings,
  entryPoints: { index: "viewer/src/index.ts" },
  external: ["fitslice", "fitslice/*"],
  // Lit's modules that need no page when they are loaded, and work in one: servers import the element, too.
  platform: "neutral",
  conditions: ["node"],
  mainFields: ["module", "main"],
  alias: { "@lit-labs/ssr-dom-shim": "./viewer/src/server-shim.js" },
  chunkNames: "[name]-[hash]",
  sourcemap: true,
  outdir: out,
});
await build({
  ...settings,
  entryPoints: {
    page: "viewer/page/page.ts",
    "fits-viewer": "viewer/src/index.ts",
    // Where the code that starts workers looks for them: one folder up from chunks/.
    "workers/browser": "dist/workers/browser.js",
  },
  alias: { fitslice: "./dist/index.js" },
  plugins: [
    {
      // The library is the built one, by its own name, as it is for everybody else.
      name: "entries of fitslice",
      setup({ onResolve }) {
        onResolve({ filter: /^fitslice\/\w+$/ }, ({ path }) => ({
          path: join(root, "dist", path.slice("fitslice/".length), "index.js"),
        }));
      },
    },
  ],
  chunkNames: "chunks/[name]-[hash]",
  minify: true,
  outdir: page,
});
copyFileSync(join(root, "viewer/src/public.d.ts"), join(out, "index.d.ts"));
writeFileSync(join(page, "sample.fits"), await sampleBytes());
copyFileSync(join(root, "viewer/page/page.css"), join(page, "page.css"));
// All that the page needs at first is asked for at once, not one import after the other.
const script = '<script type="module" src="page.js">';
const first = (await pageScripts()).filter(({ name, isFirst }) => isFirst && name !== "page.js");
const preloads = first.map(({ name }) => `<link rel="modulepreload" href="${name}">\n    `).join("");
const html = readFileSync(join(root, "viewer/page/index.html"), "utf8");
writeFileSync(join(page, "index.html"), html.replace(script, preloads + script));
