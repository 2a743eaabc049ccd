/** `npm test`: sets up, then runs every test (or those named on the command line). */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;

const setup = node("scripts/setup.mjs", "--quiet");
process.exit(setup || node("node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)));
