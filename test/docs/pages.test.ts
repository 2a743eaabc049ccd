import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const repository = "https://github.com/fitslice/fitslice";
const raw = "https://raw.githubusercontent.com/fitslice/fitslice/main/";
const documents = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const manifest = JSON.parse(readFileSync("package.json", "utf8"));

function linksOf(document: string): string[] {
  const text = readFileSync(document, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
}

/** The file of this repository that a link names; undefined for links to elsewhere. */
function fileOf(link: string, document: string): string | undefined {
  const path = link.replace(/#.*/, "");
  for (const base of [`${repository}/blob/main/`, raw])
    if (path.startsWith(base)) return path.slice(base.length);
  if (path === "" || /^\w+:/.test(path)) return undefined;
  return join(dirname(document), path);
}

describe("links", () => {
  test.each(documents)("of %s name files that are there", (document) => {
    const files = linksOf(document).flatMap((link) => fileOf(link, document) ?? []);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  test.each(["README.md", "CHANGELOG.md"])(
    "of %s are absolute: the package has no docs beside it",
    (document) => {
      const links = linksOf(document);
      expect(links.length).toBeGreaterThan(4);
      expect(links.filter((link) => !link.startsWith("https://"))).toEqual([]);
    },
  );

  test("of package.json name the repository", () => {
    expect(manifest.repository.url).toBe(`git+${repository}.git`);
    expect([manifest.homepage, manifest.bugs.url]).toEqual([`${repository}#readme`, `${repository}/issues`]);
  });
});

test("CONTRIBUTING.md says where to add: the files of its table are there", () => {
  const table = readFileSync("CONTRIBUTING.md", "utf8").split("## Where to add")[1]!.split("\n## ")[0]!;
  const paths = [...table.matchAll(/`((?:src|test|viewer|docs)\/[\w./-]+)`/g)].map((match) => match[1]!);
  expect(paths.length).toBeGreaterThan(15);
  expect(paths.filter((path) => !path.includes("NAME") && !existsSync(path))).toEqual([]);
  const entries = [...table.matchAll(/`(\w+)` in `([\w./-]+\.ts)`/g)];
  expect(entries.length).toBeGreaterThan(5);
  for (const [, name, path] of entries)
    expect(readFileSync(path!, "utf8"), path).toMatch(
      new RegExp(`^(export )?(const|type|interface) ${name}\\b`, "m"),
    );
});

test("pictures of README.md have at most 200 kB", () => {
  const pictures = readdirSync("docs/pictures").map((name) => `docs/pictures/${name}`);
  expect(pictures).not.toEqual([]);
  for (const picture of pictures) expect(statSync(picture).size).toBeLessThanOrEqual(200_000);
});

/** Cells of the line of a page that begins so. */
function numbersOf(page: string, begin: string): string[] {
  const line = readFileSync(page, "utf8")
    .split("\n")
    .find((text) => text.startsWith(begin));
  expect(line, `${page}: ${begin}`).toBeDefined();
  return line!.slice(begin.length).match(/(?<![\w.])\d+(\.\d+)?(?![\w.]*\d)/g) ?? [];
}

describe("the README's table", () => {
  const table = readFileSync("README.md", "utf8").split("## Beside others")[1]!.split("\n## ")[0]!;
  const cells = table
    .split("\n")
    .filter((line) => /^\| .*\| [\d.]+ \|/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, 6)
        .map((cell) => cell.trim()),
    );
  const benchmark = "docs/benchmark.md";
  const report = "docs/report.md";
  /** The line that each row quotes. */
  const quoted: [string, string][] = [
    [benchmark, "list of HDUs"],
    [benchmark, "open + 20 random 40 x 40 cutouts"],
    [benchmark, "cube 10 x 10 pixels x all"],
    [benchmark, "remote RICE_1, 20 x 40 x 40"],
    [benchmark, "remote, one float64 column"],
    [benchmark, "local, one float64 column"],
    [benchmark, "GZIP_1 int16, one thread"],
    [benchmark, "whole SCI image to float32  "],
    [report, "- 20 cutouts of 200 x 200, square tiles: "],
    [report, "- The same beside COG: "],
    [report, "- One column of a catalog: "],
  ];

  test("has the figures of the lines of the benchmark and of the evidence", () => {
    expect(cells).toHaveLength(quoted.length);
    for (const [i, [page, begin]] of quoted.entries()) {
      const [task, , ...numbers] = cells[i]!;
      const measured = numbersOf(page, begin);
      for (const number of numbers.filter((cell) => cell !== "")) expect(measured, task).toContain(number);
    }
  });

  test("has the ratio before any other figure of a line of the evidence", () => {
    for (const [i, [page, begin]] of quoted.entries())
      if (page === report) expect(cells[i]![2]).toBe(numbersOf(page, begin)[0]);
  });
});

const python = "/usr/bin/python3";
const hasYaml = spawnSync(python, ["-c", "import yaml"]).status === 0;
if (!hasYaml && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no python3-yaml here");
if (!hasYaml)
  console.warn("skipped: python3-yaml is not installed, so CITATION.cff and forms are not parsed");

function parsed<T>(path: string): T {
  const script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
  const { stdout, stderr } = spawnSync(python, ["-c", script, path], { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as T;
}

describe.skipIf(!hasYaml)("YAML (skipped where python3-yaml is not installed)", () => {
  test("CITATION.cff has what CFF 1.2.0 requires, and the package's version and license", () => {
    const citation = parsed<Record<string, unknown> & { authors: { name: string }[] }>("CITATION.cff");
    expect(citation).toMatchObject({
      "cff-version": "1.2.0",
      type: "software",
      version: manifest.version,
      license: manifest.license,
      "repository-code": repository,
    });
    for (const required of ["message", "title"]) expect(citation[required]).toMatch(/\w/);
    expect(citation.authors[0]!.name).toMatch(/\w/);
  });

  test("forms of issues have names, and fields with labels and ids of their own", () => {
    const folder = ".github/ISSUE_TEMPLATE";
    const forms = readdirSync(folder).filter((name) => name !== "config.yml");
    expect(forms.sort()).toEqual(["bug.yml", "feature.yml", "wrong-file.yml"]);
    for (const form of forms) {
      const { name, description, body } = parsed<{
        name: string;
        description: string;
        body: { type: string; id: string; attributes: { label: string } }[];
      }>(join(folder, form));
      expect([name, description]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
      for (const { type, attributes } of body)
        expect([type, attributes.label]).toEqual([
          expect.stringMatching(/^(input|textarea)$/),
          expect.stringMatching(/\w/),
        ]);
      expect(new Set(body.map(({ id }) => id)).size).toBe(body.length);
    }
    expect(parsed(join(folder, "config.yml"))).toHaveProperty("contact_links");
  });
});
