/**
 * How the house is built: which folder may know which, what is loaded late, and that nothing goes round in a circle.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join("src", name));

interface Import {
  readonly from: string;
  readonly to: string;
  /** Only types: nothing is loaded. */
  readonly types: boolean;
  /** `import(...)`: loaded when it is first used. */
  readonly late: boolean;
}

/** All imports and re-exports of a file, and types that are named as `import("...")`. */
function importsOf(from: string): Import[] {
  const source = ts.createSourceFile(from, readFileSync(from, "utf8"), ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (target: ts.Node | undefined, types: boolean, late = false): void => {
    if (target && ts.isStringLiteral(target))
      found.push({ from, to: resolve(from, target.text), types, late });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const { importClause: clause } = node;
      const names = clause?.namedBindings;
      const allTypes =
        clause?.isTypeOnly === true ||
        (clause !== undefined &&
          clause.name === undefined &&
          names !== undefined &&
          ts.isNamedImports(names) &&
          names.elements.every(({ isTypeOnly }) => isTypeOnly));
      add(node.moduleSpecifier, allTypes);
    } else if (ts.isExportDeclaration(node)) {
      const { exportClause: names } = node;
      const allTypes =
        names !== undefined &&
        ts.isNamedExports(names) &&
        names.elements.every(({ isTypeOnly }) => isTypeOnly);
      add(node.moduleSpecifier, node.isTypeOnly || allTypes);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, true);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function resolve(file: string, target: string): string {
  return target.startsWith(".") ? normalize(join(dirname(file), target)).replace(/\.js$/, ".ts") : target;
}

const imports = files.flatMap(importsOf);
const inSrc = imports.filter(({ to }) => to.startsWith("src/"));
const shown = ({ from, to }: Import): string => `${from} -> ${to}`;
const under = (path: string, ...folders: string[]): boolean =>
  folders.some((folder) => path.startsWith(`src/${folder}/`));

/** What lies in a circle: strongly connected files, by Tarjan's algorithm. */
function circles(edges: readonly Import[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    stack.push(file);
    for (const to of next.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      if (stack.includes(to)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(to)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || next.get(file)?.has(file)) found.push(circle.sort());
  };
  for (const file of next.keys()) if (!order.has(file)) visit(file);
  return found;
}

test("there are imports to look at", () => {
  expect(files.length).toBeGreaterThan(60);
  expect(inSrc.length).toBeGreaterThan(200);
  expect(
    circles([...inSrc, { from: "src/errors.ts", to: "src/fits.ts", types: true, late: false }]),
  ).not.toEqual(circles(inSrc));
});

test("no file imports itself by way of others; types and late imports count", () => {
  expect(circles(inSrc)).toEqual([]);
});

/**
 * Low to high: a file imports files of its own floor's folder, and of lower floors. `platform` is reached by `#` names, and
 * for the types of what it gives.
 */
const floors: readonly (readonly string[])[] = [
  ["errors.ts", "argument.ts", "array.ts", "abort.ts", "npy.ts", "version.ts"],
  ["platform"],
  ["codec"],
  ["source"],
  ["read"],
  ["header"],
  ["image", "table"],
  ["workers"],
  ["hdu"],
  ["fits.ts", "open.ts"],
  ["index.ts"],
  ["list"],
  ["wcs"],
  ["write"],
  ["cutout"],
  ["overview"],
  ["export", "picture", "plot", "verify", "zarr"],
  ["stamps"],
  ["service"],
  ["cli"],
];

const floorOf = (path: string): number => floors.findIndex((names) => names.includes(path.split("/")[1]!));

/** Arrows within a floor that have a reason: the tiles of a compressed image are cells of a table. */
const beside: readonly RegExp[] = [/^src\/image\/tiles\/table\.ts -> src\/table\/(column|format)\.ts$/];

describe("the folders", () => {
  test("have each a floor", () => {
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  test("import lower floors only", () => {
    const wrong = inSrc.filter(({ from, to }) => floorOf(to) > floorOf(from)).map(shown);
    expect(wrong).toEqual([]);
  });

  test("of sources that know decoders are whole-file decompression and the sidecar index", () => {
    const wrong = inSrc.filter(
      ({ from, to }) =>
        under(from, "source") && under(to, "codec") && !under(from, "source/whole", "source/sidecar"),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test("of one floor do not know each other", () => {
    const folder = (path: string): string => path.split("/")[1]!;
    const wrong = inSrc.filter(
      ({ from, to }) =>
        floorOf(from) === floorOf(to) &&
        folder(from) !== folder(to) &&
        under(from, "image", "table", "export", "zarr"),
    );
    const arrows = wrong.map(shown);
    expect(arrows.filter((arrow) => !beside.some((allowed) => allowed.test(arrow)))).toEqual([]);
  });

  test("that know FITS know plans, options and memory, but no source and not the I/O loop", () => {
    const plans = ["src/read/plan.ts", "src/read/options.ts"];
    const typesOnly = ["src/read/session.ts", "src/read/explain.ts", "src/source/source.ts"];
    const wrong = inSrc.filter(
      ({ from, to, types }) =>
        under(from, "header", "hdu", "image", "table", "codec") &&
        under(to, "source", "read") &&
        !plans.includes(to) &&
        !(types && typesOnly.includes(to)),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test("of the command line reach the library by its public names only", () => {
    const wrong = inSrc.filter(({ from, to }) => under(from, "cli") && !under(to, "cli"));
    expect(wrong.map(shown)).toEqual([]);
  });

  test("import node: modules in platform, workers and cli only", () => {
    const wrong = imports.filter(
      ({ from, to }) => to.startsWith("node:") && !under(from, "platform", "workers", "cli"),
    );
    expect(wrong.map(shown)).toEqual([]);
  });
});

/** What is loaded late, and by whom: what only some files need. Nothing else is. */
const lazyModules: Readonly<Record<string, readonly RegExp[]>> = {
  table: [/^src\/hdu\/make\.ts -> src\/hdu\/table\.ts$/, /^src\/hdu\/table\.ts -> src\/table\//],
  "random groups": [/^src\/hdu\/make\.ts -> src\/hdu\/groups\.ts$/],
  tiles: [/^src\/(hdu\/make|fits)\.ts -> src\/image\/tiles\//],
  "each codec": [
    /^src\/(image\/tiles|table)\/[\w-]+\.ts -> src\/codec\//,
    /^src\/codec\/(codec|encoder|wasm)\.ts -> src\/codec\//,
  ],
  "whole-file decompression": [
    /^src\/open\.ts -> src\/(source\/whole\/[\w-]+|hdu\/foreign)\.ts$/,
    /^src\/source\/whole\/[\w-]+\.ts -> src\/(codec|source\/whole)\//,
  ],
  "sidecar index": [
    /^src\/(open|fits)\.ts -> src\/source\/sidecar\/[\w-]+\.ts$/,
    /^src\/source\/sidecar\/[\w-]+\.ts -> src\/source\/(sidecar|whole)\//,
  ],
  "S3 and other stores": [
    /^src\/source\/(resolve|schemes|register)\.ts -> src\/source\/[\w-]+\.ts$/,
    /^src\/source\/schemes\.ts -> src\/source\/stores\/stores\.ts$/,
    /^src\/source\/stores\/stores\.ts -> src\/source\/stores\/[\w-]+\.ts$/,
    /^src\/list\/[\w-]+\.ts -> src\/source\/stores\/[\w-]+\.ts$/,
  ],
  "listers of stores": [/^src\/list\/list\.ts -> src\/list\/[\w-]+\.ts$/],
  "the name resolver": [/^src\/wcs\/resolve\.ts -> src\/wcs\/sesame\.ts$/],
  explain: [/^src\/read\/run\.ts -> src\/read\/explain\.ts$/],
  "many ranges in one request": [
    /^src\/read\/run\.ts -> src\/read\/batches\.ts$/,
    /^src\/source\/http\.ts -> src\/source\/multipart\.ts$/,
    /^src\/source\/multipart\.ts -> src\/source\/multipart-answer\.ts$/,
  ],
  "redirects, refusals, headers to be shown": [
    /^src\/source\/http(-response)?\.ts -> src\/source\/(redirect|refused|size-answer|shown-headers)\.ts$/,
  ],
  export: [/ -> src\/export\//],
  picture: [/ -> src\/picture\//],
  write: [/ -> src\/write\//],
  commands: [/^src\/cli\//],
  "packages of others": [/ -> (?!src\/|node:)/],
  "a cache that lasts": [/^src\/source\/(resolve|request)\.ts -> src\/source\/lasting\/source\.ts$/],
  platform: [/^src\/platform\/.* -> src\/platform\//, / -> #[\w-]+$/, /^src\/platform\/.* -> node:/],
};

test("what is loaded late is on the list of lazy modules", () => {
  const allowed = Object.values(lazyModules).flat();
  const late = imports.filter(({ late }) => late).map(shown);
  expect(late.filter((arrow) => !allowed.some((module) => module.test(arrow)))).toEqual([]);
});

describe("what workers load", () => {
  const subpaths = JSON.parse(readFileSync("package.json", "utf8")).imports as Record<
    string,
    Record<string, string>
  >;

  /** Files under src that a `#` name may stand for. */
  function implementations(name: string): string[] {
    const paths = JSON.stringify(subpaths[name] ?? {}).match(/\.\/dist\/[\w/-]+\.js/g) ?? [];
    return paths.map((path) => path.replace("./dist/", "src/").replace(/\.js$/, ".ts"));
  }

  function reachable(entry: string): Set<string> {
    const seen = new Set<string>();
    const waiting = [entry];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const { from, to, types } of imports) {
        if (from !== file || types) continue;
        waiting.push(...(to.startsWith("#") ? implementations(to) : [to]));
      }
    }
    return seen;
  }

  const entries = files.filter((file) => under(file, "workers"));

  test("is what the platforms start, and imported by nobody", () => {
    const started = files.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/new Worker\(\s*new URL\("([^"]+)", import\.meta\.url\)/g)].map(
        ([, to]) => shown({ from: file, to: resolve(file, to!), types: false, late: false }),
      ),
    );
    expect(started.sort()).toEqual([
      "src/cli/stamps/threads.ts -> src/cli/stamps/worker.ts",
      "src/platform/browser-workers.ts -> src/workers/browser.ts",
      "src/platform/node-workers.ts -> src/workers/node.ts",
    ]);
    expect(entries).toEqual(["src/workers/browser.ts", "src/workers/node.ts"]);
    expect(inSrc.filter(({ to }) => under(to, "workers")).map(shown)).toEqual([]);
  });

  test.each(entries)("%s reaches nothing that starts workers, opens files or sends requests", (entry) => {
    const all = reachable(entry);
    expect(all.size).toBeGreaterThan(3);
    const wrong = [...all].filter((file) =>
      /platform\/(?!(node|browser)-gzip\.ts$)|tiles\/pool\.ts$|src\/(source|read|hdu)\//.test(file),
    );
    expect(wrong).toEqual([]);
  });
});

describe("the viewer", () => {
  const viewerFiles = readdirSync("viewer/src", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("viewer/src", name));
  const viewerImports = viewerFiles.flatMap(importsOf);
  const within = viewerImports.filter(({ to }) => to.startsWith("viewer/"));
  const part = (path: string): string => path.split("/")[2]!;

  /** Low to high. Registries load late what lies beside them, or below. */
  const viewerFloors: readonly (readonly string[])[] = [
    [
      "public.d.ts",
      "public.ts",
      "events.ts",
      "text.ts",
      "svg.ts",
      "theme.ts",
      "state.ts",
      "points.ts",
      "overview.ts",
      "parts.ts",
      "kept.ts",
    ],
    ["model.ts", "link.ts", "screen"],
    ["viewer.types.ts"],
    ["sky"],
    ["regions"],
    ["panels"],
    ["element"],
    ["index.ts"],
  ];
  const viewerFloorOf = (path: string): number =>
    viewerFloors.findIndex((names) => names.includes(part(path)));

  test("has a floor for each of its parts, and imports lower ones only", () => {
    expect(viewerFiles.filter((file) => viewerFloorOf(file) < 0)).toEqual([]);
    expect(within.length).toBeGreaterThan(50);
    const upward = within.filter(({ from, to }) => viewerFloorOf(to) > viewerFloorOf(from));
    const besides = within.filter(
      ({ from, to }) => viewerFloorOf(to) === viewerFloorOf(from) && part(from) !== part(to),
    );
    const lowest = besides.filter(({ from }) => viewerFloorOf(from) > 0);
    expect([...upward, ...lowest].map(shown)).toEqual([]);
  });

  test("has no import circle", () => {
    expect(circles(within)).toEqual([]);
  });

  test("imports Lit where there are controls, and the library by its public names", () => {
    const lit = viewerImports.filter(({ to }) => /^lit($|\/)/.test(to)).map(({ from }) => part(from));
    expect([...new Set(lit)].sort()).toEqual(["element", "panels", "theme.ts"]);
    const foreign = viewerImports.filter(({ to }) => !/^(viewer\/|lit($|\/)|fitslice($|\/))/.test(to));
    expect(foreign.map(shown)).toEqual([]);
  });

  test("loads late what its registries name", () => {
    const late = within.filter(({ late }) => late).map(({ from }) => from);
    const registries = ["viewer/src/element/layers.ts", "viewer/src/model.ts", "viewer/src/panels/panels.ts"];
    expect([...new Set(late)].sort()).toEqual(registries);
  });

  test("makes no markup of texts", () => {
    const unsafe = /unsafeHTML|unsafeSVG|unsafeStatic|innerHTML|outerHTML|insertAdjacentHTML|document\.write/;
    expect(viewerFiles.filter((file) => unsafe.test(readFileSync(file, "utf8")))).toEqual([]);
  });

  test("says at the top of every file what it is for, in at most 400 lines", () => {
    const texts = viewerFiles.map((file) => [file, readFileSync(file, "utf8")] as const);
    expect(texts.filter(([, text]) => !text.startsWith("/**")).map(([file]) => file)).toEqual([]);
    expect(texts.filter(([, text]) => text.split("\n").length > 401).map(([file]) => file)).toEqual([]);
  });
});

test("every file says at its top what it is for", () => {
  const silent = files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(readFileSync(file, "utf8")));
  expect(silent).toEqual([]);
});

test("no file is longer than 400 lines, but for code that a compiler has made", () => {
  const long = files.filter(
    (file) => !file.endsWith("-wasm-code.ts") && readFileSync(file, "utf8").split("\n").length > 401,
  );
  expect(long).toEqual([]);
});

test("setup builds a fresh clone by every program of `npm run build`: a package of it lacks nothing", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const programs = [...scripts.build.matchAll(/scripts\/([\w-]+\.mjs)/g)].map((match) => match[1]);
  expect(programs.length).toBeGreaterThan(2);
  const setup = readFileSync("scripts/setup.mjs", "utf8");
  expect(programs.filter((program) => !setup.includes(`"${program}"`))).toEqual([]);
});
