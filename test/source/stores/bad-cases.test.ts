/** Every store's bad cases: one line that says what to do, and no secret in any form in anything that comes out. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProfile, FitsError, lastingCache, open, toHar } from "../../../src/index.js";
import { headersOf } from "../../../src/list/index.js";
import { fitslice, type Outcome } from "../../cli/run.js";
import { exampleFile } from "../../fixtures/example.js";
import { formsIn, hush } from "../../servers/secret-forms.js";
import { type BadCase, type BadStore, badStores } from "./bad-cases.js";
import { withoutSettings } from "./settings.js";

/** The names and bytes of all files of a folder. */
function allIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .map((path) => path + (statSync(path).isFile() ? readFileSync(path, "latin1") : ""))
    .join("\n");
}

/** An error with all its causes, and all that hangs on them. */
function allOf(error: unknown): string {
  const chain: string[] = [];
  for (let at = error; at instanceof Error && chain.length < 20; at = at.cause)
    chain.push(
      at.message,
      at.stack ?? "",
      inspect(at, { depth: 9, showHidden: true }),
      JSON.stringify(at, Object.getOwnPropertyNames(at)),
    );
  return chain.join("\n");
}

const oneLine = /^[ -~]{20,600}$/;
withoutSettings("AWS_", "GOOGLE_", "STORAGE_", "CLOUDSDK_", "AZURE_", "HADOOP_");
let example: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  example = await exampleFile();
});

describe("the forms of a secret", () => {
  it("are found", () => {
    const forms = [
      hush,
      encodeURIComponent(hush),
      btoa(`ann:${hush}`),
      btoa(`a${hush}`),
      Buffer.from(`xx${hush}`).toString("base64url"),
    ];
    for (const form of forms) expect(formsIn(`<${form}>`, hush)).not.toEqual([]);
    expect(formsIn("HUSH", hush)).toEqual([]);
  });
});

describe.each(badStores)("%s", (_, start) => {
  let store: BadStore;
  let folder: string;
  beforeAll(async () => {
    store = await start({ "a.fits": example });
    folder = mkdtempSync(join(tmpdir(), "fitslice-bad-"));
  });
  afterAll(async () => {
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("says in one line what to do, with an error that holds no secret, nor profile, HAR and cache", async () => {
    for (const { name, address, options = {}, code, says } of store.cases) {
      const profile = createProfile();
      const cache = lastingCache({ folder: join(folder, "cache") });
      const reading = open(address, { ...options, profile, cache, retries: 0 });
      const error = await reading.then(
        async (fits) => fits.close(),
        (thrown: unknown) => thrown,
      );
      expect(error, name).toBeInstanceOf(FitsError);
      const { message } = error as FitsError;
      expect({ name, code: (error as FitsError).code, message }).toEqual({
        name,
        code,
        message: expect.stringMatching(says),
      });
      expect(message, name).toMatch(oneLine);
      const summary = profile.summary();
      const seen = [
        allOf(error),
        inspect(summary, { depth: 9 }),
        JSON.stringify([summary, toHar(summary)]),
      ].join("\n");
      expect(formsIn(seen, hush), name).toEqual([]);
    }
    expect(formsIn(allIn(folder), hush)).toEqual([]);
  });

  it("says the same of one of many files, and shows no secret", async () => {
    for (const { name, address, options = {}, code } of store.cases) {
      const rows = [];
      for await (const row of headersOf([address], { ...options, keywords: ["OBJECT"], retries: 0 }))
        rows.push(row);
      expect(rows, name).toMatchObject([{ error: { code } }]);
      expect(formsIn(allOf(rows[0]!.error), hush), name).toEqual([]);
    }
  });

  it("says so on the command line: stderr, profile, HAR, JSON, tables, journals, cache", async () => {
    const said = async ({ name, address, args = [], env = {}, says }: BadCase): Promise<void> => {
      const shared = [...args, "--retries", "0", "--cache-dir", "cache", "--force"];
      const run = async (line: readonly string[]): Promise<Outcome> => {
        const outcome = await fitslice([...line, ...shared], { cwd: folder, env });
        expect(outcome.code, `${name}: ${line[0]}: ${outcome.stderr}`).toBe(1);
        expect(formsIn(outcome.stderr + outcome.text, hush), `${name}: ${line[0]}`).toEqual([]);
        return outcome;
      };
      const plain = await run(["info", address]);
      expect(plain.stderr, name).toMatch(/^fitslice: [ -~]{20,600}\n$/);
      expect(plain.stderr, name).toMatch(says);
      await run(["info", address, "--profile", "--profile-json", "profile.json", "--har", "requests.har"]);
      await run(["info", address, address, "--json"]);
      await run(["info", address, "-o", "info.csv"]);
      await run(["header", `${address}`]);
      await run(["download", address, "-o", "down.fits"]);
      for (const format of ["csv", "json", "ndjson"])
        await run(["headers", address, "-k", "OBJECT", "-o", `rows.${format}`]);
      const pattern = address.replace(/[^/]*$/, "*.nothing");
      const listed = await fitslice(["ls", pattern, ...shared], { cwd: folder, env });
      expect(listed.code, name).not.toBe(0);
      expect(listed.stderr, name).toMatch(/^fitslice: [ -~]+\n$/);
      const many = await fitslice(["info", pattern, ...shared], { cwd: folder, env });
      expect(many.code, name).not.toBe(0);
      expect(formsIn([listed, many].map(({ stderr, text }) => stderr + text).join(), hush), name).toEqual([]);
      expect(formsIn(allIn(folder), hush), name).toEqual([]);
    };
    for (const one of store.cases) if (one.args || one.options === undefined) await said(one);
  }, 60_000);
});
