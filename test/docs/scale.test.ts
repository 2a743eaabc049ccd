import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { counted, prices, scaleTable } from "../../bench/scale-model.js";
import { program, shell, workFolder } from "../cli/run.js";
import { exampleFile, exampleTargets } from "../fixtures/example.js";
import { freePort } from "../servers/free-port.js";

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no redis-server here");
if (!hasRedis)
  console.warn("skipped: redis-server is not installed, so the queue of docs/scale.md is not run");

test.skipIf(!hasRedis)(
  "the commands of the page on scale cut the stamps on a queue of this machine",
  async () => {
    const cwd = workFolder("docs-scale");
    try {
      writeFileSync(join(cwd, "hst.fits"), await exampleFile());
      writeFileSync(join(cwd, "stars.csv"), exampleTargets);
      const port = await freePort();
      const page = readFileSync("docs/scale.md", "utf8");
      const lines = /```console\n([\s\S]*?)```/
        .exec(page)![1]!
        .replaceAll(/^\$ /gm, "")
        .trimEnd()
        .split("\n");
      expect(lines.length).toBe(5);
      const here = lines.map((line) =>
        line
          .replace("127.0.0.1:6379", `127.0.0.1:${port}`)
          .replace("redis-server", `redis-server --port ${port} --bind 127.0.0.1`)
          // A function of the shell would run below a shell of its own, and outlive it.
          .replace(/^fitslice (.* &)$/, `"${process.execPath}" "${program}" $1`)
          .replace(/ &$/, ' >/dev/null 2>&1 & pids="$pids $!"; sleep 1'),
      );
      const ending = [
        "tries=0; until fitslice cutouts status job 2>/dev/null; do tries=$((tries + 1)); [ $tries -lt 60 ]; sleep 0.5; done",
        "set -- $pids; for pid in $2 $1; do kill $pid; wait $pid || true; done",
      ];
      // Shards may still be missing when status is asked for the first time.
      const script = [...here.slice(0, 4), `${here[4]} || true`, ...ending].join("\n");
      const { code, text, stderr } = await shell(`pids=\n${script}`, { cwd });
      expect([code, stderr]).toEqual([0, expect.stringContaining("1 shard submitted")]);
      expect(text).toContain("1 of 1 shard: ");
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  },
  90_000,
);

test("the costs that the page on scale tells are those of the model, with the counts and the prices that it names", () => {
  const page = readFileSync("docs/scale.md", "utf8");
  expect(page).toContain(`${scaleTable()}\n`);
  for (const { stamps, requests, share } of counted)
    expect(page).toMatch(
      new RegExp(`^\\| ${stamps} \\|.*\\| ${requests}, ${Number((100 * share).toFixed(1))} % \\|`, "m"),
    );
  const { date, get, put, month, processor } = prices;
  expect(page).toContain(
    `as of ${date}: $${(1000 * get).toFixed(4)} for 1000 GETs, $${1000 * put} for 1000 PUTs, $${month} for a GB and month, $${processor} for`,
  );
});
