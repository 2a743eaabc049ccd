/**
 * The documentation's examples as TypeScript, as a user's compiler reads them: with the package's name, built types, and
 * the compiler's own defaults where tsconfig.json goes beyond `strict`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Example, examplesOf, scripts } from "./examples.js";

let folder: string;

beforeAll(() => {
  // Inside the package, so that examples import it by its own name.
  mkdirSync("out", { recursive: true });
  folder = mkdtempSync("out/types-");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
};

/** Reads and parses the types of the library, Node and the browser once for all programs; their options parse alike. */
const host = ts.createCompilerHost(options);
const parsed = new Map<string, ts.SourceFile | undefined>();
const parse = host.getSourceFile;
host.getSourceFile = (path, ...rest) => {
  if (!parsed.has(path)) parsed.set(path, parse.call(host, path, ...rest));
  return parsed.get(path);
};

/** What the compiler says about these files, one line each. */
function complaints(files: Readonly<Record<string, string>>, own: ts.CompilerOptions): string[] {
  const paths = Object.entries(files).map(([name, code]) => {
    const path = resolve(folder, name);
    writeFileSync(path, code);
    return path;
  });
  const program = ts.createProgram(paths, { ...options, ...own }, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line : 0;
    return `${file?.fileName ?? ""}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

const nameOf = ({ document, line }: Example): string => `${document.replaceAll(/\W/g, "-")}-${line}.mts`;

describe("the documentation's examples, as TypeScript", () => {
  test("are found", () => expect(scripts.length).toBeGreaterThan(10));

  test.each([true, false])(
    "have no type errors, noUncheckedIndexedAccess %s",
    (noUncheckedIndexedAccess) => {
      const files = Object.fromEntries(scripts.map((example) => [nameOf(example), example.code]));
      const own = { noUncheckedIndexedAccess, skipLibCheck: true, types: ["node"] };
      expect(complaints(files, own)).toEqual([]);
    },
    120_000,
  );

  test("an example with a wrong name in it would not pass", () => {
    const code = 'import { open } from "fitslice";\nconsole.log((await open("a.fits")).sizes);\n';
    const found = complaints({ "wrong.mts": code }, { skipLibCheck: true, types: ["node"] });
    expect(found).toEqual([expect.stringContaining("Property 'sizes' does not exist")]);
  }, 120_000);
});

test("the package's types need no DOM: they are checked themselves, beside Node's", () => {
  // Not fitslice/export, whose types are also those of apache-arrow.
  const code = ["", "/cutout", "/list", "/picture", "/plot", "/stamps", "/wcs", "/write"]
    .map((name) => `import "fitslice${name}";\n`)
    .join("");
  const files = { "plain.mts": code };
  expect(complaints(files, { lib: ["lib.es2022.d.ts"], types: ["node"], skipLibCheck: false })).toEqual([]);
}, 120_000);

test("the tag's declaration for React is the one with which test/bundlers/viewer-react is compiled", () => {
  const [declaration] = examplesOf("docs/viewer.md", "tsx");
  expect(declaration!.code).toBe(readFileSync("test/bundlers/viewer-react/fits-viewer.d.ts", "utf8"));
});
