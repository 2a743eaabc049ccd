/** What users of `open` and plain image sections pay in a browser, minified and gzipped, against the budgets. */

import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const kB = 1000;
const coreBudget = 15 * kB;
const codecBudget = 6 * kB;

/** Gzipped size of what is loaded at once for `contents`; what is imported on demand is in other chunks. */
async function size(contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    tsconfigRaw: {},
    outdir: "out/bundle",
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  const loaded = new Set();
  const visit = (name) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const { path, kind } of metafile.outputs[name].imports) if (kind === "import-statement") visit(path);
  };
  visit(Object.keys(metafile.outputs).find((name) => metafile.outputs[name].entryPoint === "<stdin>"));
  return outputFiles
    .filter(({ path }) => [...loaded].some((name) => path.endsWith(basename(name))))
    .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

let failed = false;
function check(what, bytes, budget) {
  const over = bytes > budget;
  failed ||= over;
  process.stdout.write(`${over ? "OVER " : "ok   "} ${what}: ${bytes} of ${budget} bytes gzipped\n`);
}

check("open + image sections", await size('export { open } from "./dist/index.js";'), coreBudget);
for (const file of readdirSync(`${root}/dist/codec`).filter((name) => name.endsWith(".js"))) {
  check(`codec/${file}`, await size(`export * from "./dist/codec/${file}";`), codecBudget);
}
process.exit(failed ? 1 : 0);
