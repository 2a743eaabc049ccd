/** `npm test`: sets up, then runs every test but those in browsers and of documents (or the tests and projects named on the command line). */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;

const named = process.argv.slice(2);
const chosen = named.length > 0 ? named : ["--project", "pure", "--project", "others"];
const setup = node("scripts/setup.mjs", "--quiet");
process.exit(setup || node("node_modules/vitest/vitest.mjs", "run", ...chosen));
