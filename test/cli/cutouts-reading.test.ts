/**
 * How `cutouts` and `footprints` tell of what they read: profiles, and addresses without secrets.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { skyFile } from "../stamps/images.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
beforeAll(async () => {
  cwd = workFolder("cli-cutouts-reading");
  writeFileSync(join(cwd, "a.fits"), await skyFile({ ra: 0.01, dec: 10, side: 200, name: "SCI" }));
  const rows = Array.from({ length: 10 }, (_, i) => `s${i},${(0.0002 * i).toFixed(6)},10`);
  writeFileSync(join(cwd, "ten.csv"), `name,ra,dec\n${rows.join("\n")}\n`);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("a profile shows the requests of all stamps, local ones too", async () => {
  const outcome = await fitslice(
    ["cutouts", "a.fits", "--targets", "ten.csv", "--size", "8pix", "-o", "seen", "--profile-json", "p.json"],
    { cwd },
  );
  expect([outcome.code, outcome.stderr]).toEqual([0, expect.stringMatching(/^10 stamps/)]);
  const profile = JSON.parse(readFileSync(join(cwd, "p.json"), "utf8")) as {
    requests: number;
    bytes: number;
  };
  expect(profile.requests).toBeGreaterThan(0);
  expect(profile.bytes).toBeGreaterThan(2880);
  const { code, stderr } = await fitslice(
    ["cutouts", "a.fits", "--targets", "ten.csv", "--size", "8pix", "-o", "x", "--profile", "--jobs", "2"],
    { cwd },
  );
  expect([code, stderr]).toEqual([2, expect.stringMatching(/a profile is that of one thread/)]);
});

test("what is secret in addresses stays out of the manifest, of messages and of warnings", async () => {
  const address = "http://user:pass5678@127.0.0.1:9/a.fits?id=7&sig=secret1234";
  writeFileSync(join(cwd, "secret.csv"), `name,ra,dec,file\nA,0,10,${address}\n`);
  const args = ["cutouts", "--targets", "secret.csv", "--size", "8pix", "-o", "secret", "--retries", "0"];
  const first = await fitslice(args, { cwd });
  expect(first.code).toBe(1);
  const text = readFileSync(join(cwd, "secret/manifest.ndjson"), "utf8");
  expect(text).toContain("http://127.0.0.1:9/a.fits?id=7&sig=***");
  const again = await fitslice([...args, "--resume"], { cwd });
  expect(again.code).toBe(1);
  expect(readFileSync(join(cwd, "secret/manifest.ndjson"), "utf8")).toBe(text);
  const footprints = await fitslice(["footprints", address, "-o", "f.csv", "--retries", "0"], { cwd });
  for (const shown of [text, first.stderr, again.stderr, footprints.stderr, first.text])
    expect(shown).not.toMatch(/secret1234|pass5678/);
  expect(footprints.stderr).toContain("http://127.0.0.1:9/a.fits?id=7&sig=***");
});
