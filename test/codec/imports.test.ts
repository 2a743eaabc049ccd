/**
 * How the modules of codecs and workers import each other.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const platforms: Readonly<Record<string, readonly string[]>> = {
  "#platform": ["src/platform/node.ts", "src/platform/browser.ts"],
  "#http": ["src/platform/node-http.ts", "src/platform/browser-http.ts"],
  "#gzip": ["src/platform/node-gzip.ts", "src/platform/browser-gzip.ts"],
};

/** The files of src that a file imports, statically or dynamically: with `types` for types, too. */
function importsOf(file: string, types: boolean): string[] {
  const whole = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const text = types ? whole : whole.replace(/^(import|export) type [^;]*;/gm, "");
  const targets = [...text.matchAll(/(?:\bfrom |\bimport\(|^import |new URL\()"([^"]+)"/gm)].map(
    ([, to]) => to!,
  );
  return targets.flatMap((to) => {
    if (to.startsWith("#")) return platforms[to]!;
    return to.startsWith(".") ? [normalize(join(dirname(file), to)).replace(/\.js$/, ".ts")] : [];
  });
}

/** All files that can be reached from one, itself not counted unless a circle leads back. */
function reached(from: string, types = true): Set<string> {
  const seen = new Set<string>();
  const open = importsOf(from, types);
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(...importsOf(file, types));
  }
  return seen;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));

test.each(["src/codec", "src/source/whole", "src/source/sidecar"])("no circle leads through %s", (folder) => {
  const files = filesIn(folder);
  expect(files.length).toBeGreaterThan(2);
  expect(files.filter((file) => reached(file).has(file))).toEqual([]);
});

test("codecs reach nothing but arrays, arguments, errors and gzip", () => {
  const outside = filesIn("src/codec").flatMap((file) => [...reached(file)]);
  const others = new Set(outside.filter((file) => !file.startsWith("src/codec/")));
  expect([...others].sort()).toEqual([
    "src/argument.ts",
    "src/array.ts",
    "src/errors.ts",
    "src/platform/browser-gzip.ts",
    "src/platform/node-gzip.ts",
    "src/platform/types.ts",
  ]);
});

test("what a tile worker loads reaches nothing that starts workers", () => {
  const workers = filesIn("src/workers");
  expect(workers.length).toBe(2);
  for (const worker of workers) {
    const files = [...reached(worker, false)];
    expect(files).toContain("src/codec/gzip.ts");
    expect(files.filter((file) => /new Worker\(/.test(readFileSync(file, "utf8")))).toEqual([]);
  }
});
