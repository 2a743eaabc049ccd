/** One file through every store: it reads equal, and what a store must be told in secret is seen nowhere. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toCsv } from "../../../src/export/index.js";
import {
  createProfile,
  type Fits,
  lastingCache,
  type OpenOptions,
  open,
  type SourceInput,
  toHar,
} from "../../../src/index.js";
import { separately } from "../../cli/run.js";
import { exampleFile } from "../../fixtures/example.js";
import { certificateFor } from "../../servers/certificate.js";
import { hasVsftpd, startVsftpd } from "../../servers/vsftpd.js";
import { everyStore, type StorePlace } from "./every-store.js";
import { withoutSettings } from "./settings.js";

const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";

/** All that a file holds: headers, a part of the first image, the table. */
async function contentsOf(input: SourceInput, options: OpenOptions = {}): Promise<unknown[]> {
  const fits: Fits = await open(input, options);
  try {
    const hdus = await fits.hdus();
    const { data, shape } = await (await fits.image("SCI")).section("20:260:3, 50:170");
    const text: string[] = [];
    for await (const chunk of toCsv(await fits.table("CATALOG"))) text.push(new TextDecoder().decode(chunk));
    return [hdus.map((hdu) => String(hdu.header)), [...data], shape, text.join("")];
  } finally {
    await fits.close();
  }
}

/** The names and bytes of all files of a folder, as Latin-1. */
function allIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .map((path) => path + (statSync(path).isFile() ? readFileSync(path, "latin1") : ""))
    .join("\n");
}

let example: Uint8Array<ArrayBuffer>;
let expected: unknown[];
beforeAll(async () => {
  example = await exampleFile();
  expected = await contentsOf(example);
});
withoutSettings("AWS_", "GOOGLE_", "STORAGE_", "CLOUDSDK_", "AZURE_", "HADOOP_");

describe.each(everyStore)("$name", ({ missing, start }) => {
  describe.skipIf(Boolean(missing) && !required)(missing ? `(skipped: ${missing})` : "is a store", () => {
    let place: StorePlace;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "fitslice-every-"));
      place = await start({ "hst.fits": example });
    }, 120_000);
    afterAll(async () => {
      await place?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("reads equal, from the cache, too, and shows no secret in profile, HAR and cache", async () => {
      for (let run = 0; run < 2; run++) {
        const profile = createProfile();
        const cache = lastingCache({ folder });
        const options = { ...place.options, cache, profile };
        expect(await contentsOf(place.address("hst.fits"), options)).toEqual(expected);
        const summary = profile.summary();
        const seen = [inspect(summary, { depth: 9 }), JSON.stringify([summary, toHar(summary)])].join("\n");
        for (const secret of place.secrets) expect(seen).not.toContain(secret);
        if (run === 1) expect(summary.requests).toBe(place.again ?? 1);
      }
      const kept = allIn(folder);
      for (const secret of place.secrets) expect(kept).not.toContain(secret);
    }, 30_000);

    it("says of a file that is not there, in one line without secrets, where it is not", async () => {
      const error: unknown = await contentsOf(place.address("none.fits"), {
        ...place.options,
        retries: 0,
      }).catch((thrown) => thrown);
      expect(error).toMatchObject({ name: "FitsError", code: "NOT_FOUND" });
      const { message } = error as Error;
      expect(message).toMatch(/^[ -~]*none\.fits[ -~]*$/);
      const seen = inspect(error, { depth: 9, showHidden: true });
      for (const secret of place.secrets) expect(seen).not.toContain(secret);
    });
  });
});

describe.skipIf(!hasVsftpd() && !required)("FTPS of vsftpd (skipped where it is not installed)", () => {
  it("reads equal where its certificate is trusted, and says what to do where not", async () => {
    const certificate = certificateFor("IP:127.0.0.1");
    const server = await startVsftpd({ tls: certificate });
    try {
      server.put("/hst.fits", example);
      const address = `${server.url}/hst.fits`;
      const env = { NODE_EXTRA_CA_CERTS: certificate.certFile };
      const asked = ["section", address, "--hdu", "SCI", "-s", "20:260:3,50:170", "-o", "-"];
      const trusted = await separately([...asked, "--format", "json"], { env });
      expect([trusted.code, trusted.stderr]).toEqual([0, ""]);
      expect(trusted.json<{ data: number[][] }>().data.flat().map(Math.fround)).toEqual(expected[1]);
      const other = await separately([...asked, "--format", "json", "--retries", "0"]);
      expect(other.code).toBe(1);
      expect(other.stderr).toMatch(
        /^fitslice: 127\.0\.0\.1[ -~]*certificate[ -~]*NODE_EXTRA_CA_CERTS[ -~]*\n$/,
      );
    } finally {
      await server.close();
      certificate.remove();
    }
  }, 30_000);
});
