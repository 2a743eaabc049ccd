/**
 * Installs what is missing and builds what is stale: everything that a fresh clone needs, and nothing twice.
 * Used by `npm run demo`, `npm test` and `npm run bench`. `--quiet` says nothing when there is nothing to do.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const quiet = process.argv.includes("--quiet");
const say = (text) => process.stderr.write(`${text}\n`);

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  say(`fitslice needs Node 20.19 or newer; this is ${process.version}. See https://nodejs.org`);
  process.exit(1);
}

/** Runs a command; its output is shown only when it fails, or when it is not quiet. */
function run(what, command, args) {
  say(`setup: ${what} ...`);
  const shell = process.platform === "win32";
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8", shell });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}${error ? `${error.message}\n` : ""}`);
  say(`setup: ${what} failed`);
  process.exit(1);
}

/** What was installed: the lock file and the Node version, so that either change installs anew. */
const stamp = join(root, "node_modules", ".fitslice-setup");
const wanted = `${process.versions.modules}\n${readFileSync(join(root, "package-lock.json"), "utf8")}`;
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  run("installing dependencies (npm ci)", "npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
  writeFileSync(stamp, wanted);
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      time = Math.max(time, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return time;
}

const built = join(root, "dist", "viewer", "page", "index.html"); // what building writes last
if (!existsSync(built) || statSync(built).mtimeMs < Math.max(newest("src"), newest("viewer"))) {
  const tsc = join("node_modules", "typescript", "bin", "tsc");
  run("building (tsc)", process.execPath, [tsc, "-p", "tsconfig.build.json"]);
  run("bundling the command line", process.execPath, [join("scripts", "bundle-cli.mjs")]);
  run("writing the man pages", process.execPath, [join("scripts", "build-man.mjs")]);
  run("bundling for pages", process.execPath, [join("scripts", "bundle-browser.mjs")]);
  run("bundling the viewer", process.execPath, [join("scripts", "bundle-viewer.mjs")]);
  const now = new Date();
  say(`setup: ready, ${now.toISOString().slice(11, 19)}`);
} else if (!quiet) {
  say("setup: nothing to do");
}
