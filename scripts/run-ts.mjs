/**
 * Runs a TypeScript program of this repository (demo, benchmark, test server) on any supported Node: bundled in
 * memory's stead into out/, with the packages left out, so that it imports the built `fitslice` by its own name.
 *
 * Usage: node scripts/run-ts.mjs FILE.ts [ARG ...]
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles `entry` (a .ts file) to a module under out/ and answers with its path. */
export async function bundle(entry) {
  const name = relative(root, resolve(entry)).replaceAll(/[\\/]/g, "-");
  const outfile = join(root, "out", `${basename(name, ".ts")}.mjs`);
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    entryPoints: [resolve(entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    tsconfigRaw: {},
    packages: "external",
    sourcemap: "inline",
    logLevel: "warning",
  });
  return outfile;
}

// Bundled into another program, this module has that program's address.
if (process.argv[1] === fileURLToPath(import.meta.url) && basename(process.argv[1]) === "run-ts.mjs") {
  const [entry, ...args] = process.argv.slice(2);
  if (!entry) {
    process.stderr.write("usage: node scripts/run-ts.mjs FILE.ts [ARG ...]\n");
    process.exit(2);
  }
  const child = spawn(process.execPath, ["--enable-source-maps", await bundle(entry), ...args], {
    stdio: "inherit",
  });
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => child.kill(name));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
