import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { list, removeObject } from "../../src/list/index.js";
import { hasSwift, type SwiftServer, startSwift } from "../servers/swift.js";
import { skyFile } from "../stamps/images.js";
import { fitslice, separately, workFolder } from "./run.js";

if (!hasSwift() && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no Swift here");
if (!hasSwift()) console.warn("skipped: Swift is not installed, so no outputs are written to S3");

describe.skipIf(!hasSwift())("outputs in S3, by Swift", () => {
  let cwd: string;
  let swift: SwiftServer;
  beforeAll(async () => {
    cwd = workFolder("cli-jobs-remote");
    writeFileSync(join(cwd, "a.fits"), await skyFile({ ra: 0.01, dec: 10, side: 200 }));
    const rows = Array.from({ length: 30 }, (_, i) => `s${i},${(0.0002 * i).toFixed(6)},10,a.fits`);
    writeFileSync(join(cwd, "list.csv"), `name,ra,dec,file\n${rows.join("\n")}\n`);
    swift = await startSwift();
    await swift.createBucket("bucket");
  }, 60_000);
  afterAll(async () => {
    await swift?.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  /** The first of the shards' files of stamps. */
  async function firstStamps(): Promise<string> {
    const { url: endpoint, region, owner: credentials } = swift;
    const found: string[] = [];
    const options = { s3: { endpoint, region, credentials }, recursive: true };
    for await (const { href } of list("s3://bucket/out/", options))
      if (href.endsWith("/stamps.fits")) found.push(href);
    return found.sort()[0]!;
  }

  test("two runs at once leave each shard once, a later one has nothing to do, the parts are joined, and what is lost is missed", async () => {
    const { url: endpoint, region, owner } = swift;
    const temporary = join(cwd, "temporary");
    const { pid: ended } = spawnSync("true");
    mkdirSync(join(temporary, `fitslice-shard-${hostname()}-${ended}-0-0-x`), { recursive: true });
    const env = {
      AWS_ACCESS_KEY_ID: owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
      TMPDIR: temporary,
    };
    const access = ["--endpoint", endpoint, "--region", region];
    const planned = ["list.csv", "--size", "16pix", "--as", "fits", "--shard-targets", "10"];
    await fitslice(["cutouts", "plan", ...planned, "--to", "s3://bucket/out", "-o", "job"], { cwd });
    const run = () => separately(["cutouts", "run", "job", "--jobs", "1", ...access], { cwd, env });
    expect((await Promise.all([run(), run()])).map(({ code, stderr }) => [code, stderr])).toEqual(
      Array.from({ length: 2 }, () => [
        0,
        expect.stringMatching(/^3 shards(?: \(\d from before\))?: 30 stamps\n$/),
      ]),
    );
    // Neither their own work is left, nor that of a run that was killed.
    expect(readdirSync(temporary).filter((name) => name.startsWith("fitslice-shard-"))).toEqual([]);
    const status = await fitslice(["cutouts", "status", "job", ...access], { cwd, env });
    expect([status.code, status.text]).toEqual([0, "3 of 3 shards: 30 stamps\n"]);
    expect((await run()).stderr).toBe("3 shards (3 from before): 30 stamps\n");
    const merged = await fitslice(["cutouts", "merge", "job", "-o", "all.fits", ...access], { cwd, env });
    expect([merged.code, merged.stderr]).toEqual([0, "all.fits, all.fits.manifest.ndjson: 30 targets\n"]);
    const lost = await firstStamps();
    await removeObject(lost, { s3: { endpoint, region, credentials: owner } });
    const { code, stderr } = await fitslice(["cutouts", "status", "job", ...access], { cwd, env });
    expect([code, stderr]).toEqual([1, expect.stringContaining("1 shard missing (10 targets)")]);
    expect((await run()).stderr).toBe("3 shards (2 from before): 30 stamps\n");
    expect(await firstStamps()).toBe(lost);
    const names: string[] = [];
    const options = { s3: { endpoint, region, credentials: owner }, recursive: true };
    for await (const { href } of list("s3://bucket/out/", options)) names.push(href.replace(/^.*\//, ""));
    expect(names.filter((name) => name === "stamps.fits").length).toBe(3);
    expect(names.filter((name) => name.endsWith(".json")).length).toBe(3);
    const hdus = await fitslice(["info", "all.fits", "--json"], { cwd });
    expect(hdus.json<{ hdus?: unknown[] } | unknown[]>()).toBeTruthy();
  }, 60_000);
});
