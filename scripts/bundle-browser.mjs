/**
 * Bundles the library for pages that nobody builds: dist/browser/fitslice.js and its neighbors, ES modules that need nothing
 * beside their folder. Modules that only some files need are in chunks/, loaded late; workers/ is where tiles are decoded.
 *
 * Usage: node scripts/bundle-browser.mjs
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist", "browser");
/** Entries of the package that are of use in a page, beside the viewer, which has a bundle of its own. */
const entries = ["cutout", "export", "list", "overview", "picture", "plot", "verify", "wcs", "write", "zarr"];

rmSync(out, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    fitslice: "dist/index.js",
    ...Object.fromEntries(entries.map((name) => [name, `dist/${name}/index.js`])),
    // Where the code that starts workers looks for them: one folder up from chunks/.
    "workers/browser": "dist/workers/browser.js",
  },
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  tsconfigRaw: {},
  logLevel: "warning",
  legalComments: "eof",
  chunkNames: "chunks/[name]-[hash]",
  metafile: true,
  outdir: out,
  plugins: [
    {
      name: "workers from another origin",
      setup({ onResolve }) {
        onResolve({ filter: /\/browser-workers\.js$/ }, () => ({
          path: join(root, "dist/platform/prebuilt-workers.js"),
        }));
      },
    },
  ],
});

const licenses = join(out, "licenses");
mkdirSync(licenses, { recursive: true });
const bundled = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const [folder, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  if (name) bundled.add(folder);
}
for (const folder of bundled) {
  const name = folder.replace(/^.*node_modules\//, "").replaceAll("/", "-");
  const file = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "license"].find((file) =>
    existsSync(join(root, folder, file)),
  );
  if (!file) throw new Error(`${folder} has no license file to go with the bundle`);
  copyFileSync(join(root, folder, file), join(licenses, `${name}.LICENSE`));
}
