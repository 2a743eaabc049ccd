import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/read/plan.js";
import { createProfile } from "../../src/read/profile.js";
import { createReader } from "../../src/read/run.js";
import type { ByteRange } from "../../src/source/source.js";
import { noise, seeded } from "../servers/content.js";
import { type Daemon, hasDaemon, startApache, startNginx } from "../servers/daemons.js";
import { httpSource } from "./http-source.js";

const data = noise(20_000_000);
const random = seeded(7);
/** A thousand rows of 500 bytes, which take six requests. */
const rows: ByteRange[] = Array.from({ length: 1000 }, (_, i) => ({
  offset: i * 20_000 + Math.floor(random() * 9000),
  length: 500,
}));
const plan: Plan<Uint8Array[]> = function* () {
  const got: Uint8Array[] = [];
  yield { label: "rows", ranges: rows, take: (i, bytes) => void (got[i] = bytes.slice()) };
  return got;
};

const kinds = [
  ["nginx", startNginx, "max_ranges 5;", "default_type application/octet-stream;"],
  ["apache", startApache, "MaxRanges 5", ""],
] as const;

describe.each(kinds)("%s (skipped where it is not installed)", (name, start, few, usual) => {
  describe.skipIf(!hasDaemon(name))("as Debian packages it", () => {
    let folder: string;
    const daemons: Daemon[] = [];
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "fitslice-files-"));
      chmodSync(folder, 0o755);
      writeFileSync(join(folder, "a.fits"), data);
      daemons.push(await start(folder, { more: usual }), await start(folder, { more: few }));
    }, 60_000);
    afterAll(async () => {
      for (const daemon of daemons) await daemon.close();
      rmSync(folder, { recursive: true });
    });

    async function read({ url }: Daemon): Promise<{ bytes: number; statuses: number[] }> {
      const source = httpSource(`${url}/a.fits`);
      await source.getRange({ offset: 0, length: 1 });
      const profile = createProfile();
      const got = await createReader(source, { profile }).run(plan);
      for (const [i, { offset, length }] of rows.entries())
        expect(Buffer.compare(got[i]!, data.subarray(offset, offset + length))).toBe(0);
      const { bytes, events } = profile.summary();
      return { bytes, statuses: events.map(({ status }) => status) };
    }

    it("sends scattered rows without the gaps between them", async () => {
      const { bytes, statuses } = await read(daemons[0]!);
      expect(statuses.every((status) => status === 206)).toBe(true);
      expect(statuses.length).toBeLessThan(12);
      expect(bytes).toBeLessThan(1000 * 650);
    });

    it("that takes few ranges is asked for many once", async () => {
      expect((await read(daemons[1]!)).statuses.filter((status) => status === 200)).toHaveLength(1);
      expect((await read(daemons[1]!)).statuses).not.toContain(200);
    });
  });
});
