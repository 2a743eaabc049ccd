import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join("src", name));

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

/** All imports of a file, dynamic ones included; types-only ones marked. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const found: Import[] = [];
  for (const [, kind, body, target] of text.matchAll(/^(import|export)\s+([^;"']*?)\s*from\s+"([^"]+)"/gm)) {
    const names = body!.replace(/^type\s/, "");
    const typeOnly = body!.startsWith("type ") || (kind !== "" && /^\{/.test(names) && allTypes(names));
    found.push({ from: file, to: resolve(file, target!), typeOnly });
  }
  for (const [, target] of text.matchAll(/import\("([^"]+)"\)/g)) {
    found.push({ from: file, to: resolve(file, target!), typeOnly: false });
  }
  return found;
}

function allTypes(braces: string): boolean {
  const names = braces
    .replace(/[{}]/g, "")
    .split(",")
    .map((name) => name.trim());
  return names.filter((name) => name !== "").every((name) => name.startsWith("type "));
}

function resolve(file: string, target: string): string {
  return target.startsWith(".") ? normalize(join(dirname(file), target)).replace(/\.js$/, ".ts") : target;
}

const imports = files.flatMap(importsOf);
const under = (path: string, ...folders: string[]): boolean =>
  folders.some((folder) => path.startsWith(`src/${folder}/`));

describe("the folders", () => {
  test("have imports to look at", () => {
    expect(files.length).toBeGreaterThan(60);
    expect(imports.length).toBeGreaterThan(200);
  });

  test("that know FITS import no source and not the I/O loop", () => {
    const allowed = ["src/read/plan.ts", "src/read/options.ts"];
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        under(from, "header", "hdu", "image", "table", "codec") &&
        under(to, "source", "read") &&
        !typeOnly &&
        !allowed.includes(to),
    );
    expect(wrong).toEqual([]);
  });

  test("import node: modules only where their names say so", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        to.startsWith("node:") &&
        !under(from, "cli") &&
        !/^src\/platform\/node|^src\/source\/file\.ts$/.test(from),
    );
    expect(wrong).toEqual([]);
  });

  test("of sources and reading know nothing of FITS", () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        (under(from, "read") || /^src\/source\/(source|http|s3|file|memory|blob|store)/.test(from)) &&
        under(to, "header", "hdu", "image", "table") &&
        !typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test("of the command line reach the library by its public names only", () => {
    const wrong = imports.filter(
      ({ from, to }) => under(from, "cli") && to.startsWith("src/") && !under(to, "cli"),
    );
    expect(wrong).toEqual([]);
  });
});

test("every file says at its top what it is for", () => {
  const silent = files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(readFileSync(file, "utf8")));
  expect(silent).toEqual([]);
});
