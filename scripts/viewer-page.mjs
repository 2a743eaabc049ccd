/** What the viewer's page in dist/viewer/page loads: at once, when a plain image is opened, and later. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = "dist/viewer/page";

/**
 * Modules that are loaded late, and still before every large plain image: the headers that the network panel shows, the search of an
 * overview, the error of a server that has none (404), and many ranges in one request, for which the first rows would wait.
 */
const withPlainImage = /^(batches|multipart|overview|refused|shown-headers)-[A-Z\d]+\.js/;

/** The scripts of the page, each with its bytes gzipped, and when it is loaded. */
export async function pageScripts() {
  const { metafile } = await build({
    entryPoints: [join(page, "page.js")],
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: "esm",
    write: false,
    outdir: "out/bundle",
    metafile: true,
    tsconfigRaw: {},
    logLevel: "error",
  });
  const { inputs } = metafile;
  const atOnce = new Set();
  const visit = (path) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    for (const { path: to, kind } of inputs[path].imports)
      if (kind === "import-statement" || (kind === "dynamic-import" && withPlainImage.test(basename(to))))
        visit(to);
  };
  visit(`${page}/page.js`);
  return Object.keys(inputs).map((path) => ({
    name: path.slice(page.length + 1),
    bytes: gzipSync(readFileSync(join(root, path)), { level: 9 }).length,
    isFirst: atOnce.has(path),
  }));
}
