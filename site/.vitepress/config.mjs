/** The site: documents and reference as pages, with a search that asks no server. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { anchorOf, groups, linkOnSite, pageOf, staged } from "../pages.mjs";

const reference = JSON.parse(readFileSync(join(staged, "api", "typedoc-sidebar.json"), "utf8"));
/** Modules one beside the other: TypeDoc lists `fitslice/wcs` inside `fitslice`. */
const modules = reference.flatMap(({ text, link, items = [] }) => [
  { text, link },
  ...items.map((item) => ({ text: `${text}/${item.text}`, link: item.link })),
]);

/** Links of documents lead to pages, where the document is one; code that is indented looks as code that is fenced. */
function siteLinks(md) {
  md.core.ruler.push("site_links", ({ tokens, env }) => {
    for (const block of tokens) {
      if (block.type === "code_block") Object.assign(block, { type: "fence", info: "text", markup: "```" });
      for (const token of block.children ?? [])
        for (const name of ["href", "src"]) {
          const target = token.attrGet(name);
          if (target !== null) token.attrSet(name, linkOnSite(target, env.relativePath));
        }
    }
  });
  // Wide tables scroll: so they must be reached by keys.
  md.renderer.rules.table_open = () => '<table tabindex="0">\n';
}

export default defineConfig({
  title: "fitslice",
  description: "Parts of FITS files, read where they lie",
  lang: "en-US",
  base: process.env.SITE_BASE || "/",
  srcDir: "pages",
  outDir: "../out/site",
  cleanUrls: false,
  head: [["link", { rel: "icon", href: "data:," }]],
  ignoreDeadLinks: [/^\/(view|demo)\//],
  markdown: {
    anchor: { slugify: anchorOf },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: siteLinks,
  },
  // The pages of the reference are long.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    // Documents for users come first: the names of the reference are in many of its sections.
    search: {
      provider: "local",
      options: {
        miniSearch: {
          searchOptions: {
            boostDocument: (id) =>
              ["/api/", "/changes", "/architecture"].some((part) => id.includes(part)) ? 0.3 : 1,
          },
        },
      },
    },
    outline: [2, 3],
    notFound: {
      quote: "No page has this address. The search finds pages by their words.",
      linkText: "To the first page",
      linkLabel: "To the first page",
    },
    externalLinkIcon: false,
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Guide", link: "/guide" },
      { text: "Command line", link: "/cli" },
      { text: "Reference", link: "/api/" },
      { text: "Viewer", link: "/view/index.html", target: "_self" },
    ],
    sidebar: [
      ...groups.map(({ text, pages, files = [] }) => ({
        text,
        items: [
          ...pages.map(([source, title]) => ({ text: title, link: `/${pageOf.get(source)}` })),
          ...files.map(([link, title]) => ({ text: title, link, target: "_self" })),
        ],
      })),
      { text: "Reference", link: "/api/", collapsed: true, items: modules },
    ],
    socialLinks: [{ icon: "github", link: "https://github.com/fitslice/fitslice" }],
  },
});
