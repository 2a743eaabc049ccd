import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { separately } from "./run.js";

/** Prints the parts of Node that a process has loaded, when the process ends. */
const listing = encodeURIComponent(
  'process.on("exit", () => console.error(process.moduleLoadList.join("\\n")))',
);

async function loadedFor(args: readonly string[]): Promise<string[]> {
  const { code, stderr } = await separately(args, {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${listing}` },
  });
  expect(code).toBe(0);
  return stderr.split("\n").map((line) => line.replace(/^\w+ /, ""));
}

test("info of a local file loads neither the HTTP client of Node nor its cryptography nor its threads", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "fitslice-start-up-")), "a.fits");
  writeFileSync(path, await fitsBytes([imageHdu({ data: ndarray(Int16Array.of(1, 2, 3, 4), [2, 2]) })]));
  const loaded = await loadedFor(["info", path]);
  expect(loaded).toContain("fs/promises");
  const dear = /^(internal\/deps\/undici\/undici|crypto|http|https|tls|zlib|worker_threads)$/;
  expect(loaded.filter((name) => dear.test(name))).toEqual([]);
});
