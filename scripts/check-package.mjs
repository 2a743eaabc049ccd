/** Packs the package as npm would and checks it: publint, are-the-types-wrong, no native module, no stray file. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const options = { cwd: root, encoding: "utf8" };
const bin = (name) => `node_modules/.bin/${name}`;
const problems = [];

const setup = spawnSync(process.execPath, ["scripts/setup.mjs", "--quiet"], { ...options, stdio: "inherit" });
if (setup.status !== 0) process.exit(1);

rmSync(`${root}/out/pack`, { recursive: true, force: true });
mkdirSync(`${root}/out/pack`, { recursive: true });
const [packed] = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", "out/pack"], options),
);
const tarball = `out/pack/${packed.filename}`;
process.stdout.write(`${packed.filename}: ${packed.files.length} files, ${packed.size} bytes\n`);
for (const { path } of packed.files) {
  if (!/^(dist|src)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path))
    problems.push(`packs ${path}`);
  if (/\.(node|tsbuildinfo)$|\.test\./.test(path)) problems.push(`packs ${path}`);
}

for (const [name, ...args] of [
  ["publint", tarball, "--strict"],
  ["attw", tarball, "--profile", "esm-only"],
]) {
  const { status, stdout, stderr } = spawnSync(bin(name), args, options);
  process.stdout.write(`${stdout}${stderr}`);
  if (status !== 0) problems.push(`${name} is not satisfied`);
}

const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8"));
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path || entry.dev || entry.devOptional) continue;
  if (entry.hasInstallScript) problems.push(`${path} runs a script when it is installed`);
}

const { exports } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
const modules = Object.keys(exports).filter((name) => !name.endsWith(".json"));

// As a user gets it: installed from the tarball, imported, run.
const app = `${root}out/pack/app`;
mkdirSync(app);
writeFileSync(`${app}/package.json`, '{ "private": true, "type": "module" }\n');
const install = [
  "install",
  "--silent",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  `../${packed.filename}`,
];
for (const [command, ...args] of [
  ["npm", ...install],
  [
    process.execPath,
    "-e",
    `for (const name of ${JSON.stringify(modules)}) await import("fitslice" + name.slice(1))`,
  ],
  ["npx", "--no-install", "fitslice", "--version"],
  // The version is told before anything is loaded; a command needs the bundle, and its packages.
  ["npx", "--no-install", "fitslice", "table", "--help"],
]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: app, encoding: "utf8" });
  process.stdout.write(`${stdout}${stderr}`);
  if (status !== 0)
    problems.push(`installed from the tarball, ${[command, ...args].join(" ").slice(0, 80)} fails`);
}
// The types of all entries, libraries looked at too, under the strictest flags, as each kind of resolution finds them.
const imports = modules.map((name, i) => `export * as entry${i} from "fitslice${name.slice(1)}";\n`);
writeFileSync(`${app}/use.ts`, imports.join(""));
const strict = [
  "--strict",
  "--exactOptionalPropertyTypes",
  "--noUncheckedIndexedAccess",
  "--noImplicitOverride",
];
const libraries = ["--lib", "es2023,dom,dom.iterable,dom.asynciterable", "--types", "node"];
const roots = ["--typeRoots", `${root}node_modules/@types`, "--skipLibCheck", "false", "--noEmit"];
for (const [module, resolution] of [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
]) {
  const how = ["--target", "es2022", "--module", module, "--moduleResolution", resolution];
  const tsc = [
    `${root}node_modules/typescript/lib/tsc.js`,
    "use.ts",
    "--ignoreConfig",
    ...strict,
    ...libraries,
    ...roots,
    ...how,
  ];
  const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: app, encoding: "utf8" });
  process.stdout.write(stdout);
  if (status !== 0) problems.push(`the types do not compile by moduleResolution ${resolution}`);
}

for (const name of readdirSync(`${app}/node_modules`, { recursive: true, encoding: "utf8" })) {
  if (name.endsWith(".node")) problems.push(`installs a native module, ${name}`);
}

for (const problem of problems) process.stderr.write(`check-package: ${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);
