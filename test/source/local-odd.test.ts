import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveSource } from "../../src/source/resolve.js";

const folder = mkdtempSync(join(tmpdir(), "fitslice-odd-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(process.platform === "win32")("a named pipe is refused, not waited for", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  await expect(resolveSource(pipe)).rejects.toMatchObject({
    code: "BAD_SOURCE",
    message: expect.stringMatching(/not a regular file/),
  });
});

test("a file that was closed says so", async () => {
  const path = join(folder, "a.fits");
  writeFileSync(path, "SIMPLE");
  const source = await resolveSource(path);
  await source.close?.();
  await expect(source.getRange({ offset: 0, length: 3 })).rejects.toMatchObject({
    code: "CLOSED",
    message: expect.stringMatching(/was closed; open it again/),
  });
});
