/**
 * Bundles the command line, src/cli over the built library, into dist/cli: to load a hundred small modules takes Node
 * longer than most commands take. Installed packages stay outside; what is a devDependency is bundled, and its license
 * with it.
 *
 * Usage: node scripts/bundle-cli.mjs
 */
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist", "cli");
const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const installed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });

const bundle = await rolldown({
  cwd: root,
  // Threads load worker.js by its address, which is beside that of any other file here; tests load program.js.
  input: { main: "src/cli/main.ts", program: "src/cli/program.ts", worker: "src/cli/stamps/worker.ts" },
  platform: "node",
  external: (id) => installed.some((name) => id === name || id.startsWith(`${name}/`)),
  // The library is the built one, by its own name, as it is for everybody else.
  tsconfig: false,
  onLog(level, log, handle) {
    // What the library loads late may be here at once, for another reason.
    if (log.code === "INEFFECTIVE_DYNAMIC_IMPORT") return;
    if (level === "warn") throw new Error(log.message);
    handle(level, log);
  },
});

rmSync(out, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: out,
  format: "esm",
  // Flat, one folder below dist: from there, ../workers/ is where the library's own files find it.
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
  // Without any group, what many commands share would lie in one file for each set of commands that share it.
  codeSplitting: { groups: [{ name: "core", minShareCount: 36 }] },
});

const bundled = new Set();
for (const { moduleIds = [] } of output)
  for (const id of moduleIds) {
    const [, name] = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id) ?? [];
    if (name) bundled.add(name);
  }
for (const name of bundled) {
  const license = join(out, `${name.replaceAll(/[\\/]/g, "-")}.LICENSE`);
  copyFileSync(join(root, "node_modules", name, "LICENSE"), license);
}
