/**
 * The pages of the site, and which documents of this repository they are. A document has one text, in the repository; what the
 * site needs of it is staged into site/pages by the build, and links between documents become links between pages.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const staged = join(root, "site", "pages");
const repository = "https://github.com/fitslice/fitslice";
const raw = "https://raw.githubusercontent.com/fitslice/fitslice/main/";

/**
 * Groups of the sidebar: each page with its title there, and files that are no documents, by their addresses. The page of
 * `docs/NAME.md` is `NAME`.
 */
export const groups = [
  {
    text: "Start",
    pages: [
      ["docs/tutorial.md", "Tutorial"],
      ["docs/concepts.md", "Concepts"],
      ["docs/recipes.md", "Recipes"],
    ],
    files: [["/demo/index.html", "The demo's report"]],
  },
  {
    text: "Use",
    pages: [
      ["docs/guide.md", "Library guide"],
      ["docs/cli.md", "Command line"],
      ["docs/viewer.md", "Viewer"],
      ["docs/dask.md", "Dask and Xarray"],
      ["docs/service.md", "Service"],
      ["docs/scale.md", "Many machines"],
    ],
  },
  {
    text: "Figures",
    pages: [
      ["docs/benchmark.md", "Benchmark"],
      ["docs/report.md", "Evidence"],
    ],
  },
  {
    text: "Project",
    pages: [
      ["CHANGELOG.md", "Changes"],
      ["CONTRIBUTING.md", "Contributing"],
      ["docs/architecture.md", "Architecture"],
      ["SECURITY.md", "Security"],
    ],
  },
];

const pageName = (source) =>
  source === "CHANGELOG.md"
    ? "changes"
    : source
        .replace(/^docs\//, "")
        .replace(/\.md$/, "")
        .toLowerCase();

/** Document to page: `docs/guide.md` to `guide`. The first page is README.md, in parts. */
export const pageOf = new Map([
  ["README.md", "index"],
  ...groups.flatMap(({ pages }) => pages.map(([source]) => [source, pageName(source)])),
]);
const sourceOf = new Map([...pageOf].map(([source, page]) => [`${page}.md`, source]));

/** Files that pages show or offer, beside the documents: as they lie below docs/, so on the site. */
const isFileOfSite = (path) => /^docs\/(images|pictures)\//.test(path);

/**
 * Where a link leads on the site: a link of a document names a file of the repository, relative or on GitHub. Files that are no page
 * stay on GitHub; other addresses stay as they are.
 * @param {string} href the link as the document has it
 * @param {string} page the staged page, `guide.md`
 */
export function linkOnSite(href, page) {
  const source = sourceOf.get(page);
  if (source === undefined) return href;
  const [, address, anchor] = /^([^#]*)(#.*)?$/.exec(href);
  let path;
  for (const base of [`${repository}/blob/main/`, raw])
    if (address.startsWith(base)) path = address.slice(base.length);
  if (path === undefined) {
    if (address === "" || /^(\w+:|\/)/.test(address)) return href;
    path = normalize(join(dirname(source), address)).replaceAll("\\", "/");
  }
  const target = pageOf.get(path);
  if (target !== undefined) return `/${target === "index" ? "" : target}${anchor ?? ""}`;
  if (isFileOfSite(path)) return `/${path.slice("docs/".length)}`;
  const file = join(root, path);
  if (!existsSync(file)) throw new Error(`${source} links to ${href}, which is not in the repository`);
  return `${repository}/${statSync(file).isDirectory() ? "tree" : "blob"}/main/${path}${anchor ?? ""}`;
}

/** The anchor of a heading, as GitHub makes it: the same links work there and here. */
export const anchorOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");

/** The first page: `site/home.md`, in which `<!-- README: HEADING -->` stands for that section of README.md. */
export function withSections(home, readme) {
  return home.replaceAll(/^<!-- README: (.*) -->$/gm, (_, heading) => {
    const start = readme.indexOf(`\n## ${heading}\n`);
    if (start < 0) throw new Error(`site/home.md: README.md has no section "${heading}"`);
    const end = readme.indexOf("\n## ", start + 1);
    return readme.slice(start + 1, end < 0 ? undefined : end).trim();
  });
}
