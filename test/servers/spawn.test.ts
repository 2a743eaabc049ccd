import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { noise } from "./content.js";
import { spawnServer } from "./spawn.js";

it("serves files, folders and buckets from a process of its own, and tells its requests", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-"));
  const path = join(folder, "a.fits");
  const data = noise(1000);
  writeFileSync(path, data);
  mkdirSync(join(folder, "b"));
  writeFileSync(join(folder, "b", "0.0"), data);
  const all = await spawnServer({ folder });
  const plain = await spawnServer({ files: { "/a.fits": path }, latency: 5 });
  const s3 = await spawnServer({ buckets: { b: { objects: { "a.fits": path }, public: true } } });
  try {
    for (const url of [
      `${plain.url}/a.fits`,
      `${s3.url}/b/a.fits`,
      `${all.url}/a.fits`,
      `${all.url}/b/0.0`,
    ]) {
      const answer = await fetch(url, { headers: { range: "bytes=5-9" } });
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(data.slice(5, 10));
    }
    expect(await plain.requests()).toMatchObject([
      { path: "/a.fits", offset: 5, length: 5, sent: 5, status: 206 },
    ]);
    expect(await plain.requests()).toEqual([]);
  } finally {
    await Promise.all([plain.close(), s3.close(), all.close()]);
    rmSync(folder, { recursive: true });
  }
});
