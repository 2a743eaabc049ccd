/**
 * What a page pays for the library, minified and gzipped, against the budgets; then every chunk, and what it holds.
 *
 * "open + plain sections" are all modules that `import { open }` needs at once, as one chunk: how the modules that late
 * modules need, too, are cut into chunks of their own is the bundler's affair. "compressed images" is what the first compressed
 * image adds to that, but for its codec: the folder of tiles.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { pageScripts } from "./viewer-page.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const kB = 1000;
const coreBudget = 32 * kB;
const tilesBudget = 24 * kB;
const wcsBudget = 40 * kB;
/** Beside the core, and with what it shares with tables. */
const zarrBudget = 10 * kB;
/** The same; makers of references read the descriptors of tiles, and encode some. */
const referencesBudget = 16 * kB;
/** Of the viewer's page: its own scripts, Lit and the library, until a plain image is shown. */
const pageBudget = 120 * kB;
/** Of the prebuilt modules: all names of `fitslice`, in chunks that its neighbors share, each compressed by itself. */
const prebuiltBudget = 50 * kB;
/** In a browser gzip brings its inflater along. */
const codecBudget = 7 * kB;

const core = 'export { open } from "./dist/index.js";';
const modules = (folder) =>
  readdirSync(`${root}/dist/${folder}`)
    .filter((name) => name.endsWith(".js"))
    .map((name) => `dist/${folder}/${name}`);

const options = (contents) => ({
  stdin: { contents, resolveDir: root, loader: "ts" },
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  tsconfigRaw: {},
  write: false,
  absWorkingDir: root,
  logLevel: "warning",
});

/** The chunks of a page that runs `contents`, and the names of those that are loaded at once. */
async function bundle(contents) {
  const { outputFiles, metafile } = await build({
    ...options(contents),
    splitting: true,
    outdir: "out/bundle",
    metafile: true,
  });
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [basename(path), gzipSync(contents, { level: 9 }).length]),
  );
  const chunks = Object.entries(metafile.outputs).map(([name, { inputs, imports, entryPoint }]) => ({
    name,
    bytes: sizes.get(basename(name)),
    isEntry: entryPoint === "<stdin>",
    holds: Object.entries(inputs)
      .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
      .map(([input]) => input.replace(/^(dist|node_modules)\//, "")),
    imports: imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path),
  }));
  const atOnce = new Set();
  const visit = (name) => {
    if (atOnce.has(name)) return;
    atOnce.add(name);
    chunks.find((chunk) => chunk.name === name).imports.forEach(visit);
  };
  visit(chunks.find(({ isEntry }) => isEntry).name);
  return { chunks, atOnce };
}

/** Gzipped bytes of all that `contents` needs at once, as one chunk. */
async function size(contents) {
  const late = {
    name: "late",
    setup: ({ onResolve }) =>
      onResolve({ filter: /.*/ }, ({ kind, path }) =>
        kind === "dynamic-import" ? { path, external: true } : undefined,
      ),
  };
  const { outputFiles } = await build({ ...options(contents), plugins: [late] });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** Gzipped bytes of a prebuilt module and of all that it imports at once, file by file. */
function prebuiltSize(name, seen = new Set()) {
  if (seen.has(name)) return 0;
  seen.add(name);
  const code = readFileSync(name);
  const imports = [...code.toString("utf8").matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)];
  const sizes = imports.map(([, path]) => prebuiltSize(join(dirname(name), path), seen));
  return sizes.reduce((sum, bytes) => sum + bytes, gzipSync(code, { level: 9 }).length);
}

let failed = false;
function check(what, bytes, budget) {
  const over = bytes > budget;
  failed ||= over;
  process.stdout.write(`${over ? "OVER " : "ok   "} ${what}: ${bytes} of ${budget} bytes gzipped\n`);
}

const coreBytes = await size(core);
check("open + plain sections", coreBytes, coreBudget);
// A worker's own modules are in its own file: a page does not load them beside the tiles.
const tiles = modules("image/tiles").filter((name) => !/worker/.test(name));
const withTiles = [core, ...tiles.map((name, i) => `export * as tiles${i} from "./${name}";`)].join("\n");
check("compressed images, beside it", (await size(withTiles)) - coreBytes, tilesBudget);
const withZarr = (names) => `${core} export { ${names} } from "./dist/zarr/index.js";`;
check("fitslice/zarr, the store", (await size(withZarr("zarrStore, zarrHandler"))) - coreBytes, zarrBudget);
check("fitslice/zarr, references", (await size(withZarr("references"))) - coreBytes, referencesBudget);
check("fitslice/wcs", await size('export * from "./dist/wcs/index.js";'), wcsBudget);
for (const name of modules("codec")) {
  check(name.replace("dist/", ""), await size(`export * from "./${name}";`), codecBudget);
}

check("dist/browser/fitslice.js", prebuiltSize(`${root}dist/browser/fitslice.js`), prebuiltBudget);

const scripts = await pageScripts();
const first = scripts.filter(({ isFirst }) => isFirst);
const firstBytes = first.reduce((sum, { bytes }) => sum + bytes, 0);
check(`the viewer's page, ${first.length} scripts, until a plain image is shown`, firstBytes, pageBudget);

const { chunks, atOnce } = await bundle(core);
process.stdout.write(`\n${chunks.length} chunks, of which ${atOnce.size} are loaded at once (*):\n`);
for (const { name, bytes, holds } of chunks.sort((a, b) => b.bytes - a.bytes)) {
  const first = holds.slice(0, 12).join(" ") || "(nothing of its own)";
  const more = holds.length > 12 ? ` and ${holds.length - 12} more` : "";
  process.stdout.write(`${String(bytes).padStart(7)} ${atOnce.has(name) ? "*" : " "} ${first}${more}\n`);
}
process.stdout.write("\nscripts of the viewer's page, until a plain image is shown (*), and later:\n");
for (const { name, bytes, isFirst } of scripts.sort((a, b) => b.bytes - a.bytes))
  process.stdout.write(`${String(bytes).padStart(7)} ${isFirst ? "*" : " "} ${name}\n`);
process.exit(failed ? 1 : 0);
