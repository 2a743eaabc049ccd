/**
 * `npm run site`: the documents, the library's reference (TypeDoc), the viewer and the demo's report as a site of static files, in
 * out/site. The demo is run where it has left no report.
 * `--base /fitslice/` builds for a folder of a server; `--preview` serves the result on this machine.
 *
 * VitePress is not installed with the repository, nor with the package: the first build installs it into site/node_modules.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { markdownOf } from "./notebook.mjs";
import { pageOf, root, staged, withSections } from "./pages.mjs";

const { values } = parseArgs({
  options: { base: { type: "string", default: "/" }, preview: { type: "boolean", default: false } },
});
const site = join(root, "site");
const text = (path) => readFileSync(join(root, path), "utf8");

function run(command, args, cwd = root) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, SITE_BASE: values.base },
  });
  if (error) process.stderr.write(`site: ${command}: ${error.message}\n`);
  if (status !== 0) process.exit(1);
}
const node = (...args) => run(process.execPath, args);

function installed() {
  const stamp = join(site, "node_modules", ".fitslice-site");
  const wanted = text("site/package-lock.json");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--workspaces=false"], site);
  writeFileSync(stamp, wanted);
}

function stage() {
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, "public"), { recursive: true });
  for (const [source, page] of pageOf)
    if (page !== "index") writeFileSync(join(staged, `${page}.md`), text(source));
  writeFileSync(join(staged, "index.md"), withSections(text("site/home.md"), text("README.md")));
  for (const folder of ["images", "pictures"])
    cpSync(join(root, "docs", folder), join(staged, "public", folder), { recursive: true });
  cpSync(join(root, "dist", "viewer", "page"), join(staged, "public", "view"), { recursive: true });
  // The same text as docs/dask.md, with the outputs of its cells.
  writeFileSync(join(staged, "dask.md"), markdownOf(text("docs/dask.ipynb")));
  if (!existsSync(join(root, "demo/out/report.html"))) node("scripts/run-ts.mjs", "demo/main.ts");
  cpSync(join(root, "demo/out/report.html"), join(staged, "public", "demo", "index.html"));
}

/** TypeDoc's links write `-` where the anchors of names such as `access_url` have `_`. */
function mendAnchors() {
  for (const name of readdirSync(join(staged, "api"), { recursive: true })) {
    if (!name.endsWith(".md")) continue;
    const page = join(staged, "api", name);
    const mended = readFileSync(page, "utf8").replaceAll(/^<a id=".*"><\/a>$/gm, (a) =>
      a.replaceAll("_", "-"),
    );
    writeFileSync(page, mended);
  }
}

/** The list of modules has the first paragraph of each, by which a reader finds one. */
function describeModules() {
  const list = join(staged, "api", "index.md");
  const described = readFileSync(list, "utf8").replaceAll(/^- \[.*\]\((.*\.md)\)$/gm, (line, name) => {
    const [, paragraph = ""] =
      /^# .*\n\n([^#<][\s\S]*?)\n\n/.exec(readFileSync(join(staged, "api", name), "utf8")) ?? [];
    return `${line}: ${paragraph.replace(/^`?fitslice[\w/]*`?: /, "")}`;
  });
  writeFileSync(list, described);
}

node("scripts/setup.mjs", "--quiet");
installed();
stage();
node("node_modules/typedoc/bin/typedoc", "--logLevel", "Warn");
mendAnchors();
describeModules();
node("site/node_modules/vitepress/bin/vitepress.js", "build", "site");
process.stderr.write("site: out/site\n");
if (values.preview) node("site/node_modules/vitepress/bin/vitepress.js", "preview", "site");
