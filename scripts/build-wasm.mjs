/**
 * Compiles wasm/*.ts (AssemblyScript) and writes the code, as text, to src/codec/*-wasm-code.ts. To be run after a
 * change there; a test compares what was compiled with what is there. Fetches the compiler with npx, pinned, since
 * nothing else needs its 100 MB.
 *
 * Usage: node scripts/build-wasm.mjs
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { wasmSourceDigest } from "./wasm-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = "assemblyscript@0.28.20";
const options = "--runtime stub --noAssert -O3 --converge --use abort= --initialMemory 2 --enable simd";
const folder = mkdtempSync(join(tmpdir(), "fitslice-wasm-"));

for (const file of readdirSync(join(root, "wasm")).filter((name) => name.endsWith(".ts"))) {
  const name = basename(file, ".ts");
  const source = join("wasm", file);
  const out = join(folder, `${name}.wasm`);
  const args = ["--yes", "--package", compiler, "asc", source, ...options.split(" "), "-o", out];
  const { status } = spawnSync("npx", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) process.exit(1);
  const code = readFileSync(out).toString("hex");
  const lines = code.match(/.{1,100}/g).map((line) => `  "${line}"`);
  const text = `/**
 * The code of ${source}, compiled by scripts/build-wasm.mjs (${compiler}): not to be edited.
 */

/** SHA-256 of the source, and of what it imports. */
export const sourceDigest = "${wasmSourceDigest(join(root, source))}";

/** The module, in hexadecimal: longer than in base64, but shorter by a fifth once it is gzipped. */
export const code: string = [
${lines.join(",\n")},
].join("");
`;
  writeFileSync(join(root, "src", "codec", `${name}-wasm-code.ts`), text);
}
rmSync(folder, { recursive: true });
