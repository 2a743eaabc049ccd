import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { markdownOf } from "../../site/notebook.mjs";
import { anchorOf, linkOnSite, pageOf, withSections } from "../../site/pages.mjs";

const github = "https://github.com/fitslice/fitslice";

test("every document is a page of the site", () => {
  const documents = readdirSync("docs").filter((name) => name.endsWith(".md"));
  expect(documents.length).toBeGreaterThan(8);
  expect(documents.filter((name) => !pageOf.has(`docs/${name}`))).toEqual([]);
});

describe("links of documents", () => {
  test.each([
    ["cli.md#many-files", "guide.md", "/cli#many-files"],
    ["docs/viewer.md", "changes.md", "/viewer"],
    [`${github}/blob/main/docs/guide.md#http`, "index.md", "/guide#http"],
    [`${github}/blob/main/CHANGELOG.md`, "index.md", "/changes"],
    [
      "https://raw.githubusercontent.com/fitslice/fitslice/main/docs/pictures/galaxy.svg",
      "index.md",
      "/pictures/galaxy.svg",
    ],
    ["images/cutout.png", "tutorial.md", "/images/cutout.png"],
    ["dask.ipynb", "dask.md", `${github}/blob/main/docs/dask.ipynb`],
    ["../examples", "scale.md", `${github}/tree/main/examples`],
    ["#zarr", "guide.md", "#zarr"],
    ["https://zarr.dev", "dask.md", "https://zarr.dev"],
    ["wcs.md", "api/fitslice.md", "wcs.md"],
  ])("%s of %s leads to %s", (href, page, target) => {
    expect(linkOnSite(href, page)).toBe(target);
  });

  test("to files that are not in the repository are an error that names document and link", () => {
    expect(() => linkOnSite("../nowhere.ts", "guide.md")).toThrow("docs/guide.md links to ../nowhere.ts");
  });
});

test("anchors are those of GitHub", () => {
  expect(anchorOf("Names with spaces, `%`, `+`, `#`")).toBe("names-with-spaces---");
  expect(anchorOf("1. Open s3://hst/x_y.fits")).toBe("1-open-s3hstx_yfits");
});

test("the first page takes sections of README.md as they stand there", () => {
  const readme = readFileSync("README.md", "utf8");
  const page = withSections(readFileSync("site/home.md", "utf8"), readme);
  expect(page).not.toContain("<!-- README:");
  expect(page).toContain(readme.split("\n## Beside others\n")[1]!.split("\n## ")[0]!.trim());
  expect(() => withSections("<!-- README: Nothing -->", readme)).toThrow('no section "Nothing"');
});

test("the page of a notebook has the text of its document, and the outputs below the cells", () => {
  const cells = [
    { cell_type: "markdown", source: ["# Title\n", "text"] },
    { cell_type: "code", source: ["!fitslice a\n", "!fitslice b"], outputs: [] },
    { cell_type: "code", source: ["print(1)"], outputs: [{ text: ["1\n", "2\n"] }] },
  ];
  expect(markdownOf(JSON.stringify({ cells }))).toBe(
    "# Title\ntext\n\n```sh\nfitslice a\nfitslice b\n```\n\n```python\nprint(1)\n```\n\n```text\n1\n2\n```\n",
  );
  const page = markdownOf(readFileSync("docs/dask.ipynb", "utf8"));
  expect(page.replaceAll(/^```text\n[\s\S]*?^```\n\n?/gm, "").trim()).toBe(
    readFileSync("docs/dask.md", "utf8").trim(),
  );
});
